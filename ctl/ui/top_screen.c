// SPDX-License-Identifier: GPL-2.0-only
/*
 * A terminal in full, by ncurses. Knows nothing of what is shown.
 */
#include "ui/top_screen.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>

#define SAID_BYTES_MAX 65536

struct sekisho_top_screen {
	SCREEN *terminal;
	bool unicode;
	bool colours;
	int said; /* a file in memory; -1: none */
	off_t heard; /* how much of it was asked for */
	int error_stream; /* standard error as it was; -1: untouched */
	sigset_t waiting; /* signals blocked while a key is waited for */
	sigset_t before;
	struct sigaction actions[32];
};

/* What ends the program, whose terminal must be itself again first. */
static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static volatile sig_atomic_t ended;

/* For a program that dies: nothing but write() and tcsetattr() may be called then. */
static struct termios terminal_before;
static char terminal_leave[256];

static void note_end(int signal)
{
	(void)signal;
	ended = 1;
}

static void leave_and_die(int signal)
{
	ssize_t written = write(STDOUT_FILENO, terminal_leave, strlen(terminal_leave));

	(void)written;
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
	/* The action was reset: this time it is the end. */
	raise(signal);
}

static void take_signals(struct sekisho_top_screen *screen)
{
	struct sigaction end = { .sa_handler = note_end };
	struct sigaction death = { .sa_handler = leave_and_die, .sa_flags = SA_RESETHAND };
	size_t at = 0;

	ended = 0;
	sigemptyset(&screen->waiting);
	for (size_t i = 0; i < COUNT(ending); i++) {
		sigaction(ending[i], &end, &screen->actions[at++]);
		sigaddset(&screen->waiting, ending[i]);
	}
	for (size_t i = 0; i < COUNT(fatal); i++)
		sigaction(fatal[i], &death, &screen->actions[at++]);
	sigaddset(&screen->waiting, SIGWINCH);
	/* They come in only while a key is waited for, so that none is missed before it. */
	sigprocmask(SIG_BLOCK, &screen->waiting, &screen->before);
}

static void return_signals(const struct sekisho_top_screen *screen)
{
	size_t at = 0;

	for (size_t i = 0; i < COUNT(ending); i++)
		sigaction(ending[i], &screen->actions[at++], NULL);
	for (size_t i = 0; i < COUNT(fatal); i++)
		sigaction(fatal[i], &screen->actions[at++], NULL);
	sigprocmask(SIG_SETMASK, &screen->before, NULL);
}

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

/* What the terminal understands, not what the program speaks: that is always UTF-8. */
static bool terminal_is_unicode(void)
{
	static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < COUNT(variables); i++) {
		const char *value = getenv(variables[i]);

		if (value && *value)
			return strcasestr(value, "UTF-8") || strcasestr(value, "UTF8");
	}
	return false;
}

static int keep_back_errors(struct sekisho_top_screen *screen)
{
	fflush(stderr);
	screen->said = memfd_create("said", MFD_CLOEXEC);
	if (screen->said < 0)
		return -errno;
	screen->error_stream = dup(STDERR_FILENO);
	if (screen->error_stream < 0 || dup2(screen->said, STDERR_FILENO) < 0)
		return -errno;
	return 0;
}

static void return_errors(struct sekisho_top_screen *screen)
{
	char text[512];
	ssize_t bytes;

	if (screen->said < 0 || screen->error_stream < 0)
		return;
	fflush(stderr);
	dup2(screen->error_stream, STDERR_FILENO);
	close(screen->error_stream);
	lseek(screen->said, 0, SEEK_SET);
	while ((bytes = read(screen->said, text, sizeof(text))) > 0)
		fwrite(text, 1, (size_t)bytes, stderr);
}

/* How the terminal is left, for a program that dies. */
static void note_way_out(void)
{
	static const char *const names[] = { "sgr0", "cnorm", "rmkx", "rmcup" };
	size_t used = 0;

	for (size_t i = 0; i < COUNT(names); i++) {
		const char *text = tigetstr(names[i]);

		if (text && text != (char *)-1 && used + strlen(text) < sizeof(terminal_leave))
			used += (size_t)snprintf(terminal_leave + used,
						 sizeof(terminal_leave) - used, "%s", text);
	}
}

/* A style that is not here has the terminal's own colours. */
static const short colours[SEKISHO_TOP_STYLES] = {
	[SEKISHO_TOP_HEADING] = COLOR_CYAN, [SEKISHO_TOP_CURRENT] = COLOR_CYAN,
	[SEKISHO_TOP_PICTURE] = COLOR_CYAN, [SEKISHO_TOP_WARNING] = COLOR_YELLOW,
	[SEKISHO_TOP_ALARM] = COLOR_RED,
};

static void choose_colours(struct sekisho_top_screen *screen)
{
	screen->colours = has_colors() && !is_set("NO_COLOR");
	if (!screen->colours)
		return;
	start_color();
	use_default_colors();
	for (int style = 0; style < SEKISHO_TOP_STYLES; style++) {
		if (colours[style])
			init_pair((short)style, colours[style], -1);
	}
}

static int start(struct sekisho_top_screen *screen)
{
	const char *cup;

	/* Asked in vain, newterm() would leave without a word. */
	if (!is_set("TERM"))
		return -ENODEV;
	if (tcgetattr(STDIN_FILENO, &terminal_before))
		return -ENOTTY;
	screen->terminal = newterm(NULL, stdout, stdin);
	if (!screen->terminal)
		return -ENODEV;
	cup = tigetstr("cup");
	if (!cup || cup == (char *)-1) {
		endwin();
		return -ENODEV;
	}
	note_way_out();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	choose_colours(screen);
	screen->unicode = terminal_is_unicode();
	return 0;
}

int sekisho_top_screen_open(struct sekisho_top_screen **opened)
{
	struct sekisho_top_screen *screen;
	int error;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return -ENOTTY;
	screen = calloc(1, sizeof(*screen));
	if (!screen)
		return -ENOMEM;
	screen->said = screen->error_stream = -1;
	take_signals(screen);
	error = start(screen);
	if (error) {
		if (screen->terminal)
			delscreen(screen->terminal);
		return_signals(screen);
		free(screen);
		return error;
	}
	error = keep_back_errors(screen);
	if (error)
		sekisho_top_screen_close(screen);
	else
		*opened = screen;
	return error;
}

void sekisho_top_screen_close(struct sekisho_top_screen *screen)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen->terminal);
	return_errors(screen);
	if (screen->said >= 0)
		close(screen->said);
	return_signals(screen);
	free(screen);
}

static attr_t attributes(const struct sekisho_top_screen *screen, enum sekisho_top_style style)
{
	static const attr_t plain[SEKISHO_TOP_STYLES] = {
		[SEKISHO_TOP_FAINT] = A_DIM,	     [SEKISHO_TOP_STRONG] = A_BOLD,
		[SEKISHO_TOP_HEADING] = A_UNDERLINE, [SEKISHO_TOP_CURRENT] = A_BOLD,
		[SEKISHO_TOP_WARNING] = A_BOLD,	     [SEKISHO_TOP_ALARM] = A_BOLD | A_REVERSE,
	};
	attr_t wanted = plain[style];

	if (screen->colours && colours[style])
		wanted |= (attr_t)COLOR_PAIR(style);
	return wanted;
}

static void put(void *context, unsigned int row, unsigned int cell, enum sekisho_top_style style,
		const char *text)
{
	attr_t wanted = attributes(context, style);

	attron(wanted);
	mvaddstr((int)row, (int)cell, text);
	attroff(wanted);
}

size_t sekisho_top_screen_draw(struct sekisho_top_screen *screen,
			       const struct sekisho_top_page *page)
{
	struct sekisho_top_canvas canvas = {
		.rows = (unsigned int)LINES,
		.cells = (unsigned int)COLS,
		.unicode = screen->unicode,
		.put = put,
		.context = screen,
	};
	size_t room;

	erase();
	room = sekisho_top_page_draw(page, &canvas);
	refresh();
	return room;
}

/* Keys as ncurses numbers them. */
static int special_key(wint_t key)
{
	switch (key) {
	case KEY_RESIZE:
		return SEKISHO_TOP_KEY_RESIZED;
	case KEY_UP:
		return SEKISHO_TOP_KEY_UP;
	case KEY_DOWN:
		return SEKISHO_TOP_KEY_DOWN;
	case KEY_LEFT:
		return SEKISHO_TOP_KEY_LEFT;
	case KEY_RIGHT:
		return SEKISHO_TOP_KEY_RIGHT;
	case KEY_PPAGE:
		return SEKISHO_TOP_KEY_PAGE_UP;
	case KEY_NPAGE:
		return SEKISHO_TOP_KEY_PAGE_DOWN;
	case KEY_HOME:
		return SEKISHO_TOP_KEY_HOME;
	case KEY_END:
		return SEKISHO_TOP_KEY_LAST;
	case KEY_BTAB:
		return SEKISHO_TOP_KEY_BACK_TAB;
	case KEY_BACKSPACE:
	case KEY_DC:
		return SEKISHO_TOP_KEY_ERASE;
	case KEY_ENTER:
		return '\r';
	default:
		return SEKISHO_TOP_KEY_NONE;
	}
}

/* A key that is there already. */
static bool take_key(int *key)
{
	wint_t got;
	int kind = get_wch(&got);

	if (kind == ERR)
		return false;
	if (kind == KEY_CODE_YES)
		*key = special_key(got);
	else if (got == 0x7f || got == 0x08)
		*key = SEKISHO_TOP_KEY_ERASE;
	else
		*key = (int)got;
	return true;
}

int sekisho_top_screen_key(struct sekisho_top_screen *screen, int milliseconds)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	struct timespec wait = { milliseconds / 1000, (long)(milliseconds % 1000) * 1000000 };
	int key, got;

	if (ended)
		return SEKISHO_TOP_KEY_END;
	if (take_key(&key))
		return key;
	got = ppoll(&input, 1, &wait, &screen->before);
	if (ended || (got > 0 && !(input.revents & POLLIN)))
		return SEKISHO_TOP_KEY_END;
	if (take_key(&key))
		return key;
	/* There was something to read, but nothing was read: the terminal is gone. */
	return got > 0 && input.revents & POLLHUP ? SEKISHO_TOP_KEY_END : SEKISHO_TOP_KEY_NONE;
}

bool sekisho_top_screen_said(struct sekisho_top_screen *screen, char *text, size_t size)
{
	char tail[512];
	off_t end = lseek(screen->said, 0, SEEK_END);
	off_t from = end > (off_t)sizeof(tail) - 1 ? end - (off_t)sizeof(tail) + 1 : 0;
	ssize_t bytes;
	char *line;

	if (end <= screen->heard)
		return false;
	bytes = pread(screen->said, tail, sizeof(tail) - 1, from);
	if (bytes <= 0)
		return false;
	screen->heard = end;
	tail[bytes] = '\0';
	if (tail[bytes - 1] == '\n')
		tail[bytes - 1] = '\0';
	line = strrchr(tail, '\n');
	snprintf(text, size, "%s", line ? line + 1 : tail);
	/* What is said again and again must not fill the memory: the first sentences are enough. */
	if (end > SAID_BYTES_MAX && !ftruncate(screen->said, SAID_BYTES_MAX / 2))
		screen->heard = lseek(screen->said, 0, SEEK_END);
	return true;
}
