//! `ossup config`, and what the other commands take from the configuration file.

mod check;
mod file;
mod values;

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ossup::auth::credentials::Environment;
use serde::Serialize;

use crate::address::Address;
use crate::arguments::NotHere;
use crate::credentials::{Mode, ProfileValues, Sources};
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::global::Global;
use crate::output::{Line, Output, Totals};
use crate::streams::standard_input;
use file::{ConfigFile, DEFAULT};

/// The keys that ossup reads, and whether their values are secrets.
const KEYS: [(&str, bool); 28] = [
    ("mode", false),
    ("access-key-id", false),
    ("access-key-secret", true),
    ("sts-token", true),
    ("source-profile", false),
    ("role-arn", false),
    ("role-session-name", false),
    ("external-id", false),
    ("sts-region", false),
    ("token-timeout", false),
    ("ecs-role-name", false),
    ("credential-process", false),
    ("credential-uri", true),
    ("oidc-provider-arn", false),
    ("oidc-token-file-path", false),
    ("sign-version", false),
    ("region", false),
    ("endpoint", false),
    ("addressing-style", false),
    ("connect-timeout", false),
    ("read-timeout", false),
    ("retry-times", false),
    ("output-format", false),
    ("loglevel", false),
    ("job", false),
    ("parallel", false),
    ("part-size", false),
    ("bigfile-threshold", false),
];

/// The profile that a command works with.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    path: Option<PathBuf>,
    file: ConfigFile,
    profile: String,
    /// Whether the file or the profile was named by a flag, so that it comes before the environment.
    is_explicit: bool,
    /// Why the file that no one named could not be read.
    unreadable: Option<String>,
}

impl Settings {
    /// Reads the file that the flags or the environment name, or `~/.ossutilconfig`.
    ///
    /// # Errors
    /// A file or a profile that was asked for is not there, or the file cannot be read. Where neither was asked for,
    /// a file that this user may not read is left out.
    pub(crate) fn load(file: Option<&Path>, profile: Option<&str>, environment: &Environment) -> Result<Self, Failure> {
        let named = file.map(Path::to_owned).or_else(|| environment.variable("OSSUTIL_CONFIG_FILE").map(PathBuf::from));
        let home = || environment.variable("HOME").map(|home| Path::new(&home).join(".ossutilconfig"));
        let path = named.clone().or_else(home);
        let unusable = |path: &Path, error: &dyn std::fmt::Display| {
            Failure::new(Kind::Config, format!("the configuration {}: {error}", path.display()))
        };
        let chosen = profile.map(str::to_owned).or_else(|| environment.variable("OSSUTIL_PROFILE"));
        let is_asked_for = named.is_some() || chosen.is_some();
        let mut unreadable = None;
        let file_content = match path.as_deref().map(ConfigFile::read) {
            Some(Ok(content)) => content,
            // Often a container, which runs as a user that has no right to the home folder of the image.
            Some(Err(error)) if !is_asked_for && error.kind() == io::ErrorKind::PermissionDenied => {
                unreadable = Some(error.to_string());
                ConfigFile::default()
            }
            Some(Err(error)) => return Err(unusable(path.as_deref().unwrap_or(Path::new("~")), &error)),
            None => ConfigFile::default(),
        };
        if let Some(path) = named.filter(|path| !path.exists()) {
            return Err(unusable(&path, &"there is no such file"));
        }
        let is_explicit = file.is_some() || profile.is_some();
        let settings = Self {
            path,
            file: file_content,
            profile: chosen.clone().unwrap_or_else(|| DEFAULT.to_owned()),
            is_explicit,
            unreadable,
        };
        if let Some(name) = chosen.filter(|name| !settings.file.profiles().contains(name)) {
            let at = settings.path.as_deref().unwrap_or(Path::new("~/.ossutilconfig"));
            return Err(unusable(at, &format_args!("there is no profile {name:?}")));
        }
        Ok(settings)
    }

    /// A value of the profile.
    pub(crate) fn value(&self, key: &str) -> Option<String> {
        self.file.value(&self.profile, key)
    }

    /// Whether values of the profile come before the environment.
    pub(crate) fn is_explicit(&self) -> bool {
        self.is_explicit
    }

    /// A value of the section of a bucket.
    pub(crate) fn value_of_bucket(&self, bucket: &str, key: &str) -> Option<String> {
        self.file.value_of_bucket(bucket, key)
    }

    /// Where credentials come from.
    pub(crate) fn sources(&self, mode: Option<Mode>, environment: &Environment) -> Sources {
        let value = |key: &str| self.value(key);
        let of_other = |name: &str, key: &str| self.file.value(name, key);
        let profile = ProfileValues {
            name: &self.profile,
            path: self.path.clone(),
            exists: self.file.profiles().contains(&self.profile),
            is_explicit: self.is_explicit,
            value: &value,
            of_other: &of_other,
        };
        Sources::of(mode, &profile, environment)
    }

    /// The file that no one named, and why it could not be read.
    pub(crate) fn unreadable(&self) -> Option<(&Path, &str)> {
        Some((self.path.as_deref()?, self.unreadable.as_deref()?))
    }

    /// A file of secrets that others may read, if it is one.
    pub(crate) fn readable_by_others(&self) -> Option<&Path> {
        let path = self.path.as_deref()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let mode = std::fs::metadata(path).ok()?.mode();
            let has_secrets = KEYS.iter().any(|(key, is_secret)| *is_secret && self.value(key).is_some());
            (has_secrets && mode & 0o077 != 0).then_some(path)
        }
        #[cfg(not(unix))]
        None
    }
}

#[derive(Args)]
pub(crate) struct Configure {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Print the value of a key; of a secret its last four characters.
    Get {
        /// The key, such as region.
        key: String,
    },
    /// Set the value of a key in the profile.
    Set {
        /// The key, such as region.
        key: String,
        /// The value; - reads it from standard input and file://PATH from a file, as secrets have to be.
        value: String,
    },
    /// Print the names of the profiles.
    ListProfiles,
    /// Print where the configuration is.
    Path,
    /// Say which credentials, region and endpoint are used, and try them.
    Check {
        /// A bucket to list one key of. Default: the buckets of the account are listed.
        bucket: Option<Address>,
    },
    /// Not here.
    #[command(hide = true)]
    Credential(NotHere),
    /// Not here.
    #[command(hide = true)]
    Import(NotHere),
}

/// One fact of the configuration.
#[derive(Serialize)]
struct Fact {
    op: &'static str,
    status: &'static str,
    name: String,
    value: Option<String>,
    #[serde(skip)]
    text: String,
}

impl Fact {
    fn new(name: &str, value: Option<String>, text: String) -> Self {
        Self { op: "config", status: "done", name: name.to_owned(), value, text }
    }
}

impl Line for Fact {
    fn is_result(&self) -> bool {
        true
    }

    fn text(&self) -> Option<String> {
        Some(self.text.clone())
    }

    fn count(&self, totals: &mut Totals) {
        totals.done += 1;
    }
}

impl Configure {
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        match &self.action {
            Action::Get { key } => get(key, &global.settings()?, output),
            Action::Set { key, value } => set(key, value, global, output),
            Action::ListProfiles => {
                let lines: Vec<_> = global
                    .settings()?
                    .file
                    .profiles()
                    .into_iter()
                    .map(|name| Fact::new("profile", Some(name.clone()), name))
                    .collect();
                let _ = output.lines(&lines);
                Ok(Exit::Done)
            }
            Action::Path => {
                let path = global.settings()?.path.ok_or_else(no_home)?.display().to_string();
                let _ = output.line(&Fact::new("path", Some(path.clone()), path));
                Ok(Exit::Done)
            }
            Action::Check { bucket } => check::run(bucket.as_ref(), global, output).await,
            Action::Credential(_) => Err(Failure::usage(
                "there is no config credential: config set sets each key of a profile, and takes secrets from standard input",
            )),
            Action::Import(_) => {
                Err(Failure::usage("there is no config import: config set sets each key of a profile"))
            }
        }
    }
}

fn no_home() -> Failure {
    Failure::new(Kind::Config, "there is no home directory for a configuration: name a file with --config-file")
}

/// The key by the name that ossup has for it, and whether its value is a secret.
fn known(key: &str) -> Result<(&'static str, bool), Failure> {
    let normal = |key: &str| key.replace(['-', '_'], "").to_ascii_lowercase();
    let found = KEYS.iter().find(|(name, _)| normal(name) == normal(key));
    found.copied().ok_or_else(|| {
        let names: Vec<_> = KEYS.iter().map(|(name, _)| *name).collect();
        Failure::usage(format!("{key:?} is not a key that ossup reads; there are {}", names.join(", ")))
    })
}

fn get(key: &str, settings: &Settings, output: &Output) -> Result<Exit, Failure> {
    let (name, is_secret) = known(key)?;
    let value = settings.value(name).map(|value| if is_secret { masked(&value) } else { value });
    let Some(value) = value else {
        return Err(Failure::new(Kind::Config, format!("the profile {} has no {name}", settings.profile)));
    };
    let _ = output.line(&Fact::new(name, Some(value.clone()), value));
    Ok(Exit::Done)
}

/// `***` and the last four characters, of a secret that has many more.
fn masked(secret: &str) -> String {
    let count = secret.chars().count();
    let tail: String = if count < 12 { String::new() } else { secret.chars().skip(count - 4).collect() };
    format!("***{tail}")
}

fn set(key: &str, value: &str, global: &Global, output: &Output) -> Result<Exit, Failure> {
    let (name, is_secret) = known(key)?;
    let unreadable = |what: &str, error: &io::Error| Failure::unreadable(Path::new(what), error);
    let value = match value.strip_prefix("file://") {
        Some(path) => std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?,
        None if value == "-" => {
            let mut text = String::new();
            let read = standard_input().and_then(|mut input| input.read_to_string(&mut text));
            read.map_err(|error| unreadable("standard input", &error))?;
            text
        }
        None if is_secret => {
            return Err(Failure::usage(format!(
                "{name} is a secret, and every process can read arguments: write - and pass it on standard input, or file://PATH"
            )));
        }
        None => value.to_owned(),
    };
    let value = value.trim();
    if value.is_empty() || value.contains(['\n', '\r', '\0']) {
        return Err(Failure::usage(format!("the value of {name} must be one line of text")));
    }
    values::check(name, value).map_err(|reason| Failure::usage(format!("{name}: {reason}")))?;
    // A profile that is not there yet is made.
    let usual = || Settings::load(None, None, &global.environment()).ok()?.path;
    let path = global.config_file().or_else(usual).ok_or_else(no_home)?;
    let profile = global.profile().unwrap_or(DEFAULT);
    let unusable =
        |error: io::Error| Failure::new(Kind::Config, format!("the configuration {}: {error}", path.display()));
    let mut file = ConfigFile::read(&path).map_err(unusable)?;
    file.set(profile, name, value);
    file.write(&path).map_err(unusable)?;
    let shown = if is_secret { masked(value) } else { value.to_owned() };
    output.row(format_args!("set {name} of the profile {profile} in {}", path.display()));
    let fact = Fact::new(name, Some(shown), String::new());
    if output.is_json() {
        let _ = output.line(&fact);
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_and_a_short_one_altogether() {
        assert_eq!(["short", "0123456789abcdef"].map(masked), ["***", "***cdef"]);
    }
}
