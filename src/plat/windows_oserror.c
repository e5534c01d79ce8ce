/* plat/windows_oserror.c - GetLastError in our words. */
#if defined(_WIN32)
#  define WIN32_LEAN_AND_MEAN
#  include <windows.h>

#  include "base/format.h"
#  include "plat/file_int.h"
#  include "plat/oserror.h"
#  include "plat/windows_int.h"

const int32_t xb_sys_code_denied = ERROR_ACCESS_DENIED, xb_sys_code_io = ERROR_IO_DEVICE,
              xb_sys_code_no_space = ERROR_DISK_FULL, xb_sys_code_no_map = ERROR_NOT_SUPPORTED;

int32_t xb_os_last(void) { return (int32_t)GetLastError(); }

const char *xb_os_text(int32_t os_code, char room[XB_OS_TEXT_BYTES]) {
    switch (os_code) {
    case ERROR_FILE_NOT_FOUND: return "no such file";
    case ERROR_PATH_NOT_FOUND: return "no such folder";
    case ERROR_INVALID_DRIVE: return "no such drive";
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME: return "no such network share";
    case ERROR_DIRECTORY: return "a part of the path is not a folder";
    case ERROR_DIRECTORY_NOT_SUPPORTED: return "is a folder";
    case ERROR_ACCESS_DENIED: return "permission denied";
    case ERROR_WRITE_PROTECT: return "the disk is write-protected";
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION: return "in use by another process";
    case ERROR_USER_MAPPED_FILE: return "in use: it is mapped";
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS: return "exists already";
    case ERROR_HANDLE_DISK_FULL:
    case ERROR_DISK_FULL: return "no space left on the device";
    case ERROR_DISK_QUOTA_EXCEEDED: return "the disk quota is used up";
    case ERROR_TOO_MANY_OPEN_FILES: return "too many open files";
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_COMMITMENT_LIMIT: return "out of memory";
    case ERROR_FILENAME_EXCED_RANGE: return "the name is too long";
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME: return "not a valid file name";
    case ERROR_IO_DEVICE:
    case ERROR_CRC:
    case ERROR_READ_FAULT:
    case ERROR_WRITE_FAULT: return "input/output error";
    case ERROR_NOT_SUPPORTED: return "the device does not support it";
    case ERROR_BAD_DEVICE: return "not a regular file";
    case ERROR_INVALID_PARAMETER: return "invalid argument";
    case ERROR_INVALID_HANDLE: return "not an open file";
    case ERROR_DIR_NOT_EMPTY: return "the folder is not empty";
    case ERROR_MOD_NOT_FOUND: return "the library, or one that it needs, was not found";
    case ERROR_PROC_NOT_FOUND: return "a library that it needs lacks a function";
    case ERROR_BAD_EXE_FORMAT: return "not a library for this processor";
    case ERROR_DLL_INIT_FAILED: return "its start-up code failed";
    default: xb_format(room, XB_OS_TEXT_BYTES, "error %d", os_code); return room;
    }
}

int xb_os_is_missing(int32_t os_code) {
    return os_code == ERROR_FILE_NOT_FOUND || os_code == ERROR_PATH_NOT_FOUND || os_code == ERROR_INVALID_DRIVE ||
           os_code == ERROR_INVALID_NAME || os_code == ERROR_BAD_PATHNAME || os_code == ERROR_BAD_NETPATH ||
           os_code == ERROR_BAD_NET_NAME || os_code == ERROR_DIRECTORY;
}

xybrid_status xb_os_status(int32_t os_code, xybrid_status otherwise) {
    switch (os_code) {
    case ERROR_ACCESS_DENIED:
    case ERROR_WRITE_PROTECT:
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_USER_MAPPED_FILE: return XYBRID_IO_PERMISSION;
    case ERROR_HANDLE_DISK_FULL:
    case ERROR_DISK_FULL:
    case ERROR_DISK_QUOTA_EXCEEDED: return XYBRID_IO_NO_SPACE;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_COMMITMENT_LIMIT: return otherwise == XYBRID_IO_MAP ? otherwise : XYBRID_OUT_OF_MEMORY_HOST;
    default: return otherwise;
    }
}

#else
typedef int xb_windows_oserror_is_elsewhere;
#endif
