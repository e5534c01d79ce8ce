# Completion of xybrid for bash: `source` this file, or install it as share/bash-completion/completions/xybrid.
# What there is to complete, the program's own help says.
_xybrid() {
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words
    if [[ $COMP_CWORD == 1 ]]; then
        words=$(xybrid help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
    elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == --voice ]]; then
        words=$(xybrid info "${COMP_WORDS[2]}" 2>/dev/null | sed -n '/^  voices$/,/^  [^ ]/s/^    \([^ ]*\)  .*/\1/p')
    elif [[ $word == -* ]]; then
        words=$(xybrid help "$command" 2>/dev/null | sed -n 's/^  [-a-z, ]*\(--[a-z-]*\).*/\1/p')
    elif [[ $command == help ]]; then
        words=$(xybrid help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
    elif [[ $COMP_CWORD == 2 && ($command == run || $command == chat || $command == bench || $command == info) ]]; then
        words=$(xybrid doctor 2>/dev/null | sed -n '/^models folder/,/^verdict/s/^    \([^ ]*\)$/\1/p')
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _xybrid xybrid
