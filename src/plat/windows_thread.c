/* plat/windows_thread.c - threads and locks by Win32. */
#if defined(_WIN32)
#  define WIN32_LEAN_AND_MEAN
#  include <windows.h>

#  include <process.h>
#  include <string.h>

#  include "base/error.h"
#  include "plat/clock.h"
#  include "plat/fault.h"
#  include "plat/oserror.h"
#  include "plat/thread.h"

_Static_assert(sizeof(SRWLOCK) <= sizeof(xb_mutex), "a mutex fits");
_Static_assert(sizeof(CONDITION_VARIABLE) <= sizeof(xb_cond), "a condition fits");

static SRWLOCK            *mutex_of(xb_mutex *m) { return (SRWLOCK *)(void *)m->words; }
static CONDITION_VARIABLE *cond_of(xb_cond *c) { return (CONDITION_VARIABLE *)(void *)c->words; }

void xb_mutex_init(xb_mutex *m) { InitializeSRWLock(mutex_of(m)); }
void xb_mutex_lock(xb_mutex *m) { AcquireSRWLockExclusive(mutex_of(m)); }
void xb_mutex_unlock(xb_mutex *m) { ReleaseSRWLockExclusive(mutex_of(m)); }
void xb_mutex_free(xb_mutex *m) { (void)m; }

void xb_cond_init(xb_cond *c) { InitializeConditionVariable(cond_of(c)); }
void xb_cond_signal(xb_cond *c) { WakeConditionVariable(cond_of(c)); }
void xb_cond_broadcast(xb_cond *c) { WakeAllConditionVariable(cond_of(c)); }
void xb_cond_free(xb_cond *c) { (void)c; }
void xb_cond_wait(xb_cond *c, xb_mutex *m) { SleepConditionVariableSRW(cond_of(c), mutex_of(m), INFINITE, 0); }

int xb_cond_wait_until(xb_cond *c, xb_mutex *m, int64_t due_ns) {
    enum { DAY_MS = 86400000 };
    int64_t now = xb_clock_ns();
    if (due_ns <= now) return 1;
    int64_t ms = (due_ns - now) / 1000000 + 1;
    SleepConditionVariableSRW(cond_of(c), mutex_of(m), ms > DAY_MS ? DAY_MS : (DWORD)ms, 0);
    return xb_clock_ns() >= due_ns;
}

static unsigned __stdcall run_thread(void *arg) {
    xb_thread *t = arg;
    t->fn(t->arg);
    return 0;
}

xybrid_status xb_thread_start(xb_thread *t, const char *name, void (*fn)(void *arg), void *arg, xybrid_error *err) {
    t->fn = fn;
    t->arg = arg;
    uintptr_t handle = 0;
    if (!xb_fault_hit(XB_FAULT_THREAD)) /* not CreateThread: the C library prepares its own state for the thread */
        handle = _beginthreadex(NULL, XB_THREAD_STACK_BYTES, run_thread, t, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (!handle)
        return xb_fail_os(err, XYBRID_OUT_OF_MEMORY_HOST, ERROR_NOT_ENOUGH_MEMORY, name,
                          "cannot start thread \"%s\": the system has no more", name);
    t->handle = handle;
    return XYBRID_OK;
}

void xb_thread_join(xb_thread *t) {
    HANDLE handle = (HANDLE)(uintptr_t)t->handle;
    WaitForSingleObject(handle, INFINITE);
    CloseHandle(handle);
}

uint64_t xb_thread_id(void) { return GetCurrentThreadId(); }

void xb_thread_yield(void) { SwitchToThread(); }

int32_t xb_cpu_count(void) {
    DWORD_PTR ours = 0, all = 0;
    int32_t   count = 0;
    if (!GetProcessAffinityMask(GetCurrentProcess(), &ours, &all)) return 1;
    for (; ours; ours &= ours - 1) count++;
    return count ? count : 1;
}

/* One processor core of GetLogicalProcessorInformationEx, up to what we read; the published struct of older kits lacks the
 * class. */
typedef struct core_info {
    DWORD          relation, size;
    BYTE           flags, efficiency_class; /* larger = faster */
    BYTE           reserved[20];
    WORD           group_count;
    GROUP_AFFINITY group;
} core_info;

int32_t xb_cpu_big_count(void) {
    union {
        uint64_t align;
        char     bytes[6144];
    } room; /* 128 cores; with more, all count */
    DWORD   size = sizeof room;
    int32_t big = 0, best = -1, count = xb_cpu_count();
    if (!GetLogicalProcessorInformationEx(RelationProcessorCore, (void *)room.bytes, &size)) return count;
    for (DWORD at = 0; at + sizeof(core_info) <= size;) {
        core_info core;
        memcpy(&core, room.bytes + at, sizeof core);
        if (core.size == 0) break;
        if (core.efficiency_class > best) {
            best = core.efficiency_class;
            big = 0;
        }
        if (core.efficiency_class == best)
            for (KAFFINITY mask = core.group.Mask; mask; mask &= mask - 1) big++;
        at += core.size;
    }
    return big < 1 || big > count ? count : big;
}

#else
typedef int xb_windows_thread_is_elsewhere;
#endif
