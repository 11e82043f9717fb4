//! What to type in place of what users of ossutil, rclone, s5cmd and the shell type out of habit.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What to type in place of a flag that is not here.
pub(super) fn of_flag(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return None };
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let flag = flag.split('=').next().unwrap_or_default();
    let command = command_of(error);
    let of_command = OF_ONE_COMMAND.iter().filter(|(commands, ..)| commands.contains(&command.as_str()));
    let mut rows = of_command.map(|(_, flags, instead)| (flags, instead)).chain(FLAGS.iter().map(|(f, i)| (f, i)));
    let (_, instead) = rows.find(|(flags, _)| flags.contains(&flag))?;
    Some(format!("there is no {flag}: {instead}"))
}

/// The command that does what a word of another tool stands for.
pub(super) fn of_command(error: &clap::Error) -> Option<String> {
    let group = command_of(error);
    // As ossutil 1 is configured.
    if error.kind() == ErrorKind::MissingSubcommand && group == "config" {
        return Some(
            "config set KEY VALUE sets what a profile holds, and takes secrets from standard input".to_owned(),
        );
    }
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    if ["config", "uploads"].contains(&group.as_str()) {
        let (.., instead) = OF_GROUPS.iter().find(|(of, words, _)| *of == group && words.contains(&word.as_str()))?;
        return Some(format!("there is no {group} {word}: {instead}"));
    }
    let (_, instead) = COMMANDS.iter().find(|(words, _)| words.contains(&word.as_str()))?;
    Some(format!("there is no {word}: {instead}"))
}

/// The command that was typed, as far as it was understood.
fn command_of(error: &clap::Error) -> String {
    let usage = error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    usage.split("ossup ").nth(1).unwrap_or_default().split_whitespace().next().unwrap_or_default().to_owned()
}

/// Flags that stand for something else in these commands than in others: the commands, the flags, and what to type.
const OF_ONE_COMMAND: &[(&[&str], &[&str], &str)] = &[
    (&["sync"], &["--update", "-u", "--if-source-newer"], "sync transfers what differs, and --compare says by what"),
    (&["sync", "check"], &["--size-only", "--if-size-differ"], "--compare size"),
    (&["sync"], &["--checksum"], "--compare crc64"),
    (&["check"], &["--checksum", "--download"], "contents are compared unless --compare size is given"),
    (&["check"], &["--one-way"], "--missing-only says what the destination does not have"),
    (&["sync"], &["--ignore-existing", "--no-clobber", "--immutable"], "cp -r --ignore-existing leaves what exists"),
    (&["sync"], &["--limited-num"], "cp -r --limited-num transfers so many"),
    (
        &["sync"],
        &["--dirs", "-d", "--only-current-dir", "--max-depth"],
        "--exclude '*/**' leaves out what is in folders below",
    ),
    (&["sync", "check"], &["-L", "--dereference", "--enable-symlink-dir"], "--follow-links follows links in folders"),
    (&["sync", "check"], &["-P", "--no-dereference", "--disable-all-symlink"], "links in folders are left out anyway"),
    (&["rm"], &["--all-type", "-a"], "rm deletes objects, rm -m aborts unfinished uploads: each is a run of its own"),
    (&["presign"], &["--expires", "--expiration", "--duration"], "--expires-duration 15m says how long a URL works"),
    (&["presign"], &["-X", "--http-method"], "--method put makes a URL for an upload"),
    (&["cat"], &["--range"], "--offset SIZE and --count SIZE choose a range"),
    (&["du"], &["-d", "--max-depth"], "--depth N adds a row for each folder down to so many levels"),
    (&["du"], &["-s", "--summarize"], "the total is the last row, and without --depth the only one"),
    (&["du"], &["-g", "--group"], "--by storage-class adds a row for each storage class"),
    (&["mkdir"], &["-p", "--parents"], "OSS has no folders that a marker would need above it: leave it out"),
    (
        &["cp", "mv"],
        &["--backup-dir", "--suffix"],
        "sync has --backup-dir; a bucket with versioning keeps what is replaced",
    ),
    (&["restore"], &["--object-file"], "name the objects, or -r everything in a folder"),
    (
        &["cat"],
        &["-n", "--lines"],
        "--head SIZE and --tail SIZE count bytes: pipe the object to head or tail for lines",
    ),
];

/// Words behind `config` and `uploads`.
const OF_GROUPS: &[(&str, &[&str], &str)] = &[
    (
        "config",
        &["list", "ls", "show", "view", "dump"],
        "config list-profiles lists the profiles, config get KEY prints a value, config check says what is used",
    ),
    ("config", &["unset", "delete", "rm", "remove"], "config path says which file to take the line out of"),
    ("config", &["create", "new", "init", "add"], "config set KEY VALUE --profile NAME makes a profile"),
    ("uploads", &["ls"], "uploads list lists them"),
    (
        "uploads",
        &["rm", "delete", "cancel", "clean", "cleanup"],
        "uploads abort aborts them, by --older-than or their ids",
    ),
];

/// Flags of other tools, and what to type here.
const FLAGS: &[(&[&str], &str)] = &[
    (&["--plan", "--apply"], "sync has it; --dry-run says what another command would do"),
    (&["--inventory", "--list-format", "--list-manifest-from"], "pass the keys on standard input"),
    (&["--encoding-type", "--raw"], "keys are read and printed as they are"),
    (&["--page-size", "--list-chunk"], "pages of lists are as large as OSS allows"),
    (&["--output-dir", "--no-error-report"], "--report FILE has a line for each item, failed ones too"),
    (&["--write-buffer-size", "--buffer-size"], "buffers follow --part-size and --parallel-num"),
    (&["--role-arn"], "config set role-arn VALUE, with --mode RamRoleArn, takes on a role"),
    (&["--role-session-name"], "config set role-session-name VALUE names the session of a role"),
    (&["--ecs-role-name"], "config set ecs-role-name VALUE, with --mode EcsRamRole, takes the role of the instance"),
    (&["--language"], "messages are in English"),
    (&["--output-query", "--output-properties", "--query"], "--json prints every property, for jq to choose from"),
    (&["--output"], "--json prints lines of JSON"),
    (&["--cloudbox-id"], "--endpoint with the data endpoint of the box reaches it"),
    (&["--metadata-include", "--metadata-exclude", "--metadata-filter"], "stat prints the metadata of an object"),
    (&["--encrypt"], "--server-side-encryption has OSS encrypt what it stores"),
    (&["--atomic", "--watch"], "cp replaces each object or file as a whole"),
    (&["--inplace"], "a file is written beside its target and renamed, so that it is never half of one"),
    (&["--bwlimit", "--maxupspeed", "--maxdownspeed"], "--rate 20M limits the bytes a second"),
    (&["--tpslimit", "--max-qps"], "--jobs N is how many requests at once, and sync has --list-qps"),
    (
        &["--transfers", "--numworkers"],
        "--jobs N is how many files or objects at once, --parallel-num N how many parts",
    ),
    (
        &["--concurrency", "--multi-thread-streams", "--s3-upload-concurrency", "--upload-concurrency"],
        "--parallel-num N is how many parts at once",
    ),
    (&["--chunk-size", "--s3-chunk-size", "--block-size"], "--part-size SIZE is the size of a part"),
    (
        &["--s3-upload-cutoff", "--upload-cutoff", "--multi-thread-cutoff", "--multipart-threshold"],
        "--bigfile-threshold SIZE says what goes in parts",
    ),
    (&["--fast-list"], "lists come in full pages; ls -r --sort none asks for several at once"),
    (&["--retries", "--low-level-retries", "--retry-count", "--max-retries"], RETRIES),
    (&["--contimeout"], "--connect-timeout TIME is the limit for a connection"),
    (&["--timeout", "--idle-timeout"], "--read-timeout TIME is the longest time without a byte"),
    (
        &["--no-clobber", "--if-not-exists", "--immutable"],
        "--ignore-existing skips what exists, --if-none-match refuses to replace it",
    ),
    (&["--if-size-differ", "--ignore-times"], "--size-only skips what has the same size"),
    (&["--if-source-newer"], "--update skips what is not older at the destination"),
    (
        &["--no-traverse", "--no-check-dest"],
        "cp replaces what exists, and looks at no destination unless it is asked to",
    ),
    (&["--create-empty-src-dirs"], "mkdir makes the marker of an empty folder"),
    (
        &["--archive", "-a", "-p", "--times", "--perms"],
        "--preserve mtime,mode keeps times and modes, -r is for folders",
    ),
    (&["--disable-crc64", "--ignore-checksum"], "--verify none compares nothing"),
    (&["--endpoint-url"], "--endpoint HOST says where the service is"),
    (&["--force-path-style", "--s3-force-path-style"], "--addressing-style path writes HOST/BUCKET/KEY"),
    (
        &["--no-verify-ssl", "--no-verify-tls", "--no-check-certificate", "--insecure"],
        "--ca-file FILE names the authority that made the certificate of the server",
    ),
    (
        &["--proxy-host", "--proxy-user", "--proxy-pwd"],
        "--proxy URL names the proxy, --proxy env takes its password too",
    ),
    (&["--local-host"], "--bind-address IP is the address to connect from"),
    (
        &["--source-region", "--destination-region"],
        "a copy finds the region of its source, --region is that of the destination",
    ),
    (&["--humanize", "-H"], "--human-readable prints sizes in units"),
    (&["--summarize"], "the last line is the sum"),
    (&["--disable-ignore-error", "--exit-on-error"], "--max-errors 1 stops after the first failure"),
    (&["--snapshot-path"], "--update asks for the destination of each file"),
    (&["--only-show-errors"], "--quiet prints errors alone"),
    (&["--show-progress", "--stats"], "progress is shown on a terminal; --progress json is for programs"),
    (&["--stat"], "--json ends with a summary"),
    (&["--log"], "--loglevel LEVEL logs, --log-file FILE to a file"),
    (&["--verbose", "-v", "-vv", "--dump"], "--loglevel info says more, --loglevel debug everything"),
    (&["--max-delete-size"], "--max-delete counts what is deleted"),
    (&["--delete-before", "--delete-during", "--delete-after"], "sync --delete deletes what is extra, last of all"),
    (&["--only-current-dir", "--max-depth"], "-d takes only what is in the folder itself"),
    (&["-R"], "-r is for everything below a folder"),
    (&["--yes", "-y", "--assumeyes"], "-f does not ask"),
    (&["--interactive"], "-n says what would be done"),
    (
        &["--follow-links", "--enable-symlink-dir", "--copy-links", "--follow-symlinks"],
        "-L follows links in folders, and --follow-links those of a sync or a check",
    ),
    (
        &["--disable-all-symlink", "--skip-links", "--no-follow-symlinks"],
        "links in folders are left out, and --no-dereference refuses one that is named",
    ),
    (&["--versions"], "--all-versions is for every version"),
    (&["--incomplete"], "-m is for unfinished uploads"),
    (&["-m"], "files and parts go side by side anyway: --jobs N and --parallel-num N say how many"),
    (&["--start-time", "--newer-than"], "--min-mtime DATE and --max-age TIME leave out what is older"),
    (&["--end-time"], "--max-mtime DATE and --min-age TIME leave out what is newer"),
    (&["--partition-download"], "--shard I/N takes the part of one of several machines"),
    (&["--payer"], "--request-payer has the requester pay"),
    (&["-b", "--bucket"], "mb makes a bucket, rb deletes one, stat describes one"),
    (&["--expire", "--expires-in"], "--expires-duration 15m says how long a URL works"),
    (&["--trafic-limit", "--traffic-limit"], "--rate 20M limits the bytes a second of all transfers"),
    (&["--dryrun"], "--dry-run says what would be done"),
    (
        &["--sse", "--sse-kms-key-id", "--sse-algorithm", "--kms-masterkey-id"],
        "--server-side-encryption has OSS encrypt what it stores, --server-side-encryption-key-id with which key",
    ),
    (&["--no-sign-request"], "--mode Anonymous signs nothing"),
    (
        &["-l", "--long", "--full-name", "--show-fullpath"],
        "ls prints times, sizes and whole addresses, -s addresses alone",
    ),
    (&["--etag"], "stat prints the entity tag of an object, ls --json that of each"),
];

const RETRIES: &str = "--retry-times N is how often a request is tried, --part-attempts N a part";

/// Words of ossutil 1, rclone, s5cmd and the shell, and what to type here.
const COMMANDS: &[(&[&str], &str)] = &[
    (&["copy", "copyto", "put", "get", "upload", "download"], "cp copies up, down and within OSS"),
    (&["pipe", "rcat"], "cp - oss://BUCKET/KEY uploads standard input"),
    (&["move", "moveto", "rename"], "mv copies, and removes what is proven to be copied"),
    (&["delete", "deletefile", "del", "remove", "purge"], "rm deletes objects, with -r everything in a folder"),
    (&["list", "lsf", "lsd", "lsl", "lsjson"], "ls lists, --json for programs"),
    (&["head", "info"], "stat says what is known of an object or a bucket"),
    (&["size"], "du adds up the sizes of objects"),
    (&["link", "signurl"], "presign makes URLs"),
    (&["hashsum", "md5sum", "checksum"], "hash prints hashes, --type md5 for MD5"),
    (&["cleanup"], "uploads abort --older-than TIME aborts what was not finished"),
    (&["listpart", "getallpartsize"], "uploads list says what unfinished uploads hold, du -m how much in all"),
    (&["lsu"], "uploads list lists unfinished uploads"),
    (&["set-acl", "set-meta", "object-tagging", "settier"], "set-props changes the properties of objects"),
    (&["mkbucket", "make-bucket"], "mb makes a bucket"),
    (&["rmdir", "rmdirs", "remove-bucket"], "rb deletes a bucket, rm -r what is in a folder"),
    (&["appendfromfile"], "append adds a file to an appendable object"),
    (&["configure", "login"], "config set KEY VALUE sets what a profile holds"),
    (&["diff", "cryptcheck"], "check says what differs"),
    (&["mirror"], "sync makes one folder equal to another"),
    (&["touch"], "cp - oss://BUCKET/KEY < /dev/null makes an empty object"),
    (&["tree", "ncdu"], "ls -r lists everything, du --depth N adds up folders"),
    (
        &["create-symlink", "read-symlink"],
        "a program makes and reads symlinks: the library has PutSymlink and GetSymlink",
    ),
    (&["run"], "a shell or xargs runs many commands"),
    (&["select", "sql"], "cat writes an object, or a range of it, for other programs to search"),
    (&["bisync"], "sync makes a folder equal to another, in one direction"),
    (&["mount"], "cp copies, and cat writes ranges of objects"),
    (&["vectors-api", "tables-api"], "it is for buckets of objects"),
    (SETTINGS, "settings of buckets are changed in the OSS console"),
    (&["oss", "s3", "s3api", "ossutil"], "leave it out: ossup ls oss://BUCKET"),
    (&["rsync", "backup"], "sync makes one folder equal to another"),
    (&["find"], "ls -r lists what --include, --min-age, --min-size and other filters keep"),
    (&["tail", "less", "more", "zcat"], "cat writes an object, --tail SIZE its last bytes, -z unpacks it"),
    (&["exists", "test"], "stat exits with 1 if there is no object"),
    (&["abort", "resume", "multipart", "listparts"], "uploads list, abort and resume are for unfinished uploads"),
    (&["about", "whoami", "doctor", "check-config"], "config check says what is used and whether it works"),
    (&["self-update", "selfupdate", "upgrade"], "install the new version as this one was installed"),
    (&["setmeta", "tag", "chmod", "acl", "rewrite"], "set-props changes the properties of objects"),
    (&["share"], "presign makes URLs"),
    (&["dedupe"], "no two objects have one key"),
    (&["completion", "autocomplete"], "completions SHELL prints the script for a shell"),
    (&["obscure", "alias", "remote", "listremotes"], "config list-profiles lists the profiles, config set changes one"),
];

/// Commands of ossutil 1 and s5cmd for the settings of a bucket.
const SETTINGS: &[&str] = &[
    "access-monitor",
    "bucket-access-monitor",
    "bucket-cors",
    "bucket-encryption",
    "bucket-lifecycle",
    "bucket-policy",
    "bucket-qos",
    "bucket-referer",
    "bucket-tagging",
    "bucket-version",
    "bucket-versioning",
    "bucket-website",
    "cors",
    "cors-options",
    "inventory",
    "lifecycle",
    "logging",
    "referer",
    "replication",
    "request-payment",
    "resource-group",
    "style",
    "transfer-acc",
    "user-qos",
    "website",
    "worm",
];
