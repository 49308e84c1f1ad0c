/* layout.h - are the kernel's structs laid out here as where it was compiled?
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "compiler/plan.h"
#include "ktypes.h"
#include "report.h"

/*
 * Fields are relocated one by one, but a struct that is copied as a whole keeps
 * the layout of the kernel it was compiled for.  False, after a report, if it
 * has another one here.  Enums get the constants of this kernel, in arena a.
 */
bool layout_check(struct plan *p, struct ktypes *types, struct arena *a,
		  const struct reporter *rep);

#endif
