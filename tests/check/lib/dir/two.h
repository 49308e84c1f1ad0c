#define DIR 1
