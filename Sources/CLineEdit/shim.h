// The few calls of libedit's readline interface that the chat shell makes.
#pragma once
#include <stdlib.h>
#include <stdio.h>
#include <editline/readline.h>

/// The line without its end, to be freed; NULL at the end of input.
static inline char *mg_edit_line(const char *prompt) { return readline(prompt); }
static inline void mg_edit_begin(const char *name) { rl_readline_name = name; using_history(); stifle_history(1000); }
static inline void mg_edit_remember(const char *line) { add_history(line); }
static inline void mg_edit_load(const char *file) { read_history(file); }
static inline void mg_edit_save(const char *file) { write_history(file); }
