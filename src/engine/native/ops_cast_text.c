/* engine/native/ops_cast_text.c - numbers written as text and read from it, as Python does: the shortest digits that read back as
 * the same number, "1.0" for a whole one, "1e-05" below 1e-4, "1e+16" from there on; "inf", "nan". */
#include <math.h>
#include <string.h>

#include "base/format.h"
#include "codec/json.h"
#include "engine/native/ops_elementwise.h"

enum { TEXT_BYTES = 64, NUMBER_BYTES = 512 /* the longest text that is read */ };

/* ---- to text ---- */

/* Digits without point and exponent, from "0.00123", "1.5e-7", "120.0"; the value is 0.digits * 10^*exponent. */
static size_t take_digits(const char *s, char *digits, int *exponent) {
    size_t count = 0;
    int    point = -1, power = 0;
    for (; *s && *s != 'e'; s++) {
        if (*s == '.') point = (int)count;
        else digits[count++] = *s;
    }
    if (point < 0) point = (int)count;
    if (*s == 'e') {
        int is_negative = s[1] == '-';
        for (s += 1 + (s[1] == '-' || s[1] == '+'); *s; s++) power = power * 10 + (*s - '0');
        if (is_negative) power = -power;
    }
    size_t zeros = 0;
    while (zeros + 1 < count && digits[zeros] == '0') zeros++;
    memmove(digits, digits + zeros, count - zeros);
    count -= zeros;
    *exponent = point - (int)zeros + power;
    while (count > 1 && digits[count - 1] == '0') count--;
    return count;
}

/* Python's str(): plain between 1e-4 and 1e16, else d.ddde-XX. */
static size_t format_real(char *out, double value, int is_float32) {
    char   found[40], digits[40] = "0";
    int    exponent;
    size_t at = 0;
    if (isnan(value)) return xb_format(out, TEXT_BYTES, "nan");
    if (isinf(value)) return xb_format(out, TEXT_BYTES, value < 0 ? "-inf" : "inf");
    if (signbit(value)) out[at++] = '-';
    if (is_float32) (void)xb_json_format_float(found, fabsf((float)value));
    else (void)xb_json_format_double(found, fabs(value));
    size_t count = take_digits(found, digits, &exponent);
    if (value != 0 && (fabs(value) < 1e-4 || fabs(value) >= 1e16)) {
        int power = exponent - 1;
        out[at++] = digits[0];
        if (count > 1) at += xb_format(out + at, TEXT_BYTES - at, ".%.*s", (int)count - 1, digits + 1);
        return at + xb_format(out + at, TEXT_BYTES - at, "e%c%02d", power < 0 ? '-' : '+', power < 0 ? -power : power);
    }
    if (value == 0) exponent = 1;
    if (exponent <= 0) out[at++] = '0';
    for (int i = 0; i < exponent; i++) out[at++] = i < (int)count ? digits[i] : '0';
    out[at++] = '.';
    for (int i = exponent; i < 0; i++) out[at++] = '0';
    if (exponent >= (int)count) out[at++] = '0';
    for (int i = exponent < 0 ? 0 : exponent; i < (int)count; i++) out[at++] = digits[i];
    out[at] = 0;
    return at;
}

/* Narrow floats are written as the float32 that they are equal to. */
static size_t format_element(xb_build *b, char *out, const void *x, int32_t dtype) {
    xb_block    room;
    xb_class    c = xb_class_of(dtype);
    const void *v = xb_block_load(b->isa, &room, c, x, dtype, 1);
    if (dtype == XYBRID_BOOL) return xb_format(out, TEXT_BYTES, *(const int64_t *)v ? "True" : "False");
    if (c == XB_CLASS_I64) return xb_format(out, TEXT_BYTES, "%lld", (long long)*(const int64_t *)v);
    if (c == XB_CLASS_U64) return xb_format(out, TEXT_BYTES, "%llu", (unsigned long long)*(const uint64_t *)v);
    return format_real(out, c == XB_CLASS_F32 ? (double)*(const float *)v : *(const double *)v, c == XB_CLASS_F32);
}

static xybrid_status numbers_to_text(xb_node *n, const void *x) {
    int64_t   count = n->in[0]->count;
    int32_t   dtype = n->in[0]->dtype, bytes = xb_bytes_of(dtype);
    xb_slice *out = xb_build_alloc(n, (size_t)count, sizeof *out);
    if (!out) return n->b->err->code;
    for (int64_t i = 0; i < count; i++) {
        char   text[TEXT_BYTES];
        size_t size = format_element(n->b, text, (const char *)x + i * bytes, dtype);
        char  *kept = xb_build_alloc(n, size + 1, 1);
        if (!kept) return n->b->err->code;
        memcpy(kept, text, size);
        out[i] = (xb_slice){ kept, size };
    }
    return xb_out_content(n, 0, out);
}

/* ---- from text ---- */

static int is_digit(char c) { return c >= '0' && c <= '9'; }
static int is_word(xb_slice s, const char *word) {
    if (s.size != strlen(word)) return 0;
    for (size_t i = 0; i < s.size; i++)
        if ((s.data[i] | 0x20) != word[i]) return 0;
    return 1;
}

/* "+1.", "-.5e3", "007" as JSON has them: a digit before the point and after it, no zeros in front. 0: no number. */
static size_t as_json(xb_slice s, char *out, size_t capacity) {
    size_t i = 0, at = 0, digits = 0;
    if (s.size + 3 > capacity) return 0;
    if (i < s.size && (s.data[i] == '-' || s.data[i] == '+')) {
        if (s.data[i++] == '-') out[at++] = '-';
    }
    size_t begin = i;
    while (i < s.size && s.data[i] == '0') i++;
    digits = i - begin;
    if (i == s.size || !is_digit(s.data[i])) out[at++] = '0';
    for (; i < s.size && is_digit(s.data[i]); digits++) out[at++] = s.data[i++];
    if (i < s.size && s.data[i] == '.') {
        out[at++] = s.data[i++];
        if (i == s.size || !is_digit(s.data[i])) out[at++] = '0';
        for (; i < s.size && is_digit(s.data[i]); digits++) out[at++] = s.data[i++];
    }
    if (digits == 0) return 0;
    if (i < s.size && (s.data[i] | 0x20) == 'e')
        while (i < s.size) out[at++] = s.data[i++];
    return i == s.size ? at : 0;
}

/* A whole number that fits, exactly. */
static int read_whole(xb_slice s, int64_t *out) {
    uint64_t value = 0;
    size_t   i = s.size && (s.data[0] == '-' || s.data[0] == '+');
    int      is_negative = i && s.data[0] == '-';
    if (i == s.size || s.size - i > 20) return 0;
    for (; i < s.size; i++) {
        if (!is_digit(s.data[i]) || value > (UINT64_MAX - 9) / 10) return 0;
        value = value * 10 + (uint64_t)(s.data[i] - '0');
    }
    *out = (int64_t)(is_negative ? 0 - value : value);
    return 1;
}

static xybrid_status read_real(const xb_node *n, xb_slice s, double *out) {
    char         json[NUMBER_BYTES];
    xb_json_doc *doc = NULL;
    int          is_number = 0;
    xb_slice     word = s.size && (s.data[0] == '-' || s.data[0] == '+') ? (xb_slice){ s.data + 1, s.size - 1 } : s;
    double       sign = s.size && s.data[0] == '-' ? -1 : 1;
    if (is_word(word, "inf") || is_word(word, "infinity")) {
        *out = sign * (double)INFINITY;
        return XYBRID_OK;
    }
    if (is_word(word, "nan")) {
        *out = (double)NAN;
        return XYBRID_OK;
    }
    size_t size = as_json(s, json, sizeof json);
    if (size && xb_json_parse(n->b->mem, json, (int64_t)size, (int64_t)size, &doc, n->b->err) == XYBRID_OK)
        is_number = xb_json_double(xb_json_root(doc), out);
    xb_json_free(doc);
    if (is_number) return XYBRID_OK;
    return xb_refuse(n, "the text \"%.*s\" is no number", xb_slice_len(s), s.data);
}

static xb_slice trimmed(xb_slice s) {
    while (s.size && (s.data[0] == ' ' || (s.data[0] >= '\t' && s.data[0] <= '\r'))) s.data++, s.size--;
    while (s.size && (s.data[s.size - 1] == ' ' || (s.data[s.size - 1] >= '\t' && s.data[s.size - 1] <= '\r'))) s.size--;
    return s;
}

static xybrid_status text_to_numbers(xb_node *n, const xb_slice *x, int32_t to) {
    int64_t count = n->in[0]->count;
    int32_t bytes = xb_bytes_of(to);
    int     is_float = xb_class_of(to) == XB_CLASS_F32 || xb_class_of(to) == XB_CLASS_F64;
    char   *out = xb_build_alloc(n, (size_t)count, (size_t)bytes);
    if (!out) return n->b->err->code;
    for (int64_t i = 0; i < count; i++) {
        xb_slice s = trimmed(x[i]);
        int64_t  whole;
        double   real;
        if (!is_float && (read_whole(s, &whole) || (to == XYBRID_BOOL && (is_word(s, "true") || is_word(s, "false"))))) {
            if (to == XYBRID_BOOL && !is_digit(s.data[s.size - 1])) whole = is_word(s, "true");
            xb_block_store(n->b->isa, out + i * bytes, to, &whole, to == XYBRID_UINT64 ? XB_CLASS_U64 : XB_CLASS_I64, 1, NULL);
            continue;
        }
        XB_TRY(read_real(n, s, &real));
        xb_block_store(n->b->isa, out + i * bytes, to, &real, XB_CLASS_F64, 1, NULL);
    }
    return xb_out_content(n, 0, out);
}

xybrid_status xb_check_texts(const xb_node *n, int64_t count) {
    if (count <= XB_MAX_PLAN_TEXTS) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "%lld texts; this version takes at most %d", (long long)count,
                        XB_MAX_PLAN_TEXTS);
}

xybrid_status xb_cast_text(xb_node *n, int32_t to) {
    const void *x;
    XB_TRY(xb_check_texts(n, n->in[0]->count));
    XB_TRY(xb_content(n, n->in[0], &x));
    return to == XB_ONNX_STRING ? numbers_to_text(n, x) : text_to_numbers(n, x, to);
}
