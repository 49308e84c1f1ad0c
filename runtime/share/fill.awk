# fill.awk - the manual page, from waggle.1.in: the lines @OPTIONS@ and
# @COMMANDS@ become what `waggle --help` says, @PROBES@ the rows of probe.def.
#
#	awk -f fill.awk -v version="$(waggle --version)" HELP probe.def waggle.1.in

function roff(s) {
	gsub(/\\/, "\\e", s)
	gsub(/-/, "\\-", s)
	gsub(/'/, "\\(aq", s)
	sub(/^\./, "\\\\\\&.", s)
	return s
}

function sentence(s) {
	if (s !~ /^[a-z]+: /)
		s = toupper(substr(s, 1, 1)) substr(s, 2)
	return roff(s) "."
}

# "-v, --verbose" and "-p PID": what is typed bold, what stands for something
# in italics.
function entry(left, help,    words, n, i, s, literal) {
	n = split(left, words, " ")
	for (i = 1; i <= n; i++) {
		literal = words[i] ~ /^-/ || (!options && i == 1) ||
			words[i] ~ /^[a-z]+(\|[a-z]+)+$/
		s = s (i > 1 ? " " : "") (literal ? "\\fB" : "\\fI") \
			roff(words[i]) "\\fR"
	}
	return ".TP\n" s "\n" sentence(help)
}

FNR == 1 { file++ }

file == 1 && /^[^ ]/ { options = /^Options:/; commands = /^Commands:/ }
file == 1 && /^  [^ ]/ && (options || commands) {
	line = substr($0, 3)
	at = index(line, "  ")
	left = substr(line, 1, at - 1)
	help = substr(line, at)
	sub(/^ +/, "", help)
	if (options)
		all_options = all_options entry(left, help) "\n"
	else
		all_commands = all_commands entry(left, help) "\n"
}

file == 2 && /^PROVIDER\(/ {
	split($0, cell, /, */)
	split($0, quoted, "\"")
	name = cell[2]
	parts = quoted[4]
	help = quoted[8]
	all_probes = all_probes ".TP\n\\fB" name (parts ? ":" : "") "\\fR\\fI" \
		roff(parts) "\\fR\n" sentence(help) "\n"
}

file == 3 {
	sub(/@VERSION@/, version)
	if ($0 == "@OPTIONS@")
		printf "%s", all_options
	else if ($0 == "@COMMANDS@")
		printf "%s", all_commands
	else if ($0 == "@PROBES@")
		printf "%s", all_probes
	else
		print
}
