/* parse_item.c - what stands in a file, as the grammar's actions build it. */
#include "grammar/lexer.h"

#include <string.h>

/* Add to one of the program's lists. */
#define add(lx, tail, p) (*(lx)->tail = (p), (lx)->tail = &(p)->next)

struct formals formals_add(struct formals list, struct formal *f)
{
	if (!list.head)
		return (struct formals){ f, f };
	list.tail->next = f;
	list.tail = f;
	return list;
}

struct formal *make_formal(struct lexer *lx, struct span at, const char *name,
			   struct node *spec)
{
	struct formal *f = arena_make(lx->prog->arena, struct formal);

	f->at = at;
	f->name = name;
	f->spec = spec;
	return f;
}

struct points points_add(struct points list, struct point *p)
{
	if (!list.head)
		return (struct points){ p, p };
	list.tail->next = p;
	list.tail = p;
	return list;
}

struct point *or_else(struct point *p)
{
	p->none = p->nparts == 1 && !strcmp(p->parts[0], "none");
	return p;
}

void add_c_part(struct lexer *lx, struct span at)
{
	struct c_part *c = arena_make(lx->prog->arena, struct c_part);

	c->at = at;
	add(lx, c_parts, c);
}

void add_config(struct lexer *lx, struct span at)
{
	if (lx->src->base) {
		diag_hint(lx->prog->diags,
			  diag_error(lx->prog->diags, at, DIAG_IMPORT,
				     "an imported file has no config block"),
			  "put the settings into the script that imports it");
		lx->prog->broken = true;
	}
	if (lx->config) {
		diag_hint(lx->prog->diags,
			  diag_error(lx->prog->diags, at, DIAG_REDEFINED,
				     "there is a config block already"),
			  "put all settings into one");
		lx->prog->broken = true;
	}
	lx->config = true;
}

void add_setting(struct lexer *lx, struct span at, const char *key,
		 struct span key_at, struct node *value)
{
	struct config_item *c = arena_make(lx->prog->arena, struct config_item);

	c->at = at;
	c->key_at = key_at;
	c->key = key;
	c->value = value;
	add(lx, items, c);
}

void add_import(struct lexer *lx, struct span at, struct text path)
{
	struct import *i = arena_make(lx->prog->arena, struct import);

	i->at = at;
	i->path = path.s;
	add(lx, imports, i);
}

void add_map_decl(struct lexer *lx, struct span at, const char *name,
		  const char *kind, struct span kind_at, struct node *size)
{
	struct map_decl *m = arena_make(lx->prog->arena, struct map_decl);

	m->at = at;
	m->kind_at = kind_at;
	m->name = name;
	m->kind = kind;
	m->size = size;
	add(lx, map_decls, m);
}

void add_probe(struct lexer *lx, struct span at, struct points points,
	       struct node *pred, struct node *body)
{
	struct probe *p = arena_make(lx->prog->arena, struct probe);

	p->at = at;
	p->points = points.head;
	p->pred = pred;
	p->body = body;
	add(lx, probes, p);
}

void add_routine(struct lexer *lx, struct span at, struct span name_at,
		 bool is_fn, const char *name, struct formals formals,
		 struct node *result, struct node *body)
{
	struct routine *r = arena_make(lx->prog->arena, struct routine);

	r->at = at;
	r->name_at = name_at;
	r->kind = is_fn ? ROUTINE_FN : ROUTINE_MACRO;
	r->name = name;
	r->formals = formals.head;
	r->result = result;
	r->body = body;
	add(lx, routines, r);
}
