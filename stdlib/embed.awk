# embed.awk - stdlib/*.bt to library_text.c: the texts of the modules and the
# table of their names.  Run by make.
#
# A routine that users are to see has a comment right above its first overload:
#
#	/// uint32 ppid([ptr task])
#	/// Id of the parent process.
#	macro ppid() { ... }
#
# The signature is as in compiler/builtin.def; the second line is its help, and
# what follows is for the reader of the file.

function quoted(s)
{
	gsub(/\\/, "&&", s)
	gsub(/"/, "\\\"", s)
	gsub(/\t/, "\\t", s)
	gsub(/\?/, "\\?", s)
	return "\"" s "\""
}

function module_of(path)
{
	sub(/.*\//, "", path)
	sub(/\.bt$/, "", path)
	return path
}

BEGIN {
	print "/* Made by stdlib/embed.awk. */"
	print "#include \"library.h\""
	nmodules = nnames = ndoc = 0
}

FNR == 1 {
	if (nmodules)
		print ";"
	module[nmodules] = module_of(FILENAME)
	printf "\nstatic const char text_%d[] =\n", nmodules++
	ndoc = 0
}

{
	print "\t" quoted($0) " \"\\n\""
}

/^\/\/\/ / {
	doc[++ndoc] = substr($0, 5)
	next
}

/^(macro|fn) / {
	name = $2
	sub(/\(.*/, "", name)
	if (ndoc >= 2) {
		names[nnames] = name
		sig[nnames] = doc[1]
		help[nnames] = doc[2]
		from[nnames++] = nmodules - 1
	}
	if ($0 ~ /^macro [a-z_0-9]+\(\)/)
		value[name] = 1
}

{
	ndoc = 0
}

END {
	print ";\n\nconst struct library_module library_modules[] = {"
	for (i = 0; i < nmodules; i++)
		printf "\t{ \"%s\", text_%d, sizeof(text_%d) - 1 },\n", \
			module[i], i, i
	print "\t{ 0 },\n};\n\nconst struct library_name library_names[] = {"
	for (i = 0; i < nnames; i++)
		printf "\t{ \"%s\", %s, %s, %d, %s },\n", names[i], \
			quoted(sig[i]), quoted(help[i]), from[i], \
			names[i] in value ? "true" : "false"
	print "\t{ 0 },\n};"
}
