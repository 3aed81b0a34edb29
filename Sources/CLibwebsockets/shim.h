#pragma once
#include <libwebsockets.h>

// An expression macro, which Swift does not import.
#define MG_LWS_PRE 16
_Static_assert(MG_LWS_PRE == LWS_PRE, "LWS_PRE changed");

// (1ll << n) macros and negative casts do not come through as the unsigned values that the options field takes.
static const uint64_t mg_lws_tls = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
static const uint64_t mg_lws_own_authorities = LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
static const uint64_t mg_lws_context_options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN
    | LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;

// The polite end, from the writable callback: the close frame prepared by lws_close_reason goes out. Returning non-zero from there
// drops the socket without a word.
static inline void mg_lws_close(struct lws *wsi) { lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC); }

// Violent end of a connection, on the next turn of the loop: nothing is sent, CLOSED is called.
static inline void mg_lws_kill(struct lws *wsi) { lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC); }
