
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
# As a file that zsh reads when a command is completed for the first time, the script above has been asked already.
[[ ${funcstack[1]} == _ossup && $PREFIX == oss:* ]] && _ossup_or_address "$@"
compdef _ossup_or_address ossup
