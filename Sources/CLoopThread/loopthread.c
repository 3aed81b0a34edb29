#define _GNU_SOURCE
#include "loopthread.h"
#include <pthread.h>

static _Thread_local const void *current;

void mg_set_current_loop(const void *loop) { current = loop; }
const void *mg_current_loop(void) { return current; }
void mg_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
