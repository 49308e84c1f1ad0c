# embed.awk - examples/tutorial/*.txt to lessons_text.c: what `waggle learn`
# teaches, in the order of the files' names.  Run by make; runtime/lesson.h says
# what stands in a lesson.

BEGIN {
	print "/* Made by examples/tutorial/embed.awk. */"
	print "#include \"runtime/lesson.h\"\n"
	print "const struct lesson_text lesson_texts[] = {"
}

FNR == 1 {
	if (n++)
		print "\t},"
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/\.txt$/, "", name)
	print "\t{ \"" name "\","
}

{ print "\t\t" quoted($0) }

END {
	print "\t},\n};\n"
	print "const size_t nlesson_texts = countof(lesson_texts);"
}
