//! What can be written on the command line: the commands. Each has its arguments in the file that carries it out.

use std::ffi::{OsStr, OsString};
use std::sync::OnceLock;

use clap::error::{ContextKind, ContextValue};
use clap::{ArgAction, Args, CommandFactory as _, Parser, Subcommand};

use crate::append::Append;
use crate::cat::Cat;
use crate::check::Compare;
use crate::completions::{CompleteAddress, Completions, Man};
use crate::config::Configure;
use crate::cp::Cp;
use crate::credentials::ORDER;
use crate::du::Du;
use crate::global::Global;
use crate::hash::Hash;
use crate::ls::Ls;
use crate::mb::Mb;
use crate::mkdir::Mkdir;
use crate::mv::Mv;
use crate::presign::Presign;
use crate::rb::Rb;
use crate::restore::Restore;
use crate::rm::Rm;
use crate::schema::Schema;
use crate::serve::Serve;
use crate::set_props::SetProps;
use crate::stat::Stat;
use crate::sync::SyncArguments;
use crate::uploads::Uploads;
use crate::version::Version;

/// Uploads to Alibaba Cloud OSS and what goes with them: one verified object from a file or stream of any size.
///
/// oss://BUCKET/KEY is an object, oss://BUCKET/FOLDER/ a folder, oss://BUCKET/TEXT* all that begins with a text.
#[derive(Parser)]
#[command(name = "ossup", version, max_term_width = 120, after_long_help = ORDER)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List buckets, objects or unfinished uploads.
    Ls(Ls),
    /// Show information about an object or a bucket.
    Stat(Stat),
    /// Show the total size of objects.
    Du(Du),
    /// Write objects to standard output.
    Cat(Cat),
    /// Upload, download or copy: files, objects and, with -r, folders; - is standard input or output.
    Cp(Box<Cp>),
    /// Copy as cp does, and remove each source once its copy is proven.
    ///
    /// A source is removed only if it is still what was copied. OSS has no conditional delete: what is written between the
    /// last look and the delete is deleted too.
    Mv(Box<Mv>),
    /// Make a folder equal to another: one in OSS to one on this machine, the other way round, or both in OSS.
    ///
    /// What differs is transferred; what is at the destination alone is deleted with --delete, last of all.
    Sync(Box<SyncArguments>),
    /// Delete objects, versions or unfinished uploads.
    Rm(Rm),
    /// Create a bucket.
    Mb(Mb),
    /// Delete a bucket.
    Rb(Rb),
    /// Create presigned URLs, which work without credentials until they expire.
    #[command(visible_alias = "sign")]
    Presign(Presign),
    /// Print the hash of files and objects, or compare it with a list.
    Hash(Hash),
    /// Compare a folder with objects, or objects with others, and change nothing.
    Check(Compare),
    /// Make markers of empty folders.
    Mkdir(Mkdir),
    /// Append a file or standard input to an appendable object.
    Append(Append),
    /// Make archived objects readable for some days.
    Restore(Restore),
    /// Change the properties of objects in place: ACL, tags, metadata, storage class, encryption.
    SetProps(Box<SetProps>),
    /// List, abort or resume unfinished multipart uploads.
    Uploads(Uploads),
    /// Read, set and check the configuration that is shared with ossutil.
    Config(Configure),
    /// Run the emulator: an OSS on this machine.
    Serve(Serve),
    /// Print the script with which a shell completes commands and flags.
    Completions(Completions),
    /// The addresses that may follow what is typed; for the scripts of completions.
    #[command(hide = true)]
    CompleteAddress(CompleteAddress),
    /// Print the manual page, or write one for each command.
    Man(Man),
    /// Print the JSON Schema of the lines that --json prints.
    Schema(Schema),
    /// Print the version.
    Version(Version),

    // Commands of ossutil that are not here, so that each can say what to do instead.
    #[command(hide = true)]
    Revert(NotHere),
    #[command(hide = true)]
    Probe(NotHere),
    #[command(hide = true)]
    Update(NotHere),
    #[command(hide = true)]
    Api(NotHere),
}

/// Whatever follows a command that is not here.
#[derive(Args)]
pub(crate) struct NotHere {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    rest: Vec<OsString>,
}

impl Command {
    /// The name of the command, as it is typed.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Ls(_) => "ls",
            Self::Stat(_) => "stat",
            Self::Du(_) => "du",
            Self::Cat(_) => "cat",
            Self::Cp(_) => "cp",
            Self::Rm(_) => "rm",
            Self::Mb(_) => "mb",
            Self::Rb(_) => "rb",
            Self::Presign(_) => "presign",
            Self::Hash(_) => "hash",
            Self::Uploads(_) => "uploads",
            Self::Config(_) => "config",
            Self::Serve(_) => "serve",
            Self::Completions(_) => "completions",
            Self::CompleteAddress(_) => "complete-address",
            Self::Man(_) => "man",
            Self::Schema(_) => "schema",
            Self::Version(_) => "version",
            Self::Mv(_) => "mv",
            Self::Sync(_) => "sync",
            Self::Check(_) => "check",
            Self::Revert(_) => "revert",
            Self::Restore(_) => "restore",
            Self::SetProps(_) => "set-props",
            Self::Mkdir(_) => "mkdir",
            Self::Append(_) => "append",
            Self::Probe(_) => "probe",
            Self::Update(_) => "update",
            Self::Api(_) => "api",
        }
    }

    /// What to do in place of a command that is not here.
    pub(crate) fn instead(&self) -> Option<&'static str> {
        Some(match self {
            Self::Revert(_) => "ls --all-versions lists the versions of an object",
            Self::Probe(_) => "ls lists what can be reached, and says what cannot",
            Self::Update(_) => "install the new version as this one was installed",
            Self::Api(_) => "the library has a method for each operation",
            _ => return None,
        })
    }

    /// Whether standard output is for the content of objects, so that reports go to standard error.
    pub(crate) fn writes_content(&self) -> bool {
        match self {
            Self::Cat(_) | Self::Completions(_) | Self::CompleteAddress(_) | Self::Schema(_) => true,
            Self::Man(man) => man.is_to_stdout(),
            Self::Cp(cp) => cp.is_to_stdout(),
            _ => false,
        }
    }
}

static GIVEN: OnceLock<Vec<OsString>> = OnceLock::new();

/// Sets the arguments, of which the first is the program's name. Those of the process are an interpreter's where it runs the
/// command line.
pub(crate) fn given_as(arguments: Vec<OsString>) {
    let _ = GIVEN.set(arguments);
}

/// The arguments, the program's name first.
pub(crate) fn given() -> impl Iterator<Item = OsString> {
    GIVEN.get_or_init(|| std::env::args_os().collect()).iter().cloned()
}

/// The command, with each option of every command also taken from its variable: `OSSUP_REGION` stands for `--region`.
pub(crate) fn command() -> clap::Command {
    let is_ignored = given().skip(1).take_while(|argument| argument != "--").any(|argument| argument == IGNORE);
    match is_ignored {
        true => Arguments::command(),
        false => {
            with_variables(Arguments::command(), |name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
        }
    }
}

/// Takes nothing from the environment.
const IGNORE: &str = "--ignore-env-var";

/// Options that are shown take their variable, if it is set.
fn with_variables(command: clap::Command, is_set: impl Fn(&str) -> bool) -> clap::Command {
    command.mut_args(|argument| {
        let Some(long) = argument.get_long().filter(|_| argument.is_global_set() && !argument.is_hide_set()) else {
            return argument;
        };
        let name = format!("OSSUP_{}", long.to_ascii_uppercase().replace('-', "_"));
        if !is_set(&name) || IGNORE.ends_with(long) {
            return argument;
        }
        let argument = match argument.get_action() {
            ArgAction::SetTrue => argument.value_parser(clap::builder::BoolishValueParser::new()),
            _ => argument,
        };
        argument.env(name).hide_env(true)
    })
}

/// The arguments, with `--request-payer requester` of ossutil as `--request-payer=requester`: here the value may be left
/// out, so that clap takes none from the argument behind.
pub(crate) fn spelled(typed: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let (mut spelled, mut are_options): (Vec<OsString>, _) = (Vec::new(), true);
    for argument in typed {
        match spelled.last_mut() {
            Some(payer) if are_options && payer == "--request-payer" && argument == "requester" => {
                payer.push("=requester");
            }
            _ => {
                are_options &= argument != "--";
                spelled.push(argument);
            }
        }
    }
    spelled
}

/// What clap says, on one line and without the usage.
pub(crate) fn on_one_line(error: &clap::Error) -> String {
    if let Some(instead) = instead_of_flag(error) {
        return instead;
    }
    if let Some(instead) = instead_of_command(error) {
        return instead;
    }
    let message = error.to_string();
    let message = message.split("\nUsage:").next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let more = "\nFor more information, try";
    let message = message.split(more).next().unwrap_or_default();
    // Paragraphs after the first are tips; the one on `--` suggests a value that no one meant.
    let tips = message.split("\n\n").filter(|paragraph| !paragraph.trim_start().starts_with("tip: to pass"));
    let told: Vec<_> = tips
        .map(|paragraph| {
            paragraph.trim_start().trim_start_matches("tip: ").split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .filter(|paragraph| !paragraph.is_empty())
        .collect();
    format!("{} (see --help)", told.join("; "))
}

/// What to do in place of a flag that is not here.
fn instead_of_flag(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return None };
    let flag = flag.split('=').next().unwrap_or_default();
    let usage = error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    let of_sync = usage.contains("ossup sync ");
    let in_sync = INSTEAD_IN_SYNC.iter().find(|(names, _)| of_sync && names.contains(&flag));
    let instead = match flag {
        _ if in_sync.is_some() => in_sync.map(|(_, instead)| *instead)?,
        "--plan" | "--apply" => "sync has it; --dry-run says what another command would do",
        "--inventory" | "--list-format" | "--list-manifest-from" => "pass the keys on standard input",
        "--encoding-type" => "keys are read and printed as they are",
        "--page-size" => "pages of lists are as large as OSS allows",
        "--output-dir" | "--no-error-report" => "--report FILE has a line for each item, failed ones too",
        "--write-buffer-size" => "buffers follow --part-size and --parallel-num",
        "--role-arn" => "config set role-arn VALUE, with --mode RamRoleArn, takes on a role",
        "--role-session-name" => "config set role-session-name VALUE names the session of a role",
        "--language" => "messages are in English",
        "--output-query" | "--output-properties" => "--json prints every property, for jq to choose from",
        "--cloudbox-id" => "--endpoint with the data endpoint of the box reaches it",
        "--metadata-include" | "--metadata-exclude" | "--metadata-filter" => "stat prints the metadata of an object",
        "--encrypt" => "--server-side-encryption has OSS encrypt what it stores",
        "--atomic" | "--watch" => "cp replaces each object or file as a whole",
        "--bwlimit" | "--maxupspeed" | "--maxdownspeed" => "--rate 20M limits the bytes a second",
        "--transfers" | "--numworkers" => {
            "--jobs N is how many files or objects at once, --parallel-num N how many parts"
        }
        "--concurrency" => "--parallel-num N is how many parts at once",
        "--no-clobber" | "--if-not-exists" => {
            "--ignore-existing skips what exists, --if-none-match refuses to replace it"
        }
        "--if-size-differ" => "--size-only skips what has the same size",
        "--if-source-newer" => "--update skips what is not older at the destination",
        "--disable-crc64" => "--verify none compares nothing",
        "--endpoint-url" => "--endpoint HOST says where the service is",
        "--humanize" => "--human-readable prints sizes in units",
        "--disable-ignore-error" => "--max-errors 1 stops after the first failure",
        "--snapshot-path" => "--update asks for the destination of each file",
        "--only-show-errors" => "--quiet prints errors alone",
        "--show-progress" => "progress is shown on a terminal; --progress json is for programs",
        "--verbose" | "-v" | "-vv" => "--loglevel info says more, --loglevel debug everything",
        "--max-delete-size" => "--max-delete counts what is deleted",
        "--only-current-dir" | "--max-depth" => "-d takes only what is in the folder itself",
        "--enable-symlink-dir" | "--copy-links" | "--follow-symlinks" => "--follow-links follows links in folders",
        "--disable-all-symlink" | "--skip-links" | "--no-follow-symlinks" => {
            "links in folders are left out, and --no-dereference refuses one that is named"
        }
        "--all-type" | "-a" => "rm deletes objects, rm -m aborts unfinished uploads: each is a run of its own",
        "-b" | "--bucket" => "mb makes a bucket, rb deletes one, stat describes one",
        "--expire" | "--expires-in" => "--expires-duration 15m says how long a URL works",
        "--trafic-limit" | "--traffic-limit" => "--rate 20M limits the bytes a second of all transfers",
        "--dryrun" => "--dry-run says what would be done",
        "--sse" | "--sse-kms-key-id" => {
            "--server-side-encryption has OSS encrypt what it stores, --server-side-encryption-key-id with which key"
        }
        "--no-sign-request" => "--mode Anonymous signs nothing",
        "-l" | "--long" | "--full-name" => "ls prints times, sizes and whole addresses, -s addresses alone",
        _ => return None,
    };
    (error.kind() == clap::error::ErrorKind::UnknownArgument).then(|| format!("there is no {flag}: {instead}"))
}

/// What to do in place of a flag of `cp` that `sync` does not have.
const INSTEAD_IN_SYNC: [(&[&str], &str); 6] = [
    (&["--update", "-u"], "sync transfers what differs, and --compare says by what"),
    (&["--size-only"], "--compare size"),
    (&["--checksum"], "--compare crc64"),
    (&["--ignore-existing"], "cp -r --ignore-existing leaves what exists"),
    (&["--limited-num"], "cp -r --limited-num transfers so many"),
    (&["--dirs", "-d"], "--exclude '*/**' leaves out what is in folders below"),
];

/// The command that does what a word of another tool stands for.
fn instead_of_command(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    let (_, instead) = INSTEAD_OF_COMMAND.iter().find(|(words, _)| words.contains(&word.as_str()))?;
    Some(format!("there is no {word}: {instead}"))
}

/// Words of ossutil 1, rclone, s5cmd and the shell, and what to type here.
const INSTEAD_OF_COMMAND: &[(&[&str], &str)] = &[
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

/// The command as it can be typed again. It holds no secret, since none is an argument.
pub(crate) fn typed() -> String {
    given().skip(1).fold("ossup".to_owned(), |typed, argument| typed + " " + &quoted(&argument))
}

/// The argument as a shell reads it back; bytes that are no text are shown by replacement characters.
pub(crate) fn quoted(argument: &OsStr) -> String {
    let text = argument.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_contradict_each_other_nowhere() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn an_argument_is_quoted_where_a_shell_would_read_something_else() {
        let quoted = |text: &str| quoted(OsStr::new(text));
        assert_eq!(["a/b-c.txt", "oss://b/k", "--x=1"].map(quoted), ["a/b-c.txt", "oss://b/k", "--x=1"]);
        assert_eq!(["", "a b", "it's", "$x"].map(quoted), ["''", "'a b'", r"'it'\''s'", "'$x'"]);
    }

    #[test]
    fn a_wrong_command_line_is_told_on_one_line() {
        let line = |arguments: &[&str]| {
            let error = Arguments::try_parse_from(arguments).map(|_| ()).unwrap_err();
            on_one_line(&error)
        };
        let wrong = line(&["ossup", "stat", "b"]);
        assert!(!wrong.contains('\n') && wrong.contains("write oss://BUCKET") && !wrong.contains("Usage"), "{wrong}");
        let wrong = line(&["ossup", "cp"]);
        assert!(wrong.ends_with("<SOURCE>... <DESTINATION> (see --help)"), "{wrong}");
        assert_eq!(
            line(&["ossup", "cp", "a", "oss://b/k", "--part-sise", "1MiB"]),
            "unexpected argument '--part-sise' found; a similar argument exists: '--part-size' (see --help)"
        );
        assert_eq!(line(&["ossup", "cp", "a", "oss://b/k", "--zzz"]), "unexpected argument '--zzz' found (see --help)");
        assert_eq!(
            line(&["ossup", "cp", "a", "oss://b/k", "--atomic"]),
            "there is no --atomic: cp replaces each object or file as a whole"
        );
        for (arguments, says) in [
            (&["cp", "a", "oss://demo/k", "--bwlimit", "1M"][..], "there is no --bwlimit: --rate"),
            (&["sync", "a", "oss://demo/k", "--size-only"], "there is no --size-only: --compare size"),
            (&["sync", "a", "oss://demo/k", "-u"], "there is no -u: sync transfers what differs"),
            (&["pipe", "oss://demo/k"], "there is no pipe: cp - oss://BUCKET/KEY"),
            (&["purge"], "there is no purge: rm deletes"),
        ] {
            let told = line(&[&["ossup"], arguments].concat());
            assert!(told.starts_with(says) && !told.contains("--help"), "{told}");
        }
    }
}
