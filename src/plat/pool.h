/* plat/pool.h - the one pool of threads of a runtime: parallel loops that never wait for a sleeping helper.
 *
 *     xb_pool_parallel(pool, 12, rows, &work);      // rows(&work, 0, w), ..., rows(&work, 11, w), in any order, at most
 *                                                   // xb_pool_threads() at once; returns when all are done
 *
 * The caller and the helpers claim chunks one by one from an atomic counter. A helper that comes late finds nothing and the
 * caller has done it all: on a busy device a parallel loop costs what the serial one does. A caller waits only for chunks
 * that a helper is computing. Give about 4 chunks a thread where processors differ in speed. */
#ifndef XB_POOL_H
#define XB_POOL_H

#include "base/mem.h"

typedef struct xb_pool xb_pool;
/* `worker`, 0..xb_pool_threads()-1, is a number that no other thread has in the same loop at the same time: the owner of a slice
 * of scratch memory. The shape of xybrid_chunk_fn. */
typedef void (*xb_pool_fn)(void *arg, int32_t chunk, int32_t worker);

/* `threads` (1..XB_MAX_THREADS): the budget, callers included, so 1 makes no worker. No thread is started before the first
 * loop that needs one. Errors: OUT_OF_MEMORY, INVALID_ARGUMENT. */
xybrid_status xb_pool_new(xb_mem *mem, int32_t threads, xb_pool **out, xybrid_error *err);

/* Ends the workers and waits for them; no loop may be running. In a forked child, where they do not exist, only gives the
 * memory back. NULL is fine. */
void xb_pool_free(xb_pool *pool);

/* The budget; 1 for NULL. */
int32_t xb_pool_threads(const xb_pool *pool);

/* Workers that run now. */
int32_t xb_pool_workers(xb_pool *pool);

/* Runs fn(arg, 0..chunks-1, worker). Any thread, several at once: a worker begins to help only while
 * callers and busy workers are fewer than the budget. What fn writes is seen by the
 * caller afterwards. A loop inside a chunk, a single chunk, a budget of 1, a NULL pool and a system without threads run on
 * the caller alone. Allocates nothing and cannot fail: if the system refuses a worker, the rest do the work. Workers run
 * with the floating-point modes of plat/fpenv.h; fn must not change them. Workers look for the next loop for up to
 * XB_POOL_SPIN_NS, then sleep. */
void xb_pool_parallel(xb_pool *pool, int32_t chunks, xb_pool_fn fn, void *arg);

enum { XB_POOL_SPIN_NS = 30000 }; /* a wake-up by the system costs 5 to 20 us, so looking longer than that does not pay */

#endif
