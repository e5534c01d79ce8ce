/* chat/jinja_functions.c - the functions that a template finds: jinja2's, and those of transformers. */
#include "chat/jinja_int.h"

static xybrid_status whole(xb_jcall *c, const xb_jval *v, int64_t *out) {
    if (v->kind != XB_J_INT && v->kind != XB_J_BOOL) return xb_jwrong(c->r, "range wants whole numbers, not", v);
    *out = v->as.integer;
    return XYBRID_OK;
}

static XB_JAPART xybrid_status function_range(xb_jcall *c) {
    int64_t start = 0, stop = 0, step = 1, most = INT64_C(1) << 40;
    XB_TRY(whole(c, &c->a[0], &stop));
    if (c->a[1].kind != XB_J_MISSING) {
        start = stop;
        XB_TRY(whole(c, &c->a[1], &stop));
    }
    if (c->a[2].kind != XB_J_MISSING) XB_TRY(whole(c, &c->a[2], &step));
    if (step == 0) return xb_jfail(c->r, "a range with steps of zero");
    if (start > most || start < -most || stop > most || stop < -most || step > most || step < -most)
        return xb_jfail(c->r, "a range with bounds beyond 40 bits");
    int64_t count = step > 0 ? (stop > start ? (stop - start - 1) / step + 1 : 0)
                             : (start > stop ? (start - stop - 1) / -step + 1 : 0);
    if (count > XB_MAX_TEMPLATE_RANGE) return xb_jfail(c->r, "a range of more than %d numbers", XB_MAX_TEMPLATE_RANGE);
    XB_TRY(xb_jnew_seq(c->r, XB_J_RANGE, (uint32_t)count, c->out));
    xb_jseq *s = c->out->as.seq;
    s->start = start;
    s->stop = stop;
    s->step = step;
    for (int64_t i = 0; i < count; i++) s->items[i] = xb_jint(start + i * step);
    return XYBRID_OK;
}

/* A dict, or pairs; then names. */
static xybrid_status fill(xb_jcall *c, xb_jkind kind) {
    const xb_jargs *args = c->args;
    xb_jval        *items = NULL;
    uint32_t        count = 0;
    if (args->count > 1) return xb_jfail(c->r, "a dict of %u arguments; at most 1", args->count);
    XB_TRY(xb_jnew_dict(c->r, kind, args->named, c->out));
    xb_jdict      *d = c->out->as.dict;
    const xb_jval *first = args->count ? &args->values[0] : NULL;
    if (first && first->kind == XB_J_DICT) {
        for (uint32_t i = 0; i < first->as.dict->count; i++)
            XB_TRY(xb_jdict_set(c->r, d, &first->as.dict->pairs[i].key, &first->as.dict->pairs[i].value));
    } else if (first) {
        XB_TRY(xb_jiterate(c->r, first, &items, &count));
        for (uint32_t i = 0; i < count; i++) {
            const xb_jseq *pair = items[i].kind == XB_J_TUPLE || items[i].kind == XB_J_LIST ? items[i].as.seq : NULL;
            if (!pair || pair->count != 2) return xb_jfail(c->r, "a dict of what is no list of pairs");
            XB_TRY(xb_jdict_set(c->r, d, &pair->items[0], &pair->items[1]));
        }
    }
    for (uint32_t i = 0; i < args->named; i++)
        XB_TRY(xb_jdict_set(c->r, d, &args->values[args->count + 2 * i], &args->values[args->count + 2 * i + 1]));
    for (uint32_t i = 0; i < d->count && kind == XB_J_NAMESPACE; i++)
        if (d->pairs[i].key.kind == XB_J_STRING && d->pairs[i].key.size && d->pairs[i].key.as.text[0] == '_')
            return xb_jfail(c->r, "a name of a namespace begins with _");
    return XYBRID_OK;
}
static XB_JAPART xybrid_status function_dict(xb_jcall *c) { return fill(c, XB_J_DICT); }
static XB_JAPART xybrid_status function_namespace(xb_jcall *c) { return fill(c, XB_J_NAMESPACE); }

/* The template's own word that it does not take this conversation. */
static XB_JAPART xybrid_status function_raise(xb_jcall *c) {
    xb_jval text;
    XB_TRY(xb_jto_string(c->r, &c->a[0], &text));
    xb_fail(c->r->err, XYBRID_INVALID_ARGUMENT, "chat template", "chat template, line %u: %.*s", c->r->line,
            (int)(text.size > 480 ? 480 : text.size), text.as.text);
    c->r->err->line = (int32_t)c->r->line;
    return c->r->err->code;
}

/* ---- strftime_now ---- */

typedef struct date {
    int64_t year;
    int     month, day, hour, minute, second, weekday, yearday; /* month and day from 1, weekday from Sunday, yearday from 0 */
} date;

/* H. Hinnant, "chrono-compatible low-level date algorithms": civil_from_days. */
static date date_of(int64_t seconds) {
    date    d;
    int64_t days = seconds / 86400, rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100),
            mp = (5 * doy + 2) / 153;
    d.day = (int)(doy - (153 * mp + 2) / 5 + 1);
    d.month = (int)(mp < 10 ? mp + 3 : mp - 9);
    d.year = yoe + era * 400 + (d.month <= 2);
    int leap = (d.year % 4 == 0 && d.year % 100 != 0) || d.year % 400 == 0;
    d.yearday = (int)(d.month > 2 ? doy + 59 + leap : doy - 306);
    d.weekday = (int)((days % 7 + 11) % 7);
    d.hour = (int)(rest / 3600);
    d.minute = (int)(rest / 60 % 60);
    d.second = (int)(rest % 60);
    return d;
}

static const char weekdays[][10] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
static const char months[][10] = { "January", "February", "March",     "April",   "May",      "June",
                                   "July",    "August",   "September", "October", "November", "December" };

/* One letter after "%", in the C locale, as Python on Linux gives it for a time without a zone. 0: it is not known. `plain`: no
 * zeros ("%-d"). */
static int put_letter(char letter, int plain, const date *d, xb_str *out) {
    const char *two = plain ? "%d" : "%02d";
    int         hour12 = d->hour % 12 == 0 ? 12 : d->hour % 12;
    switch (letter) {
    case 'a': xb_str_addf(out, "%.3s", weekdays[d->weekday]); break;
    case 'A': xb_str_add(out, weekdays[d->weekday]); break;
    case 'b':
    case 'h': xb_str_addf(out, "%.3s", months[d->month - 1]); break;
    case 'B': xb_str_add(out, months[d->month - 1]); break;
    case 'd': xb_str_addf(out, two, d->day); break;
    case 'm': xb_str_addf(out, two, d->month); break;
    case 'y': xb_str_addf(out, two, (int)(d->year % 100)); break;
    case 'Y': xb_str_addf(out, "%lld", (long long)d->year); break;
    case 'H': xb_str_addf(out, two, d->hour); break;
    case 'I': xb_str_addf(out, two, hour12); break;
    case 'M': xb_str_addf(out, two, d->minute); break;
    case 'S': xb_str_addf(out, two, d->second); break;
    case 'p': xb_str_add(out, d->hour < 12 ? "AM" : "PM"); break;
    case 'j': xb_str_addf(out, plain ? "%d" : "%03d", d->yearday + 1); break;
    case 'F': xb_str_addf(out, "%lld-%02d-%02d", (long long)d->year, d->month, d->day); break;
    case 'T': xb_str_addf(out, "%02d:%02d:%02d", d->hour, d->minute, d->second); break;
    case 'z':
    case 'Z': break; /* the time has no zone */
    case '%': xb_str_addc(out, '%'); break;
    default: return 0;
    }
    return 1;
}

static XB_JAPART xybrid_status function_strftime(xb_jcall *c) {
    xb_jrun *r = c->r;
    if (!r->clock) return xb_jfail(r, "the template asks for the date, and there is no clock");
    if (c->a[0].kind != XB_J_STRING) return xb_jwrong(r, "strftime_now wants a text, not", &c->a[0]);
    if (r->clock->now_unix < -62135596800 || r->clock->now_unix > 253402214400)
        return xb_jfail(r, "the clock is outside of the years 1 to 9999");
    const date  d = date_of(r->clock->now_unix + r->clock->utc_offset_seconds);
    const char *p = c->a[0].as.text, *end = p + c->a[0].size;
    size_t      mark = r->out->size;
    for (; p < end; p++) {
        if (*p != '%') {
            xb_str_addc(r->out, *p);
            continue;
        }
        int plain = p + 1 < end && p[1] == '-';
        p += 1 + plain;
        if (p >= end || !put_letter(*p, plain, &d, r->out))
            return xb_jfail(r, "strftime_now does not know \"%%%c\"", p < end ? *p : ' ');
    }
    return xb_jcapture(r, mark, c->out);
}

#define FUNCTIONS(X)                             \
    X("range(start,*stop,step", function_range)  \
    X("dict", function_dict)                     \
    X("namespace", function_namespace)           \
    X("raise_exception(message", function_raise) \
    X("strftime_now(format", function_strftime)

XB_JRUNNER(run_functions, FUNCTIONS)

const xb_jbuiltins xb_jfunctions = { FUNCTIONS(XB_JSPEC), run_functions };
