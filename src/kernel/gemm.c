/* kernel/gemm.c - which form a matrix product takes, how it is cut into chunks, and the loops around the kernels of a table.
 *
 * Three forms:
 *   PANELS  tiles of C, from panels of B (packed before, filled on the way, or in place) and rows of A as they lie;
 *   STRIPS  few rows, columns of B side by side: B is read once, from where it lies;
 *   DOTS    few rows, columns of B along k: the same for scalar products.
 * Loops as in "Anatomy of high-performance matrix multiplication" (Goto, van de Geijn 2008), but for A, which is not packed:
 * a row of A that is contiguous is read as it lies. */
#include "kernel/gemm.h"

#include <string.h>

#include "kernel/batch.h"
#include "kernel/isa.h"

#if defined(__GNUC__)
#  define GEMM_FETCH(p) __builtin_prefetch(p)
#  define GEMM_INLINE   static inline __attribute__((always_inline))
#else
#  define GEMM_FETCH(p) ((void)(p))
#  define GEMM_INLINE   static inline
#endif

enum { PANELS, STRIPS, DOTS };

enum {
    DOT_COLS = 16,            /* columns that DOTS reads for all rows, before the next ones */
    EDGE_FLOATS = 14 * 32,    /* a tile of any table */
    SMALL_ROWS = 128,         /* rows that read a panel before the next one is read */
    FILL_ROWS = 512,          /* rows that share the cost of filling a panel */
    K_BLOCK = 256,            /* see xb_gemm_k_block */
    IN_PLACE_ROWS = 128,      /* more rows pay for filling panels from an unpacked B */
    PANEL_BYTES = 128 * 1024, /* of B that stay in the second-level cache while rows of A pass by */
    FAR_FLOATS = 512 * 1024,  /* an A that no second-level cache holds */
    WEIGHT_BYTES = 256 * 1024 /* of B in a chunk of STRIPS and DOTS */
};

static int64_t floats_aligned(int64_t n) { return xb_round_up(n, 16); }

static int64_t type_bytes(xb_gemm_type type) {
    switch (type) {
    case XB_GEMM_F16:
    case XB_GEMM_BF16: return 2;
    case XB_GEMM_S8:
    case XB_GEMM_U8:
    case XB_GEMM_BITS: return 1;
    default: return 4;
    }
}

static int is_int8(const xb_gemm_b *b) { return b->type == XB_GEMM_S8 || b->type == XB_GEMM_U8; }

/* Whole blocks of 4 or 8 bits are read as they lie. */
static int has_planes(const xb_gemm_args *g) {
    const xb_gemm_b *b = &g->b;
    return b->type == XB_GEMM_BITS && b->bits >= 4 && g->k % b->block == 0 &&
           b->block * b->bits % (8 * g->plan.isa->vector_width) == 0;
}

/* Does DOTS convert columns first? */
static int has_lines(const xb_gemm_args *g) {
    if (has_planes(g)) return 0;
    return g->b.type == XB_GEMM_BITS || g->b.block > 0 || (g->b.type != XB_GEMM_F32 && g->plan.m > 1);
}

/* ---- the plan ---- */

static int32_t choose_path(const xb_gemm_kernels *t, const xb_gemm_args *g) {
    const xb_gemm_b *b = &g->b;
    int              blocks = is_int8(b) && b->block > 0;
    if (b->type == XB_GEMM_PACKED || g->k == 0) return PANELS;
    if (g->plan.m == 1 && b->type != XB_GEMM_BITS && b->col == 1 && !blocks && g->n >= t->strip_cols) return STRIPS;
    if (xb_gemm_is_few(g->plan.m, g->k) && (b->type == XB_GEMM_BITS || (b->row == 1 && (b->col != 1 || g->n == 1))))
        return DOTS;
    return PANELS;
}

static int64_t plan_streams(const xb_gemm_kernels *t, xb_gemm_args *g) {
    struct xb_gemm_plan *p = &g->plan;
    double  column = (double)g->k * (double)type_bytes(g->b.type) * (g->b.type == XB_GEMM_BITS ? g->b.bits / 8.0 : 1);
    int64_t unit = p->path == DOTS ? DOT_COLS : t->strip_cols;
    p->rows = p->m;
    p->cols = xb_even_step(g->n, xb_clamp_count((double)WEIGHT_BYTES / column, unit, INT32_MAX), unit);
    p->items = p->cols >= g->n ? xb_clamp_count((double)WEIGHT_BYTES / (column * (double)g->n), 1, INT32_MAX) : 1;
    p->copy_a = g->a_col != 1;
    int64_t floats = p->copy_a ? floats_aligned(p->m * floats_aligned(g->k)) : 0;
    if (p->path == STRIPS) return floats + 2 * floats_aligned(t->strip_cols);
    if (has_planes(g)) return DOT_COLS + p->m * g->k;
    return floats + DOT_COLS + (has_lines(g) ? DOT_COLS * floats_aligned(g->k) : 0);
}

int64_t xb_gemm_k_block(int64_t k) { return xb_ceil_div(xb_max64(k, 1), xb_ceil_div(xb_max64(k, 1), K_BLOCK)); }

/* Elements that far apart fall into few sets of a first-level cache. */
static int aliases(int64_t stride) { return stride % 1024 == 0; }

static int64_t plan_panels(const xb_gemm_kernels *t, xb_gemm_args *g) {
    struct xb_gemm_plan *p = &g->plan;
    double               target = 160e3 * g->plan.isa->vector_width;               /* products of a chunk: 30-50 us */
    double column = (double)g->k + 8, item = column * (double)p->m * (double)g->n; /* 8: what a tile costs without any k */
    p->k_block = xb_gemm_k_block(g->k);
    p->items = 1, p->rows = p->m, p->cols = g->n;
    p->copy_a = g->a_col != 1;
    if (item * 2 <= target) {
        p->items = xb_clamp_count(target / item, 1, INT32_MAX);
    } else {
        int64_t most = g->b.type == XB_GEMM_PACKED || p->copy_a ? SMALL_ROWS : FILL_ROWS;
        int64_t rows = xb_min64(p->m, xb_clamp_count(target / (column * t->nr), SMALL_ROWS, most));
        p->cols = xb_even_step(g->n, xb_clamp_count(target / (column * (double)rows) + t->nr * 0.5, t->nr, INT32_MAX), t->nr);
        if (p->cols >= g->n) rows = xb_min64(p->m, xb_clamp_count(target / (column * (double)g->n), t->mr, INT32_MAX));
        p->rows = xb_ceil_div(p->m, xb_ceil_div(p->m, rows));
    }
    p->cols = xb_min64(p->cols, g->n);
    int64_t in_place = aliases(g->b.row) ? IN_PLACE_ROWS / 4 : IN_PLACE_ROWS;
    p->fill = g->b.type != XB_GEMM_PACKED && (g->b.type != XB_GEMM_F32 || g->b.col != 1 || p->rows > in_place);
    p->rows_first = p->rows > 2 * t->mr && p->k_block * xb_ceil_div(p->cols, t->nr) * t->nr * 4 <= PANEL_BYTES;
    p->fetch_a = p->rows_first && !p->copy_a && (double)p->m * (double)g->k > (double)FAR_FLOATS;
    int64_t panels = p->rows_first && p->fill ? xb_ceil_div(p->cols, t->nr) : 1;
    int64_t floats = EDGE_FLOATS + panels * p->k_block * t->nr + floats_aligned(t->fill_floats);
    return floats + (p->copy_a ? p->rows * (floats_aligned(p->k_block) + 16) : 0);
}

static void run_panels(const void *args, int32_t chunk, void *scratch);
static void run_strips(const void *args, int32_t chunk, void *scratch);
static void run_dots(const void *args, int32_t chunk, void *scratch);

xb_work xb_gemm_work(const xb_isa *isa, xb_gemm_args *g) {
    static const xb_kernel_fn runs[] = { run_panels, run_strips, run_dots };
    struct xb_gemm_plan      *p = &g->plan;
    xb_work                   work = { 0 };
    *p = (struct xb_gemm_plan){ .isa = isa };
    if (g->m <= 0 || g->n <= 0 || g->outer <= 0 || g->inner <= 0) return work;
    xb_batch batch = { g->m, g->outer, g->inner, g->a_row, g->ldc };
    xb_batch_merge(&batch, g->a_outer, g->a_inner, g->b_outer, g->b_inner, g->c_outer, g->c_inner);
    p->m = batch.m, p->outer = batch.outer, p->inner = batch.inner, p->a_row = batch.a_row, p->ldc = batch.ldc;
    p->path = choose_path(&isa->gemm, g);
    int64_t floats = p->path == PANELS ? plan_panels(&isa->gemm, g) : plan_streams(&isa->gemm, g);
    p->row_chunks = xb_ceil_div(p->m, p->rows);
    p->col_chunks = xb_ceil_div(g->n, p->cols);
    work.run = runs[p->path];
    work.chunks = (int32_t)xb_min64(xb_ceil_div(p->outer * p->inner, p->items) * p->row_chunks * p->col_chunks, INT32_MAX);
    work.scratch_bytes = floats * 4;
    return work;
}

/* ---- what the forms share ---- */

/* A chunk, and the item it is at. */
typedef struct walk {
    const xb_gemm_args        *g;
    const struct xb_gemm_plan *p;
    const xb_gemm_kernels     *t;
    int64_t                    item0, item1, row0, row1, col0, col1;
    int64_t                    item_row; /* of the item's first row, for the epilogue */
    const float               *a;
    float                     *c;
    xb_gemm_b                  b;
    float                      alpha;
    int64_t                    a_row; /* of what the tiles read */
    float                     *a_copy, *edge, *panels, *fill;
} walk;

static walk walk_open(const xb_gemm_args *g, int32_t chunk) {
    const struct xb_gemm_plan *p = &g->plan;
    walk                       w = { .g = g, .p = p, .t = &p->isa->gemm, .a_row = p->a_row, .b = g->b, .alpha = g->alpha };
    int64_t                    col = chunk % p->col_chunks, row = chunk / p->col_chunks % p->row_chunks;
    w.item0 = chunk / p->col_chunks / p->row_chunks * p->items;
    w.item1 = xb_min64(w.item0 + p->items, p->outer * p->inner);
    w.row0 = row * p->rows, w.row1 = xb_min64(w.row0 + p->rows, p->m);
    w.col0 = col * p->cols, w.col1 = xb_min64(w.col0 + p->cols, g->n);
    if (is_int8(&g->b) && g->b.block == 0 && g->b.scale_col == 0) w.alpha *= g->b.scale[0];
    return w;
}

static void walk_item(walk *w, int64_t item) {
    const xb_gemm_args *g = w->g;
    int64_t             o = item / w->p->inner, i = item % w->p->inner;
    w->a = g->a + o * g->a_outer + i * g->a_inner;
    w->c = g->c + o * g->c_outer + i * g->c_inner;
    w->b.data = (const char *)g->b.data + (o * g->b_outer + i * g->b_inner) * type_bytes(g->b.type);
    w->item_row = item * w->p->m;
}

/* Rows [row, row + rows) and `count` of their k, side by side from w->a_copy. */
static void copy_a(walk *w, int64_t row, int64_t rows, int64_t k0, int64_t count, int64_t stride) {
    const float  *a = w->a + row * w->p->a_row + k0 * w->g->a_col;
    const int64_t step = w->g->a_col;
    w->a_row = stride;
    for (int64_t r = 0; r < rows; r++, a += w->p->a_row) {
        float *to = w->a_copy + r * stride;
        if (step == 1) memcpy(to, a, (size_t)count * sizeof *to);
        else
            for (int64_t k = 0; k < count; k++) to[k] = a[k * step];
    }
}

/* Columns whose sums are complete: the weights' scale, the epilogue. */
static void finish(const walk *w, int64_t row, int64_t rows, int64_t col, int64_t cols) {
    const xb_gemm_b *b = &w->b;
    float           *c = w->c + row * w->p->ldc + col;
    if (is_int8(b) && b->block == 0 && b->scale_col != 0)
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < cols; j++) c[i * w->p->ldc + j] *= b->scale[(col + j) * b->scale_col];
    if (w->g->epilogue) w->p->isa->epilogue(w->g->epilogue, c, w->p->ldc, w->item_row + row, col, rows, cols);
}

static float zero_of(const xb_gemm_b *b, int64_t n) {
    if (!b->zero) return 0;
    n *= b->scale_col;
    return b->type == XB_GEMM_S8 ? (float)((const int8_t *)b->zero)[n] : (float)((const uint8_t *)b->zero)[n];
}

/* ---- panels ---- */

/* k of the pass. */
typedef struct piece {
    int64_t k0, count;
    int     first, last;
} piece;

static int is_filled(const walk *w, int64_t cols) { return w->p->fill || (w->b.type != XB_GEMM_PACKED && cols < w->t->nr); }

static void fill_panel(const walk *w, int64_t col, int64_t cols, const piece *k, float *room) {
    if (is_filled(w, cols)) w->t->fill(&w->b, col, (int32_t)cols, k->k0, k->count, room, w->fill);
}

static const float *panel_of(const walk *w, int64_t col, int64_t cols, const piece *k, const float *room, int64_t *ldb) {
    const float *b = w->b.data;
    *ldb = w->t->nr;
    if (is_filled(w, cols)) return room;
    if (w->b.type == XB_GEMM_PACKED) return b + col * w->g->k + k->k0 * w->t->nr; /* col / nr panels of k nr */
    *ldb = w->b.row;
    return b + k->k0 * w->b.row + col;
}

static void one_tile(const walk *w, const float *b, int64_t ldb, int64_t row, int64_t rows, int64_t col, int64_t cols,
                     const piece *k) {
    float       *c = w->c + row * w->p->ldc + col;
    const size_t bytes = (size_t)cols * sizeof *c;
    xb_gemm_tile t = { .lda = w->a_row, .b = b, .ldb = ldb, .c = c, .ldc = w->p->ldc, .k = k->count };
    t.a = w->p->copy_a ? w->a_copy + (row - w->row0) * w->a_row : w->a + row * w->a_row + k->k0;
    t.alpha = w->alpha;
    t.keep = !k->first;
    if (cols == w->t->nr) {
        w->t->tile((int32_t)rows, &t);
        return;
    }
    t.c = w->edge, t.ldc = w->t->nr;
    if (t.keep)
        for (int64_t i = 0; i < rows; i++) memcpy(w->edge + i * t.ldc, c + i * w->p->ldc, bytes);
    w->t->tile((int32_t)rows, &t);
    for (int64_t i = 0; i < rows; i++) memcpy(c + i * w->p->ldc, w->edge + i * t.ldc, bytes);
}

/* Heights as equal as can be. */
static int64_t tile_height(const walk *w, int64_t row) {
    int64_t left = w->row1 - row;
    return xb_ceil_div(left, xb_ceil_div(left, w->t->mr));
}

/* Part `part` of `parts` of the next tile's rows of A, when they come from memory: 12 % of 25600 x 96 x 96. Always inlined:
 * gcc 12 leaves out calls of functions that only prefetch. */
GEMM_INLINE void fetch_rows(const walk *w, int64_t row, const piece *k, int64_t part, int64_t parts) {
    const int64_t rows = xb_min64(w->t->mr, w->row1 - row);
    for (int64_t r = rows * part / parts; r < rows * (part + 1) / parts; r++)
        for (int64_t i = 0; i < k->count; i += 16) GEMM_FETCH(w->a + (row + r) * w->a_row + k->k0 + i);
}

/* Rows of A stay in the first-level cache, all panels in the second. */
static void rows_then_panels(const walk *w, const piece *k) {
    const int64_t nr = w->t->nr, size = w->p->fill ? w->p->k_block * nr : 0;
    const int64_t panels = xb_ceil_div(w->col1 - w->col0, nr);
    int64_t       ldb;
    for (int64_t col = w->col0; col < w->col1; col += nr)
        fill_panel(w, col, xb_min64(nr, w->col1 - col), k, w->panels + (col - w->col0) / nr * size);
    for (int64_t row = w->row0, rows; row < w->row1; row += rows) {
        rows = tile_height(w, row);
        for (int64_t col = w->col0; col < w->col1; col += nr) {
            int64_t      cols = xb_min64(nr, w->col1 - col), panel = (col - w->col0) / nr;
            const float *b = panel_of(w, col, cols, k, w->panels + panel * size, &ldb);
            if (w->p->fetch_a) fetch_rows(w, row + rows, k, panel, panels);
            one_tile(w, b, ldb, row, rows, col, cols, k);
        }
        if (k->last) finish(w, row, rows, w->col0, w->col1 - w->col0);
    }
}

/* A panel stays in the first-level cache or near it while all rows pass by. */
static void panels_then_rows(const walk *w, const piece *k) {
    for (int64_t col = w->col0; col < w->col1; col += w->t->nr) {
        int64_t ldb, cols = xb_min64(w->t->nr, w->col1 - col);
        fill_panel(w, col, cols, k, w->panels);
        const float *b = panel_of(w, col, cols, k, w->panels, &ldb);
        for (int64_t row = w->row0, rows; row < w->row1; row += rows) {
            rows = tile_height(w, row);
            one_tile(w, b, ldb, row, rows, col, cols, k);
        }
        if (k->last) finish(w, w->row0, w->row1 - w->row0, col, cols);
    }
}

static void run_panels(const void *args, int32_t chunk, void *scratch) {
    const xb_gemm_args *g = args;
    walk                w = walk_open(g, chunk);
    w.edge = scratch;
    w.fill = w.edge + EDGE_FLOATS;
    w.a_copy = w.fill + floats_aligned(w.t->fill_floats);
    w.panels = w.a_copy + (w.p->copy_a ? w.p->rows * (floats_aligned(w.p->k_block) + 16) : 0);
    for (int64_t item = w.item0; item < w.item1; item++) {
        piece k = { .first = 1 };
        walk_item(&w, item);
        for (; !k.last; k.k0 += k.count, k.first = 0) {
            k.count = xb_min64(w.p->k_block, g->k - k.k0);
            k.last = k.k0 + k.count == g->k;
            if (w.p->copy_a) copy_a(&w, w.row0, w.row1 - w.row0, k.k0, k.count, floats_aligned(w.p->k_block) + 16);
            if (w.p->rows_first) rows_then_panels(&w, &k);
            else panels_then_rows(&w, &k);
        }
    }
}

/* ---- few rows ---- */

/* The last strip may reach back over columns of the one before: then it goes to `room`. */
static void one_strip(const walk *w, xb_gemv_strip *s, int64_t col, float *room) {
    const int64_t width = w->t->strip_cols, start = xb_min64(col, w->g->n - width), before = col - start;
    float        *zero = room + floats_aligned(width);
    const float  *a = w->p->copy_a ? w->a_copy : w->a;
    const int64_t k_block = xb_gemm_k_block(w->g->k);
    s->c = before > 0 ? room : w->c + col;
    s->zero = zero;
    for (int64_t j = 0; j < width && is_int8(&w->b); j++) zero[j] = zero_of(&w->b, start + j);
    for (int64_t k = 0; k < w->g->k; k += s->k) {
        s->a = a + k;
        s->b = (const char *)w->b.data + (k * s->ldb + start) * type_bytes(w->b.type);
        s->k = xb_min64(k_block, w->g->k - k);
        s->keep = k > 0;
        w->t->strip(s);
    }
    if (before > 0) memcpy(w->c + col, room + before, (size_t)(width - before) * sizeof *room);
}

static void run_strips(const void *args, int32_t chunk, void *scratch) {
    const xb_gemm_args *g = args;
    walk                w = walk_open(g, chunk);
    xb_gemv_strip       s = { .ldb = g->b.row, .alpha = w.alpha, .type = (int32_t)g->b.type };
    w.a_copy = (float *)scratch + 2 * floats_aligned(w.t->strip_cols);
    for (int64_t item = w.item0; item < w.item1; item++) {
        walk_item(&w, item);
        if (w.p->copy_a) copy_a(&w, 0, 1, 0, g->k, floats_aligned(g->k));
        for (int64_t col = w.col0; col < w.col1; col += w.t->strip_cols) one_strip(&w, &s, col, scratch);
        finish(&w, 0, 1, w.col0, w.col1 - w.col0);
    }
}

/* Columns [col, col + d->cols): d->b and d->ldb say where they are. */
static void dot_rows(const walk *w, xb_gemm_dot *d, int64_t col) {
    const int32_t each = w->p->m == 1 ? 1 : w->t->dot_rows;
    const float  *a = w->p->copy_a ? w->a_copy : w->a;
    for (int64_t row = 0; row < w->p->m; row += each) {
        for (int32_t i = 0; i < each; i++) {
            int64_t r = xb_min64(row + i, w->p->m - 1); /* the last one again */
            d->a[i] = a + r * w->a_row;
            d->c[i] = w->c + r * w->p->ldc + col;
        }
        w->t->dot(each, d);
    }
}

/* Rows in the order of kernel/gemm_kernels.h, `bits`. */
static void make_planes(const walk *w, float *planes) {
    const int64_t vw = w->p->isa->vector_width, count = 8 / w->b.bits;
    for (int64_t row = 0; row < w->p->m; row++) {
        const float *a = w->a + row * w->a_row;
        for (int64_t k = 0; k < w->g->k; k += vw * count)
            for (int64_t plane = 0; plane < count; plane++)
                for (int64_t lane = 0; lane < vw; lane++) *planes++ = a[(k + lane * count + plane) * w->g->a_col];
    }
}

static void bits_columns(const walk *w, const float *planes) {
    for (int64_t col = w->col0; col < w->col1; col += DOT_COLS)
        for (int64_t row = 0; row < w->p->m; row++)
            w->t->bits(&w->b, planes + row * w->g->k, w->g->k, col, xb_min64(DOT_COLS, w->col1 - col), w->alpha,
                       w->c + row * w->p->ldc + col);
}

/* Some columns at a time stay in the cache for all rows. */
static void dot_columns(const walk *w, float *zero, float *lines) {
    const int   direct = !has_lines(w->g);
    xb_gemm_dot d = { .k = w->g->k, .zero = zero, .alpha = w->alpha };
    for (int64_t col = w->col0; col < w->col1; col += DOT_COLS) {
        d.cols = xb_min64(DOT_COLS, w->col1 - col);
        if (direct) {
            d.type = (int32_t)w->b.type, d.ldb = w->b.col;
            d.b = (const char *)w->b.data + col * d.ldb * type_bytes(w->b.type);
            for (int64_t j = 0; j < d.cols && is_int8(&w->b); j++) zero[j] = zero_of(&w->b, col + j);
        } else {
            d.type = XB_GEMM_F32, d.ldb = floats_aligned(d.k), d.b = lines;
            for (int64_t j = 0; j < d.cols; j++) w->t->line(&w->b, col + j, 0, d.k, lines + j * d.ldb);
        }
        dot_rows(w, &d, col);
    }
}

static void run_dots(const void *args, int32_t chunk, void *scratch) {
    const xb_gemm_args *g = args;
    walk                w = walk_open(g, chunk);
    float              *zero = scratch, *lines = zero + floats_aligned(DOT_COLS);
    w.a_copy = lines + (has_lines(g) ? DOT_COLS * floats_aligned(g->k) : 0);
    for (int64_t item = w.item0; item < w.item1; item++) {
        walk_item(&w, item);
        if (has_planes(g)) {
            make_planes(&w, lines);
            bits_columns(&w, lines);
        } else {
            if (w.p->copy_a) copy_a(&w, 0, w.p->m, 0, g->k, floats_aligned(g->k));
            dot_columns(&w, zero, lines);
        }
        finish(&w, 0, w.p->m, w.col0, w.col1 - w.col0);
    }
}

/* ---- packing ---- */

int xb_gemm_wants_packed(int64_t m) { return m > 4; }

int32_t xb_gemm_panel(const xb_isa *isa) { return isa->gemm.nr; }

int64_t xb_gemm_pack_bytes(const xb_isa *isa, int64_t n, int64_t k) {
    int64_t bytes;
    if (n < 0 || n > INT64_MAX - isa->gemm.nr || xb_mul_overflows(xb_ceil_div(n, isa->gemm.nr) * isa->gemm.nr, k, &bytes) ||
        xb_mul_overflows(bytes, sizeof(float), &bytes))
        return -1;
    return bytes;
}

int64_t xb_gemm_pack_scratch_bytes(const xb_isa *isa) { return isa->gemm.fill_floats * (int64_t)sizeof(float); }

void xb_gemm_pack(const xb_isa *isa, const xb_gemm_b *b, int64_t n, int64_t k, int64_t n0, int64_t n1, void *out,
                  void *scratch) {
    const int32_t nr = isa->gemm.nr;
    for (int64_t col = n0; col < xb_min64(n, n1); col += nr)
        isa->gemm.fill(b, col, (int32_t)xb_min64(nr, n - col), 0, k, (float *)out + col * k, scratch);
}
