/* btfext.h - section .BTF.ext of a BPF object, of which linux/btf.h says
 * nothing.  Offsets are from the end of the header. */
#ifndef BTFEXT_H
#define BTFEXT_H

#include <stdint.h>

struct ext_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len, func_off, func_len, line_off, line_len;
	uint32_t core_relo_off, core_relo_len;
};

/* A line of the script: line_col is line << 10 | column. */
struct line_rec {
	uint32_t insn_off, file_off, text_off, line_col;
};

#endif
