/*
 * The format is libpcap's, in the order of bytes of this machine, with
 * nanoseconds (pcap-savefile(5)).  Packets begin with their IP header.
 */
#include "runtime/pcap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS 1000000000ull

#define MAGIC_NS 0xa1b23c4du

enum { SNAP = 262144, LINK_RAW = 101 };

struct pcap {
	struct pcap *next;
	char *path;
	FILE *file; /* NULL: it can't be written */
	int err;    /* of the first write that failed */
};

struct header {
	uint32_t magic;
	uint16_t major, minor;
	int32_t zone;
	uint32_t figures, snap, link;
};

struct packet {
	uint32_t sec, ns, bytes, whole;
};

static void put(struct pcap *p, const void *data, size_t n)
{
	if (fwrite(data, 1, n, p->file) != n && !p->err)
		p->err = errno ? errno : EIO;
}

static void begin(struct pcap *p, const struct reporter *rep)
{
	const struct header h = { .magic = MAGIC_NS,
				  .major = 2,
				  .minor = 4,
				  .snap = SNAP,
				  .link = LINK_RAW };

	p->file = fopen(p->path, "we");
	if (p->file)
		put(p, &h, sizeof(h));
	else
		report(rep, REPORT_ERROR, NULL, NULL,
		       "skboutput: cannot write %s: %s", p->path,
		       strerror(errno));
}

struct pcap *pcap_open(struct pcap **list, const struct reporter *rep,
		       const char *path)
{
	struct pcap *p;

	for (p = *list; p; p = p->next)
		if (!strcmp(p->path, path))
			return p->file ? p : NULL;
	p = calloc(1, sizeof(*p));
	if (!p || !(p->path = strdup(path)))
		die("out of memory");
	p->next = *list;
	*list = p;
	begin(p, rep);
	return p->file ? p : NULL;
}

void pcap_add(struct pcap *p, uint64_t at, const void *data, uint32_t bytes,
	      uint32_t whole)
{
	const struct packet h = { (uint32_t)(at / NS), (uint32_t)(at % NS),
				  bytes, whole };

	put(p, &h, sizeof(h));
	put(p, data, bytes);
}

void pcap_flush(struct pcap *list)
{
	for (; list; list = list->next)
		if (list->file)
			fflush(list->file);
}

void pcap_close(struct pcap *list, const struct reporter *rep)
{
	struct pcap *next;

	for (; list; list = next) {
		next = list->next;
		if (list->file && fclose(list->file) && !list->err)
			list->err = errno;
		if (list->err)
			report(rep, REPORT_ERROR, NULL, NULL,
			       "skboutput: %s is not complete: %s", list->path,
			       strerror(list->err));
		free(list->path);
		free(list);
	}
}
