/*
 * limit - the least a tool built on libbpf can do: load, attach, print.
 * limit [-x] [-p PID] OBJECT.bpf.o
 *
 * -p sets target_pid, on which the programs filter; -x ends as soon as it has
 * attached.  Otherwise prints what comes through the ring "events" until
 * SIGINT or SIGTERM, and then the other maps.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct event {
	unsigned int pid;
	char comm[16];
	long long id;
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static int on_event(void *unused, void *data, size_t size)
{
	const struct event *e = data;

	(void)unused, (void)size;
	printf("%u %s %lld\n", e->pid, e->comm, e->id);
	return 0;
}

static unsigned long long total_of(const unsigned long long *percpu)
{
	unsigned long long sum = 0;
	int i, n = libbpf_num_possible_cpus();

	for (i = 0; i < n; i++)
		sum += percpu[i];
	return sum;
}

/* Maps of 64-bit numbers a CPU, the key a number or a name. */
static void print_map(const struct bpf_map *map, bool lost)
{
	unsigned long long *values;
	char key[64] = { 0 }, *prev = NULL;
	int fd = bpf_map__fd(map);

	values = calloc((size_t)libbpf_num_possible_cpus(), sizeof(*values));
	while (values && bpf_map_get_next_key(fd, prev, key) == 0) {
		prev = key;
		if (bpf_map_lookup_elem(fd, key, values) ||
		    total_of(values) == 0)
			continue;
		if (lost)
			fprintf(stderr, "Lost %llu events\n", total_of(values));
		else if (bpf_map__key_size(map) == 16)
			printf("@[%.16s]: %llu\n", key, total_of(values));
		else
			printf("@[%u]: %llu\n", *(unsigned int *)(void *)key,
			       total_of(values));
	}
	free(values);
}

static void print_maps(struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, obj) {
		enum bpf_map_type type = bpf_map__type(map);

		if (type != BPF_MAP_TYPE_PERCPU_HASH &&
		    type != BPF_MAP_TYPE_PERCPU_ARRAY)
			continue;
		print_map(map, strcmp(bpf_map__name(map), "lost") == 0);
	}
}

static int set_target(struct bpf_object *obj, unsigned int pid)
{
	struct bpf_map *map;
	unsigned int *value;
	size_t size;

	bpf_object__for_each_map (map, obj) {
		if (!strstr(bpf_map__name(map), ".rodata"))
			continue;
		value = (unsigned int *)(uintptr_t)bpf_map__initial_value(
			map, &size);
		if (!value || size < sizeof(*value))
			return -1;
		*value = pid;
	}
	return 0;
}

static int trace(struct bpf_object *obj)
{
	struct bpf_map *ring = bpf_object__find_map_by_name(obj, "events");
	struct ring_buffer *rb = NULL;

	if (ring) {
		rb = ring_buffer__new(bpf_map__fd(ring), on_event, NULL, NULL);
		if (!rb)
			return -1;
	}
	while (!stop) {
		if (rb)
			ring_buffer__poll(rb, 100);
		else
			pause();
	}
	if (rb)
		ring_buffer__consume(rb);
	ring_buffer__free(rb);
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *obj = NULL;
	struct bpf_program *prog;
	struct bpf_link *link = NULL;
	bool once = false;
	unsigned int pid = 0;
	int opt, err = 1;

	while ((opt = getopt(argc, argv, "p:x")) != -1) {
		switch (opt) {
		case 'p':
			pid = (unsigned int)atoi(optarg);
			break;
		case 'x':
			once = true;
			break;
		default:
			return 2;
		}
	}
	if (optind != argc - 1)
		return 2;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	obj = bpf_object__open_file(argv[optind], NULL);
	if (!obj || set_target(obj, pid) || bpf_object__load(obj))
		goto out;
	prog = bpf_object__next_program(obj, NULL);
	link = bpf_program__attach(prog);
	if (!link)
		goto out;
	fprintf(stderr, "Attached\n");
	err = once ? 0 : trace(obj);
	print_maps(obj);
out:
	if (err)
		perror("limit");
	bpf_link__destroy(link);
	bpf_object__close(obj);
	return err != 0;
}
