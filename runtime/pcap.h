/* pcap.h - files of packets, as tcpdump writes and reads them. */
#ifndef PCAP_H
#define PCAP_H

#include "compiler/base.h"
#include "runtime/report.h"

struct pcap; /* one file */

/* The file of that name, opened and emptied when it is first asked for; NULL
 * when it can't be written, which is reported once.  list: all there are. */
struct pcap *pcap_open(struct pcap **list, const struct reporter *rep,
		       const char *path);

/* One packet: bytes of data, out of whole; at: ns of wall-clock time. */
void pcap_add(struct pcap *p, uint64_t at, const void *data, uint32_t bytes,
	      uint32_t whole);

/* Closes all of them, and reports which are not complete; flush alone makes
 * what there is readable. */
void pcap_flush(struct pcap *list);
void pcap_close(struct pcap *list, const struct reporter *rep);

#endif
