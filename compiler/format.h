/* format.h - format strings, parsed once: here. */
#ifndef FORMAT_H
#define FORMAT_H

#include "plan.h"

/* What an argument is for: a conversion's value, or the number for a '*'. */
struct format_arg {
	uint32_t segment; /* index of its conversion */
	bool is_number;	  /* '*' of a width or precision */
};

struct format {
	VEC(struct plan_segment)
	segments;		     /* as the plan has them: arg, width
					and prec count arguments after
					the format string, from 0 */
	VEC(struct format_arg) args; /* one for each argument */
};

/* NULL: it is in f; else a sentence that says what is wrong with it. */
const char *format_parse(struct arena *a, const char *s, uint32_t len,
			 struct format *f);
/* The conversion as it is written: "%rx". */
const char *format_conv_str(uint32_t conv);

#endif
