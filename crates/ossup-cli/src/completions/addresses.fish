
# Addresses of OSS, asked for as they are typed.
complete -c ossup -n 'string match -q "oss:*" -- (commandline -ct)' -f -a '(ossup complete-address (commandline -ct) 2>/dev/null)'
