/* speech/voices.c */
#include "speech/voices.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "codec/base64.h"

enum {
    ROWS = 510, /* of a StyleTTS 2 voice: one for each length of text */
    NEAREST = 5,
    NAME_BYTES = 64 /* of a name that is compared */
};

typedef enum voices_form { FORM_RAW, FORM_NPZ, FORM_JSON, FORM_FOLDER } voices_form;

struct xb_voices {
    xb_mem               *mem;
    xb_pack              *pack;
    const xb_pack_voices *meta; /* NULL: the pack has no block */
    voices_form           form;
    int32_t               width, count;
    const xb_pack_file   *file;
    int64_t               rows; /* RAW: of each voice */
    xb_npz               *npz;
    xb_json_doc          *doc;
    const xb_json        *table; /* of doc: name to base64 */
    const char          **names; /* [count] in the catalog, the npz or the document; RAW without a catalog: NULL */
    char                  pattern[XB_MAX_NAME];
};

/* ---- names that are near ---- */

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* Levenshtein's distance without regard to ASCII case, of the first NAME_BYTES bytes. */
static int distance(const char *a, const char *b) {
    int    row[NAME_BYTES + 1];
    size_t na = strlen(a), nb = strlen(b);
    if (na > NAME_BYTES) na = NAME_BYTES;
    if (nb > NAME_BYTES) nb = NAME_BYTES;
    for (size_t j = 0; j <= nb; j++) row[j] = (int)j;
    for (size_t i = 1; i <= na; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= nb; j++) {
            int best = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
            diagonal = row[j];
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[nb];
}

void xb_nearest_names(const char *name, int32_t count, const char *(*name_at)(const void *ctx, int32_t index), const void *ctx,
                      char *out, size_t capacity) {
    int32_t best[NEAREST];
    int     far[NEAREST];
    int32_t kept = 0;
    for (int32_t i = 0; i < count; i++) { /* insertion into the few nearest; of two alike the first stays in front */
        int     d = count <= NEAREST ? 0 : distance(name, name_at(ctx, i));
        int32_t at = kept < NEAREST ? kept++ : NEAREST;
        for (; at > 0 && d < far[at - 1]; at--)
            if (at < NEAREST) best[at] = best[at - 1], far[at] = far[at - 1];
        if (at < NEAREST) best[at] = i, far[at] = d;
    }
    size_t n = xb_format(out, capacity, "%s", count <= NEAREST ? "known are" : "nearest are");
    for (int32_t i = 0; i < kept; i++) n += xb_format(out + n, capacity - n, "%s %.64s", i ? "," : "", name_at(ctx, best[i]));
}

/* ---- opening ---- */

static xybrid_status fail_size(const xb_voices *v, int64_t bytes, const char *wanted, xybrid_error *err) {
    return xb_fail(err, XYBRID_MALFORMED, v->file ? v->file->name : "voices",
                   "a voice has %lld bytes of styles; wanted %s of %d float32 numbers", (long long)bytes, wanted, v->width);
}

/* The catalog's names; without one those of the file, given by `name_at`. */
static xybrid_status take_names(xb_voices *v, int32_t count, const char *(*name_at)(const xb_voices *, int32_t),
                                xybrid_error *err) {
    int32_t listed = v->meta ? v->meta->count : 0;
    v->count = listed ? listed : count;
    if (v->count < 1 || v->count > XB_MAX_VOICES)
        return xb_fail(err, XYBRID_MALFORMED, v->file ? v->file->name : "voices", "the pack has %d voices; wanted 1 to %d",
                       v->count, XB_MAX_VOICES);
    if (!listed && !name_at) return XYBRID_OK;
    v->names = xb_calloc(v->mem, (size_t)v->count, sizeof *v->names, err);
    if (!v->names) return err->code;
    for (int32_t i = 0; i < v->count; i++) v->names[i] = listed ? v->meta->catalog[i].id : name_at(v, i);
    return XYBRID_OK;
}

static const char *npz_name_at(const xb_voices *v, int32_t index) { return xb_npz_name(v->npz, index); }

static xybrid_status open_json(xb_voices *v, xybrid_error *err) {
    XB_TRY(xb_json_parse(v->mem, v->file->bytes, v->file->size_bytes, XB_MAX_JSON_BYTES, &v->doc, err));
    const xb_json *root = xb_json_root(v->doc), *inner = xb_json_get(root, "voices");
    v->form = FORM_JSON;
    v->table = xb_json_is(inner, XB_JSON_OBJECT) ? inner : root;
    int64_t count = xb_json_count(v->table);
    XB_TRY(take_names(v, count > XB_MAX_VOICES ? XB_MAX_VOICES + 1 : (int32_t)count, NULL, err));
    if (v->names) return XYBRID_OK;
    v->names = xb_calloc(v->mem, (size_t)v->count, sizeof *v->names, err);
    if (!v->names) return err->code;
    for (xb_json_iter it = xb_json_items(v->table); xb_json_next(&it);) v->names[it.index] = it.key;
    return XYBRID_OK;
}

static xybrid_status open_raw(xb_voices *v, xybrid_error *err) {
    int64_t row_bytes = (int64_t)v->width * 4, total = v->file->size_bytes / row_bytes, highest = 0;
    if (total < 1 || v->file->size_bytes % row_bytes != 0)
        return fail_size(v, v->file->size_bytes, "a whole number of rows", err);
    for (int32_t i = 0; v->meta && i < v->meta->count; i++) highest = xb_max64(highest, v->meta->catalog[i].index);
    v->form = FORM_RAW;
    v->rows = total % ROWS == 0 && total / ROWS > highest ? ROWS : 1;
    if (total / v->rows <= highest)
        return xb_fail(err, XYBRID_MALFORMED, v->file->name, "the file holds %lld voices, the catalog names number %lld",
                       (long long)(total / v->rows), (long long)highest);
    return take_names(v, (int32_t)xb_min64(total / v->rows, XB_MAX_VOICES + 1), NULL, err);
}

static xybrid_status open_file(xb_voices *v, const char *name, xybrid_error *err) {
    XB_TRY(xb_pack_file_open(v->pack, name, "voices", &v->file, err));
    const char *bytes = v->file->bytes;
    if (v->file->size_bytes > 4 && memcmp(bytes, "PK\3\4", 4) == 0) {
        v->form = FORM_NPZ;
        XB_TRY(xb_npz_open(v->mem, bytes, v->file->size_bytes, &v->npz, err));
        return take_names(v, xb_npz_count(v->npz), npz_name_at, err);
    }
    /* raw styles begin with '{' once in a while: only what the pack calls JSON is taken for it */
    if (v->meta && v->meta->loader == XB_VOICE_JSON_BASE64) return open_json(v, err);
    return open_raw(v, err);
}

/* "voices/{voice_id}.bin" from the folder and the pattern. */
static xybrid_status open_folder(xb_voices *v, xybrid_error *err) {
    v->form = FORM_FOLDER;
    const char *folder = v->meta->voice_dir, *slash = *folder && strcmp(folder, ".") != 0 ? "/" : "";
    size_t      n = xb_format(v->pattern, sizeof v->pattern, "%s%s%s", *slash ? folder : "", slash, v->meta->pattern);
    if (n >= sizeof v->pattern - 1 || !strstr(v->pattern, "{voice_id}"))
        return xb_fail(err, XYBRID_MALFORMED, "voices.pattern", "voices.pattern is \"%.100s\", wanted a name with {voice_id}",
                       v->meta->pattern);
    return take_names(v, 0, NULL, err);
}

static xybrid_status open_any(xb_voices *v, xybrid_error *err) {
    static const char *const guesses[] = { "voices.bin", "voices.npz" };
    if (v->meta && v->meta->format == XB_VOICES_EMBEDDED) return open_file(v, v->meta->file, err);
    if (v->meta && v->meta->format == XB_VOICES_PER_MODEL) return open_folder(v, err);
    if (v->meta)
        return xb_fail(err, XYBRID_UNSUPPORTED_PACK, "voices.format",
                       "voices of the kind \"%s\" are not supported; embedded and per_model are",
                       v->meta->format == XB_VOICES_CLONING ? "cloning" : "precomputed_codes");
    for (int i = 0; i < 2; i++) {
        xybrid_status st = open_file(v, guesses[i], err);
        if ((st & XYBRID_PRIMARY_MASK) != XYBRID_MODEL_NOT_FOUND) return st;
    }
    return xb_fail(err, XYBRID_MODEL_NOT_FOUND, "voices",
                   "the model wants a voice, and the pack has neither \"voices\" nor voices.bin or voices.npz");
}

xybrid_status xb_voices_open(xb_mem *mem, xb_pack *pack, int32_t width, xb_voices **out, xybrid_error *err) {
    XB_CHECK(width > 0);
    xb_voices *v = xb_calloc(mem, 1, sizeof *v, err);
    if (!v) return err->code;
    v->mem = mem;
    v->pack = pack;
    v->meta = xb_pack_meta(pack)->voices;
    v->width = width;
    xybrid_status st = open_any(v, err);
    if (st) xb_voices_free(v);
    else *out = v;
    return st;
}

void xb_voices_free(xb_voices *v) {
    if (!v) return;
    xb_npz_free(v->npz);
    xb_json_free(v->doc);
    xb_free(v->mem, v->names);
    xb_free(v->mem, v);
}

int32_t     xb_voices_count(const xb_voices *v) { return v->count; }
const char *xb_voices_name(const xb_voices *v, int32_t index) { return v->names ? v->names[index] : "a number"; }

/* ---- one voice ---- */

static int32_t find_name(const xb_voices *v, const char *name, size_t size) {
    int64_t number = 0;
    for (int32_t i = 0; v->names && i < v->count; i++)
        if (strlen(v->names[i]) == size && memcmp(v->names[i], name, size) == 0) return i;
    for (size_t i = 0; i < size; i++) {
        if (name[i] < '0' || name[i] > '9' || number > XB_MAX_VOICES) return -1;
        number = number * 10 + name[i] - '0';
    }
    if (size == 0) return -1;
    for (int32_t i = 0; v->meta && i < v->meta->count; i++)
        if (v->meta->catalog[i].index == number) return i;
    return number < v->count ? (int32_t)number : -1;
}

/* Raw styles as a table. */
static xybrid_status take_raw(const xb_voices *v, const void *bytes, int64_t size, xb_voice_part *out, xybrid_error *err) {
    out->rows = size / 4 / v->width;
    if (out->rows < 1 || size % ((int64_t)v->width * 4) != 0) return fail_size(v, size, "a whole number of rows", err);
    out->table.data = bytes;
    return XYBRID_OK;
}

static xybrid_status take_npz(const xb_voices *v, const char *name, xb_voice_part *out, xybrid_error *err) {
    int32_t entry = xb_npz_find(v->npz, name);
    if (entry < 0)
        return xb_fail(err, XYBRID_MALFORMED, v->file->name, "the catalog names the voice \"%.100s\", which the file lacks",
                       name);
    XB_TRY(xb_npz_read(v->npz, entry, &out->table, err));
    xb_npy *t = &out->table;
    int64_t rows = t->count / v->width;
    int fits = t->dtype == XYBRID_FLOAT32 && t->rank >= 1 && t->rank <= 3 && t->shape[t->rank - 1] == v->width && rows > 0 &&
               (t->rank == 1 || t->shape[0] == rows); /* what lies between is 1 */
    out->rows = rows;
    return fits ? XYBRID_OK : fail_size(v, t->size_bytes, "[rows,1,width] or [rows,width]", err);
}

static xybrid_status take_json(const xb_voices *v, xb_mem *mem, const char *name, xb_voice_part *out, xybrid_error *err) {
    const char *text;
    size_t      size, bad;
    if (!xb_json_string(xb_json_get(v->table, name), &text, &size))
        return xb_json_fail(xb_json_get(v->table, name), "voices", name, "a text in base64", err);
    out->table.owned = xb_malloc(mem, size / 4 * 3 + 3, err);
    out->table.mem = mem;
    if (!out->table.owned) return err->code;
    int64_t bytes = xb_base64_decode((xb_slice){ text, size }, out->table.owned, &bad);
    if (bytes < 0)
        return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)bad, v->file->name, "voice \"%.100s\": no base64 at byte %lld", name,
                          (long long)bad);
    return take_raw(v, out->table.owned, bytes, out, err);
}

static xybrid_status take_file(const xb_voices *v, const char *name, xb_voice_part *out, xybrid_error *err) {
    char                path[2 * XB_MAX_NAME];
    const char         *mark = strstr(v->pattern, "{voice_id}");
    const xb_pack_file *file;
    xb_format(path, sizeof path, "%.*s%s%s", (int)(mark - v->pattern), v->pattern, name, mark + strlen("{voice_id}"));
    XB_TRY(xb_pack_file_open(v->pack, path, "voice", &file, err));
    return take_raw(v, file->bytes, file->size_bytes, out, err);
}

static xybrid_status take_part(const xb_voices *v, xb_mem *mem, int32_t index, xb_voice_part *out, xybrid_error *err) {
    const char *name = v->names ? v->names[index] : "";
    switch (v->form) {
    case FORM_NPZ: return take_npz(v, name, out, err);
    case FORM_JSON: return take_json(v, mem, name, out, err);
    case FORM_FOLDER: return take_file(v, name, out, err);
    default: break;
    }
    int64_t bytes = v->rows * v->width * 4, at = v->meta && v->meta->count ? v->meta->catalog[index].index : index;
    return take_raw(v, (const char *)v->file->bytes + at * bytes, bytes, out, err);
}

/* ---- ids and blends ---- */

/* "0.4", ".4", "12" to a number; 0 if it is none. */
static int read_weight(const char *text, size_t size, double *out) {
    double value = 0, unit = 0;
    size_t digits = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '.' && unit == 0) unit = 1;
        else if (text[i] < '0' || text[i] > '9' || digits == 9) return 0;
        else {
            value = value * 10 + (text[i] - '0');
            unit *= 10;
            digits++;
        }
    }
    *out = unit > 0 ? value / unit : value;
    return digits > 0;
}

static const char *name_at(const void *ctx, int32_t index) { return xb_voices_name(ctx, index); }

static xybrid_status fail_unknown(const xb_voices *v, const char *name, size_t size, xybrid_error *err) {
    char near[NEAREST * 68 + 16], asked[NAME_BYTES + 1];
    xb_format(asked, sizeof asked, "%.*s", (int)(size > NAME_BYTES ? NAME_BYTES : size), name);
    if (!v->names) xb_format(near, sizeof near, "known are the numbers 0 to %d", v->count - 1);
    else xb_nearest_names(asked, v->count, name_at, v, near, sizeof near);
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, "voice", "there is no voice \"%s\" among %d; %s", asked, v->count, near);
}

/* One part of a blend: a name, or a name with its weight. */
static xybrid_status add_part(const xb_voices *v, xb_mem *mem, const char *text, size_t size, xb_voice *out,
                              xybrid_error *err) {
    double  weight = 1;
    size_t  end = size;
    int32_t index = find_name(v, text, size);
    while (index < 0 && end > 0) { /* from the right: a name may hold dots, too */
        end--;
        if ((text[end] != '.' && text[end] != ':') ||
            !read_weight(text + end + (text[end] == ':'), size - end - (text[end] == ':'), &weight))
            continue;
        index = find_name(v, text, end);
    }
    if (index < 0) return fail_unknown(v, text, size, err);
    if (out->count == XB_MAX_VOICE_PARTS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "voice", "a voice blends at most %d others", XB_MAX_VOICE_PARTS);
    xb_voice_part *part = &out->parts[out->count++];
    part->weight = (float)weight;
    if (out->count == 1 && v->meta && v->meta->count) out->language = v->meta->catalog[index].language;
    return take_part(v, mem, index, part, err);
}

static xybrid_status find_parts(const xb_voices *v, xb_mem *mem, const char *id, xb_voice *out, xybrid_error *err) {
    size_t size = strlen(id);
    double sum = 0;
    if (find_name(v, id, size) >= 0) return add_part(v, mem, id, size, out, err);
    for (const char *p = id, *plus;; p = plus + 1) {
        plus = strchr(p, '+');
        XB_TRY(add_part(v, mem, p, plus ? (size_t)(plus - p) : strlen(p), out, err));
        sum += (double)out->parts[out->count - 1].weight;
        if (!plus) break;
    }
    if (!(sum > 0))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "voice", "the weights in \"%.100s\" are 0; wanted one above it", id);
    for (int32_t i = 0; i < out->count; i++) out->parts[i].weight = (float)((double)out->parts[i].weight / sum);
    return XYBRID_OK;
}

xybrid_status xb_voices_find(const xb_voices *v, xb_mem *mem, const char *id, xb_voice *out, xybrid_error *err) {
    xb_voice voice = { .width = v->width };
    if (!id || !*id) id = v->meta ? v->meta->default_id : v->names ? v->names[0] : "0";
    xybrid_status st = find_parts(v, mem, id, &voice, err);
    if (st) xb_voice_drop(&voice);
    else *out = voice;
    return st;
}

void xb_voice_drop(xb_voice *voice) {
    for (int32_t i = 0; i < voice->count; i++) xb_npy_free(&voice->parts[i].table);
    voice->count = 0;
}

int64_t xb_voice_rows(const xb_voice *voice) {
    int64_t rows = voice->parts[0].rows;
    for (int32_t i = 1; i < voice->count; i++) rows = xb_min64(rows, voice->parts[i].rows);
    return rows;
}

void xb_voice_style(const xb_voice *voice, int64_t ids, float *style) {
    memset(style, 0, (size_t)voice->width * sizeof *style);
    for (int32_t i = 0; i < voice->count; i++) {
        const xb_voice_part *part = &voice->parts[i];
        int64_t              row = xb_max64(0, xb_min64(ids - 1, part->rows - 1));
        const char          *from = (const char *)part->table.data + row * voice->width * 4;
        for (int32_t k = 0; k < voice->width; k++, from += 4) {
            float value;
            memcpy(&value, from, 4); /* a file in the caller's memory may lie anywhere */
            style[k] += part->weight * value;
        }
    }
}
