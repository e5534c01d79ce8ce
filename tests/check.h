/* check.h - the test harness: builds for every target, needs nothing.
 *
 *     static void adds(void) { CHECK(1 + 1 == 2); CHECK_INT(add(2, 2), 4); CHECK_STR(name(), "x"); CHECK_NEAR(f, 0.5, 1e-6); }
 *     CHECK_MAIN(RUN(adds), RUN(other))
 *
 * A failed check prints file, line, found and wanted, and the program ends with 1 after all tests ran. CHECK_OR_RETURN leaves
 * the test. CHECK_SKIP("name of what is missing") marks the test as skipped: exit code 77 if all were, and a line
 * "SKIP <test>: <reason>" which the continuous-integration script counts. */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In qemu every operation on floats is a function call, and a test of kernels takes 20 to 50 times as long: there, tests take
 * fewer rounds of what is random, and fewer types of each large shape; every shape, type and instruction set keeps its turn. */
#ifdef XB_TEST_EMULATED
#  define CHECK_IS_EMULATED 1
#else
#  define CHECK_IS_EMULATED 0
#endif
#define CHECK_ROUNDS(count) (CHECK_IS_EMULATED ? ((count) + 4) / 5 : (count))

static int         check_failures, check_skips;
static const char *check_current = "";

#define CHECK(cond)   \
    ((cond) ? (void)0 \
            : (void)(check_failures++, printf("%s:%d: %s: %s does not hold\n", __FILE__, __LINE__, check_current, #cond)))
#define CHECK_OR_RETURN(cond)     \
    do {                          \
        int ok_ = (cond) ? 1 : 0; \
        CHECK(ok_ && #cond);      \
        if (!ok_) return;         \
    } while (0)
#define CHECK_INT(found, wanted)       check_int_((long long)(found), (long long)(wanted), #found, __FILE__, __LINE__)
#define CHECK_STR(found, wanted)       check_str_((found), (wanted), #found, __FILE__, __LINE__)
#define CHECK_NEAR(found, wanted, tol) check_near_((double)(found), (double)(wanted), (double)(tol), #found, __FILE__, __LINE__)
#define CHECK_SKIP(reason)     \
    do {                       \
        check_skip_((reason)); \
        return;                \
    } while (0)

static inline void check_skip_(const char *reason) {
    check_skips++;
    printf("SKIP %s: %s\n", check_current, reason);
}
static inline void check_int_(long long found, long long wanted, const char *what, const char *file, int line) {
    if (found == wanted) return;
    check_failures++;
    printf("%s:%d: %s: %s is %lld, wanted %lld\n", file, line, check_current, what, found, wanted);
}
static inline void check_str_(const char *found, const char *wanted, const char *what, const char *file, int line) {
    if (found && wanted && strcmp(found, wanted) == 0) return;
    if (!found && !wanted) return;
    check_failures++;
    printf("%s:%d: %s: %s is\n    \"%s\"\n  wanted\n    \"%s\"\n", file, line, check_current, what, found ? found : "(null)",
           wanted ? wanted : "(null)");
}
static inline void check_near_(double found, double wanted, double tol, const char *what, const char *file, int line) {
    if (fabs(found - wanted) <= tol) return; /* NaN fails */
    check_failures++;
    printf("%s:%d: %s: %s is %.9g, wanted %.9g within %.3g\n", file, line, check_current, what, found, wanted, tol);
}

/* The larger of both; what is no number is worse than any. */
static inline double check_worse(double worst, double off) { return off <= worst ? worst : off == off ? off : HUGE_VAL; }

typedef struct check_test {
    const char *name;
    void (*run)(void);
} check_test;
#define RUN(f) { #f, f }
/* Arguments of the program: names of tests to run; none = all. */
#define CHECK_MAIN(...)                                                                       \
    int main(int argc, char **argv) {                                                         \
        static const check_test tests[] = { __VA_ARGS__ };                                    \
        int                     ran = 0;                                                      \
        for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {                         \
            int chosen = argc < 2;                                                            \
            for (int a = 1; a < argc; a++) chosen |= strcmp(argv[a], tests[i].name) == 0;     \
            if (!chosen) continue;                                                            \
            check_current = tests[i].name;                                                    \
            tests[i].run();                                                                   \
            ran++;                                                                            \
        }                                                                                     \
        printf("%d tests, %d failed checks, %d skipped\n", ran, check_failures, check_skips); \
        if (check_failures) return 1;                                                         \
        return ran > 0 && check_skips == ran ? 77 : 0;                                        \
    }

#endif
