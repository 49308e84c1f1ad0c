# quoted.awk - a line of a text as a line of a C string, for those that embed
# texts.  Run by make, before embed.awk.

function quoted(s)
{
	gsub(/\\/, "&&", s)
	gsub(/"/, "\\\"", s)
	gsub(/\t/, "\\t", s)
	gsub(/\?/, "\\?", s)
	return "\"" s "\\n\""
}
