#!/bin/sh
# No run of ours writes a file or connects, nor makes ONNX Runtime do so: its newest Linux builds do both unless a switch is set
# before they are loaded. A run that needs no ONNX Runtime does not load it, however near it lies. Every system call on files
# and sockets of `xybrid run` is looked at: nothing is opened for writing, made, renamed or removed but what -o names, and there
# is no socket.
#
#   sh test_strace.sh PROGRAM FOLDER_OF_ONNX_RUNTIME WORK_FOLDER
set -u
program=$1 engines=$2 work=$3
source=$(cd "$(dirname "$0")/../.." && pwd)

skip() { echo "SKIP deep_strace: $1"; exit 77; }
command -v strace >/dev/null || skip "strace is not installed: scripts/setup deep brings it"
strace -o /dev/null true 2>/dev/null || skip "this system does not let a process be traced"
[ -n "$(find "$engines" -name 'libonnxruntime.so.*' 2>/dev/null)" ] || skip "ONNX Runtime 1.32.0 is not there: scripts/setup bench brings it"
for file in silero-vad/silero_vad.onnx ppocr-v5/ppocrv5_det.onnx; do
    [ -e "$XYBRID_MODELS/$file" ] || skip "build/models/$file is not there: scripts/setup core brings it"
done

rm -rf "$work"
mkdir -p "$work/home" "$work/tmp" "$work/out" || exit 1
# half a second of a rising tone's worth of nothing: 16 kHz, 16 bit, one channel
{ printf 'RIFF\244>\0\0WAVEfmt \020\0\0\0\001\0\001\0\200>\0\0\0}\0\0\002\0\020\0data\200>\0\0'; head -c 16000 /dev/zero; } >"$work/silence.wav"
failed=0

# The calls that change files or talk to others, but for those on a path that begins with ALLOWED. Failed ones count as well.
changes() { # TRACE ALLOWED
    grep -E '^[0-9]+ +(open[a-z0-9]*\(.*(O_WRONLY|O_RDWR|O_CREAT|O_TRUNC)|(creat|mkdir|mkdirat|mknod|mknodat|rename|renameat|renameat2|link|linkat|symlink|symlinkat|unlink|unlinkat|rmdir|truncate|chmod|fchmodat|chown|lchown|fchownat|utime|utimes|utimensat|setxattr|socket|socketpair|connect|bind|sendto|sendmsg)\()' "$1" |
        grep -vF -e "\"$2" -e '"/dev/null"'
}

look() { # NAME ALLOWED COMMAND ...
    name=$1 allowed=$2
    shift 2
    HOME=$work/home TMPDIR=$work/tmp XDG_CACHE_HOME=$work/home/.cache strace -f -e trace=file,network -o "$work/$name.trace" "$@" >"$work/$name.out" 2>"$work/$name.err" ||
        { echo "$name: the command failed:"; cat "$work/$name.err"; failed=1; }
    changes "$work/$name.trace" "$allowed"
}

quiet() { # NAME ALLOWED COMMAND ...
    found=$(look "$@")
    [ -z "$found" ] || { printf '%s writes or connects:\n%s\n' "$1" "$found"; failed=1; }
    case $1 in
    *_ort) grep -q 'libonnxruntime\.so\.1\.32\.0"' "$work/$1.trace" || { echo "$1: ONNX Runtime 1.32.0 was not loaded"; failed=1; } ;;
    *) ! grep -q 'libonnxruntime\.so' "$work/$1.trace" || { echo "$1: ONNX Runtime was loaded"; failed=1; } ;;
    esac
    left=$(find "$work/home" "$work/tmp" -mindepth 1)
    [ -z "$left" ] || { printf '%s left behind:\n%s\n' "$1" "$left"; failed=1; }
}

# what must be seen is seen
[ -n "$(look control_file "$work/out/" sh -c ": >'$work/tmp/control'")" ] || { echo "a file that is written is not seen"; failed=1; }
rm -f "$work/tmp/control"
if command -v bash >/dev/null; then
    [ -n "$(look control_socket "$work/out/" bash -c ': 2>/dev/null >/dev/tcp/127.0.0.1/9; true')" ] || { echo "a socket is not seen"; failed=1; }
fi

quiet silero "$work/out/" "$program" run silero-vad --engine-dir "$engines" --input "$work/silence.wav"
quiet silero_ort "$work/out/" "$program" run silero-vad --engine onnxruntime --engine-dir "$engines" --input "$work/silence.wav"
quiet ppocr "$work/out/" "$program" run ppocr-v5 --engine-dir "$engines" --input "$source/examples/receipt.png"
quiet ppocr_ort "$work/out/" "$program" run ppocr-v5 --engine onnxruntime --engine-dir "$engines" --input "$source/examples/receipt.png"
quiet boxes "$work/out/" "$program" run ppocr-v5 --engine-dir "$engines" --input "$source/examples/receipt.png" -o "$work/out/boxes.png"
[ -s "$work/out/boxes.png" ] || { echo "-o wrote nothing"; failed=1; }
[ "$failed" = 0 ] && echo "5 runs traced, nothing written but what -o names, no socket"
exit "$failed"
