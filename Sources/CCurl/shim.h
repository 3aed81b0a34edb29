#pragma once
#include <curl/curl.h>

// curl_easy_setopt and its kin are variadic, and macros: one typed function for each kind of argument.
static inline CURLcode mg_curl_set_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode mg_curl_set_offset(CURL *h, CURLoption o, curl_off_t v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode mg_curl_set_string(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode mg_curl_set_pointer(CURL *h, CURLoption o, const void *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode mg_curl_set_list(CURL *h, CURLoption o, struct curl_slist *v) { return curl_easy_setopt(h, o, v); }
typedef size_t (*mg_curl_data)(char *, size_t, size_t, void *);
static inline CURLcode mg_curl_set_data(CURL *h, CURLoption o, mg_curl_data f) { return curl_easy_setopt(h, o, f); }
static inline CURLcode mg_curl_get_long(CURL *h, CURLINFO i, long *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode mg_curl_get_pointer(CURL *h, CURLINFO i, void **v) { return curl_easy_getinfo(h, i, v); }
static inline CURLMcode mg_curlm_set_long(CURLM *m, CURLMoption o, long v) { return curl_multi_setopt(m, o, v); }
static inline CURLMcode mg_curlm_set_pointer(CURLM *m, CURLMoption o, void *v) { return curl_multi_setopt(m, o, v); }
typedef int (*mg_curl_socket)(CURL *, curl_socket_t, int, void *, void *);
typedef int (*mg_curl_timer)(CURLM *, long, void *);
static inline CURLMcode mg_curlm_set_socket(CURLM *m, mg_curl_socket f) { return curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, f); }
static inline CURLMcode mg_curlm_set_timer(CURLM *m, mg_curl_timer f) { return curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, f); }
// CURLMsg.data is a union.
static inline CURLcode mg_curl_message_result(const CURLMsg *m) { return m->data.result; }
// Macros that do not come through: a cast inside, or a value as wide as long.
static const long mg_curl_version_2tls = CURL_HTTP_VERSION_2TLS;
static const long mg_curl_multiplex = CURLPIPE_MULTIPLEX;
static const curl_socket_t mg_curl_timeout = CURL_SOCKET_TIMEOUT;
static const size_t mg_curl_pause = CURL_WRITEFUNC_PAUSE;
