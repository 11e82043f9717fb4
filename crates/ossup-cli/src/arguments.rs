//! What can be written on the command line: the commands. Each has its arguments in the file that carries it out.

mod instead;

use std::ffi::{OsStr, OsString};
use std::sync::OnceLock;

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
    if let Some(instead) = instead::of_flag(error).or_else(|| instead::of_command(error)) {
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
