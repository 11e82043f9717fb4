//! What can be written on the command line.

use std::ffi::OsStr;
use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::address::Address;
use crate::properties::Properties;
use crate::size::Size;

/// Uploads to Alibaba Cloud OSS: one verified object from a file or stream of any size.
///
/// Credentials come from OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and OSS_SESSION_TOKEN, never from arguments.
#[derive(Parser)]
#[command(name = "ossup", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Upload a file, standard input (-) or, with -r, a folder.
    Cp(Box<Cp>),
    /// Create a bucket.
    Mb(Mb),
    /// Run the emulator: an OSS on this machine.
    Serve(Serve),
}

impl Command {
    /// The name of the command, as it is typed.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Cp(_) => "cp",
            Self::Mb(_) => "mb",
            Self::Serve(_) => "serve",
        }
    }

    /// What is shown.
    pub(crate) fn show(&self) -> Show {
        match self {
            Self::Cp(cp) => cp.show,
            Self::Mb(mb) => mb.show,
            Self::Serve(_) => Show::default(),
        }
    }
}

/// What clap says, on one line and without the usage.
pub(crate) fn on_one_line(message: &str) -> String {
    let message = message.split("\nUsage:").next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let more = "\nFor more information, try";
    let message = message.split(more).next().unwrap_or_default();
    format!("{} (see --help)", message.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The command as it can be typed again. It holds no secret, since none is an argument.
pub(crate) fn typed() -> String {
    std::env::args_os().skip(1).fold("ossup".to_owned(), |typed, argument| typed + " " + &quoted(&argument))
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

#[derive(Args)]
pub(crate) struct Mb {
    /// The bucket, as oss://BUCKET.
    pub(crate) bucket: Address,
    #[command(flatten)]
    pub(crate) service: Service,
    #[command(flatten)]
    pub(crate) show: Show,
}

/// Where the service is and how to reach it.
#[derive(Args)]
pub(crate) struct Service {
    /// Host of the service, with or without http:// or https://. Default: the public one of the region.
    #[arg(long)]
    pub(crate) endpoint: Option<String>,
    /// Region of the bucket, such as cn-hangzhou.
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// PEM file of a certificate authority to trust besides the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Cp {
    /// A file, - for standard input, or a folder with -r.
    pub(crate) source: PathBuf,
    /// Where to: oss://BUCKET/KEY. A key that is empty or ends in / is a folder and takes the file's name.
    pub(crate) destination: Address,
    #[command(flatten)]
    pub(crate) service: Service,
    /// Run the emulator inside this command, with its data in DIR; the bucket is made if it is missing.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["endpoint", "ca_file"])]
    pub(crate) local: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) properties: Properties,
    #[command(flatten)]
    pub(crate) tuning: Tuning,
    #[command(flatten)]
    pub(crate) show: Show,
    #[command(flatten)]
    pub(crate) folder: Folder,
    #[command(flatten)]
    pub(crate) links: Links,
}

/// How an upload is carried out.
#[derive(Args)]
pub(crate) struct Tuning {
    /// Size of a part, 100KiB to 5GiB; grown when an object would need over 10,000 parts. Default: 6MiB.
    #[arg(long, value_name = "SIZE")]
    pub(crate) part_size: Option<Size>,
    /// Parts in flight at once, 1 to 256, or auto. Default: 3.
    #[arg(long, value_name = "N|auto")]
    pub(crate) parallel_num: Option<String>,
    /// Attempts of each part, with waits that grow to a minute: more outlive a longer outage. Default: 8.
    #[arg(long, value_name = "N")]
    pub(crate) part_attempts: Option<u32>,
    /// Keep records in DIR, so that an interrupted upload is resumed.
    /// Without it, files of 100 MiB and more have theirs in the user's state folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) checkpoint_dir: Option<PathBuf>,
    /// Keep no record of any upload.
    #[arg(long, conflicts_with = "checkpoint_dir")]
    pub(crate) no_checkpoint: bool,
    /// After a failure, leave the parts that were stored on the server.
    #[arg(long)]
    pub(crate) leave_parts_on_error: bool,
}

/// What is shown.
#[derive(Args, Clone, Copy, Default)]
pub(crate) struct Show {
    /// Print lines of JSON instead of text: one for each file, and a summary as the last.
    #[arg(long)]
    pub(crate) json: bool,
    /// Show no progress bar.
    #[arg(long)]
    pub(crate) no_progress: bool,
}

/// How a folder is uploaded.
#[derive(Args)]
pub(crate) struct Folder {
    /// Upload a folder and all below it.
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Files under way at once, 1 to 256. Default: 4.
    #[arg(long, value_name = "N", requires = "recursive", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
    /// Only files whose path below the folder matches; may be repeated.
    #[arg(long, value_name = "GLOB", requires = "recursive")]
    pub(crate) include: Vec<String>,
    /// No files whose path below the folder matches; may be repeated.
    #[arg(long, value_name = "GLOB", requires = "recursive")]
    pub(crate) exclude: Vec<String>,
}

/// What becomes of symbolic links. A file or folder that is named by one is uploaded; links below a folder are skipped.
#[derive(Args)]
pub(crate) struct Links {
    /// Upload what links below the folder lead to.
    #[arg(short = 'L', long, requires = "recursive", conflicts_with = "no_dereference")]
    pub(crate) dereference: bool,
    /// Refuse a source that is a link.
    #[arg(short = 'P', long)]
    pub(crate) no_dereference: bool,
}

#[derive(Args)]
pub(crate) struct Serve {
    /// Port; 0 picks a free one. The endpoint is printed.
    #[arg(long, default_value_t = 9000)]
    pub(crate) port: u16,
    /// Folder of the data, made if it is missing.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// Region that requests must be signed for.
    #[arg(long, default_value = "cn-hangzhou")]
    pub(crate) region: String,
    /// A bucket to make at the start; may be repeated.
    #[arg(long, default_value = "demo")]
    pub(crate) bucket: Vec<String>,
    /// Another host name of the emulator, e.g. that of its container or service; `bucket.` in front of it names a bucket. May be
    /// repeated. Loopback addresses and localhost are always accepted.
    #[arg(long, value_name = "NAME")]
    pub(crate) domain: Vec<String>,
    /// Serve TLS with a certificate of a self-made authority.
    #[arg(long, requires = "ca_out")]
    pub(crate) tls: bool,
    /// Where to write the self-made authority's certificate, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub(crate) ca_out: Option<PathBuf>,
    /// How ETags are made: md5 as OSS does, or crc, which is much cheaper, for load tests.
    #[arg(long, default_value = "md5", value_parser = ["md5", "crc"])]
    pub(crate) etag: String,
    /// What stored data survives: power, a power cut (everything is synced before it is acknowledged), or process, an end of
    /// the emulator alone, which is faster.
    #[arg(long, default_value = "power", value_parser = ["power", "process"])]
    pub(crate) durability: String,
    /// Faults to inject, as a JSON file.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Opens the control port on 127.0.0.1, where faults, history and clock can be changed while the emulator runs; 0
    /// picks a free one. Its address is printed.
    #[arg(long, value_name = "PORT")]
    pub(crate) control: Option<u16>,
    /// Authorities, as PEM, that https callbacks trust besides those of this machine; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) callback_ca: Vec<PathBuf>,
    /// Address to listen on instead of 127.0.0.1. Anything but loopback also needs the next flag and credentials from
    /// the environment.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<IpAddr>,
    /// Let other machines reach this emulator.
    #[arg(long)]
    pub(crate) expose_to_the_network_and_accept_the_risk: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_quoted_where_a_shell_would_read_something_else() {
        let quoted = |text: &str| quoted(OsStr::new(text));
        assert_eq!(["a/b-c.txt", "oss://b/k", "--x=1"].map(quoted), ["a/b-c.txt", "oss://b/k", "--x=1"]);
        assert_eq!(["", "a b", "it's", "$x"].map(quoted), ["''", "'a b'", r"'it'\''s'", "'$x'"]);
    }

    #[test]
    fn a_wrong_command_line_is_told_on_one_line() {
        let error = Arguments::try_parse_from(["ossup", "cp", "a", "b"]).map(|_| ()).unwrap_err().to_string();
        let line = on_one_line(&error);
        assert!(!line.contains('\n') && line.contains("write oss://BUCKET/KEY") && !line.contains("Usage"), "{line}");
        let error = Arguments::try_parse_from(["ossup", "cp"]).map(|_| ()).unwrap_err().to_string();
        assert!(on_one_line(&error).ends_with("<SOURCE> <DESTINATION> (see --help)"), "{error}");
    }
}
