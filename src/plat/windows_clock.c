/* plat/windows_clock.c - time on Windows. */
#if defined(_WIN32)
#  define WIN32_LEAN_AND_MEAN
#  include <windows.h>

#  include "plat/clock.h"

int64_t xb_clock_ns(void) {
    LARGE_INTEGER ticks, per_second; /* neither call can fail since Windows XP */
    QueryPerformanceFrequency(&per_second);
    QueryPerformanceCounter(&ticks);
    int64_t whole = ticks.QuadPart / per_second.QuadPart, rest = ticks.QuadPart % per_second.QuadPart;
    return whole * 1000000000 + rest * 1000000000 / per_second.QuadPart;
}

int64_t xb_wall_ms(void) {
    static const int64_t from_1601_to_1970_ms = INT64_C(11644473600000);
    FILETIME             t; /* in units of 100 ns */
    GetSystemTimeAsFileTime(&t);
    return (int64_t)(((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime) / 10000) - from_1601_to_1970_ms;
}

void xb_sleep_ms(int64_t ms) {
    int64_t due_ns = xb_clock_after_ms(ms);
    while (ms > 0) { /* Sleep may end within the last tick */
        Sleep(ms > INT32_MAX ? INT32_MAX : (DWORD)ms);
        ms = (due_ns - xb_clock_ns() + 999999) / 1000000;
    }
}

#else
typedef int xb_windows_clock_is_elsewhere;
#endif
