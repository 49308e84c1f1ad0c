/* printf.h - the segments of a format string, with the fields of a record. */
#ifndef PRINTF_H
#define PRINTF_H

#include "render.h"

/* Append ev's segments to out.  rec is the whole record, header included. */
void printf_render(struct render *r, const struct plan_event *ev,
		   const uint8_t *rec, struct strbuf *out);

/* The names of the bits of a gfp_t, as "GFP_KERNEL|__GFP_ZERO". */
void gfp_render(uint64_t flags, struct strbuf *out);

#endif
