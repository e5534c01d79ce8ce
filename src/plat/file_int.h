/* plat/file_int.h - what each system provides beneath file.c and path.c. One call of the system each; retries, loops, faults
 * on demand and the public contract are file.c's. Failures fill *err as file.h says. */
#ifndef XB_FILE_INT_H
#define XB_FILE_INT_H

#include "plat/file.h"

/* Opens a regular file; anything else is closed again and refused. */
xybrid_status xb_sys_open(xb_mem *mem, const char *path, int32_t mode, xb_file *out, xybrid_error *err);
void          xb_sys_close(xb_file *f);

/* Wraps a descriptor of the C library, which stays the caller's: not to be closed. Refuses what is no regular file. */
xybrid_status xb_sys_from_fd(int fd, xb_file *out, xybrid_error *err);

/* One read or write of at most XB_SYS_CHUNK_BYTES; *got 0 = end of the file. */
enum { XB_SYS_CHUNK_BYTES = 1 << 30 };
xybrid_status xb_sys_read(const xb_file *f, int64_t offset, void *buffer, int64_t size_bytes, int64_t *got, xybrid_error *err);
xybrid_status xb_sys_write(const xb_file *f, int64_t offset, const void *bytes, int64_t size_bytes, int64_t *done,
                           xybrid_error *err);
xybrid_status xb_sys_sync(const xb_file *f, xybrid_error *err);
xybrid_status xb_sys_identify(const xb_file *f, xb_file_id *out, xybrid_error *err);

/* Maps [offset, offset + size_bytes), both > 0 or offset 0; sets bytes, base and base_bytes of *v. */
xybrid_status xb_sys_map(const xb_file *f, int64_t offset, int64_t size_bytes, xb_file_view *v, xybrid_error *err);
void          xb_sys_unmap(void *base, int64_t base_bytes);

/* Removes a file that XB_FILE_NEW opened, before it is closed; needs no memory, so that it works when memory is out. */
void xb_sys_discard(const xb_file *f);

/* Takes the place of a file at `to`; `from` may be open. */
xybrid_status xb_sys_rename(xb_mem *mem, const char *from, const char *to, xybrid_error *err);
xybrid_status xb_sys_remove(xb_mem *mem, const char *path, xybrid_error *err);

/* Calls add for each name, in the system's order; its failure ends the walk. */
typedef xybrid_status (*xb_sys_add_fn)(void *ctx, const char *name, xybrid_error *err);
xybrid_status xb_sys_list(xb_mem *mem, const char *path, xb_sys_add_fn add, void *ctx, xybrid_error *err);

/* The numbers that faults on demand give. */
extern const int32_t xb_sys_code_denied, xb_sys_code_io, xb_sys_code_no_space, xb_sys_code_no_map;

#endif
