struct once {
	int a;
};
struct once {
	long b;
};
#else
