/* engine/native/graph_sort.h - a graph's nodes in the order in which they can run. */
#ifndef XB_NATIVE_GRAPH_SORT_H
#define XB_NATIVE_GRAPH_SORT_H

#include "engine/native/graph.h"

/* Puts nodes after those they read from, in the order of the file where that is possible. Values are numbered below `value_count`.
 * Errors: MALFORMED (nodes that wait for each other), OUT_OF_MEMORY. */
xybrid_status xb_graph_sort(xb_mem *mem, xb_graph_node *nodes, size_t count, size_t value_count, xybrid_error *err);

#endif
