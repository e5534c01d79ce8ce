/* plat/posix_cpus.c - how many processors, and how many of them are fast. */
#if !defined(_WIN32) && !defined(__wasi__)
#  define _GNU_SOURCE
#  define _DARWIN_C_SOURCE
#  include "plat/thread.h"

#  include <unistd.h>

#  if defined(__APPLE__)
#    include <sys/sysctl.h>
#  elif defined(__linux__)
#    include <fcntl.h>
#    include <sched.h>
#  endif

#  include "base/format.h"

#  if defined(__linux__)

enum { MOST_CPUS = 64 }; /* that are looked at; the budget never asks for more */

/* A number at the start of a small file; -1 if there is none. */
static int64_t read_number(const char *path) {
    char    text[24];
    int64_t value = 0;
    int     fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t size = read(fd, text, sizeof text), i = 0;
    close(fd);
    for (; i < size && i < 12 && text[i] >= '0' && text[i] <= '9'; i++) value = value * 10 + (text[i] - '0');
    return i > 0 ? value : -1;
}

static int64_t cpu_number(int cpu, const char *name) {
    char path[96];
    xb_format(path, sizeof path, "/sys/devices/system/cpu/cpu%d/%s", cpu, name);
    return read_number(path);
}

int32_t xb_cpu_count(void) {
    cpu_set_t ours;
    if (sched_getaffinity(0, sizeof ours, &ours) == 0) {
        int count = CPU_COUNT(&ours);
        if (count > 0) return count;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int32_t)online : 1;
}

/* Of the processors we may use, those with at least `percent` of the best one's number; 0 if the numbers are not known. */
static int32_t count_near_best(const char *name, int percent) {
    int64_t   numbers[MOST_CPUS], best = 0;
    int32_t   known = 0, big = 0;
    cpu_set_t ours;
    if (sched_getaffinity(0, sizeof ours, &ours) != 0) return 0;
    for (int cpu = 0; cpu < MOST_CPUS; cpu++) {
        if (!CPU_ISSET((unsigned)cpu, &ours)) continue;
        int64_t number = cpu_number(cpu, name);
        if (number < 0) return 0;
        numbers[known++] = number;
        if (number > best) best = number;
    }
    for (int32_t i = 0; i < known; i++) big += numbers[i] * 100 >= best * percent;
    return big;
}

/* Capacities of a phone are about 1024 for its largest core, 700 to 900 for the middle ones and 150 to 400 for the small
 * ones. Frequencies lie closer together: favoured cores differ by a few percent, small ones by 20 or more. */
int32_t xb_cpu_big_count(void) {
    int32_t big = count_near_best("cpu_capacity", 60);
    if (big <= 0) big = count_near_best("cpufreq/cpuinfo_max_freq", 80);
    return big > 0 ? big : xb_cpu_count();
}

#  elif defined(__APPLE__)

static int32_t ask(const char *name) {
    int    value = 0;
    size_t size = sizeof value;
    return sysctlbyname(name, &value, &size, NULL, 0) == 0 && value > 0 ? value : 0;
}

int32_t xb_cpu_count(void) {
    int32_t count = ask("hw.logicalcpu");
    return count ? count : 1;
}

int32_t xb_cpu_big_count(void) {
    int32_t big = ask("hw.perflevel0.logicalcpu");
    return big ? big : xb_cpu_count();
}

#  else

int32_t xb_cpu_count(void) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int32_t)online : 1;
}

int32_t xb_cpu_big_count(void) { return xb_cpu_count(); }

#  endif

#else
typedef int xb_posix_cpus_is_elsewhere;
#endif
