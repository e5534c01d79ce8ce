/* bench/token_table.h - a plug-in's token table on a model file, without what the library lays around it: what two benchmarks
 * measure beside something else. Each function ends the program if something fails. */
#ifndef BENCH_TOKEN_TABLE_H
#define BENCH_TOKEN_TABLE_H

#include "engine/model.h"

typedef struct token_table {
    xb_mem                      mem;
    xb_engines                 *engines;
    xb_engine_source           *source;
    xb_engine_model            *model;
    const xybrid_engine_tokens *t;
    xybrid_engine_options       options; /* of sessions; may be changed between them */
    void                       *session;
} token_table;

/* Loads the plug-in and the model, unchecked; `threads` is the host's budget. `table` stays where it is until close. */
void token_table_open(token_table *table, const char *plugin, const char *path, int32_t threads, int32_t context_tokens);
void token_table_close(token_table *table); /* no session is open */

void token_table_begin(token_table *table); /* opens the session */
void token_table_end(token_table *table);

#endif
