/* BEGIN { exit() }: nothing, loaded and attached. */
#include "limit.h"

ON_SYS_ENTER
int empty(void *ctx)
{
	return 0;
}
