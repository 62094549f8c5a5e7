#ifndef DRYDOCK_CLINE_H
#define DRYDOCK_CLINE_H

// A line of a terminal with editing, history and completion, by libedit where it is installed: it is looked for when it is needed.

/// 1: there is such an editor. The words of its own file (~/.editrc) hold, as for every program that uses it.
int cline_open(void);
/// A line without its end, for free(); NULL: there are no more.
char *cline_read(const char *prompt);
void cline_remember(const char *line);
/// One of the editor's own commands: "bind -v".
void cline_command(const char *words);
/// What stands before the cursor was written over: it is shown again.
void cline_redraw(void);
/// Who completes: called with the word, the line and where the word begins in it, and 0, 1, …; NULL ends the list. The text is copied.
void cline_complete(const char *(*candidate)(const char *word, const char *line, int start, int number));
#endif
