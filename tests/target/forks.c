/*
 * forks - a known family.  forks [N]
 *
 * Forks N children (default 3), one after the other.  Child i (from 0) names
 * itself "fk-child", calls execve() on this same program with the arguments
 * "forks" "leaf" "i", and that one exits with status i.  In all: N forks, N
 * execs, N exits besides its own, statuses 0..N-1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void child(int i)
{
	char number[16];

	prctl(PR_SET_NAME, "fk-child");
	snprintf(number, sizeof(number), "%d", i);
	execl("/proc/self/exe", "forks", "leaf", number, (char *)NULL);
	_exit(127);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 3, i, status;
	pid_t pid;

	if (argc > 2 && strcmp(argv[1], "leaf") == 0)
		return atoi(argv[2]);
	for (i = 0; i < n; i++) {
		pid = fork();
		if (pid < 0)
			return 1;
		if (pid == 0)
			child(i);
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
		    WEXITSTATUS(status) != (i & 0xff))
			return 1;
	}
	return 0;
}
