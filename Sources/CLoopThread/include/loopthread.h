#pragma once
// Which loop runs on this thread. Neither inline nor const, so that a coroutine never keeps a value it read before a
// suspension: glibc declares pthread_self() const, and an optimised Swift async function did keep it.
void mg_set_current_loop(const void *loop);
const void *mg_current_loop(void);
// Names the calling thread, for top and gdb: 15 bytes count.
void mg_name_thread(const char *name);
