// The few calls of libedit's readline interface that the chat shell makes.
#pragma once
#include <stdlib.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>
#include <editline/readline.h>

/// A terminal's modes; what Swift calls `termios` belongs to whichever C module names it first.
typedef struct termios mg_terminal_modes;
static inline int mg_terminal_read(mg_terminal_modes *modes) { return tcgetattr(STDIN_FILENO, modes); }
static inline int mg_terminal_restore(const mg_terminal_modes *modes) { return tcsetattr(STDIN_FILENO, TCSANOW, modes); }
static inline mg_terminal_modes mg_terminal_none(void) { mg_terminal_modes none = {0}; return none; }

/// The line without its end, to be freed; NULL at the end of input.
static inline char *mg_edit_line(const char *prompt) { return readline(prompt); }
static inline void mg_edit_begin(const char *name) { rl_readline_name = name; using_history(); stifle_history(1000); }
static inline void mg_edit_remember(const char *line) { add_history(line); }
static inline void mg_edit_load(const char *file) { read_history(file); }
static inline void mg_edit_save(const char *file) { write_history(file); }
