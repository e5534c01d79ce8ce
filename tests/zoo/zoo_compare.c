/* zoo_compare.c - two results against each other, by the rules of zoo.h. */
#include "zoo.h"

int64_t zoo_best(const float *values, int64_t count, float *margin) {
    int64_t best = 0;
    float   second = -INFINITY;
    for (int64_t i = 1; i < count; i++) {
        if (values[i] > values[best]) second = values[best], best = i;
        else if (values[i] > second) second = values[i];
    }
    if (margin) *margin = values[best] - second;
    return best;
}

/* ---- tensors ---- */

zoo_distance zoo_distance_of(const float *a, const float *b, int64_t count) {
    double       low = INFINITY, high = -INFINITY, aa = 0, bb = 0, ab = 0;
    zoo_distance d = { 0 };
    for (int64_t i = 0; i < count; i++) {
        double x = (double)a[i], y = (double)b[i], off = fabs(x - y);
        if (x == y || (isnan(x) && isnan(y))) off = 0;
        if (isnan(off)) off = INFINITY;
        if (off > d.worst) d.worst = off, d.at = i;
        low = x < low ? x : low;
        high = x > high ? x : high;
        aa += x * x, bb += y * y, ab += x * y;
    }
    double range = high - low;
    if (!(range > 0)) range = fabs(high) > 0 ? fabs(high) : 1; /* one element, or all the same */
    if (d.worst > 0) d.worst /= range;
    d.cosine = aa == 0 && bb == 0 ? 1 : ab / sqrt(aa * bb);
    return d;
}

static void compare_tensors(const zoo_output *a, const zoo_output *b, int is_verbose, FILE *report, zoo_verdict *v) {
    if (!xb_shape_equal(a->rank, a->shape, b->rank, b->shape)) {
        char left[XB_SHAPE_TEXT_BYTES], right[XB_SHAPE_TEXT_BYTES];
        xb_shape_format(a->rank, a->shape, left, sizeof left);
        xb_shape_format(b->rank, b->shape, right, sizeof right);
        fprintf(report, "  %s: shape %s, wanted %s: FAIL\n", a->label, right, left);
        v->is_pass = 0;
        return;
    }
    zoo_distance d = zoo_distance_of(a->values, b->values, a->count);
    int          bad = a->rule == ZOO_COSINE ? !(d.cosine >= ZOO_MIN_COSINE) : !(d.worst <= ZOO_TOLERANCE);
    if (bad || is_verbose)
        fprintf(report,
                "  %s: %lld elements, difference %.2e of the range at element %lld (%.9g, wanted %.9g), cosine %.7f%s\n",
                a->label, (long long)a->count, d.worst, (long long)d.at, a->count ? (double)b->values[d.at] : 0,
                a->count ? (double)a->values[d.at] : 0, d.cosine, bad ? ": FAIL" : "");
    if (bad) v->is_pass = 0;
    if (d.worst > v->worst) v->worst = d.worst;
    if (!(d.cosine >= v->cosine)) v->cosine = d.cosine;
}

static void compare_voices(const zoo_output *a, const zoo_output *b, int is_verbose, FILE *report, zoo_verdict *v) {
    int64_t off = b->count > a->count ? b->count - a->count : a->count - b->count;
    double  mel = zoo_mel_distance(a->values, a->count, b->values, b->count, a->rate_hz);
    int     is_loose = a->rule == ZOO_LOOSE_VOICE;
    int     bad = is_loose ? !(mel <= ZOO_LOOSE_DB) || (double)off > ZOO_LENGTH * (double)a->count
                           : !(mel <= ZOO_VOICE_DB) || off != 0;
    if (bad || is_verbose)
        fprintf(report, "  %s: %lld samples, wanted %lld, log-mel %.3f dB%s\n", a->label, (long long)b->count,
                (long long)a->count, mel, bad ? ": FAIL" : "");
    if (bad) v->is_pass = 0;
    if (mel > v->mel_db) v->mel_db = mel;
    if (v->found < 0) v->found = b->count, v->wanted = a->count;
    if (off) return;
    zoo_distance d = zoo_distance_of(a->values, b->values, a->count);
    if (d.worst > v->worst) v->worst = d.worst;
    if (!(d.cosine >= v->cosine)) v->cosine = d.cosine;
}

/* ---- ids ---- */

static void compare_ids(const zoo_ids *a, const zoo_ids *b, int is_verbose, FILE *report, zoo_verdict *v) {
    int64_t count = a->count > b->count ? a->count : b->count, same = 0;
    while (same < a->count && same < b->count && a->ids[same] == b->ids[same]) same++;
    int is_tie = same < a->count && a->margins && a->margins[same] < ZOO_TIE;
    v->ids += is_tie ? same : count; /* behind a tie the two go their own ways */
    v->equal_ids += same;
    if (is_verbose) {
        fprintf(report, "  %s:", a->label);
        for (int64_t i = 0; i < a->count; i++) fprintf(report, " %lld", (long long)a->ids[i]);
        fprintf(report, "\n");
    }
    if (same == count) return;
    fprintf(report, "  %s: id %lld is %lld, wanted %lld", a->label, (long long)same,
            same < b->count ? (long long)b->ids[same] : -1, same < a->count ? (long long)a->ids[same] : -1);
    if (same < a->count && a->margins) fprintf(report, ", whose lead is %.3f", (double)a->margins[same]);
    fprintf(report, ": %s\n", is_tie ? "a tie, accepted" : "FAIL");
    if (is_tie) v->ties++;
    else v->is_pass = 0;
}

void zoo_compare(const zoo_result *reference, const zoo_result *candidate, int is_verbose, FILE *report, zoo_verdict *out) {
    *out = (zoo_verdict){
        .is_pass = 1, .compared = reference->output_count, .cosine = 1, .mel_db = -1, .found = -1, .wanted = -1
    };
    if (reference->output_count != candidate->output_count || reference->ids_count != candidate->ids_count) {
        fprintf(report, "  %d outputs and %d lists of ids, wanted %d and %d: FAIL\n", candidate->output_count,
                candidate->ids_count, reference->output_count, reference->ids_count);
        out->is_pass = 0;
        return;
    }
    for (int i = 0; i < reference->output_count; i++)
        (reference->outputs[i].rate_hz ? compare_voices : compare_tensors)(&reference->outputs[i], &candidate->outputs[i],
                                                                           is_verbose, report, out);
    for (int i = 0; i < reference->ids_count; i++) compare_ids(&reference->ids[i], &candidate->ids[i], is_verbose, report, out);
}
