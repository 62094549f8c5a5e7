#include "cline.h"
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

static struct {
    char *(*readline)(const char *);
    int (*add_history)(const char *);
    int (*rl_parse_and_bind)(const char *);
    int (*rl_forced_update_display)(void);
    char **(*rl_completion_matches)(const char *, char *(*)(const char *, int));
    char *(**rl_line_buffer);
    char **(**rl_attempted_completion_function)(const char *, int, int);
    const char **rl_basic_word_break_characters;
    int *rl_attempted_completion_over, *rl_completion_append_character;
    const char **rl_readline_name;
} line;

static const char *(*candidate)(const char *, const char *, int, int);
static int word_start;

// Its calls are those of readline; they are of the C library's oldest kind, and have not changed in twenty years.
int cline_open(void) {
    if (line.readline) return 1;
    void *library = dlopen("libedit.so.2", RTLD_NOW | RTLD_LOCAL);
    if (!library) library = dlopen("libedit.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) return 0;
#define FIND(name) if (!(*(void **)&line.name = dlsym(library, #name))) return 0;
    FIND(add_history) FIND(rl_parse_and_bind) FIND(rl_forced_update_display) FIND(rl_completion_matches)
    FIND(rl_attempted_completion_function) FIND(rl_basic_word_break_characters) FIND(rl_attempted_completion_over)
    FIND(rl_completion_append_character) FIND(rl_readline_name) FIND(rl_line_buffer) FIND(readline)
#undef FIND
    *line.rl_readline_name = "drydock";
    *line.rl_basic_word_break_characters = " \t\n\"'`@$><=;|&{(,+-*/~!%^?:[";
    return 1;
}

char *cline_read(const char *prompt) { return line.readline(prompt); }
void cline_remember(const char *text) { line.add_history(text); }
void cline_command(const char *words) { line.rl_parse_and_bind(words); }
void cline_redraw(void) { line.rl_forced_update_display(); }

static char *next(const char *word, int state) {
    static int number;
    number = state ? number + 1 : 0;
    const char *found = candidate(word, *(char **)line.rl_line_buffer, word_start, number);
    return found ? strdup(found) : NULL;
}

static char **complete(const char *word, int start, int end) {
    (void)end;
    word_start = start;
    *line.rl_attempted_completion_over = 1;  // No names of files.
    *line.rl_completion_append_character = 0;
    return line.rl_completion_matches(word, next);
}

void cline_complete(const char *(*who)(const char *, const char *, int, int)) {
    candidate = who;
    *line.rl_attempted_completion_function = complete;
}
