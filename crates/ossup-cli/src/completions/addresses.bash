
# Addresses of OSS, asked for as they are typed; for everything else the script above.
_ossup_or_address() {
    local word="${COMP_LINE:0:COMP_POINT}"
    word="${word##* }"
    if [[ $word != oss:* ]]; then
        _ossup "$@"
        return
    fi
    local addresses
    mapfile -t addresses < <(ossup complete-address "$word" 2>/dev/null)
    # Where a colon ends a word, what is in front of the last one stands already.
    if [[ $COMP_WORDBREAKS == *:* ]]; then
        addresses=("${addresses[@]#"${word%"${word##*:}"}"}")
    fi
    COMPREPLY=("${addresses[@]}")
    compopt -o nospace 2>/dev/null
}
complete -F _ossup_or_address -o bashdefault -o default ossup
