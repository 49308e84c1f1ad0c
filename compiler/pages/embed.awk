# embed.awk - compiler/pages/*.txt to pages_text.c: what `waggle explain TAG`
# prints for each diagnostic.  Run by make.
#
#	== TAG
#	One line on what it means, for the list of all pages.
#
#	More on it, as it is to be printed.
#
#	-- raises [COMMAND]
#	a script, and the command that raises the diagnostic for it
#
#	-- mended [COMMAND]
#	the script as it should be
#
# A command is "waggle check demo.bt" unless it is given.  A page that cannot
# show its diagnostic by a script says why in its text instead.

# Blank lines are printed between others only.
function put(s)
{
	for (; blank > 0; blank--)
		print "\t\t\"\\n\""
	print "\t\t" quoted(s)
}

function heading(words)
{
	command = $0
	sub(/^-- [a-z]+ */, "", command)
	blank = 1
	put(words " (" (command ? command : "waggle check demo.bt") "):")
	blank = 1
	indent = "    "
}

BEGIN {
	print "/* Made by compiler/pages/embed.awk. */"
	print "#include \"diag.h\"\n"
	print "const char *const diag_pages[DIAG_COUNT] = {"
}

/^== / {
	if (tag)
		print "\t\t,"
	tag = $2
	print "\t[DIAG_" tag "] ="
	indent = ""
	blank = 0
	put(tag)
	blank = 1
	next
}

/^-- raises/ { heading("This raises it"); next }
/^-- mended/ { heading("This is right"); next }
/^$/ { blank += blank == 0; next }
tag { put(indent $0) }

END {
	print "\t\t,\n};"
}
