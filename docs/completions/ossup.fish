# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_ossup_global_optspecs
    string join \n e/endpoint= region= addressing-style= ca-file= proxy= connect-timeout= read-timeout= retry-times= request-payer= c/config-file= profile= mode= sign-version= ignore-env-var bind-address= user-agent= json output-format= q/quiet loglevel= log-file= i/access-key-id= k/access-key-secret= t/sts-token= skip-verify-cert h/help V/version
end

function __fish_ossup_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_ossup_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_ossup_using_subcommand
    set -l cmd (__fish_ossup_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c ossup -n "__fish_ossup_needs_command" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_needs_command" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_needs_command" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_needs_command" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_needs_command" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_needs_command" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_needs_command" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_needs_command" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_needs_command" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_needs_command" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_needs_command" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_needs_command" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_needs_command" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_needs_command" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_needs_command" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_needs_command" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_needs_command" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_needs_command" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_needs_command" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_needs_command" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_needs_command" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_needs_command" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_needs_command" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_needs_command" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_needs_command" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_needs_command" -s V -l version -d 'Print version'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "ls" -d 'List buckets, objects or unfinished uploads'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "stat" -d 'Show information about an object or a bucket'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "du" -d 'Show the total size of objects'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "cat" -d 'Write objects to standard output'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "cp" -d 'Upload, download or copy: files, objects and, with -r, folders; - is standard input or output'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "mv" -d 'Copy as cp does, and remove each source once its copy is proven'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "sync" -d 'Make a folder equal to another: one in OSS to one on this machine, the other way round, or both in OSS'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "rm" -d 'Delete objects, versions or unfinished uploads'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "mb" -d 'Create a bucket'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "rb" -d 'Delete a bucket'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "presign" -d 'Create presigned URLs, which work without credentials until they expire'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "sign" -d 'Create presigned URLs, which work without credentials until they expire'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "hash" -d 'Print the hash of files and objects, or compare it with a list'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "check" -d 'Compare a folder with objects, or objects with others, and change nothing'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "mkdir" -d 'Make markers of empty folders'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "append" -d 'Append a file or standard input to an appendable object'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "restore" -d 'Make archived objects readable for some days'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "set-props" -d 'Change the properties of objects in place: ACL, tags, metadata, storage class, encryption'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "uploads" -d 'List, abort or resume unfinished multipart uploads'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "config" -d 'Read, set and check the configuration that is shared with ossutil'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "serve" -d 'Run the emulator: an OSS on this machine'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "completions" -d 'Print the script with which a shell completes commands and flags'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "complete-address" -d 'The addresses that may follow what is typed; for the scripts of completions'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "man" -d 'Print the manual page, or write one for each command'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "schema" -d 'Print the JSON Schema of the lines that --json prints'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "version" -d 'Print the version'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "revert" -d 'Whatever follows a command that is not here'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "probe" -d 'Whatever follows a command that is not here'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "update" -d 'Whatever follows a command that is not here'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "api" -d 'Whatever follows a command that is not here'
complete -c ossup -n "__fish_ossup_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l limited-num -d 'The most entries to list' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l start-after -d 'Only keys, or names of buckets, after this one' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l end-with -d 'Only keys, or names of buckets, up to this one, itself included' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l page-size -d 'Entries of one request, 1 to 1000. Default: 1000' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l sort -d 'Order of what -r lists: key, or none, which lists by several requests at once. Default: key' -r -f -a "none\t''
key\t''"
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l jobs -l job -d 'Requests at once with --sort none, 1 to 256. Default: auto, which is 8' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l include -d 'Only what matches; may be repeated. Of all rules, in their order, the first that matches decides' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l exclude -d 'Nothing that matches; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l filter -d 'A rule: \'+ PATTERN\' takes, \'- PATTERN\' leaves out, \'!\' forgets the rules before; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l include-from -d 'Only what one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l exclude-from -d 'Nothing that one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l filter-from -d 'The rules in FILE, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l files-from -d 'Only the paths in FILE, one a line, # before a comment; - is standard input' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l files-from-raw -d 'The same, with each line as it stands' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l min-size -d 'Nothing smaller' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l max-size -d 'Nothing larger' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l min-age -d 'Nothing that was written later than this ago, such as 1h' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l max-age -d 'Nothing that was written longer ago than this, such as 30d' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l min-mtime -d 'Nothing that was written before, such as 2026-11-28' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l max-mtime -d 'Nothing that was written after' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l shard -d 'Only the paths of this one of N machines, from 0; auto takes it from the environment' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand ls" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand ls" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand ls" -s r -l recursive -d 'List everything below a folder, and not one level of it'
complete -c ossup -n "__fish_ossup_using_subcommand ls" -s d -l dirs -d 'List one level, as is the default'
complete -c ossup -n "__fish_ossup_using_subcommand ls" -s s -l short-format -d 'Print addresses alone'
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l all-versions -d 'List every version of each object, and delete markers'
complete -c ossup -n "__fish_ossup_using_subcommand ls" -s m -l multipart -d 'List multipart uploads that are neither completed nor aborted'
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l human-readable -d 'Print sizes in units, such as 6.00 MiB'
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l null -d 'Print addresses alone, each ended by a zero byte in place of a line feed, since keys may hold line feeds'
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand ls" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand ls" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l version-id -d 'Version of the object. Default: the current one' -r
complete -c ossup -n "__fish_ossup_using_subcommand stat" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand stat" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand stat" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand stat" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand stat" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l tags -d 'Also ask for the tags of the object'
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l acl -d 'Also ask who may read and write the object'
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand stat" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand stat" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand stat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand du" -l depth -d 'Also print a row for each folder that is at most this many levels below. Default: the total alone' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l by -d 'Also print a row for each storage class, each age (less than 1, 7, 30, 90 or 365 days, or more) or each folder' -r -f -a "storage-class\t''
age\t''
folder\t'The same as --depth 1'"
complete -c ossup -n "__fish_ossup_using_subcommand du" -l block-size -d 'Count in blocks of this size, rounded up, such as 1KiB or 1M' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l jobs -l job -d 'Requests at once, 1 to 256. Default: auto, which is 8; 1 where folders are shown, whose sums come in order' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l include -d 'Only what matches; may be repeated. Of all rules, in their order, the first that matches decides' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l exclude -d 'Nothing that matches; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l filter -d 'A rule: \'+ PATTERN\' takes, \'- PATTERN\' leaves out, \'!\' forgets the rules before; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l include-from -d 'Only what one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand du" -l exclude-from -d 'Nothing that one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand du" -l filter-from -d 'The rules in FILE, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand du" -l files-from -d 'Only the paths in FILE, one a line, # before a comment; - is standard input' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand du" -l files-from-raw -d 'The same, with each line as it stands' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand du" -l min-size -d 'Nothing smaller' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l max-size -d 'Nothing larger' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l min-age -d 'Nothing that was written later than this ago, such as 1h' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l max-age -d 'Nothing that was written longer ago than this, such as 30d' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l min-mtime -d 'Nothing that was written before, such as 2026-11-28' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l max-mtime -d 'Nothing that was written after' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l shard -d 'Only the paths of this one of N machines, from 0; auto takes it from the environment' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand du" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand du" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand du" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand du" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand du" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand du" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand du" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand du" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand du" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand du" -l human-readable -d 'Print sizes in units, such as 6.00 MiB'
complete -c ossup -n "__fish_ossup_using_subcommand du" -l all-versions -d 'Count every version of each object, not the current ones alone'
complete -c ossup -n "__fish_ossup_using_subcommand du" -s m -l multipart -d 'Count the parts of uploads that are neither completed nor aborted: they are billed'
complete -c ossup -n "__fish_ossup_using_subcommand du" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand du" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand du" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand du" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand du" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l offset -d 'Begin at this byte, counted from 0' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l count -d 'The most bytes' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l head -d 'The first bytes alone' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l tail -d 'The last bytes alone' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l version-id -d 'Version of the object, if only one is named' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l jobs -l job -l parallel-num -d 'Ranges of an object that are asked for at once, 1 to 256, or auto. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cat" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand cat" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand cat" -s z -l gunzip -d 'Unpack what gzip packed'
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l strict -d 'A reader that goes away before the end is a failure, and not quiet'
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand cat" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand cat" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand cat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l local -d 'Run the emulator inside this command, with its data in DIR; the bucket is created if missing' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l version-id -d 'Version of the object to download or copy' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l if-match -d 'Download or copy the object only if this is its entity tag' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l max-errors -d 'Begin nothing more once this many failed. Default: whatever fails, the others are tried' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l report -d 'Write a line of JSON for each file or object, and the summary, to FILE, or at the end to the object oss://BUCKET/KEY' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l progress -d 'How progress is shown: auto (bars on a terminal, a line every 10 s without one), json (a line a second on standard error) or none. Default: auto' -r -f -a "auto\t'Bars on a terminal, a line every 10 s without one'
json\t'A line of JSON a second, on standard error'
none\t'Nothing'"
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l acl -d 'ACL: private, public-read, public-read-write or default. Default: as the bucket says' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l storage-class -d 'Storage class, such as Standard, IA or Archive. Default: the bucket\'s' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l metadata -l meta -d 'User metadata, as NAME=VALUE; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l tagging -d 'Tags, as KEY=VALUE&KEY=VALUE with percent-encoded keys and values' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l content-type -d 'Media type. Default: by the extension of the file, then of the key' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l cache-control -d 'How caches may keep the object' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l content-disposition -d 'Whether a browser shows or saves the object, and under which name' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l content-encoding -d 'How the content is encoded, such as gzip; the bytes are stored as they are' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l expires -d 'When caches should forget the object' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l server-side-encryption -d 'Encryption at rest: AES256, KMS or SM4. Default: the bucket\'s' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l server-side-encryption-key-id -d 'Id of the KMS key' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l header -d 'A header for which there is no flag, as NAME:VALUE; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l part-size -d 'Size of a part, 100KiB to 5GiB; raised when an object would need more than 10,000 parts. Default: 6MiB' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l parallel-num -l parallel -d 'Parts in flight at once, 1 to 256, or auto. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l part-attempts -d 'Attempts per part; the waits between them grow to a minute, so more attempts outlast a longer outage. Default: 8' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l bigfile-threshold -d 'Files or objects of this size or more go in parts, at most 5GiB. Default: the part size for uploads, 200MiB for copies' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l rate -l bandwidth-limit -d 'The most bytes a second, of all transfers together, such as 20M; at least 1KiB. Default: no limit' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l verify -d 'What is compared of each object: crc64, which has to be there then; size, by one HeadObject for each that is stored; or none. Default: CRC64 where the service gives it' -r -f -a "crc64\t''
size\t''
none\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l preserve -d 'Keep the time and the mode of files in the metadata of their objects (ossup-mtime, ossup-mode), and give them back to the files of such objects: mtime, mode or both with a comma' -r -f -a "mtime\t''
mode\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l checkpoint-dir -d 'Keep records in DIR, so that an interrupted upload or download is resumed. Without it, downloads and uploads of 100 MiB and more have theirs in the user\'s state folder' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s j -l jobs -l job -d 'Files or objects at once, 1 to 256. Default: 4' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l limited-num -d 'Transfer no more than this many files or objects' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l checkers -d 'How many destinations are examined at once, 1 to 256. Default: 16' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l metadata-directive -d 'Metadata and content headers: COPY those of the source, or REPLACE them by those that are given. Default: REPLACE if some are given' -r -f -a "COPY\t''
REPLACE\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l tagging-directive -d 'Tags: COPY those of the source, or REPLACE them by those that are given. Default: REPLACE if some are given' -r -f -a "COPY\t''
REPLACE\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l copy-props -d 'What comes from the source where no directive says: metadata and tags (default), metadata, or none' -r -f -a "default\t''
metadata\t''
none\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l include -d 'Only what matches; may be repeated. Of all rules, in their order, the first that matches decides' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l exclude -d 'Nothing that matches; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l filter -d 'A rule: \'+ PATTERN\' takes, \'- PATTERN\' leaves out, \'!\' forgets the rules before; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l include-from -d 'Only what one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l exclude-from -d 'Nothing that one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l filter-from -d 'The rules in FILE, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l files-from -d 'Only the paths in FILE, one a line, # before a comment; - is standard input' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l files-from-raw -d 'The same, with each line as it stands' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l min-size -d 'Nothing smaller' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l max-size -d 'Nothing larger' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l min-age -d 'Nothing that was written later than this ago, such as 1h' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l max-age -d 'Nothing that was written longer ago than this, such as 30d' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l min-mtime -d 'Nothing that was written before, such as 2026-11-28' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l max-mtime -d 'Nothing that was written after' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l shard -d 'Only the paths of this one of N machines, from 0; auto takes it from the environment' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l start-after -d 'Only objects whose key comes after this one, or files whose path below the folder does' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l end-with -d 'Only up to this one, itself included' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s n -l dry-run -d 'Say what would be transferred, and transfer nothing'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l no-progress -d 'The same as --progress none'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l if-none-match -l forbid-overwrite -d 'Refuse to replace an object that exists. Not for a bucket with versioning, where OSS ignores it'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l no-checkpoint -d 'Keep no record of any upload or download'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l leave-parts-on-error -d 'After a failure, leave the parts that were stored on the server'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s r -l recursive -d 'Everything below a folder'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s d -l dirs -d 'Only what is in the folder itself, and not what is in folders below it'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s L -l dereference -d 'Follow symbolic links below the folder'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s P -l no-dereference -d 'Refuse a source that is a link'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s u -l update -d 'Skip what is not older at the destination. Of an upload or a copy, each costs a HeadObject'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l size-only -d 'Skip what has the same size at the destination. Of an upload or a copy, each costs a HeadObject'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l ignore-existing -d 'Skip what is at the destination, whatever it holds. Of an upload or a copy, each costs a HeadObject'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l checksum -d 'Skip what has the same size and CRC64 at the destination, of a copy. Each costs a HeadObject, and one more of the source where the sizes are equal'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s f -l force -d 'Replace what exists without a question, which is what happens anyway; for scripts written for ossutil'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand cp" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand cp" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l local -d 'Run the emulator inside this command, with its data in DIR; the bucket is created if missing' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l version-id -d 'Version of the object to download or copy' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l if-match -d 'Download or copy the object only if this is its entity tag' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l max-errors -d 'Begin nothing more once this many failed. Default: whatever fails, the others are tried' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l report -d 'Write a line of JSON for each file or object, and the summary, to FILE, or at the end to the object oss://BUCKET/KEY' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l progress -d 'How progress is shown: auto (bars on a terminal, a line every 10 s without one), json (a line a second on standard error) or none. Default: auto' -r -f -a "auto\t'Bars on a terminal, a line every 10 s without one'
json\t'A line of JSON a second, on standard error'
none\t'Nothing'"
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l acl -d 'ACL: private, public-read, public-read-write or default. Default: as the bucket says' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l storage-class -d 'Storage class, such as Standard, IA or Archive. Default: the bucket\'s' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l metadata -l meta -d 'User metadata, as NAME=VALUE; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l tagging -d 'Tags, as KEY=VALUE&KEY=VALUE with percent-encoded keys and values' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l content-type -d 'Media type. Default: by the extension of the file, then of the key' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l cache-control -d 'How caches may keep the object' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l content-disposition -d 'Whether a browser shows or saves the object, and under which name' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l content-encoding -d 'How the content is encoded, such as gzip; the bytes are stored as they are' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l expires -d 'When caches should forget the object' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l server-side-encryption -d 'Encryption at rest: AES256, KMS or SM4. Default: the bucket\'s' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l server-side-encryption-key-id -d 'Id of the KMS key' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l header -d 'A header for which there is no flag, as NAME:VALUE; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l part-size -d 'Size of a part, 100KiB to 5GiB; raised when an object would need more than 10,000 parts. Default: 6MiB' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l parallel-num -l parallel -d 'Parts in flight at once, 1 to 256, or auto. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l part-attempts -d 'Attempts per part; the waits between them grow to a minute, so more attempts outlast a longer outage. Default: 8' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l bigfile-threshold -d 'Files or objects of this size or more go in parts, at most 5GiB. Default: the part size for uploads, 200MiB for copies' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l rate -l bandwidth-limit -d 'The most bytes a second, of all transfers together, such as 20M; at least 1KiB. Default: no limit' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l verify -d 'What is compared of each object: crc64, which has to be there then; size, by one HeadObject for each that is stored; or none. Default: CRC64 where the service gives it' -r -f -a "crc64\t''
size\t''
none\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l preserve -d 'Keep the time and the mode of files in the metadata of their objects (ossup-mtime, ossup-mode), and give them back to the files of such objects: mtime, mode or both with a comma' -r -f -a "mtime\t''
mode\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l checkpoint-dir -d 'Keep records in DIR, so that an interrupted upload or download is resumed. Without it, downloads and uploads of 100 MiB and more have theirs in the user\'s state folder' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s j -l jobs -l job -d 'Files or objects at once, 1 to 256. Default: 4' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l limited-num -d 'Transfer no more than this many files or objects' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l checkers -d 'How many destinations are examined at once, 1 to 256. Default: 16' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l metadata-directive -d 'Metadata and content headers: COPY those of the source, or REPLACE them by those that are given. Default: REPLACE if some are given' -r -f -a "COPY\t''
REPLACE\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l tagging-directive -d 'Tags: COPY those of the source, or REPLACE them by those that are given. Default: REPLACE if some are given' -r -f -a "COPY\t''
REPLACE\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l copy-props -d 'What comes from the source where no directive says: metadata and tags (default), metadata, or none' -r -f -a "default\t''
metadata\t''
none\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l include -d 'Only what matches; may be repeated. Of all rules, in their order, the first that matches decides' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l exclude -d 'Nothing that matches; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l filter -d 'A rule: \'+ PATTERN\' takes, \'- PATTERN\' leaves out, \'!\' forgets the rules before; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l include-from -d 'Only what one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l exclude-from -d 'Nothing that one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l filter-from -d 'The rules in FILE, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l files-from -d 'Only the paths in FILE, one a line, # before a comment; - is standard input' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l files-from-raw -d 'The same, with each line as it stands' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l min-size -d 'Nothing smaller' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l max-size -d 'Nothing larger' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l min-age -d 'Nothing that was written later than this ago, such as 1h' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l max-age -d 'Nothing that was written longer ago than this, such as 30d' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l min-mtime -d 'Nothing that was written before, such as 2026-11-28' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l max-mtime -d 'Nothing that was written after' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l shard -d 'Only the paths of this one of N machines, from 0; auto takes it from the environment' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l start-after -d 'Only objects whose key comes after this one, or files whose path below the folder does' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l end-with -d 'Only up to this one, itself included' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s n -l dry-run -d 'Say what would be transferred, and transfer nothing'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l no-progress -d 'The same as --progress none'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l if-none-match -l forbid-overwrite -d 'Refuse to replace an object that exists. Not for a bucket with versioning, where OSS ignores it'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l no-checkpoint -d 'Keep no record of any upload or download'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l leave-parts-on-error -d 'After a failure, leave the parts that were stored on the server'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s r -l recursive -d 'Everything below a folder'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s d -l dirs -d 'Only what is in the folder itself, and not what is in folders below it'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s L -l dereference -d 'Follow symbolic links below the folder'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s P -l no-dereference -d 'Refuse a source that is a link'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s u -l update -d 'Skip what is not older at the destination. Of an upload or a copy, each costs a HeadObject'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l size-only -d 'Skip what has the same size at the destination. Of an upload or a copy, each costs a HeadObject'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l ignore-existing -d 'Skip what is at the destination, whatever it holds. Of an upload or a copy, each costs a HeadObject'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l checksum -d 'Skip what has the same size and CRC64 at the destination, of a copy. Each costs a HeadObject, and one more of the source where the sizes are equal'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s f -l force -d 'Replace what exists without a question, which is what happens anyway; for scripts written for ossutil'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l keep-empty-dirs -d 'Keep local folders that became empty'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand mv" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand mv" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l compare -d 'What makes two files or objects equal. auto: their size, and that the source was not changed since, or else their CRC64; time: the same without CRC64; crc64: always by CRC64; etag: by MD5, where the entity tag is one' -r -f -a "auto\t''
size\t''
time\t''
crc64\t''
etag\t''"
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l plan -d 'Write what would be done to FILE, and do nothing' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l apply -d 'Do what FILE says, except for what changed since it was written' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sync" -s j -l jobs -l job -d 'Files or objects at once, 1 to 256. Default: 4' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l checkers -d 'How many contents are compared at once' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l list-jobs -d 'Pages of a bucket\'s list that are asked for at once. Default: 1' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l list-qps -d 'The most list requests a second' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l temp-dir -d 'Folder for what does not fit into memory. Default: the system\'s for temporary files' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l max-errors -d 'Begin nothing more, and delete nothing, once this many failed' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l report -d 'Write a line of JSON for each file or object, and the summary, to FILE' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l progress -d 'How progress is shown: auto, json or none, as of cp. Default: auto' -r -f -a "auto\t'Bars on a terminal, a line every 10 s without one'
json\t'A line of JSON a second, on standard error'
none\t'Nothing'"
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l backup-dir -d 'Keep a verified copy of what is deleted in DIR, or in oss://BUCKET/FOLDER/' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l max-delete -d 'Delete nothing if it is more than this, or than this share of the destination. Default: 1000, or 10% if that is more' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l acl -d 'ACL: private, public-read, public-read-write or default. Default: as the bucket says' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l storage-class -d 'Storage class, such as Standard, IA or Archive. Default: the bucket\'s' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l metadata -l meta -d 'User metadata, as NAME=VALUE; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l tagging -d 'Tags, as KEY=VALUE&KEY=VALUE with percent-encoded keys and values' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l content-type -d 'Media type. Default: by the extension of the file, then of the key' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l cache-control -d 'How caches may keep the object' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l content-disposition -d 'Whether a browser shows or saves the object, and under which name' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l content-encoding -d 'How the content is encoded, such as gzip; the bytes are stored as they are' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l expires -d 'When caches should forget the object' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l server-side-encryption -d 'Encryption at rest: AES256, KMS or SM4. Default: the bucket\'s' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l server-side-encryption-key-id -d 'Id of the KMS key' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l header -d 'A header for which there is no flag, as NAME:VALUE; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l part-size -d 'Size of a part, 100KiB to 5GiB; raised when an object would need more than 10,000 parts. Default: 6MiB' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l parallel-num -l parallel -d 'Parts in flight at once, 1 to 256, or auto. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l part-attempts -d 'Attempts per part; the waits between them grow to a minute, so more attempts outlast a longer outage. Default: 8' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l bigfile-threshold -d 'Files or objects of this size or more go in parts, at most 5GiB. Default: the part size for uploads, 200MiB for copies' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l rate -l bandwidth-limit -d 'The most bytes a second, of all transfers together, such as 20M; at least 1KiB. Default: no limit' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l verify -d 'What is compared of each object: crc64, which has to be there then; size, by one HeadObject for each that is stored; or none. Default: CRC64 where the service gives it' -r -f -a "crc64\t''
size\t''
none\t''"
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l preserve -d 'Keep the time and the mode of files in the metadata of their objects (ossup-mtime, ossup-mode), and give them back to the files of such objects: mtime, mode or both with a comma' -r -f -a "mtime\t''
mode\t''"
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l checkpoint-dir -d 'Keep records in DIR, so that an interrupted upload or download is resumed. Without it, downloads and uploads of 100 MiB and more have theirs in the user\'s state folder' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l include -d 'Only what matches; may be repeated. Of all rules, in their order, the first that matches decides' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l exclude -d 'Nothing that matches; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l filter -d 'A rule: \'+ PATTERN\' takes, \'- PATTERN\' leaves out, \'!\' forgets the rules before; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l include-from -d 'Only what one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l exclude-from -d 'Nothing that one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l filter-from -d 'The rules in FILE, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l files-from -d 'Only the paths in FILE, one a line, # before a comment; - is standard input' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l files-from-raw -d 'The same, with each line as it stands' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l min-size -d 'Nothing smaller' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l max-size -d 'Nothing larger' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l min-age -d 'Nothing that was written later than this ago, such as 1h' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l max-age -d 'Nothing that was written longer ago than this, such as 30d' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l min-mtime -d 'Nothing that was written before, such as 2026-11-28' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l max-mtime -d 'Nothing that was written after' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l shard -d 'Only the paths of this one of N machines, from 0; auto takes it from the environment' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l start-after -d 'Only objects whose key comes after this one, or files whose path below the folder does' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l end-with -d 'Only up to this one, itself included' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand sync" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sync" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand sync" -s n -l dry-run -d 'Say what would be done, and do nothing'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l exit-code -d 'With -n: exit with 4 if there is anything to do'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -s r -l recursive -d 'Everything below the folders, which is what happens anyway; for scripts written for ossutil'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l follow-links -d 'Follow symbolic links in the source'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l verbose -d 'Also report what is equal'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l no-progress -d 'The same as --progress none'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l delete -d 'Delete it, last of all, if both sides were listed to their end and nothing failed'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l delete-excluded -d 'Delete what the filters leave out too'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l delete-anyway -d 'Delete though something failed'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l delete-checked -d 'Ask for each object once more before it is deleted'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l allow-empty-source -d 'Delete everything if the source is empty'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -s f -l force -d 'Do not ask before deleting from a whole bucket'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l if-none-match -l forbid-overwrite -d 'Refuse to replace an object that exists. Not for a bucket with versioning, where OSS ignores it'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l no-checkpoint -d 'Keep no record of any upload or download'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l leave-parts-on-error -d 'After a failure, leave the parts that were stored on the server'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand sync" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l version-id -d 'Delete this version of the one object that is named' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l older-than -d 'Only what was last written, or initiated, longer ago than this, such as 30d' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l max-delete -d 'Delete nothing if there is more than this to delete' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l report -d 'Write a line of JSON for each thing that is deleted or not, and the summary, to FILE, or at the end to the object oss://BUCKET/KEY' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l include -d 'Only what matches; may be repeated. Of all rules, in their order, the first that matches decides' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l exclude -d 'Nothing that matches; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l filter -d 'A rule: \'+ PATTERN\' takes, \'- PATTERN\' leaves out, \'!\' forgets the rules before; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l include-from -d 'Only what one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l exclude-from -d 'Nothing that one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l filter-from -d 'The rules in FILE, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l files-from -d 'Only the paths in FILE, one a line, # before a comment; - is standard input' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l files-from-raw -d 'The same, with each line as it stands' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l min-size -d 'Nothing smaller' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l max-size -d 'Nothing larger' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l min-age -d 'Nothing that was written later than this ago, such as 1h' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l max-age -d 'Nothing that was written longer ago than this, such as 30d' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l min-mtime -d 'Nothing that was written before, such as 2026-11-28' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l max-mtime -d 'Nothing that was written after' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l shard -d 'Only the paths of this one of N machines, from 0; auto takes it from the environment' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l start-after -d 'Only objects whose key comes after this one, or files whose path below the folder does' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l end-with -d 'Only up to this one, itself included' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand rm" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand rm" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand rm" -s r -l recursive -d 'Delete everything in a folder, or everything whose key begins with a text. Asks first, unless -f is given'
complete -c ossup -n "__fish_ossup_using_subcommand rm" -s f -l force -d 'Do not ask'
complete -c ossup -n "__fish_ossup_using_subcommand rm" -s m -l multipart -d 'Abort multipart uploads that are neither completed nor aborted, in place of deleting objects'
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l all-versions -d 'Delete every version and delete marker. None of them can be restored. Asks first, unless -f is given'
complete -c ossup -n "__fish_ossup_using_subcommand rm" -s n -l dry-run -d 'Say what would be deleted, and delete nothing'
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l null -d 'Addresses on standard input end with a zero byte in place of a line feed'
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand rm" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand rm" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l acl -d 'Who may read and write it: private, public-read or public-read-write. Default: private' -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l storage-class -d 'Storage class of objects that name none, such as Standard, IA or Archive. Default: Standard' -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l redundancy-type -d 'Over how many zones its objects are spread: LRS (one) or ZRS (several). Default: LRS' -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mb" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mb" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand mb" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand mb" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand mb" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l yes-delete-bucket -d 'The name of the bucket once more, to delete it with everything in it' -r
complete -c ossup -n "__fish_ossup_using_subcommand rb" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand rb" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand rb" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand rb" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand rb" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand rb" -s r -l recursive -d 'Delete everything in it first: objects, versions and unfinished uploads. Asks for the bucket\'s name, unless -f and --yes-delete-bucket are given'
complete -c ossup -n "__fish_ossup_using_subcommand rb" -s f -l force -d 'Do not ask; with -r only together with --yes-delete-bucket'
complete -c ossup -n "__fish_ossup_using_subcommand rb" -s n -l dry-run -d 'Say what would be deleted, and delete nothing'
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand rb" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand rb" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand rb" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l expires-duration -d 'How long a URL works, 1s to 7d. Default: 15m' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l expires-date -d 'When a URL stops working, such as 2026-11-28T12:00:00Z; at most 7 days from now' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l method -d 'What a URL is for. Default: get' -r -f -a "get\t''
put\t''
head\t''
delete\t''"
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l version-id -d 'Version of the object, if only one is named' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l query-param -d 'A parameter of the query that is signed too, as NAME=VALUE, such as x-oss-process=image/resize,w_100; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l header -d 'A header that is signed too, as NAME:VALUE, and has to be sent with the URL; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l max-size -d 'The most bytes that the form may upload. Default: 5GiB, as of any object that is uploaded whole' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand presign" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand presign" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand presign" -s r -l recursive -d 'Sign every object in a folder'
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l post-policy -d 'Make a form with which a browser uploads, in place of a URL: its URL and fields, as JSON. The key is that of the object, or anything in the folder or with that beginning; --header has further fields, which the form must have'
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l public-endpoint -d 'Make URLs of the public endpoint of the region, whatever endpoint is configured: for clients elsewhere'
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand presign" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand presign" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand presign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l expires-duration -d 'How long a URL works, 1s to 7d. Default: 15m' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l expires-date -d 'When a URL stops working, such as 2026-11-28T12:00:00Z; at most 7 days from now' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l method -d 'What a URL is for. Default: get' -r -f -a "get\t''
put\t''
head\t''
delete\t''"
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l version-id -d 'Version of the object, if only one is named' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l query-param -d 'A parameter of the query that is signed too, as NAME=VALUE, such as x-oss-process=image/resize,w_100; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l header -d 'A header that is signed too, as NAME:VALUE, and has to be sent with the URL; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l max-size -d 'The most bytes that the form may upload. Default: 5GiB, as of any object that is uploaded whole' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand sign" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand sign" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand sign" -s r -l recursive -d 'Sign every object in a folder'
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l post-policy -d 'Make a form with which a browser uploads, in place of a URL: its URL and fields, as JSON. The key is that of the object, or anything in the folder or with that beginning; --header has further fields, which the form must have'
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l public-endpoint -d 'Make URLs of the public endpoint of the region, whatever endpoint is configured: for clients elsewhere'
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand sign" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand sign" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l type -d 'Which hash. Default: crc64, which OSS has of every object: none is downloaded for it' -r -f -a "crc64\t''
md5\t''
sha256\t''"
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l composite -d 'The ETag that an upload in parts of this size has: the MD5 of the parts\' MD5, and their number; with --type md5' -r
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l check -d 'Read hashes and names from FILE (- for standard input), as this command prints them, and compare' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand hash" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand hash" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand hash" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand hash" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand hash" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand hash" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand hash" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand hash" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand check" -l manifest -d 'Compare with FILE, which says what there was: written by --write-manifest, of this or of another copy' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand check" -l write-manifest -d 'Write paths, sizes and CRC64 to FILE, and compare nothing' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand check" -l compare -d 'What makes two files or objects equal. Default: content, by the CRC64 that OSS has of every object' -r -f -a "content\t'Size and CRC64'
size\t'Size alone'"
complete -c ossup -n "__fish_ossup_using_subcommand check" -l checkers -d 'How many contents are compared at once' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l include -d 'Only what matches; may be repeated. Of all rules, in their order, the first that matches decides' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l exclude -d 'Nothing that matches; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l filter -d 'A rule: \'+ PATTERN\' takes, \'- PATTERN\' leaves out, \'!\' forgets the rules before; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l include-from -d 'Only what one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand check" -l exclude-from -d 'Nothing that one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand check" -l filter-from -d 'The rules in FILE, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand check" -l files-from -d 'Only the paths in FILE, one a line, # before a comment; - is standard input' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand check" -l files-from-raw -d 'The same, with each line as it stands' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand check" -l min-size -d 'Nothing smaller' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l max-size -d 'Nothing larger' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l min-age -d 'Nothing that was written later than this ago, such as 1h' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l max-age -d 'Nothing that was written longer ago than this, such as 30d' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l min-mtime -d 'Nothing that was written before, such as 2026-11-28' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l max-mtime -d 'Nothing that was written after' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l shard -d 'Only the paths of this one of N machines, from 0; auto takes it from the environment' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand check" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand check" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand check" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand check" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand check" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand check" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand check" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand check" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand check" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand check" -l missing-only -d 'Only what the destination does not have: no content is compared'
complete -c ossup -n "__fish_ossup_using_subcommand check" -l follow-links -d 'Follow symbolic links in folders'
complete -c ossup -n "__fish_ossup_using_subcommand check" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand check" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand check" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand check" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand mkdir" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand append" -l position -d 'Length that the object must have before. Default: its current length' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l acl -d 'ACL: private, public-read, public-read-write or default. Default: as the bucket says' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l storage-class -d 'Storage class, such as Standard, IA or Archive. Default: the bucket\'s' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l metadata -l meta -d 'User metadata, as NAME=VALUE; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l tagging -d 'Tags, as KEY=VALUE&KEY=VALUE with percent-encoded keys and values' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l content-type -d 'Media type. Default: by the extension of the file, then of the key' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l cache-control -d 'How caches may keep the object' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l content-disposition -d 'Whether a browser shows or saves the object, and under which name' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l content-encoding -d 'How the content is encoded, such as gzip; the bytes are stored as they are' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l expires -d 'When caches should forget the object' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l server-side-encryption -d 'Encryption at rest: AES256, KMS or SM4. Default: the bucket\'s' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l server-side-encryption-key-id -d 'Id of the KMS key' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l header -d 'A header for which there is no flag, as NAME:VALUE; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand append" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand append" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand append" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand append" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand append" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand append" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand append" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand append" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand append" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand append" -l if-none-match -l forbid-overwrite -d 'Refuse to replace an object that exists. Not for a bucket with versioning, where OSS ignores it'
complete -c ossup -n "__fish_ossup_using_subcommand append" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand append" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand append" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand append" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand append" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l days -d 'How many days the objects stay readable. Default: as OSS chooses for the storage class' -r
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l tier -d 'How fast, for classes that offer a choice; it needs --days' -r -f -a "expedited\t''
standard\t''
bulk\t''"
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l version-id -d 'Version of the object, if only one is named' -r
complete -c ossup -n "__fish_ossup_using_subcommand restore" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand restore" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand restore" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand restore" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand restore" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand restore" -s r -l recursive -d 'Restore every archived object in a folder'
complete -c ossup -n "__fish_ossup_using_subcommand restore" -s n -l dry-run -d 'Say what would be restored, and restore nothing'
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand restore" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand restore" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l acl -d 'ACL: private, public-read, public-read-write or default. Default: as the bucket says' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l storage-class -d 'Storage class, such as Standard, IA or Archive. Default: the bucket\'s' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l metadata -l meta -d 'User metadata, as NAME=VALUE; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l tagging -d 'Tags, as KEY=VALUE&KEY=VALUE with percent-encoded keys and values' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l content-type -d 'Media type. Default: by the extension of the file, then of the key' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l cache-control -d 'How caches may keep the object' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l content-disposition -d 'Whether a browser shows or saves the object, and under which name' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l content-encoding -d 'How the content is encoded, such as gzip; the bytes are stored as they are' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l expires -d 'When caches should forget the object' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l server-side-encryption -d 'Encryption at rest: AES256, KMS or SM4. Default: the bucket\'s' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l server-side-encryption-key-id -d 'Id of the KMS key' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l header -d 'A header for which there is no flag, as NAME:VALUE; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l include -d 'Only what matches; may be repeated. Of all rules, in their order, the first that matches decides' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l exclude -d 'Nothing that matches; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l filter -d 'A rule: \'+ PATTERN\' takes, \'- PATTERN\' leaves out, \'!\' forgets the rules before; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l include-from -d 'Only what one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l exclude-from -d 'Nothing that one of the patterns in FILE matches, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l filter-from -d 'The rules in FILE, one a line' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l files-from -d 'Only the paths in FILE, one a line, # before a comment; - is standard input' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l files-from-raw -d 'The same, with each line as it stands' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l min-size -d 'Nothing smaller' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l max-size -d 'Nothing larger' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l min-age -d 'Nothing that was written later than this ago, such as 1h' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l max-age -d 'Nothing that was written longer ago than this, such as 30d' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l min-mtime -d 'Nothing that was written before, such as 2026-11-28' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l max-mtime -d 'Nothing that was written after' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l shard -d 'Only the paths of this one of N machines, from 0; auto takes it from the environment' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -s r -l recursive -d 'Change every object in a folder'
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -s n -l dry-run -d 'Say what would be changed, and change nothing'
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l if-none-match -l forbid-overwrite -d 'Refuse to replace an object that exists. Not for a bucket with versioning, where OSS ignores it'
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand set-props" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -f -a "list" -d 'List them, oldest first, with what they hold, and whether a record of this user is about them'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -f -a "abort" -d 'Abort them, so that the parts that were stored are deleted'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -f -a "resume" -d 'Resume uploads of this machine that have a record, as the same cp would'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -f -a "adopt" -d 'Resume uploads that a program with an official SDK began on this machine and left a record of'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and not __fish_seen_subcommand_from list abort resume adopt help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l prefix -d 'Only keys that begin with this' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l checkpoint-dir -l state-dir -d 'Look for records in DIR, as cp keeps them. Default: the user\'s state folder' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l older-than -d 'Only those that were initiated longer ago than this, such as 7d' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l human-readable -d 'Print sizes in units, such as 6.00 MiB'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l prefix -d 'Only keys that begin with this' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l checkpoint-dir -l state-dir -d 'Look for records in DIR, as cp keeps them. Default: the user\'s state folder' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l older-than -d 'Those that were initiated longer ago than this, such as 7d; more than any upload takes, since others upload too' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l upload-id -d 'This one; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -s n -l dry-run -d 'Say which would be aborted, and abort none'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from abort" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l checkpoint-dir -l state-dir -d 'Keep records in DIR, as cp does. Default: the user\'s state folder' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l parallel-num -l parallel -d 'Parts in flight at once, 1 to 256, or auto. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l rate -l bandwidth-limit -d 'The most bytes a second, such as 20M; at least 1KiB. Default: no limit' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l preserve -d 'The time and the mode that cp was told to keep' -r -f -a "mtime\t''
mode\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l acl -d 'ACL: private, public-read, public-read-write or default. Default: as the bucket says' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l storage-class -d 'Storage class, such as Standard, IA or Archive. Default: the bucket\'s' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l metadata -l meta -d 'User metadata, as NAME=VALUE; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l tagging -d 'Tags, as KEY=VALUE&KEY=VALUE with percent-encoded keys and values' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l content-type -d 'Media type. Default: by the extension of the file, then of the key' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l cache-control -d 'How caches may keep the object' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l content-disposition -d 'Whether a browser shows or saves the object, and under which name' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l content-encoding -d 'How the content is encoded, such as gzip; the bytes are stored as they are' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l expires -d 'When caches should forget the object' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l server-side-encryption -d 'Encryption at rest: AES256, KMS or SM4. Default: the bucket\'s' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l server-side-encryption-key-id -d 'Id of the KMS key' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l header -d 'A header for which there is no flag, as NAME:VALUE; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l all -d 'All of them, wherever they go'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -s n -l dry-run -d 'Say what would be resumed, and send nothing'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l if-none-match -l forbid-overwrite -d 'Refuse to replace an object that exists. Not for a bucket with versioning, where OSS ignores it'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l checkpoint-dir -l state-dir -d 'Keep records in DIR, as cp does. Default: the user\'s state folder' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l parallel-num -l parallel -d 'Parts in flight at once, 1 to 256, or auto. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l rate -l bandwidth-limit -d 'The most bytes a second, such as 20M; at least 1KiB. Default: no limit' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l from -d 'Whose records: python or go, of the official SDK V2' -r -f -a "python\t''
go\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l records -d 'Folder of the records: the checkpoint_dir that the program gave its SDK. Default: the temporary folder, as the SDKs have it' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l all -d 'All of them, wherever they go'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -s n -l dry-run -d 'Say what would be resumed, and send nothing'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from adopt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from help" -f -a "list" -d 'List them, oldest first, with what they hold, and whether a record of this user is about them'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from help" -f -a "abort" -d 'Abort them, so that the parts that were stored are deleted'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from help" -f -a "resume" -d 'Resume uploads of this machine that have a record, as the same cp would'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from help" -f -a "adopt" -d 'Resume uploads that a program with an official SDK began on this machine and left a record of'
complete -c ossup -n "__fish_ossup_using_subcommand uploads; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -f -a "get" -d 'Print the value of a key; of a secret its last four characters'
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -f -a "set" -d 'Set the value of a key in the profile'
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -f -a "list-profiles" -d 'Print the names of the profiles'
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -f -a "path" -d 'Print where the configuration is'
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -f -a "check" -d 'Say which credentials, region and endpoint are used, and try them'
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -f -a "credential" -d 'Not here'
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -f -a "import" -d 'Not here'
complete -c ossup -n "__fish_ossup_using_subcommand config; and not __fish_seen_subcommand_from get set list-profiles path check credential import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from list-profiles" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from credential" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "get" -d 'Print the value of a key; of a secret its last four characters'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "set" -d 'Set the value of a key in the profile'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "list-profiles" -d 'Print the names of the profiles'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "path" -d 'Print where the configuration is'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'Say which credentials, region and endpoint are used, and try them'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "credential" -d 'Not here'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "import" -d 'Not here'
complete -c ossup -n "__fish_ossup_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l port -d 'Port to listen on; 0 picks a free one. The endpoint is printed' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l dir -d 'Data folder, created if missing' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l region -d 'Region that requests must be signed for' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l bucket -d 'Bucket to create at the start; may be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l synthetic -d 'Bucket to create that lists COUNT synthetic objects, spread over FOLDERS folders if that is given, and stores none of them: for trying out large buckets. May be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l domain -d 'Another host name of the emulator, e.g. that of its container or service; `bucket.` in front of it names a bucket. May be repeated. Loopback addresses and localhost are always accepted' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l cors-allow-origin -d 'Let pages of this origin use every bucket from a browser, e.g. http://localhost:5173; one `*` stands for any text. May be repeated' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l ca-out -d 'Where to write the self-made authority\'s certificate, as PEM' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l etag -d 'How ETags are made: md5 as OSS does, or crc, which is much cheaper, for load tests' -r -f -a "md5\t''
crc\t''"
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l durability -d 'What stored data survives: power, a power cut (everything is synced before it is acknowledged), or process, an end of the emulator alone, which is faster' -r -f -a "power\t''
process\t''"
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l faults -d 'Faults to inject, as a JSON file' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l control -d 'Opens the control port on 127.0.0.1, where faults, history and clock can be changed while the emulator runs; 0 picks a free one. Its address is printed' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l callback-ca -d 'Authorities, as PEM, that https callbacks trust besides those of this machine; may be repeated' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l listen -d 'Address to listen on instead of 127.0.0.1. Anything but loopback also needs the next flag and credentials from the environment' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand serve" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand serve" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l tls -d 'Serve TLS with a certificate of a self-made authority'
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l expose-to-the-network-and-accept-the-risk -d 'Let other machines reach this emulator'
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand serve" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand serve" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand completions" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand completions" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand completions" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand completions" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand completions" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand completions" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand completions" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand complete-address" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand man" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand man" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand man" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand man" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand man" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand man" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand man" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand man" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand man" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand man" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand man" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand man" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand man" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand man" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand man" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand man" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand man" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand man" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand man" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand man" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand man" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand man" -l markdown -d 'Print what --help says of every command as Markdown'
complete -c ossup -n "__fish_ossup_using_subcommand man" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand man" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand man" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand man" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand schema" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand schema" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand schema" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand schema" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand schema" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand schema" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand schema" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand version" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand version" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand version" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand version" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand version" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand version" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand version" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand version" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand version" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand version" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand version" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand version" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand version" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand version" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand version" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand version" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand version" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand version" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand version" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand version" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand version" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand version" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand version" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand version" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand version" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand revert" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand revert" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand revert" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand revert" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand revert" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand revert" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand revert" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand revert" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand probe" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand probe" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand probe" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand probe" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand probe" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand probe" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand probe" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand update" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand update" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand update" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand update" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand update" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand update" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand update" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand update" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand update" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand update" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand update" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand update" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand update" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand update" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand update" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand update" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand update" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand update" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand update" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand update" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand update" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand update" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand update" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand update" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand update" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand api" -s e -l endpoint -d 'Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public one of the region' -r
complete -c ossup -n "__fish_ossup_using_subcommand api" -l region -d 'Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the configuration' -r
complete -c ossup -n "__fish_ossup_using_subcommand api" -l addressing-style -d 'How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket. Default: virtual' -r -f -a "virtual\t''
path\t''
cname\t''"
complete -c ossup -n "__fish_ossup_using_subcommand api" -l ca-file -d 'PEM file of a certificate authority to trust besides the system\'s' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand api" -l proxy -d 'Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default: none' -r
complete -c ossup -n "__fish_ossup_using_subcommand api" -l connect-timeout -d 'Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s' -r
complete -c ossup -n "__fish_ossup_using_subcommand api" -l read-timeout -d 'Longest time without a byte moved, either way. Default: 20s' -r
complete -c ossup -n "__fish_ossup_using_subcommand api" -l retry-times -d 'Attempts of each request, the first included, 1 to 500. Default: 3' -r
complete -c ossup -n "__fish_ossup_using_subcommand api" -l request-payer -d 'The requester pays, not the owner of the bucket' -r -f -a "requester\t''"
complete -c ossup -n "__fish_ossup_using_subcommand api" -s c -l config-file -d 'Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then ~/.ossutilconfig' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand api" -l profile -d 'Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one' -r
complete -c ossup -n "__fish_ossup_using_subcommand api" -l mode -d 'How to get credentials, whatever else there is. Default: the first source that has some' -r -f -a "AK\t'A long-lived access key'
StsToken\t'A temporary access key with its token'
RamRoleArn\t'A role that the access key may assume'
EcsRamRole\t'The role of the ECS instance'
Process\t'What a command prints: credential-process'
OidcRoleArn\t'A role that an OIDC token may assume'
CredentialsUri\t'What a URL responds: credential-uri'
Anonymous\t'No signature'"
complete -c ossup -n "__fish_ossup_using_subcommand api" -l sign-version -d 'Version of the signature: v4, or v1 for old services. Default: v4' -r -f -a "v1\t''
v4\t''"
complete -c ossup -n "__fish_ossup_using_subcommand api" -l bind-address -d 'Address of this machine to connect from. Default: the system\'s choice' -r
complete -c ossup -n "__fish_ossup_using_subcommand api" -l user-agent -d 'What to append to the User-Agent of requests' -r
complete -c ossup -n "__fish_ossup_using_subcommand api" -l output-format -d 'Text for people (raw) or lines of JSON. Default: raw' -r -f -a "raw\t''
json\t''"
complete -c ossup -n "__fish_ossup_using_subcommand api" -l loglevel -d 'Log to standard error, without secrets. Default: OSSUP_LOG, then off' -r -f -a "off\t''
info\t''
debug\t''"
complete -c ossup -n "__fish_ossup_using_subcommand api" -l log-file -d 'Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else' -r -F
complete -c ossup -n "__fish_ossup_using_subcommand api" -s i -l access-key-id -r
complete -c ossup -n "__fish_ossup_using_subcommand api" -s k -l access-key-secret -r
complete -c ossup -n "__fish_ossup_using_subcommand api" -s t -l sts-token -r
complete -c ossup -n "__fish_ossup_using_subcommand api" -l ignore-env-var -d 'Take nothing from the environment but the home directory'
complete -c ossup -n "__fish_ossup_using_subcommand api" -l json -d 'Print lines of JSON in place of text, a summary as the last; the same as --output-format json'
complete -c ossup -n "__fish_ossup_using_subcommand api" -s q -l quiet -d 'Print errors and what was asked for, but no warnings, no bars and no reports of what was done'
complete -c ossup -n "__fish_ossup_using_subcommand api" -l skip-verify-cert
complete -c ossup -n "__fish_ossup_using_subcommand api" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "ls" -d 'List buckets, objects or unfinished uploads'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "stat" -d 'Show information about an object or a bucket'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "du" -d 'Show the total size of objects'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "cat" -d 'Write objects to standard output'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "cp" -d 'Upload, download or copy: files, objects and, with -r, folders; - is standard input or output'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "mv" -d 'Copy as cp does, and remove each source once its copy is proven'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "sync" -d 'Make a folder equal to another: one in OSS to one on this machine, the other way round, or both in OSS'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "rm" -d 'Delete objects, versions or unfinished uploads'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "mb" -d 'Create a bucket'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "rb" -d 'Delete a bucket'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "presign" -d 'Create presigned URLs, which work without credentials until they expire'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "hash" -d 'Print the hash of files and objects, or compare it with a list'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "check" -d 'Compare a folder with objects, or objects with others, and change nothing'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "mkdir" -d 'Make markers of empty folders'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "append" -d 'Append a file or standard input to an appendable object'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "restore" -d 'Make archived objects readable for some days'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "set-props" -d 'Change the properties of objects in place: ACL, tags, metadata, storage class, encryption'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "uploads" -d 'List, abort or resume unfinished multipart uploads'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "config" -d 'Read, set and check the configuration that is shared with ossutil'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "serve" -d 'Run the emulator: an OSS on this machine'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "completions" -d 'Print the script with which a shell completes commands and flags'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "complete-address" -d 'The addresses that may follow what is typed; for the scripts of completions'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "man" -d 'Print the manual page, or write one for each command'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "schema" -d 'Print the JSON Schema of the lines that --json prints'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "version" -d 'Print the version'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "revert" -d 'Whatever follows a command that is not here'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "probe" -d 'Whatever follows a command that is not here'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "update" -d 'Whatever follows a command that is not here'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "api" -d 'Whatever follows a command that is not here'
complete -c ossup -n "__fish_ossup_using_subcommand help; and not __fish_seen_subcommand_from ls stat du cat cp mv sync rm mb rb presign hash check mkdir append restore set-props uploads config serve completions complete-address man schema version revert probe update api help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ossup -n "__fish_ossup_using_subcommand help; and __fish_seen_subcommand_from uploads" -f -a "list" -d 'List them, oldest first, with what they hold, and whether a record of this user is about them'
complete -c ossup -n "__fish_ossup_using_subcommand help; and __fish_seen_subcommand_from uploads" -f -a "abort" -d 'Abort them, so that the parts that were stored are deleted'
complete -c ossup -n "__fish_ossup_using_subcommand help; and __fish_seen_subcommand_from uploads" -f -a "resume" -d 'Resume uploads of this machine that have a record, as the same cp would'
complete -c ossup -n "__fish_ossup_using_subcommand help; and __fish_seen_subcommand_from uploads" -f -a "adopt" -d 'Resume uploads that a program with an official SDK began on this machine and left a record of'
complete -c ossup -n "__fish_ossup_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "get" -d 'Print the value of a key; of a secret its last four characters'
complete -c ossup -n "__fish_ossup_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "set" -d 'Set the value of a key in the profile'
complete -c ossup -n "__fish_ossup_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "list-profiles" -d 'Print the names of the profiles'
complete -c ossup -n "__fish_ossup_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "path" -d 'Print where the configuration is'
complete -c ossup -n "__fish_ossup_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Say which credentials, region and endpoint are used, and try them'
complete -c ossup -n "__fish_ossup_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "credential" -d 'Not here'
complete -c ossup -n "__fish_ossup_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "import" -d 'Not here'

# Addresses of OSS, asked for as they are typed.
complete -c ossup -n 'string match -q "oss:*" -- (commandline -ct)' -f -a '(ossup complete-address (commandline -ct) 2>/dev/null)'
