/* stop.h - signals: the user wants an end, or fires self probes. */
#ifndef STOP_H
#define STOP_H

/* A descriptor that is readable once the user wants an end; -errno.  To be
 * called once; SIGPIPE is seen by ferror() from then on. */
int stop_catch(void);

/* A descriptor from which the numbers of signals can be read, a byte each, for
 * which self_signal() is the handler; -errno.  To be called once. */
int self_pipe_open(void);
void self_signal(int sig);

#endif
