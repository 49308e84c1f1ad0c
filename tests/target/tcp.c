/*
 * tcp - one TCP connection to itself.  tcp PORT BYTES [drop] [6]
 *
 * Listens on 127.0.0.1:PORT with a backlog of 7, connects, accepts, sends
 * BYTES (up to 64 KB) and receives them, and closes: first the end that
 * connected.  All in one thread.
 *
 * With "drop" a socket filter then refuses another byte and what is sent again
 * for it, for 700 ms (two retransmissions or so), until it lets it pass.  With
 * "6" the address is ::1.
 */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listening, out = -1, in = -1;

static int connect_self(int family, int port)
{
	struct sockaddr_in a4 = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons((uint16_t)port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr *a = (struct sockaddr *)&a4;
	socklen_t len = sizeof(a4);
	int one = 1;

	a4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (family == AF_INET6) {
		a = (struct sockaddr *)&a6;
		len = sizeof(a6);
	}
	listening = socket(family, SOCK_STREAM, 0);
	setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	out = socket(family, SOCK_STREAM, 0);
	if (bind(listening, a, len) || listen(listening, 7) ||
	    connect(out, a, len))
		return -1;
	in = accept(listening, NULL, NULL);
	return in < 0 ? -1 : 0;
}

static int transfer(size_t n)
{
	static char bytes[65536];
	size_t had = 0;

	if (write(out, bytes, n) != (ssize_t)n)
		return -1;
	while (had < n) {
		ssize_t k = read(in, bytes, sizeof(bytes));

		if (k <= 0)
			return -1;
		had += (size_t)k;
	}
	return 0;
}

static int drop(void)
{
	struct sock_filter refuse = { BPF_RET | BPF_K, 0, 0, 0 };
	struct sock_fprog filter = { 1, &refuse };
	char c = 'x';

	if (setsockopt(in, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
		       sizeof(filter)) ||
	    write(out, &c, 1) != 1)
		return -1;
	usleep(700000);
	if (setsockopt(in, SOL_SOCKET, SO_DETACH_FILTER, &filter,
		       sizeof(filter)))
		return -1;
	return read(in, &c, 1) == 1 ? 0 : -1;
}

int main(int argc, char **argv)
{
	bool drops = false;
	int i, family = AF_INET;

	if (argc < 3)
		return 2;
	for (i = 3; i < argc; i++) {
		drops |= !strcmp(argv[i], "drop");
		if (!strcmp(argv[i], "6"))
			family = AF_INET6;
	}
	if (connect_self(family, atoi(argv[1])) ||
	    transfer(strtoul(argv[2], NULL, 10)) || (drops && drop())) {
		perror("tcp");
		return 1;
	}
	close(out);
	close(in);
	return close(listening);
}
