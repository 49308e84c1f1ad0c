/* reference.h - the language by word: waggle help, and the reference, both made
 * of the rows and doc comments that the compiler itself uses. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdbool.h>
#include <stdio.h>

/* What there is to ask for, in groups. */
void reference_list(FILE *out);
/* All that goes by this name, whatever its case.  False: nothing does, and
 * *near is what may be meant, or NULL. */
bool reference_word(const char *word, FILE *out, const char **near);
/* Everything, as Markdown. */
void reference_markdown(FILE *out);

#endif
