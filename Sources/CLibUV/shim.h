#pragma once
#include <uv.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

// Not part of Swift's Glibc module: accept4 hides behind _GNU_SOURCE, timerfd has no module of its own.
extern int accept4(int, struct sockaddr *, socklen_t *, int);
static inline int mg_accept(int listener, struct sockaddr_storage *peer) {
    socklen_t length = sizeof *peer;
    return accept4(listener, (struct sockaddr *)peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// POLLRDHUP hides behind _GNU_SOURCE too.
static inline int mg_has_disconnected(int socket) {
    struct pollfd query = {.fd = socket, .events = 0x2000};
    return poll(&query, 1, 0) > 0;
}

static inline int mg_timerfd_periodic(long nanoseconds) {
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct itimerspec every = {{0, nanoseconds}, {0, nanoseconds}};
    if (fd >= 0 && timerfd_settime(fd, 0, &every, NULL) != 0) { close(fd); return -1; }
    return fd;
}

static inline long long mg_monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}
