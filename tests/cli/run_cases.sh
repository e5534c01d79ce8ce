#!/bin/sh
# Runs one file of cases against the program: sh run_cases.sh PROGRAM FILE.cases WORK_FOLDER
#
#   $ xybrid version            a line for sh, run in WORK_FOLDER, which is empty at the start
#   xybrid *                    what it prints; * is any text, also several lines
#   = help_run.txt              or: exactly this file of golden/
#   ! xybrid: *                 what it says on standard error
#   ? 2                         its exit code; 0 if not given
#   @ needs PATH ...            from here on skip what follows unless each is there; "@ needs" ends that
#   @ engines FOLDER            from here on engines' libraries are looked for there; at the start there are none
#   # a comment
#
# In the lines: $packs and $golden (folders here), $source, $models, $data, $engines. Ends with 0, with 1 if a case fails, with
# 77 if all were skipped.
set -u
absolute() { echo "$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"; }
program=$(absolute "$1") file=$(absolute "$2") work=$3
here=$(dirname "$(absolute "$0")")
source=$(cd "$here/../.." && pwd)
packs=$here/packs golden=$here/golden data=${XB_TEST_DATA:-$source/../shared/data} engines=${XB_TEST_ENGINES:-$source/build/engines}
XYBRID_MODELS=${XYBRID_MODELS:-$source/build/models} XYBRID_ENGINES=$work/no-engines
models=$XYBRID_MODELS
export source packs golden data models engines XYBRID_MODELS XYBRID_ENGINES
PATH=$(dirname "$program"):$PATH
unset NO_COLOR XYBRID_LOG
rm -rf "$work"
mkdir -p "$work" || exit 1
cd "$work" || exit 1

failed=0 ran=0 skipped=0 missing='' command='' wanted_out='' wanted_err='' wanted_code=0 whole=''
newline='
'

# Only * has a meaning in what is wanted.
matches() { # TEXT WANTED
    pattern=$(printf '%s' "$2" | sed 's/[][\\?]/\\&/g')
    # shellcheck disable=SC2254 # a pattern
    case $1 in $pattern) return 0 ;; esac
    return 1
}

complain() { # WHAT FOUND WANTED
    failed=$((failed + 1))
    printf '%s: $ %s\n  %s is\n%s\n  wanted\n%s\n' "${file##*/}" "$command" "$1" "$2" "$3"
}

finish() { # runs the case that was read
    [ -n "$command" ] || return 0
    if [ -n "$missing" ]; then
        skipped=$((skipped + 1))
    else
        ran=$((ran + 1))
        out=$(sh -c "$command" 2>stderr.txt </dev/null; echo "code $?")
        code=${out##*code } out=${out%code *}
        err=$(tr -d '\r' <stderr.txt) # Windows ends a line with it
        out=$(printf '%s' "$out") # without the last line break
        [ "$code" = "$wanted_code" ] || complain "exit code" "$code" "$wanted_code${newline}  standard error:${newline}$err"
        if [ -n "$whole" ]; then
            [ "$out" = "$(cat "$golden/$whole")" ] || complain output "$out" "(golden/$whole)"
        else
            matches "$out" "$wanted_out" || complain output "$out" "$wanted_out"
        fi
        matches "$err" "$wanted_err" || complain "standard error" "$err" "$wanted_err"
    fi
    command='' wanted_out='' wanted_err='' wanted_code=0 whole=''
}

needs() { # PATH ...
    missing=''
    for path; do
        path=$(eval "printf %s \"$path\"")
        [ -e "$path" ] || missing="$missing $path"
    done
    [ -z "$missing" ] || echo "SKIP ${file##*/}: not there:$missing"
}

while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    '$ '*) finish; command=${line#'$ '} ;;
    '@ needs'*)
        finish
        # shellcheck disable=SC2086 # words
        needs ${line#'@ needs'}
        ;;
    '@ engines '*) finish; XYBRID_ENGINES=$(eval "printf %s \"${line#'@ engines '}\"") ;;
    '! '*) wanted_err=${wanted_err:+$wanted_err$newline}${line#'! '} ;;
    '? '*) wanted_code=${line#'? '} ;;
    '= '*) whole=${line#'= '} ;;
    '#'* | '') ;;
    *) wanted_out=${wanted_out:+$wanted_out$newline}$line ;;
    esac
done <"$file"
finish
echo "${file##*/}: $ran ran, $skipped skipped, $failed wrong"
[ "$failed" = 0 ] || exit 1
[ "$ran" -gt 0 ] || exit 77
