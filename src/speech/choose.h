/* speech/choose.h - the next token out of a row of logits, and the end of a decoder that goes round in circles.
 *
 *     xb_choice c = xb_choose(row, n, 0, NULL);                     // the best one
 *     xb_choice c = xb_choose(row, n, 0.4f, &seed);                 // drawn from softmax(row / 0.4)
 *     count = xb_tokens_without_loop(ids, count);
 *
 * A NaN counts as -infinity. Any thread. */
#ifndef XB_CHOOSE_H
#define XB_CHOOSE_H

#include <stdint.h>

typedef struct xb_choice {
    int64_t id;              /* -1: no logit is finite */
    double  log_probability; /* of softmax(row), whatever the temperature */
} xb_choice;

/* The lowest of equals; seed is used, and changed, when temperature > 0. */
xb_choice xb_choose(const float *row, int64_t n, float temperature, uint64_t *seed);

/* log(sum(exp(row))); -infinity if there is nothing. */
double xb_log_sum(const float *row, int64_t n);

/* exp(row[id]) / sum(exp(row)). */
double xb_probability(const float *row, int64_t n, int64_t id);

/* When the last tokens are one group of 1..32 ids over and over (at least 4 times, and 12 ids in all), the count that keeps
 * the first of them; else `count`. */
int64_t xb_tokens_without_loop(const int64_t *ids, int64_t count);

#endif
