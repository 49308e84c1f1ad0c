#include "shapes.h"
typedef unsigned short kind_t;
#ifdef DEEP
#define DEPTH 2
#elif defined(SHALLOW) && SHALLOW > 1
#define DEPTH 1
#else
#error "which depth?"
#endif
