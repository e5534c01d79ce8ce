/* base/format.c - a small printf: integers, text and short decimals; no locale, no allocation. */
#include "base/format.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

typedef struct sink {
    char  *out;
    size_t size, capacity; /* capacity without the NUL */
} sink;

static void put(sink *s, const char *text, size_t n) {
    size_t room = s->capacity - s->size;
    if (n > room) {
        n = xb_utf8_cut(text, room);
        s->capacity = s->size + n; /* nothing more fits behind a cut */
    }
    memcpy(s->out + s->size, text, n);
    s->size += n;
}

static void put_padded(sink *s, const char *text, size_t n, int width, int left, int zeros) {
    char pad = zeros && !left ? '0' : ' ';
    if (pad == '0' && n && text[0] == '-' && (size_t)width > n) {
        put(s, "-", 1);
        text++, n--, width--;
    }
    for (size_t i = n; !left && i < (size_t)width; i++) put(s, &pad, 1);
    put(s, text, n);
    for (size_t i = n; left && i < (size_t)width; i++) put(s, " ", 1);
}

static size_t digits(char *end, uint64_t v, unsigned base, int upper) {
    char *p = end;
    do *--p = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[v % base];
    while (v /= base);
    return (size_t)(end - p);
}

/* |v| with `decimals` digits behind the point, rounded half up; v < 1e18 */
static size_t fixed(char *out, double v, int decimals) {
    double scale = 1;
    for (int i = 0; i < decimals; i++) scale *= 10;
    uint64_t whole = (uint64_t)v, part = (uint64_t)((v - (double)whole) * scale + 0.5);
    if (part >= (uint64_t)scale) whole++, part = 0;
    char   tmp[24];
    size_t n = digits(tmp + sizeof tmp, whole, 10, 0), at = n;
    memcpy(out, tmp + sizeof tmp - n, n);
    if (decimals > 0) {
        out[at++] = '.';
        n = digits(tmp + sizeof tmp, part, 10, 0);
        for (size_t i = n; i < (size_t)decimals; i++) out[at++] = '0';
        memcpy(out + at, tmp + sizeof tmp - n, n);
        at += n;
    }
    return at;
}

/* general form: up to `precision` digits, at most 9, zeros at the end dropped, exponent where needed */
static size_t real(char *out, double v, char form, int precision) {
    size_t n = 0;
    if (isnan(v)) return memcpy(out, "nan", 3), 3;
    if (signbit(v)) out[n++] = '-', v = -v;
    if (isinf(v)) return memcpy(out + n, "inf", 3), n + 3;
    if (form == 'f' && v < 1e18) return n + fixed(out + n, v, precision > 9 ? 9 : precision);
    int exponent = 0, figures = precision < 1 ? 1 : precision > 9 ? 9 : precision;
    if (v != 0) exponent = (int)floor(log10(v));
    int plain = exponent >= -4 && exponent < figures;
    if (!plain) {
        v = exponent > 0 ? v / pow(10, exponent) : v * pow(10, -exponent);
        if (v >= 10) v /= 10, exponent++;
    }
    int decimals = plain ? figures - 1 - exponent : figures - 1;
    n += fixed(out + n, v, decimals < 0 ? 0 : decimals > 13 ? 13 : decimals);
    if (memchr(out, '.', n)) {
        while (out[n - 1] == '0') n--;
        if (out[n - 1] == '.') n--;
    }
    if (!plain) {
        out[n++] = 'e';
        out[n++] = exponent < 0 ? '-' : '+';
        char   tmp[8];
        size_t m = digits(tmp + sizeof tmp, (uint64_t)(exponent < 0 ? -exponent : exponent), 10, 0);
        if (m < 2) out[n++] = '0';
        memcpy(out + n, tmp + sizeof tmp - m, m);
        n += m;
    }
    return n;
}

typedef struct spec {
    int width, precision, left, zeros, longs; /* precision -1 = none; longs: 0 int, 1 long, 2 long long, 3 size_t */
} spec;

static int64_t signed_arg(const spec *sp, va_list *args) {
    switch (sp->longs) {
    case 1: return va_arg(*args, long);
    case 2: return va_arg(*args, long long);
    case 3: return (int64_t)va_arg(*args, ptrdiff_t);
    default: return va_arg(*args, int);
    }
}

static uint64_t unsigned_arg(const spec *sp, va_list *args) {
    switch (sp->longs) {
    case 1: return va_arg(*args, unsigned long);
    case 2: return va_arg(*args, unsigned long long);
    case 3: return va_arg(*args, size_t);
    default: return va_arg(*args, unsigned);
    }
}

static const char *read_spec(const char *f, spec *sp, va_list *args) {
    *sp = (spec){ .precision = -1 };
    for (;; f++)
        if (*f == '-') sp->left = 1;
        else if (*f == '0') sp->zeros = 1;
        else break;
    if (*f == '*') sp->width = va_arg(*args, int), f++;
    for (; *f >= '0' && *f <= '9'; f++) sp->width = sp->width * 10 + (*f - '0');
    if (*f == '.') {
        sp->precision = 0;
        if (*++f == '*') sp->precision = va_arg(*args, int), f++;
        for (; *f >= '0' && *f <= '9'; f++) sp->precision = sp->precision * 10 + (*f - '0');
    }
    for (; *f == 'l' || *f == 'z'; f++) sp->longs = *f == 'z' ? 3 : sp->longs + 1;
    return f;
}

static void put_value(sink *s, char letter, const spec *sp, va_list *args) {
    char   tmp[64], *end = tmp + sizeof tmp;
    size_t n;
    switch (letter) {
    case 's': {
        const char *text = va_arg(*args, const char *);
        if (!text) text = "(null)";
        n = sp->precision < 0 ? strlen(text) : 0;
        while (sp->precision > 0 && n < (size_t)sp->precision && text[n]) n++;
        put_padded(s, text, n, sp->width, sp->left, 0);
        break;
    }
    case 'c':
        tmp[0] = (char)va_arg(*args, int);
        put_padded(s, tmp, 1, sp->width, sp->left, 0);
        break;
    case 'd':
    case 'i': {
        int64_t v = signed_arg(sp, args);
        n = digits(end, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, 0);
        if (v < 0) *(end - ++n) = '-';
        put_padded(s, end - n, n, sp->width, sp->left, sp->zeros);
        break;
    }
    case 'u':
    case 'x':
    case 'X':
        n = digits(end, unsigned_arg(sp, args), letter == 'u' ? 10 : 16, letter == 'X');
        put_padded(s, end - n, n, sp->width, sp->left, sp->zeros);
        break;
    case 'p':
        n = digits(end, (uint64_t)(uintptr_t)va_arg(*args, void *), 16, 0);
        put(s, "0x", 2);
        put(s, end - n, n);
        break;
    case 'f':
    case 'g':
        n = real(tmp, va_arg(*args, double), letter, sp->precision < 0 ? 6 : sp->precision);
        put_padded(s, tmp, n, sp->width, sp->left, sp->zeros);
        break;
    default: put(s, &letter, 1); break; /* %% */
    }
}

size_t xb_vformat(char *out, size_t capacity, const char *fmt, va_list args_in) {
    if (capacity == 0) return 0;
    sink    s = { out, 0, capacity - 1 };
    va_list args;
    va_copy(args, args_in);
    while (*fmt) {
        const char *percent = strchr(fmt, '%');
        size_t      plain = percent ? (size_t)(percent - fmt) : strlen(fmt);
        put(&s, fmt, plain);
        if (!percent || !percent[1]) break;
        spec sp;
        fmt = read_spec(percent + 1, &sp, &args);
        put_value(&s, *fmt, &sp, &args);
        if (*fmt) fmt++;
    }
    va_end(args);
    out[s.size] = 0;
    return s.size;
}

size_t xb_format(char *out, size_t capacity, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    size_t n = xb_vformat(out, capacity, fmt, args);
    va_end(args);
    return n;
}
