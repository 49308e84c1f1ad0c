/*
 * entry_x86_64.S - where a built program begins.
 *
 * Of a file that was cut short the pages that are gone can't be run, and the C
 * library's own start is all over the file.  This is in its first page: without
 * a trailer (image.c) at the end of the file it goes no further.
 *
 * What comes first in a program is .init, a function put together from the
 * pieces that objects have: this piece is jumped over.
 */
	.section .init
	jmp	past
	.globl	waggle_entry
	.type	waggle_entry, @function
waggle_entry:
	mov	%rdx, %r12		/* _start wants it */
	lea	self(%rip), %rdi
	xor	%esi, %esi		/* O_RDONLY */
	mov	$2, %eax		/* open */
	syscall
	test	%eax, %eax
	js	whole			/* no /proc: main() looks again */
	mov	%eax, %ebx
	mov	%eax, %edi
	mov	$-32, %rsi
	mov	$2, %edx		/* SEEK_END */
	mov	$8, %eax		/* lseek */
	syscall
	test	%rax, %rax
	js	cut
	sub	$32, %rsp
	movq	$0, (%rsp)
	mov	%ebx, %edi
	mov	%rsp, %rsi
	mov	$32, %edx
	xor	%eax, %eax		/* read */
	syscall
	mov	%ebx, %edi
	mov	$3, %eax		/* close */
	syscall
	pop	%rax
	add	$24, %rsp
	cmp	magic(%rip), %rax
	jne	cut
whole:
	mov	%r12, %rdx
	jmp	_start
cut:
	mov	$2, %edi
	lea	message(%rip), %rsi
	mov	$message_end - message, %edx
	mov	$1, %eax		/* write */
	syscall
	mov	$1, %edi
	mov	$231, %eax		/* exit_group */
	syscall
	hlt
self:	.asciz	"/proc/self/exe"
magic:	.ascii	"waggle\r\032"
message:
	.ascii	"ERROR: this program is damaged: its end is missing\n"
	.ascii	"HINT: build it again\n"
message_end:
	.size	waggle_entry, . - waggle_entry
past:
	.section .note.GNU-stack, "", @progbits
