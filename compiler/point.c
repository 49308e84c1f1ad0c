/* point.c - one attach point as written: what it means, or why it means
 * nothing. */
#include "point.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "match.h"
#include "param.h"
#include "sema.h"

static const char *nearest_provider(const char *name)
{
	const char *names[NPROVIDERS + 1] = { NULL };
	size_t i;

	for (i = 0; i < NPROVIDERS; i++)
		names[i] = providers[i].name;
	return nearest_name(name, names);
}

/* "$1" in a part stands for the parameter; what it holds is not looked at
 * again.  NULL after a report. */
static const char *substitute(struct unit *u, const struct point *p,
			      const char *part)
{
	const char *dollar = strchr(part, '$'), *end;
	const char *out = "";

	while (dollar && isdigit((unsigned char)dollar[1])) {
		int i = (int)strtol(dollar + 1, (char **)&end, 10);

		if (u->deferred && i > param_count(u)) {
			point_bad(u, p, "give it now, after the script",
				  arena_printf(
					  u->arena,
					  "what is attached to can't wait for "
					  "parameter $%d until it is started",
					  i));
			return NULL;
		}
		out = arena_printf(u->arena, "%s%.*s%s", out,
				   (int)(dollar - part), part,
				   param_fixed_text(u, i));
		part = end;
		dollar = strchr(part, '$');
	}
	return *out ? arena_printf(u->arena, "%s%s", out, part) : part;
}

static const char *canonical(struct unit *u, const struct provider_row *row,
			     const char *const *part, uint32_t n)
{
	const char *s = row->name;
	uint32_t i;

	for (i = 0; i < n; i++)
		s = arena_printf(u->arena, "%s:%s", s, part[i]);
	return s;
}

static const struct provider_row *find_provider(struct unit *u,
						const struct point *p)
{
	const char *name = p->nparts ? p->parts[0] : "", *near;
	const struct provider_row *row = provider_find(name);

	if (row)
		return row;
	if (match_has_wildcard(name)) {
		point_bad(u, p, "name the kind of probe",
			  "alternatives can't have wildcards for the kind of "
			  "probe");
		return NULL;
	}
	near = nearest_provider(name);
	diag_hint(u->diags,
		  diag_error(u->diags, p->at, DIAG_UNKNOWN_PROBE,
			     "there is no kind of probe '%s'", name),
		  near ? "did you mean '%s'?"
		       : "waggle -l lists what can be traced%.0s",
		  near ? near : "");
	return NULL;
}

static struct target *parse_point(struct unit *u, const struct point *p)
{
	const struct provider_row *row = find_provider(u, p);
	struct target *t;
	const char **part;
	uint32_t i, n;

	if (!row)
		return NULL;
	n = p->nparts - 1;
	part = arena_alloc(u->arena, (n + 1) * sizeof(*part));
	for (i = 0; i < n; i++) {
		part[i] = p->parts[i + 1];
		if (!i || !point_is_later(u, row->id, part[i]))
			part[i] = substitute(u, p, part[i]);
		if (!part[i])
			return NULL;
	}
	t = arena_make(u->arena, struct target);
	t->at = p->at;
	t->provider = row->id;
	t->module = t->target = "";
	t->name = canonical(u, row, part, n);
	if (!point_parts(u, p, part, n, t))
		return NULL;
	t->wild = row->flags & HAS_WILD && (match_has_wildcard(t->target) ||
					    match_has_wildcard(t->module));
	return t;
}

/* a ?? b ?? none */
struct target *point_target(struct unit *u, const struct point *p)
{
	struct target *first = NULL, **tail = &first, *t;
	bool optional = false;

	for (; p; p = p->alternative) {
		if (p->none) {
			optional = true;
			break;
		}
		t = parse_point(u, p);
		if (!t)
			return NULL;
		*tail = t;
		tail = &t->otherwise;
	}
	for (t = first; t; t = t->otherwise)
		t->optional = optional;
	return first;
}
