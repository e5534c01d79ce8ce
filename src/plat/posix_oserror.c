/* plat/posix_oserror.c - errno in our words, on POSIX systems and WASI. */
#if !defined(_WIN32)
#  define _GNU_SOURCE
#  include <errno.h>

#  include "base/format.h"
#  include "plat/file_int.h"
#  include "plat/oserror.h"

const int32_t xb_sys_code_denied = EACCES, xb_sys_code_io = EIO, xb_sys_code_no_space = ENOSPC, xb_sys_code_no_map = ENODEV;

int32_t xb_os_last(void) { return errno; }

const char *xb_os_text(int32_t os_code, char room[XB_OS_TEXT_BYTES]) {
    switch (os_code) {
    case ENOENT: return "no such file";
    case ENOTDIR: return "a part of the path is not a folder";
    case EISDIR: return "is a folder";
    case EACCES: return "permission denied";
    case EPERM: return "operation not permitted";
    case EROFS: return "the file system is read-only";
    case EEXIST: return "exists already";
    case ENOSPC: return "no space left on the device";
#  ifdef EDQUOT
    case EDQUOT: return "the disk quota is used up";
#  endif
    case EFBIG: return "larger than the file system allows";
    case EMFILE: return "too many open files in this process";
    case ENFILE: return "too many open files in the system";
    case ENOMEM: return "out of memory";
    case ENAMETOOLONG: return "the name is too long";
    case ELOOP: return "too many symbolic links";
    case EIO: return "input/output error";
    case ENODEV: return "the device does not support it";
    case ENXIO: return "not a regular file";
    case EINVAL: return "invalid argument";
    case EBADF: return "not an open file";
    case EBUSY: return "in use";
    case ETXTBSY: return "a program is running from it";
    case EXDEV: return "on another device";
    case ENOTEMPTY: return "the folder is not empty";
    case EAGAIN: return "the system has no more of it for now";
    case EPIPE: return "the reader has gone";
    case ENOSYS: return "the system cannot do it";
    case EOVERFLOW: return "too large";
#  ifdef ESTALE
    case ESTALE: return "the network file has gone";
#  endif
#  ifdef ENOTCAPABLE
    case ENOTCAPABLE: return "outside the folders that this program was given";
#  endif
    default: xb_format(room, XB_OS_TEXT_BYTES, "error %d", os_code); return room;
    }
}

int xb_os_is_missing(int32_t os_code) { return os_code == ENOENT || os_code == ENOTDIR; }

xybrid_status xb_os_status(int32_t os_code, xybrid_status otherwise) {
    switch (os_code) {
    case EACCES:
    case EPERM:
#  ifdef ENOTCAPABLE
    case ENOTCAPABLE:
#  endif
    case EROFS: return XYBRID_IO_PERMISSION;
#  ifdef EDQUOT
    case EDQUOT:
#  endif
    case ENOSPC: return XYBRID_IO_NO_SPACE;
    case ENOMEM: return otherwise == XYBRID_IO_MAP ? otherwise : XYBRID_OUT_OF_MEMORY_HOST;
    default: return otherwise;
    }
}

#else
typedef int xb_posix_oserror_is_elsewhere;
#endif
