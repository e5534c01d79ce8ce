#!/bin/sh
# Installs into a folder, moves that folder elsewhere, and builds and runs hello.c against it in every way that the README
# and the packagers know.
#
#   sh test_install.sh CMAKE BUILD_FOLDER C_COMPILER VERSION WORK_FOLDER ENGINE_FOLDER TEST_DATA
set -eu
cmake=$1 build=$2 cc=$3 version=$4 work=$5 engines=$6 data=$7
here=$(cd "$(dirname "$0")" && pwd)
wanted="hello from xybrid $version"

fail() { echo "install: $*"; exit 1; }
check() { # WHAT PROGRAM
    found=$("$2" 2>&1) || fail "$1: the program ends with $?: $found"
    [ "$found" = "$wanted" ] || fail "$1: the program prints \"$found\", wanted \"$wanted\""
    echo "ok $1"
}
needs_soname() { # PROGRAM: it asks for the library by the name that stays the same for compatible versions
    readelf -d "$1" | grep -q 'NEEDED.*\[libxybrid\.so\.0\]' || fail "$1 does not need libxybrid.so.0"
}

rm -rf "$work"
mkdir -p "$work"
DESTDIR='' "$cmake" --install "$build" --prefix "$work/first" >"$work/install.log" 2>&1 || { cat "$work/install.log"; exit 1; }
mv "$work/first" "$work/prefix"
prefix=$work/prefix
for header in "$here"/../../include/xybrid/*.h; do
    cmp "$header" "$prefix/include/xybrid/${header##*/}" || fail "header ${header##*/} is not installed"
done
pc=$(find "$prefix" -name xybrid.pc)
lib=$(dirname "$(dirname "$pc")")
for file in libxybrid.a libxybrid.so libxybrid.so.0 "libxybrid.so.$version"; do
    [ -e "$lib/$file" ] || fail "$file is not installed"
done
export LD_LIBRARY_PATH="$lib"

# 1. pkg-config, or by hand what it would say
if command -v pkg-config >/dev/null 2>&1; then
    export PKG_CONFIG_PATH="$lib/pkgconfig"
    [ "$(pkg-config --modversion xybrid)" = "$version" ] || fail "pkg-config says another version"
    flags=$(pkg-config --cflags --libs xybrid)
    static_flags="$(pkg-config --cflags xybrid) $lib/libxybrid.a $(pkg-config --static --libs-only-l --libs-only-other xybrid |
        sed 's/-lxybrid//')"
else
    echo "no pkg-config: its file is read by hand"
    variable() { sed -n "s|^$1: *||p" "$pc" | sed "s|\${includedir}|$prefix/include|; s|\${libdir}|$lib|"; }
    flags="$(variable Cflags) $(variable Libs)"
    static_flags="$(variable Cflags) $lib/libxybrid.a $(variable Libs.private)"
fi
# shellcheck disable=SC2086 # words
"$cc" -std=c11 "$here/hello.c" $flags -o "$work/by_pkg_config"
check "pkg-config, shared" "$work/by_pkg_config"
needs_soname "$work/by_pkg_config"
# shellcheck disable=SC2086
"$cc" -std=c11 "$here/hello.c" $static_flags -o "$work/by_pkg_config_static"
check "pkg-config, static" "$work/by_pkg_config_static"

# 2. the CMake package
build_consumer() {
    "$cmake" -S "$here/consumer" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" &&
        "$cmake" --build "$work/consumer"
}
build_consumer >"$work/consumer.log" 2>&1 || { cat "$work/consumer.log"; fail "the CMake package does not work"; }
check "CMake, xybrid::shared" "$work/consumer/hello_shared"
needs_soname "$work/consumer/hello_shared"
check "CMake, xybrid::static" "$work/consumer/hello_static"

# 3. plain
"$cc" -std=c11 "-I$prefix/include" "$here/hello.c" "-L$lib" -lxybrid -o "$work/plain"
check "-lxybrid" "$work/plain"
needs_soname "$work/plain"

# 4. the program
if [ -e "$prefix/bin/xybrid" ]; then
    "$prefix/bin/xybrid" version | grep -qF "$version" || fail "the installed program does not tell its version"
    echo "ok the program"
fi

# 5. the plug-in, which the installed program finds by itself, and others by what pkg-config and CMake say
plugin=$lib/xybrid/engines/libxybrid-llama.so
story=$data/llm/stories260K.gguf
unset XYBRID_ENGINES
if [ ! -e "$engines/libxybrid-llama.so" ]; then
    [ ! -e "$plugin" ] || fail "a plug-in is installed and none was built"
    echo "no $engines/libxybrid-llama.so: scripts/build-llama makes it"
    exit 0
fi
cmp "$engines/libxybrid-llama.so" "$plugin" || fail "the plug-in is not installed"
[ "$(sed -n "s|^enginedir=||p" "$pc" | sed "s|\${prefix}|$prefix|")" = "${plugin%/*}" ] || fail "xybrid.pc names another enginedir"
grep -qF "engine_dir=${plugin%/*}" "$work/consumer.log" || fail "the CMake package names another xybrid_ENGINE_DIR"
echo "ok the plug-in"
if [ -e "$prefix/bin/xybrid" ] && [ -e "$story" ]; then
    found=$("$prefix/bin/xybrid" run "$story" --input "Once upon a time" --temperature 0 --max-tokens 8 2>&1) ||
        fail "the installed program does not find the plug-in: $found"
    case $found in *", there was a"*) echo "ok a story" ;; *) fail "the story goes \"$found\"" ;; esac
fi
