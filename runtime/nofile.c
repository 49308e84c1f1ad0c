#include "nofile.h"

rlim_t nofile_set(rlim_t limit)
{
	struct rlimit l;
	rlim_t was;

	if (getrlimit(RLIMIT_NOFILE, &l))
		return 0;
	was = l.rlim_cur;
	l.rlim_cur = limit;
	if (limit && limit != was)
		setrlimit(RLIMIT_NOFILE, &l);
	return was;
}

rlim_t nofile_raise(size_t want)
{
	struct rlimit l, more;

	if (getrlimit(RLIMIT_NOFILE, &l))
		return 0;
	more = (struct rlimit){ want, want };
	/* More than the hard limit takes CAP_SYS_RESOURCE. */
	if (want > l.rlim_max && !setrlimit(RLIMIT_NOFILE, &more))
		return l.rlim_cur;
	return nofile_set(l.rlim_max);
}
