/* decode.h - where the instructions of this machine begin. */
#ifndef DECODE_H
#define DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum decoded {
	DECODED_BEGINS,	 /* an instruction begins there */
	DECODED_WITHIN,	 /* none does */
	DECODED_UNKNOWN, /* it could not be found out */
};

/*
 * Does an instruction begin `at` bytes into code, whose first one begins at its
 * start?  LLVM decodes, in a process of its own: the code is anybody's, and
 * LLVM can be started only once in a process.
 */
enum decoded decode_at(const uint8_t *code, size_t size, size_t at);

#endif
