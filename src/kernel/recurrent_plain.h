/* kernel/recurrent_plain.h - the text of kernel/recurrent.h for one type: kernel/recurrent.c includes it with REAL and NAME(x),
 * which gives a function its suffix, and defines product_ and activate_ before. */

/* What a chunk works on. */
typedef struct NAME(rnn) {
    const xb_recurrent_args *a;
    recurrent_shape          s;
    int64_t                  dir, item, rows, hidden;
    const REAL              *r;
    const xb_epilogue       *act;
    REAL                    *bias, *gates, *h, *c, *room; /* [gates, hidden], [rows, s.width], [rows, hidden] */
    const REAL              *x[XB_RECURRENT_ROWS];        /* of the step, NULL for an item that has ended */
    quantised               *quantised;                   /* NULL: not */
} NAME(rnn);

static REAL *NAME(gate)(const NAME(rnn) * w, int64_t row, int gate) {
    return w->gates + row * w->s.width + (gate == 2 && w->s.blocks == 2 ? w->s.ld[0] : gate * w->hidden);
}

/* x and the biases to gates [first, last). */
static void NAME(add_inputs)(const NAME(rnn) * w, int first, int last) {
    for (int64_t row = 0; row < w->rows; row++)
        for (int g = first; w->x[row] && g < last; g++) {
            REAL       *to = NAME(gate)(w, row, g);
            const REAL *x = w->x[row] + g * w->hidden, *bias = w->bias + g * w->hidden;
            for (int64_t j = 0; j < w->hidden; j++) to[j] += x[j] + bias[j];
        }
}

static void NAME(rnn_step)(NAME(rnn) * w) {
    NAME(product)(w->a->isa, &w->s, 0, w->rows, w->h, w->hidden, w->r, w->gates);
    NAME(add_inputs)(w, 0, 1);
    NAME(activate)(w->a->isa, &w->act[0], w->gates, w->s.width, w->rows, w->hidden);
    for (int64_t row = 0; row < w->rows; row++)
        if (w->x[row]) memcpy(w->h + row * w->hidden, NAME(gate)(w, row, 0), (size_t)w->hidden * sizeof(REAL));
}

static void NAME(gru_step)(NAME(rnn) * w) {
    int64_t hidden = w->hidden;
    int     is_linear = w->s.blocks == 1;
    NAME(product)(w->a->isa, &w->s, 0, w->rows, w->h, hidden, w->r, w->gates);
    NAME(add_inputs)(w, 0, 2);
    NAME(activate)(w->a->isa, &w->act[0], w->gates, w->s.width, w->rows, 2 * hidden);
    for (int64_t row = 0; row < w->rows; row++) {
        const REAL *r = NAME(gate)(w, row, 1), *h = w->h + row * hidden;
        REAL       *n = NAME(gate)(w, row, 2), *room = w->room + row * hidden;
        for (int64_t j = 0; !is_linear && j < hidden; j++) room[j] = r[j] * h[j];
        if (!is_linear || !w->x[row]) continue;
        const REAL *own = w->bias + 3 * hidden; /* of h R */
        for (int64_t j = 0; j < hidden; j++) n[j] = r[j] * (n[j] + own[j]);
    }
    if (!is_linear) NAME(product)(w->a->isa, &w->s, 1, w->rows, w->room, hidden, w->r, w->gates);
    NAME(add_inputs)(w, 2, 3);
    NAME(activate)(w->a->isa, &w->act[1], NAME(gate)(w, 0, 2), w->s.width, w->rows, hidden);
    for (int64_t row = 0; row < w->rows; row++) {
        const REAL *z = NAME(gate)(w, row, 0), *n = NAME(gate)(w, row, 2);
        REAL       *h = w->h + row * hidden;
        for (int64_t j = 0; w->x[row] && j < hidden; j++) h[j] = (1 - z[j]) * n[j] + z[j] * h[j];
    }
}

/* gate += p c, where the cell looks through. */
static void NAME(peep)(const NAME(rnn) * w, int gate, int which) {
    const REAL *p = w->a->peephole;
    if (!p) return;
    p += (w->dir * 3 + which) * w->hidden;
    for (int64_t row = 0; row < w->rows; row++) {
        REAL       *to = NAME(gate)(w, row, gate);
        const REAL *c = w->c + row * w->hidden;
        for (int64_t j = 0; j < w->hidden; j++) to[j] += p[j] * c[j];
    }
}

static void NAME(lstm_step)(NAME(rnn) * w) {
    int64_t       hidden = w->hidden;
    const xb_isa *isa = w->a->isa;
    if (w->quantised) quantised_run(w->quantised);
    else NAME(product)(isa, &w->s, 0, w->rows, w->h, hidden, w->r, w->gates);
    NAME(add_inputs)(w, 0, 4);
    NAME(peep)(w, 0, 0);
    NAME(peep)(w, 2, 2);
    if (w->a->peephole) { /* o must wait for the cell */
        NAME(activate)(isa, &w->act[0], NAME(gate)(w, 0, 0), w->s.width, w->rows, hidden);
        NAME(activate)(isa, &w->act[0], NAME(gate)(w, 0, 2), w->s.width, w->rows, hidden);
    } else {
        NAME(activate)(isa, &w->act[0], w->gates, w->s.width, w->rows, 3 * hidden);
    }
    NAME(activate)(isa, &w->act[1], NAME(gate)(w, 0, 3), w->s.width, w->rows, hidden);
    for (int64_t row = 0; row < w->rows; row++) {
        const REAL *i = NAME(gate)(w, row, 0), *f = NAME(gate)(w, row, 2), *n = NAME(gate)(w, row, 3);
        REAL       *c = w->c + row * hidden, *room = w->room + row * hidden;
        if (!w->x[row]) continue;
        if (w->a->input_forget)
            for (int64_t j = 0; j < hidden; j++) c[j] = (1 - i[j]) * c[j] + i[j] * n[j];
        else
            for (int64_t j = 0; j < hidden; j++) c[j] = f[j] * c[j] + i[j] * n[j];
        memcpy(room, c, (size_t)hidden * sizeof(REAL));
    }
    NAME(peep)(w, 1, 1);
    if (w->a->peephole) NAME(activate)(isa, &w->act[0], NAME(gate)(w, 0, 1), w->s.width, w->rows, hidden);
    NAME(activate)(isa, &w->act[2], w->room, hidden, w->rows, hidden);
    for (int64_t row = 0; row < w->rows; row++) {
        const REAL *o = NAME(gate)(w, row, 1), *room = w->room + row * hidden;
        REAL       *h = w->h + row * hidden;
        for (int64_t j = 0; w->x[row] && j < hidden; j++) h[j] = o[j] * room[j];
    }
}

/* W's and R's biases together; where GRU keeps R's last apart, that stands behind the others. */
static void NAME(join_bias)(const NAME(rnn) * w, int gates) {
    const REAL *b = w->a->bias;
    int64_t     count = gates * w->hidden, joined = count;
    if (w->a->kind == XB_GRU && w->s.blocks == 1) joined = 2 * w->hidden;
    if (b) b += w->dir * 2 * count;
    for (int64_t j = 0; j < count; j++) w->bias[j] = b ? b[j] + (j < joined ? b[count + j] : 0) : 0;
    for (int64_t j = 0; j < w->hidden; j++) w->bias[count + j] = b && joined < count ? b[count + joined + j] : 0;
}

static void NAME(load_state)(const NAME(rnn) * w, const void *from, REAL *to) {
    const REAL *state = from;
    for (int64_t row = 0; row < w->rows; row++, to += w->hidden) {
        if (state) memcpy(to, state + w->dir * w->a->s_dir + (w->item + row) * w->a->s_batch, (size_t)w->hidden * sizeof(REAL));
        else memset(to, 0, (size_t)w->hidden * sizeof(REAL));
    }
}

static void NAME(store_state)(const NAME(rnn) * w, const REAL *from, void *to) {
    REAL *state = to;
    for (int64_t row = 0; state && row < w->rows; row++, from += w->hidden)
        memcpy(state + w->dir * w->a->s_dir + (w->item + row) * w->a->s_batch, from, (size_t)w->hidden * sizeof(REAL));
}

static void NAME(recurrent_chunk)(const void *args, int32_t chunk, void *scratch) {
    const xb_recurrent_args *a = args;
    NAME(rnn) w = { .a = a, .s = recurrent_shape_of(a->isa, a), .hidden = a->hidden };
    int64_t groups = (a->batch + XB_RECURRENT_ROWS - 1) / XB_RECURRENT_ROWS, gates = xb_recurrent_gates(a->kind);
    w.dir = chunk / groups;
    w.item = chunk % groups * XB_RECURRENT_ROWS;
    w.rows = xb_min64(XB_RECURRENT_ROWS, a->batch - w.item);
    w.r = (const REAL *)a->r + w.dir * w.s.elements;
    w.act = a->act[w.dir];
    w.gates = scratch;
    w.h = w.gates + XB_RECURRENT_ROWS * w.s.width;
    w.c = w.h + XB_RECURRENT_ROWS * w.hidden;
    w.room = w.c + XB_RECURRENT_ROWS * w.hidden;
    w.bias = w.room + XB_RECURRENT_ROWS * w.hidden;
    memset(w.room, 0, (size_t)(w.rows * w.hidden) * sizeof(REAL));
    if (a->q && !a->is_double) {
        char *room = (char *)(w.bias + (gates + 1) * w.hidden);
        w.quantised = quantised_open(a, w.dir, w.rows, (const float *)(const void *)w.h, w.s.width, (float *)(void *)w.gates,
                                     room + (64 - (uintptr_t)room % 64) % 64);
    }
    NAME(join_bias)(&w, (int)gates);
    NAME(load_state)(&w, a->h0, w.h);
    NAME(load_state)(&w, a->c0, w.c);
    int64_t length[XB_RECURRENT_ROWS], most = 0;
    for (int64_t row = 0; row < w.rows; row++) {
        length[row] = a->lengths ? xb_max64(0, xb_min64(a->lengths[w.item + row], a->steps)) : a->steps;
        most = xb_max64(most, length[row]);
    }
    int is_reverse = w.dir == 1 || a->first_is_reverse;
    for (int64_t step = 0; step < a->steps; step++) {
        int64_t at[XB_RECURRENT_ROWS];
        for (int64_t row = 0; row < w.rows; row++) {
            int is_over = step >= length[row];
            at[row] = is_over ? step : is_reverse ? length[row] - 1 - step : step;
            int64_t line = at[row] * a->x_time + (w.item + row) * a->x_batch;
            w.x[row] = is_over ? NULL : (const REAL *)a->xw + (line * a->directions + w.dir) * gates * w.hidden;
        }
        if (step < most) {
            if (a->kind == XB_LSTM) NAME(lstm_step)(&w);
            else if (a->kind == XB_GRU) NAME(gru_step)(&w);
            else NAME(rnn_step)(&w);
        }
        for (int64_t row = 0; a->y && row < w.rows; row++) {
            REAL *y = (REAL *)a->y + at[row] * a->y_time + w.dir * a->y_dir + (w.item + row) * a->y_batch;
            if (w.x[row]) memcpy(y, w.h + row * w.hidden, (size_t)w.hidden * sizeof(REAL));
            else memset(y, 0, (size_t)w.hidden * sizeof(REAL));
        }
    }
    NAME(store_state)(&w, w.h, a->yh);
    if (a->kind == XB_LSTM) NAME(store_state)(&w, w.c, a->yc);
}

/* packed [direction][block][k][column], columns of a block filled up with 0. */
static void NAME(pack)(const recurrent_shape *s, const xb_recurrent_args *a, const REAL *r, REAL *packed) {
    int64_t hidden = a->hidden;
    for (int32_t dir = 0; dir < a->directions; dir++)
        for (int block = 0; block < s->blocks; block++) {
            for (int64_t k = 0; k < hidden; k++)
                for (int64_t j = 0; j < s->ld[block]; j++) *packed++ = j < s->cols[block] ? r[j * hidden + k] : 0;
            r += s->cols[block] * hidden;
        }
}
