/* stop.h - the user wants an end: SIGINT, SIGTERM. */
#ifndef STOP_H
#define STOP_H

/* A descriptor that is readable once the user wants an end; -errno.  To be
 * called once; SIGPIPE is seen by ferror() from then on. */
int stop_catch(void);

#endif
