#!/bin/sh
# The C example of README.md is examples/readme.c, which other tests compile and run: sh test_readme.sh README.md readme.c
set -u
readme=$1 example=$2
[ -e "$readme" ] || { echo "SKIP readme: README.md is not there"; exit 77; }
block=$(awk '/^```c$/ { inside = 1; found = 1; next } /^```$/ { if (inside) exit } inside { print } END { exit !found }' "$readme") ||
    { echo "README.md has no block that begins with \`\`\`c"; exit 1; }
[ "$block" = "$(cat "$example")" ] && exit 0
echo "the first \`\`\`c block of README.md is not examples/readme.c:"
printf '%s\n' "$block" | diff - "$example"
exit 1
