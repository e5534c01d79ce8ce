#!/bin/sh
# scripts/check-layers is content with src/, and is not when something forbidden is added to a copy of it. Every folder of src/
# has its line in src/README.md.
#
#   sh test_layers.sh WORK_FOLDER
set -u
work=$1
source=$(cd "$(dirname "$0")/../.." && pwd)
copy=$work/copy
failed=0
complain() { failed=1; printf 'layers: %s\n' "$*"; }

"$source/scripts/check-layers" || complain "scripts/check-layers found something in src/"

for folder in $(cd "$source/src" && find . -name '*.[ch]' | sed 's|^\./||; s|/[^/]*$||' | sort -u); do
    grep -q "^| \`$folder\` | ..*|\$" "$source/src/README.md" || complain "src/README.md has no line for the room $folder"
done

fresh() {
    rm -rf "$copy"
    mkdir -p "$copy/scripts" && cp "$source/scripts/check-layers" "$source/scripts/layers.txt" "$copy/scripts" &&
        cp -R "$source/src" "$copy/src" || exit 1
}
notices() { # WHAT IT MUST SAY, after a change of the copy
    if found=$("$copy/scripts/check-layers" 2>&1); then complain "not noticed: $1"; return; fi
    case $found in *"$1"*) ;; *) complain "noticed, but it does not say \"$1\": $found" ;; esac
}

fresh
"$copy/scripts/check-layers" >/dev/null 2>&1 || complain "a fresh copy is not clean"
echo '#include "flow/flow.h"' >>"$copy/src/tensor/tensor.c"
notices 'room tensor may not include flow/flow.h'
fresh
echo '#  include  "audio/mix.h" /* a sibling */' >>"$copy/src/image/boxes.h"
notices 'room image may not include audio/mix.h'
fresh
echo '#include <xybrid/session.h>' >>"$copy/src/codec/wav.c"
notices 'room codec may not include <xybrid/session.h>'
fresh
echo '#include "yyjson/yyjson.h"' >>"$copy/src/codec/npz.c"
notices 'only codec/json.c may include yyjson/yyjson.h'
fresh
echo 'void xb_shout(void) { printf("x"); }' >>"$copy/src/kernel/score.c"
notices 'src/ must not call these'
fresh
mkdir "$copy/src/cellar" && echo '#include <stdint.h>' >"$copy/src/cellar/wine.c"
notices 'room cellar is not in scripts/layers.txt'
fresh
# shellcheck disable=SC2016 # not a command
sed '/^| `kernel`/d' "$source/src/README.md" >"$copy/src/README.md"
notices 'no line for room kernel'

rm -rf "$copy"
exit $failed
