/* cli/system_windows.c - Windows: UTF-16 at the system's door, UTF-8 on our side. */
#include "system.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <psapi.h>

#include <direct.h>
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <shellapi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { WIDE_MAX = 4096 };

/* UTF-8 to UTF-16; NULL if it is not UTF-8 or too long. */
static const wchar_t *widen(const char *text, wchar_t out[WIDE_MAX]) {
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, out, WIDE_MAX) ? out : NULL;
}

/* UTF-16 to UTF-8, in `arena`. */
static char *narrow(xb_arena *arena, const wchar_t *text) {
    xybrid_error err;
    int          size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char        *out = size > 0 ? xb_arena_alloc(arena, (size_t)size, &err) : NULL;
    if (out) WideCharToMultiByte(CP_UTF8, 0, text, -1, out, size, NULL, NULL);
    return out;
}

static void enable_escape_sequences(DWORD stream) {
    HANDLE handle = GetStdHandle(stream);
    DWORD  mode = 0;
    if (GetConsoleMode(handle, &mode)) SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

int system_start(xb_arena *arena, int *argc, char ***argv) {
    xybrid_error err;
    int          count = 0;
    wchar_t    **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    char       **arguments = wide ? xb_arena_array(arena, (size_t)count + 1, sizeof *arguments, &err) : NULL;
    for (int i = 0; arguments && i < count; i++) {
        arguments[i] = narrow(arena, wide[i]);
        if (!arguments[i]) arguments = NULL;
    }
    LocalFree(wide);
    if (!arguments) return -1;
    *argc = count;
    *argv = arguments;
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
    SetConsoleOutputCP(CP_UTF8);
    enable_escape_sequences(STD_OUTPUT_HANDLE);
    enable_escape_sequences(STD_ERROR_HANDLE);
    return 0;
}

const char *system_env(xb_arena *arena, const char *name) {
    wchar_t wide_name[WIDE_MAX];
    if (!widen(name, wide_name)) return NULL;
    const wchar_t *value = _wgetenv(wide_name);
    return value && *value ? narrow(arena, value) : NULL;
}

/* Both of the system's environment and of the C library's. */
void system_set_env(const char *name, const char *value) { _putenv_s(name, value); }

/* _isatty is true of every device, NUL among them. */
int system_is_terminal(FILE *f) {
    DWORD mode;
    return _isatty(_fileno(f)) && GetConsoleMode((HANDLE)_get_osfhandle(_fileno(f)), &mode);
}

double system_now_ms(void) {
    LARGE_INTEGER ticks, per_second;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&per_second);
    return (double)ticks.QuadPart * 1e3 / (double)per_second.QuadPart;
}

int64_t system_peak_bytes(void) {
    PROCESS_MEMORY_COUNTERS counters = { .cb = sizeof counters };
    return K32GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters) ? (int64_t)counters.PeakWorkingSetSize : -1;
}

/* What is typed comes as UTF-16; Ctrl-Z and Enter on a line of its own is the end. */
static int read_console_line(HANDLE console, xb_str *line) {
    wchar_t wide[WIDE_MAX];
    char    text[3 * WIDE_MAX];
    DWORD   count = 0;
    do {
        SetLastError(0);
        if (!ReadConsoleW(console, wide, WIDE_MAX, &count, NULL)) return errno = EIO, -1;
        if (count == 0 && GetLastError() == ERROR_OPERATION_ABORTED) { /* Ctrl-C, which another thread is told of */
            Sleep(100);
            wide[count++] = 0; /* reads on if that did not end the program */
            continue;
        }
        if (count == 0 || (line->size == 0 && wide[0] == 26)) return 0;
        int size = WideCharToMultiByte(CP_UTF8, 0, wide, (int)count, text, (int)sizeof text, NULL, NULL);
        xb_str_addn(line, text, size > 0 ? (size_t)size : 0);
    } while (wide[count - 1] != L'\n');
    while (line->size > 0 && (line->data[line->size - 1] == '\n' || line->data[line->size - 1] == '\r'))
        line->data[--line->size] = 0;
    return 1;
}

int system_read_line(xb_str *line) {
    HANDLE console = GetStdHandle(STD_INPUT_HANDLE);
    DWORD  mode;
    if (GetConsoleMode(console, &mode)) return read_console_line(console, line);
    int c = getchar();
    for (errno = 0; c != EOF && c != '\n'; c = getchar()) xb_str_addc(line, (char)c);
    if (ferror(stdin)) return -1;
    return c != EOF || line->size > 0;
}

system_kind system_kind_of(const char *path) {
    wchar_t wide[WIDE_MAX];
    DWORD   attributes = widen(path, wide) ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES;
    if (attributes == INVALID_FILE_ATTRIBUTES) return SYSTEM_NOTHING;
    return attributes & FILE_ATTRIBUTE_DIRECTORY ? SYSTEM_FOLDER : SYSTEM_FILE;
}

int64_t system_size_bytes(const char *path) {
    wchar_t                   wide[WIDE_MAX];
    WIN32_FILE_ATTRIBUTE_DATA data;
    if (!widen(path, wide) || !GetFileAttributesExW(wide, GetFileExInfoStandard, &data)) return -1;
    if (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) return -1;
    return (int64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
}

FILE *system_open(const char *path, const char *mode) {
    wchar_t wide[WIDE_MAX], wide_mode[WIDE_MAX];
    if (widen(path, wide) && widen(mode, wide_mode)) return _wfopen(wide, wide_mode);
    errno = ENOENT;
    return NULL;
}

int system_rename(const char *from, const char *to) {
    wchar_t wide_from[WIDE_MAX], wide_to[WIDE_MAX];
    if (widen(from, wide_from) && widen(to, wide_to) && MoveFileExW(wide_from, wide_to, MOVEFILE_REPLACE_EXISTING)) return 0;
    errno = EACCES;
    return -1;
}

int system_remove(const char *path) {
    wchar_t wide[WIDE_MAX];
    return widen(path, wide) ? _wunlink(wide) : -1;
}

int system_make_folder(const char *path) {
    wchar_t wide[WIDE_MAX];
    if (!widen(path, wide)) {
        errno = EINVAL;
        return -1;
    }
    if (_wmkdir(wide) == 0) return 0;
    return errno == EEXIST && system_kind_of(path) == SYSTEM_FOLDER ? 0 : -1;
}

int system_list(const char *folder, void (*fn)(void *ctx, const char *name), void *ctx) {
    char             pattern[WIDE_MAX], name[3 * MAX_PATH + 1];
    wchar_t          wide[WIDE_MAX];
    WIN32_FIND_DATAW entry;
    xb_format(pattern, sizeof pattern, "%s/*", folder);
    HANDLE search = widen(pattern, wide) ? FindFirstFileW(wide, &entry) : INVALID_HANDLE_VALUE;
    if (search == INVALID_HANDLE_VALUE) return -1;
    do {
        if (!WideCharToMultiByte(CP_UTF8, 0, entry.cFileName, -1, name, (int)sizeof name, NULL, NULL)) continue;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) fn(ctx, name);
    } while (FindNextFileW(search, &entry));
    FindClose(search);
    return 0;
}

const char *system_absolute(xb_arena *arena, const char *path) {
    wchar_t wide[WIDE_MAX], whole[WIDE_MAX];
    if (!widen(path, wide)) return NULL;
    DWORD size = GetFullPathNameW(wide, WIDE_MAX, whole, NULL);
    return size > 0 && size < WIDE_MAX ? narrow(arena, whole) : NULL;
}

const char *system_program_folder(xb_arena *arena) {
    wchar_t wide[WIDE_MAX];
    DWORD   size = GetModuleFileNameW(NULL, wide, WIDE_MAX);
    if (size == 0 || size >= WIDE_MAX) return NULL;
    wchar_t *end = wcsrchr(wide, L'\\');
    if (end) *end = 0;
    return narrow(arena, wide);
}

const char *system_data_folder(xb_arena *arena) { return system_env(arena, "LOCALAPPDATA"); }

int system_is_separator(char c) { return c == '/' || c == '\\'; }

/* ---- Ctrl-C: the system calls on a thread of its own. ---- */

static struct {
    void (*fn)(void *ctx, int signal);
    void         *ctx;
    volatile LONG times, inside;
} interrupt;

static BOOL WINAPI on_control(DWORD event) {
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) return FALSE;
    InterlockedIncrement(&interrupt.inside);
    LONG times = InterlockedIncrement(&interrupt.times);
    if (times == 1) interrupt.fn(interrupt.ctx, SIGINT);
    InterlockedDecrement(&interrupt.inside);
    return times == 1; /* the second one meets the default: the program ends */
}

int system_on_interrupt(void (*fn)(void *ctx, int signal), void *ctx) {
    interrupt.fn = fn;
    interrupt.ctx = ctx;
    interrupt.times = 0;
    return SetConsoleCtrlHandler(on_control, TRUE) ? 0 : -1;
}

void system_rearm_interrupt(void) {
    while (InterlockedCompareExchange(&interrupt.inside, 0, 0)) Sleep(1);
    InterlockedExchange(&interrupt.times, 0);
}

void system_off_interrupt(void) {
    SetConsoleCtrlHandler(on_control, FALSE);
    InterlockedIncrement(&interrupt.times); /* a call that is on its way does nothing */
    while (InterlockedCompareExchange(&interrupt.inside, 0, 0)) Sleep(1);
}
