/* codec/png.c - from chunks to rows (W3C PNG sections 5, 8, 10, 11). As the format wants it, what must be understood carries a
 * checked sum, and an ancillary chunk is passed over, whatever is in it; of these tRNS, acTL and fcTL are read. */
#include "codec/png.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "codec/crc32.h"
#include "codec/png_rows.h"
#include "codec/wuffs_decoders.h"

#define TYPE(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

enum { CHUNK_FRAME_BYTES = 12 }; /* length, type, CRC */

typedef struct chunk {
    uint32_t       type;
    int64_t        at, size; /* its first byte in the file; bytes of data */
    const uint8_t *data;
} chunk;

typedef struct rect {
    uint32_t x, y, width, height;
} rect;

typedef struct png {
    xb_mem        *mem;
    const uint8_t *bytes;
    int64_t        size, at; /* at: the next chunk */
    xb_png_form    form;
    int32_t        is_interlaced, has_palette, has_transparency, is_animation, has_frame;
    uint32_t       sequence; /* the next number of an animation's chunk */
    rect           frame;
    xb_crc32_table crc;
} png;

static uint32_t be16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static uint32_t be32(const uint8_t *p) { return be16(p) << 16 | be16(p + 2); }

static xybrid_status fail(xybrid_error *err, int64_t at, const char *what) {
    return xb_fail_at(err, XYBRID_MALFORMED, at, "", "PNG: %s at byte %lld", what, (long long)at);
}

static xybrid_status fail_unsupported(xybrid_error *err, int64_t at, const char *what) {
    return xb_fail_at(err, XYBRID_UNSUPPORTED_IMAGE, at, "", "PNG: unsupported %s at byte %lld", what, (long long)at);
}

/* ---- chunks ---- */

static int is_ancillary(uint32_t type) { return (type >> 24 & 0x20) != 0; }

static xybrid_status next_chunk(png *p, chunk *out, xybrid_error *err) {
    int64_t        rest = p->size - p->at;
    const uint8_t *bytes = p->bytes + p->at;
    if (rest < CHUNK_FRAME_BYTES || be32(bytes) > rest - CHUNK_FRAME_BYTES) return fail(err, p->size, "the file is cut");
    *out = (chunk){ .type = be32(bytes + 4), .at = p->at, .size = be32(bytes), .data = bytes + 8 };
    p->at += CHUNK_FRAME_BYTES + out->size;
    if (is_ancillary(out->type)) return XYBRID_OK;
    uint32_t sum = xb_crc32_update(&p->crc, 0, bytes + 4, (size_t)out->size + 4);
    return sum == be32(out->data + out->size) ? XYBRID_OK : fail(err, p->at, "bad checksum");
}

static xybrid_status read_header(png *p, const xb_image_header *header, int32_t channels, xybrid_error *err) {
    static const uint8_t samples_of[7] = { 1, 0, 3, 1, 2, 0, 4 }; /* by colour type; image_read.c has refused others */
    const uint8_t       *ihdr = p->bytes + 16;
    xb_png_form         *form = &p->form;
    int                  depth = ihdr[8], colour = ihdr[9];
    int fits = depth == 8 || (depth == 16 && colour != XB_PNG_PALETTE) ||
               ((depth == 1 || depth == 2 || depth == 4) && (colour == XB_PNG_GREY || colour == XB_PNG_PALETTE));
    if (!fits)
        return xb_fail_at(err, XYBRID_MALFORMED, 24, "", "PNG: %d bits a sample and colour type %d at byte 24", depth, colour);
    if (ihdr[10] != 0) return fail_unsupported(err, 26, "PNG compression method");
    if (ihdr[11] != 0 || ihdr[12] > 1) return fail(err, ihdr[11] != 0 ? 27 : 28, "bad header");
    form->colour = colour;
    form->depth = depth;
    form->samples = samples_of[colour];
    form->channels = channels;
    form->distance = depth < 8 ? 1 : (size_t)(form->samples * depth / 8);
    p->is_interlaced = ihdr[12];
    p->frame = (rect){ 0, 0, (uint32_t)header->width, (uint32_t)header->height };
    chunk first;
    p->at = 8;
    return next_chunk(p, &first, err);
}

static xybrid_status read_palette(png *p, const chunk *c, xybrid_error *err) {
    int colour = p->form.colour;
    if (p->has_palette || colour == XB_PNG_GREY || colour == XB_PNG_GREY_ALPHA) return fail(err, c->at, "bad chunk");
    p->has_palette = 1;
    if (colour != XB_PNG_PALETTE) return XYBRID_OK; /* a proposal for screens of few colours */
    if (c->size > 3 * 256 || c->size % 3 != 0) return fail(err, c->at, "bad chunk");
    for (int64_t i = 0; i < 256; i++) { /* colours that are not there are black */
        uint8_t *to = p->form.palette + 4 * i;
        for (int k = 0; k < 3; k++) to[k] = 3 * i < c->size ? c->data[3 * i + k] : 0;
        to[3] = 255;
    }
    return XYBRID_OK;
}

static xybrid_status read_transparency(png *p, const chunk *c, xybrid_error *err) {
    xb_png_form *form = &p->form;
    int          is_palette = form->colour == XB_PNG_PALETTE;
    if (p->has_transparency || (is_palette && !p->has_palette)) return fail(err, c->at, "bad chunk");
    p->has_transparency = 1;
    if (form->colour > XB_PNG_PALETTE) return XYBRID_OK;
    if (is_palette ? c->size > 256 : c->size != 2 * form->samples) return fail(err, c->at, "bad chunk");
    if (is_palette) {
        for (int64_t i = 0; i < c->size; i++) form->palette[4 * i + 3] = c->data[i];
        return XYBRID_OK;
    }
    form->has_key = 1;
    for (int i = 0; i < 3; i++) {
        uint32_t value = be16(c->data + (form->samples == 3 ? 2 * i : 0));
        form->key[i] = (uint16_t)(value & ((1u << form->depth) - 1));
    }
    return XYBRID_OK;
}

static xybrid_status read_animation(png *p, const chunk *c, xybrid_error *err) {
    if (p->is_animation || c->size != 8 || be32(c->data) == 0) return fail(err, c->at, "bad chunk");
    if (p->is_interlaced) return fail_unsupported(err, c->at, "PNG file: an interlaced animation");
    p->is_animation = 1;
    return XYBRID_OK;
}

static xybrid_status check_sequence(png *p, const chunk *c, xybrid_error *err) {
    return be32(c->data) == p->sequence++ ? XYBRID_OK : fail(err, c->at, "bad animation sequence number");
}

static xybrid_status read_frame(png *p, const chunk *c, xybrid_error *err) {
    if (p->has_frame || c->size != 26) return fail(err, c->at, "bad chunk");
    XB_TRY(check_sequence(p, c, err));
    rect        r = { be32(c->data + 12), be32(c->data + 16), be32(c->data + 4), be32(c->data + 8) };
    const rect *all = &p->frame;
    int         is_inside = r.width > 0 && r.width <= all->width && r.x <= all->width - r.width && r.height > 0 &&
                            r.height <= all->height && r.y <= all->height - r.height;
    if (!is_inside || c->data[24] > 2 || c->data[25] > 1) return fail(err, c->at, "bad chunk");
    p->has_frame = 1;
    p->frame = r;
    return XYBRID_OK;
}

/* Up to the chunk that begins the first picture: IDAT, or fdAT where an animation begins with another one. */
static xybrid_status read_up_to_pixels(png *p, chunk *c, xybrid_error *err) {
    int is_skipped = 0; /* an IDAT that the animation does not show was there */
    for (;;) {
        XB_TRY(next_chunk(p, c, err));
        switch (c->type) {
        case TYPE('I', 'D', 'A', 'T'):
            if (!p->is_animation || p->has_frame) return XYBRID_OK;
            is_skipped = 1;
            break;
        case TYPE('f', 'd', 'A', 'T'):
            if (is_skipped && p->has_frame) return XYBRID_OK;
            return fail(err, c->at, "bad chunk");
        case TYPE('P', 'L', 'T', 'E'): XB_TRY(read_palette(p, c, err)); break;
        case TYPE('t', 'R', 'N', 'S'): XB_TRY(read_transparency(p, c, err)); break;
        case TYPE('a', 'c', 'T', 'L'): XB_TRY(read_animation(p, c, err)); break;
        case TYPE('f', 'c', 'T', 'L'): XB_TRY(read_frame(p, c, err)); break;
        default:
            if (!is_ancillary(c->type)) return fail(err, c->at, "bad chunk");
        }
    }
}

/* ---- compressed data: one zlib stream in one or more chunks of a kind ---- */

typedef struct stream {
    chunk          first;
    int64_t        skipped, size; /* bytes before the data of each chunk; of all data */
    const uint8_t *data;
    uint8_t       *owned; /* where there are several chunks */
} stream;

static int64_t bytes_of_chunk(const png *p, const stream *s, int64_t chunk_at) {
    return (int64_t)be32(p->bytes + chunk_at) - s->skipped;
}

/* Where byte `at` of the stream is in the file, and how much of its chunk is left. */
static int64_t file_position(const png *p, const stream *s, int64_t at, int64_t *rest) {
    for (int64_t chunk_at = s->first.at;;) {
        int64_t size = bytes_of_chunk(p, s, chunk_at), next = chunk_at + CHUNK_FRAME_BYTES + s->skipped + size;
        *rest = size - at;
        if (at <= size || next >= p->at) return chunk_at + 8 + s->skipped + at;
        at -= size;
        chunk_at = next;
    }
}

/* Takes the chunks that follow the first one; what comes behind them is nobody's business. */
static xybrid_status gather(png *p, stream *s, xybrid_error *err) {
    for (chunk c = s->first;;) {
        if (c.size < s->skipped) return fail(err, c.at, "bad chunk");
        if (s->skipped) XB_TRY(check_sequence(p, &c, err));
        s->size += c.size - s->skipped;
        if (p->size - p->at < 8 || be32(p->bytes + p->at + 4) != s->first.type) break;
        XB_TRY(next_chunk(p, &c, err));
    }
    s->data = s->first.data + s->skipped;
    if (s->size == s->first.size - s->skipped) return XYBRID_OK;
    s->owned = xb_malloc(p->mem, (size_t)s->size, err);
    if (!s->owned) return err->code;
    s->data = s->owned;
    uint8_t *to = s->owned;
    for (int64_t chunk_at = s->first.at; chunk_at < p->at;) {
        int64_t size = bytes_of_chunk(p, s, chunk_at);
        memcpy(to, p->bytes + chunk_at + 8 + s->skipped, (size_t)size);
        to += size;
        chunk_at += CHUNK_FRAME_BYTES + s->skipped + size;
    }
    return XYBRID_OK;
}

static uint32_t adler32(const uint8_t *bytes, size_t size) { /* RFC 1950 section 8.2 */
    enum { MODULUS = 65521, UNREDUCED = 5552, STEP = 4 };    /* the sums of so many bytes fit into 32 bits */
    uint32_t a = 1, b = 0;
    while (size > 0) {
        size_t n = size < UNREDUCED ? size : UNREDUCED;
        size_t i = 0;
        for (; i + STEP <= n; i += STEP) {
            uint32_t first = bytes[i], second = bytes[i + 1], third = bytes[i + 2], fourth = bytes[i + 3];
            b += STEP * (a + first) + 3 * second + 2 * third + fourth;
            a += first + second + third + fourth;
        }
        for (; i < n; i++) b += a += bytes[i];
        a %= MODULUS, b %= MODULUS;
        bytes += n, size -= n;
    }
    return b << 16 | a;
}

/* RFC 1950: two bytes of header, deflate, the sum of what it unpacks to. */
static xybrid_status unpack(const png *p, const stream *s, uint8_t *rows, size_t rows_size, xybrid_error *err) {
    enum { HEADER = 2, SUM = 4 };
    xb_inflated done = { XB_INFLATE_CUT, NULL, 0, 0 };
    const char *fault = s->size < HEADER           ? NULL
                        : (s->data[0] & 15) != 8   ? "bad compression method"
                        : s->data[0] >> 4 > 7      ? "bad compression window size"
                        : be16(s->data) % 31 != 0  ? "bad parity check"
                        : (s->data[1] & 0x20) != 0 ? "dictionary required"
                                                   : NULL;
    int64_t     at = HEADER, rest;
    if (!fault && s->size >= HEADER) {
        XB_TRY(xb_inflate_part(p->mem, s->data + HEADER, (size_t)(s->size - HEADER), rows, rows_size, &done, err));
        at += (int64_t)done.read;
        if (done.end == XB_INFLATE_DONE && s->size - at < SUM) done.end = XB_INFLATE_CUT;
        fault = done.end == XB_INFLATE_MORE ? "too much data" : done.end == XB_INFLATE_LESS ? "not enough data" : done.fault;
    }
    if (!fault && done.end == XB_INFLATE_CUT)
        return p->size - p->at < 8 ? fail(err, p->size, "the file is cut") : fail(err, p->at, "bad chunk");
    if (!fault) {
        if (adler32(rows, rows_size) != be32(s->data + at)) fault = "bad checksum";
        at += SUM;
    }
    int64_t position = file_position(p, s, at, &rest);
    if (!fault && rest > 0) fault = "too much data";
    return fault ? fail(err, position, fault) : XYBRID_OK;
}

/* ---- rows to pixels ---- */

typedef struct sub_picture { /* every dx-th column of every dy-th row, from x, y on */
    uint8_t x, y, dx, dy;
} sub_picture;

static const sub_picture whole = { 0, 0, 1, 1 };
static const sub_picture adam7[] = { { 0, 0, 8, 8 }, { 4, 0, 8, 8 }, { 0, 4, 4, 8 }, { 2, 0, 4, 4 },
                                     { 0, 2, 2, 4 }, { 1, 0, 2, 2 }, { 0, 1, 1, 2 } }; /* section 8.2 */

static uint32_t every(uint32_t size, uint32_t first, uint32_t step) { return size > first ? (size - first - 1) / step + 1 : 0; }

static uint64_t row_bytes(const xb_png_form *form, uint32_t width) {
    return ((uint64_t)width * (uint64_t)(form->samples * form->depth) + 7) / 8;
}

/* Of all sub-pictures, with the byte that names the filter. */
static uint64_t bytes_of_rows(const png *p, const sub_picture *pass, int count) {
    uint64_t total = 0;
    for (; count > 0; pass++, count--) {
        uint32_t width = every(p->frame.width, pass->x, pass->dx);
        if (width > 0) total += every(p->frame.height, pass->y, pass->dy) * (1 + row_bytes(&p->form, width));
    }
    return total;
}

/* Takes the sub-picture's rows from *rows, which moves on. `above` is zeros: what stands above the first one. */
static xybrid_status put_rows(const png *p, const sub_picture *pass, uint8_t **rows, const uint8_t *above, size_t image_width,
                              uint8_t *pixels, xybrid_error *err) {
    size_t   channels = (size_t)p->form.channels;
    uint32_t width = every(p->frame.width, pass->x, pass->dx);
    size_t   size = (size_t)row_bytes(&p->form, width);
    if (width == 0) return XYBRID_OK; /* then there are no rows either */
    for (uint32_t y = pass->y; y < p->frame.height; y += pass->dy) {
        uint8_t *row = *rows + 1;
        if (!xb_png_unfilter(row[-1], row, above, size, p->form.distance)) return fail(err, p->at, "bad filter");
        size_t at = (p->frame.y + (size_t)y) * image_width + p->frame.x + pass->x;
        xb_png_expand(&p->form, row, width, pixels + at * channels, pass->dx * channels);
        above = row;
        *rows = row + size;
    }
    return XYBRID_OK;
}

static xybrid_status decode(png *p, stream *s, uint8_t **work, const xb_image_header *header, uint8_t *pixels,
                            xybrid_error *err) {
    const sub_picture *passes = p->is_interlaced ? adam7 : &whole;
    int                count = p->is_interlaced ? (int)(sizeof adam7 / sizeof adam7[0]) : 1;
    XB_TRY(gather(p, s, err));
    uint64_t above = row_bytes(&p->form, p->frame.width), rows_size = bytes_of_rows(p, passes, count);
    if (rows_size + above > SIZE_MAX) return xb_fail_memory(err, INT64_MAX);
    uint8_t *zeros = xb_malloc(p->mem, (size_t)(above + rows_size), err);
    if (!zeros) return err->code;
    *work = zeros;
    memset(zeros, 0, (size_t)above);
    uint8_t *rows = zeros + above;
    XB_TRY(unpack(p, s, rows, (size_t)rows_size, err));
    for (int i = 0; i < count; i++) XB_TRY(put_rows(p, &passes[i], &rows, zeros, (size_t)header->width, pixels, err));
    return XYBRID_OK;
}

static xybrid_status read_all(png *p, const xb_image_header *header, int32_t channels, uint8_t *pixels, xybrid_error *err) {
    stream        s = { 0 };
    uint8_t      *work = NULL;
    xybrid_status st = XYBRID_OK;
    rect          all;
    XB_TRY(read_header(p, header, channels, err));
    all = p->frame;
    XB_TRY(read_up_to_pixels(p, &s.first, err));
    if (p->form.colour == XB_PNG_PALETTE && !p->has_palette) return fail(err, s.first.at, "missing palette");
    if (p->form.colour == XB_PNG_GREY && p->form.depth <= 8) xb_png_make_grey_palette(&p->form);
    if (s.first.type == TYPE('I', 'D', 'A', 'T')) p->frame = all;
    else s.skipped = 4;                                               /* the sequence number */
    if (p->frame.width != all.width || p->frame.height != all.height) /* animations may start with a part */
        memset(pixels, 0, (size_t)all.width * all.height * (size_t)channels);
    st = decode(p, &s, &work, header, pixels, err);
    xb_free(p->mem, work);
    xb_free(p->mem, s.owned);
    return st;
}

xybrid_status xb_png_decode(xb_mem *mem, const xb_image_header *header, const void *bytes, int64_t size, int32_t channels,
                            uint8_t *pixels, xybrid_error *err) {
    png *p = xb_calloc(mem, 1, sizeof *p, err);
    if (!p) return err->code;
    p->mem = mem;
    p->bytes = bytes;
    p->size = size;
    xb_crc32_init(&p->crc);
    xybrid_status st = read_all(p, header, channels, pixels, err);
    xb_free(mem, p);
    return st;
}
