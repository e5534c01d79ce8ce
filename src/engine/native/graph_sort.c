/* engine/native/graph_sort.c - see graph_sort.h. */
#include "engine/native/graph_sort.h"

#include <string.h>

#include "base/error.h"

/* Depth first: a node comes once all that it reads has come. */
typedef struct sorter {
    const xb_graph_node *nodes;
    int32_t             *producer; /* [values] index of the node + 1; 0: none */
    int32_t             *next;     /* [nodes] the input to look at; -1: not begun; INT32_MAX: placed */
    int32_t             *stack;    /* [nodes] nodes that wait for one above */
    int32_t              depth;
} sorter;

static int32_t number_read(const xb_graph_node *n, int32_t k) {
    return k < n->input_count ? n->inputs[k] : n->captures[k - n->input_count];
}

static int is_sorted(const sorter *s, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (int32_t k = 0; k < s->nodes[i].input_count + s->nodes[i].capture_count; k++) {
            int32_t number = number_read(&s->nodes[i], k);
            if (number != XB_NO_VALUE && s->producer[number] > (int32_t)i) return 0;
        }
    return 1;
}

/* Looks at the inputs of the topmost node; a node that must come before it goes on top. 1: there is none. 0: *circle. */
static int has_all(sorter *s, int *circle) {
    int32_t              top = s->stack[s->depth - 1];
    const xb_graph_node *n = &s->nodes[top];
    while (s->next[top] < n->input_count + n->capture_count) {
        int32_t number = number_read(n, s->next[top]++);
        int32_t before = number == XB_NO_VALUE ? -1 : s->producer[number] - 1;
        if (before < 0 || s->next[before] == INT32_MAX) continue;
        *circle = s->next[before] >= 0;
        s->next[before] = 0;
        if (!*circle) s->stack[s->depth++] = before;
        return 0;
    }
    return 1;
}

static xybrid_status place_nodes(sorter *s, size_t count, xb_graph_node *sorted, xybrid_error *err) {
    size_t done = 0;
    int    circle = 0;
    for (size_t i = 0; i < count; i++) s->next[i] = -1;
    for (size_t i = 0; i < count; i++) {
        if (s->next[i] == INT32_MAX) continue;
        s->stack[s->depth++] = (int32_t)i;
        s->next[i] = 0;
        while (s->depth > 0) {
            if (has_all(s, &circle)) {
                int32_t top = s->stack[--s->depth];
                s->next[top] = INT32_MAX;
                sorted[done++] = s->nodes[top];
            } else if (circle) {
                return xb_fail(err, XYBRID_MALFORMED, NULL, "ONNX: nodes wait for each other in a circle, %d of them or fewer",
                               s->depth);
            }
        }
    }
    return XYBRID_OK;
}

xybrid_status xb_graph_sort(xb_mem *mem, xb_graph_node *nodes, size_t count, size_t value_count, xybrid_error *err) {
    int32_t *numbers = xb_calloc(mem, value_count + 2 * count + 1, sizeof *numbers, err);
    if (!numbers) return err->code;
    sorter s = { .nodes = nodes, .producer = numbers, .next = numbers + value_count };
    s.stack = s.next + count;
    for (size_t i = 0; i < count; i++)
        for (int32_t k = 0; k < nodes[i].output_count; k++)
            if (nodes[i].outputs[k] != XB_NO_VALUE) s.producer[nodes[i].outputs[k]] = (int32_t)i + 1;
    xybrid_status st = XYBRID_OK;
    if (!is_sorted(&s, count)) {
        xb_graph_node *sorted = xb_calloc(mem, count, sizeof *sorted, err);
        st = sorted ? place_nodes(&s, count, sorted, err) : err->code;
        if (st == XYBRID_OK) memcpy(nodes, sorted, count * sizeof *sorted);
        xb_free(mem, sorted);
    }
    xb_free(mem, numbers);
    return st;
}
