//! Credentials from the output of a command: the only place of the crate that starts a process.

use std::fmt;
use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::Credentials;
use super::error::{CredentialsError, SourceKind};
use super::response::{MAX_RESPONSE_BYTES, Required, read_keys};

/// A command that prints credentials as JSON.
///
/// Run directly, without a shell: arguments are what they are. It inherits the environment but the variables that hold
/// keys, its standard input is empty, and what it writes to standard error is thrown away, since that may be a secret,
/// too. Both JSON forms are understood: `AccessKeyId`, `AccessKeySecret`, `SecurityToken`, `Expiration`, and
/// `access_key_id`, `access_key_secret`, `sts_token`, `expiration`, `mode` of the CLI's external mode.
#[derive(Clone, Eq, PartialEq)]
pub struct ProcessSource {
    program: String,
    arguments: Vec<String>,
    timeout: Duration,
}

impl ProcessSource {
    /// Runs `program` with `arguments`.
    pub fn new<A: Into<String>>(program: impl Into<String>, arguments: impl IntoIterator<Item = A>) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            timeout: DEFAULT_TIMEOUT,
        }
    }

    /// Splits a command line as a shell would: blanks, `'…'`, `"…"` and `\` count, nothing else does.
    ///
    /// # Errors
    /// [`CredentialsError::Invalid`] if it is empty or a quote is not closed.
    pub fn parse(command_line: &str) -> Result<Self, CredentialsError> {
        let invalid =
            |problem: &str| CredentialsError::Invalid { kind: SourceKind::Process, problem: problem.to_owned() };
        let mut words = split_words(command_line).ok_or_else(|| invalid("a quote of the command is not closed"))?;
        if words.is_empty() {
            return Err(invalid("the command is empty"));
        }
        let program = words.remove(0);
        Ok(Self::new(program, words))
    }

    /// How long the command may take. Default 15 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Runs the command and reads its output. Blocks for up to the timeout and a second.
    ///
    /// # Errors
    /// [`CredentialsError::Process`] if it cannot be started, fails, or takes too long (it is then killed);
    /// [`Response`](CredentialsError::Response) or [`Expired`](CredentialsError::Expired) for what it prints.
    pub fn run(&self, now: SystemTime) -> Result<Credentials, CredentialsError> {
        let mut child = self.command().spawn().map_err(|error| failed("could not start the command", Some(error)))?;
        let output = self.output_of(&mut child);
        if output.is_err() {
            // It may have ended by itself meanwhile; either way there is no one left to tell.
            let _ = child.kill();
            let _ = child.wait();
        }
        read_keys(SourceKind::Process, &output?, Required::Keys, now)
    }

    #[expect(clippy::disallowed_methods, reason = "this source is a program that prints credentials")]
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        for name in SECRET_VARIABLES {
            command.env_remove(name);
        }
        command
    }

    #[expect(clippy::disallowed_methods, reason = "a read from a pipe has no timeout")]
    fn output_of(&self, child: &mut Child) -> Result<Zeroizing<Vec<u8>>, CredentialsError> {
        let stdout = child.stdout.take().ok_or_else(|| failed("the command has no output", None))?;
        let (sender, receiver) = mpsc::channel();
        // A thread of its own, since a read from a pipe has no timeout. It ends when the pipe is closed: with the child,
        // or with the last of the child's own children that have kept it.
        thread::spawn(move || {
            let mut output = Zeroizing::new(Vec::with_capacity(4096));
            let limit = u64::try_from(MAX_RESPONSE_BYTES).unwrap_or(u64::MAX);
            let read = stdout.take(limit + 1).read_to_end(&mut output);
            // After the timeout no one listens any more.
            let _ = sender.send(read.map(|_| output));
        });
        let output = receiver
            .recv_timeout(self.timeout)
            .map_err(|_| failed(&format!("the command took longer than {:?}", self.timeout), None))?
            .map_err(|error| failed("could not read the output of the command", Some(error)))?;
        if output.len() > MAX_RESPONSE_BYTES {
            return Err(failed("the command prints too much", None));
        }
        match wait_for_exit(child)? {
            status if status.success() => Ok(output),
            status => Err(failed(&format!("the command failed with {status}"), None)),
        }
    }
}

/// The arguments may hold a secret.
impl fmt::Debug for ProcessSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessSource")
            .field("program", &self.program)
            .field("arguments", &self.arguments.len())
            .field("timeout", &self.timeout)
            .finish()
    }
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(15);
/// After its output has ended, a command has this many steps of [`EXIT_STEP`] to end itself: one second.
const EXIT_STEPS: u32 = 100;
const EXIT_STEP: Duration = Duration::from_millis(10);

/// Keys that the caller may have for itself and that the command has no use for.
const SECRET_VARIABLES: [&str; 6] = [
    "OSS_ACCESS_KEY_ID",
    "OSS_ACCESS_KEY_SECRET",
    "OSS_SESSION_TOKEN",
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
];

#[expect(
    clippy::disallowed_methods,
    reason = "the one wait of this crate: the standard library has no wait with a limit"
)]
fn wait_for_exit(child: &mut Child) -> Result<std::process::ExitStatus, CredentialsError> {
    for _ in 0..EXIT_STEPS {
        let status = child.try_wait().map_err(|error| failed("could not wait for the command", Some(error)))?;
        if let Some(status) = status {
            return Ok(status);
        }
        thread::sleep(EXIT_STEP);
    }
    Err(failed("the command does not end", None))
}

fn failed(problem: &str, source: Option<std::io::Error>) -> CredentialsError {
    CredentialsError::Process { problem: problem.to_owned(), source }
}

/// `None` if a quote is not closed or the text ends in a backslash.
fn split_words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match (quote, char) {
            (Some(open), _) if char == open => quote = None,
            (Some('\''), _) => word.get_or_insert_default().push(char),
            (_, '\\') => word.get_or_insert_default().push(chars.next()?),
            (Some(_), _) => word.get_or_insert_default().push(char),
            (None, '\'' | '"') => {
                quote = Some(char);
                // `''` is a word, too.
                word.get_or_insert_default();
            }
            (None, _) if char.is_whitespace() => words.extend(word.take()),
            (None, _) => word.get_or_insert_default().push(char),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    #[test]
    fn a_command_line_is_split_like_in_a_shell() {
        for (text, words) in [
            ("a  b\tc", vec!["a", "b", "c"]),
            (r#"'/opt/my tool' --x="a b" '' \"q"#, vec!["/opt/my tool", "--x=a b", "", "\"q"]),
            (r"a'\n'b $HOME ; rm", vec![r"a\nb", "$HOME", ";", "rm"]),
            (r#""a\"b""#, vec!["a\"b"]),
        ] {
            assert_eq!(split_words(text).unwrap(), words, "{text}");
        }
        for text in ["'a", "\"a", "a\\"] {
            assert_eq!(split_words(text), None, "{text}");
        }
        assert!(ProcessSource::parse("  ").is_err());
    }

    #[test]
    fn a_command_does_not_inherit_keys() {
        let command = ProcessSource::new("tool", ["a"]).command();
        let removed: Vec<_> = command.get_envs().filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect();
        assert_eq!(removed.len(), SECRET_VARIABLES.len());
        assert!(SECRET_VARIABLES.iter().all(|name| removed.iter().any(|removed| removed == name)));
    }

    #[cfg(unix)]
    fn shell(script: &str) -> ProcessSource {
        ProcessSource::new("sh", ["-c", script])
    }

    #[cfg(unix)]
    #[test]
    fn the_output_of_a_command_becomes_credentials() {
        let credentials =
            shell(r#"echo noise >&2; echo '{"AccessKeyId":"i","AccessKeySecret":"s"}'"#).run(UNIX_EPOCH).unwrap();
        assert_eq!(credentials.access_key_secret(), "s");
        assert_eq!(credentials.expiration(), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_fails_hangs_or_babbles_is_an_error_without_its_output() {
        for (source, expected) in [
            (shell("echo s3cr3t; echo s3cr3t >&2; exit 3"), "process: the command failed with exit status: 3"),
            (shell("exec sleep 60").timeout(Duration::from_millis(50)), "process: the command took longer than 50ms"),
            (shell("yes s3cr3t"), "process: the command prints too much"),
            (shell("echo s3cr3t"), "process: the response is not the expected JSON (line 1, column 1)"),
            (ProcessSource::new("/nonexistent/program", [""; 0]), "process: could not start the command"),
        ] {
            assert_eq!(source.run(UNIX_EPOCH).unwrap_err().to_string(), expected);
        }
    }
}
