
# Addresses of OSS, asked for as they are typed; for everything else the script above.
_ossup_or_address() {
    if [[ $PREFIX == oss:* ]]; then
        local -a addresses
        addresses=(${(f)"$(ossup complete-address "${(Q)PREFIX}" 2>/dev/null)"})
        compadd -S '' -- $addresses
    else
        _ossup "$@"
    fi
}
compdef _ossup_or_address ossup
