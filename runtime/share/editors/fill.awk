# fill.awk - the editors' grammars: lists of words as `waggle help` has them.
#	@WORDS@ @PROVIDERS@ @FUNCTIONS@ @AGGREGATIONS@, blank-separated, or
#	with _OR behind the name: separated by what each format has for "or".
#
#	awk -f fill.awk -v bar='|' HELP TEMPLATE

function add(topic, line,    words, n, i) {
	n = split(line, words, " ")
	for (i = 1; i <= n; i++)
		if (words[i] ~ /^[a-z_0-9]+$/)
			list[topic] = list[topic] " " words[i]
}

FNR == 1 { file++ }
file == 1 && /^Statements/ { topic = "WORDS" }
file == 1 && /^Probes/ { topic = "PROVIDERS" }
file == 1 && /^Values/ { topic = "FUNCTIONS" }
file == 1 && /^Aggregations/ { topic = "AGGREGATIONS" }
file == 1 && /^Settings/ { topic = "" }
file == 1 && /^    / && topic { add(topic, $0) }
file == 2 {
	for (topic in list) {
		plain = substr(list[topic], 2)
		joined = plain
		gsub(/ /, bar, joined)
		gsub("@" topic "@", plain)
		gsub("@" topic "_OR@", joined)
	}
	print
}
