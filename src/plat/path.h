/* plat/path.h - names of files: UTF-8 on every system. '/' parts folders everywhere, '\' too on Windows. But for
 * xb_path_confined nothing here asks the system. Results are freed with xb_free. Any thread. */
#ifndef XB_PATH_H
#define XB_PATH_H

#include "base/mem.h"

/* folder + '/' + name; name alone if it is absolute or folder is "". Errors: OUT_OF_MEMORY, INVALID_ARGUMENT (beyond
 * XB_MAX_PATH). */
xybrid_status xb_path_join(xb_mem *mem, const char *folder, const char *name, char **out, xybrid_error *err);

/* "a/b/c.onnx" -> "c.onnx"; "a/b/" -> "". Points into `path`. */
const char *xb_path_base(const char *path);

/* "a/b/c.onnx" -> "a/b"; "c.onnx" -> "."; "/c.onnx" -> "/"; "C:\c.onnx" -> "C:\" (on Windows). */
xybrid_status xb_path_folder(xb_mem *mem, const char *path, char **out, xybrid_error *err);

/* "a/c.tar.gz" -> ".gz"; "" if the last part has no dot, or only as its first byte. Points into `path`. */
const char *xb_path_suffix(const char *path);

/* "/x"; on Windows also "C:\x", "\\server\share". */
int xb_path_is_absolute(const char *path);

/* Is `path` the name of one of these characters: '/', on Windows also '\'. */
int xb_path_is_separator(char c);

/* Joins `relative`, which stands in a file that anybody may have written, to the folder `root`. It is taken only if it names
 * something inside root on every system: parts between '/', "." parts and double '/' are dropped. Refused (MALFORMED, subject
 * = relative): empty or nothing but ".", absolute, "..", '\', ':' (drives, streams), control characters, not UTF-8, a part
 * that ends in a space or a dot (Windows drops them), a device of Windows (NUL, COM1.txt ...), a part beyond 255 bytes or all
 * beyond XB_MAX_PATH. If it exists, links are followed, and what leads outside root is refused, too. (A folder that an
 * enemy can change between this check and the opening is not protected.) */
xybrid_status xb_path_confined(xb_mem *mem, const char *root, const char *relative, char **out, xybrid_error *err);

#endif
