//! Variables and the home directory, as an argument.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::error::{CredentialsError, SourceKind};
use super::{Credentials, trimmed};

/// The variables and the home directory that sources are configured by.
///
/// A value, so that a test needs no process of its own: [`Environment::process`] is the real one.
///
/// ```
/// use oss_auth::credentials::Environment;
///
/// let environment = Environment::new(|name| match name {
///     "OSS_ACCESS_KEY_ID" => Some("ak".to_owned()),
///     "OSS_ACCESS_KEY_SECRET" => Some("sk".to_owned()),
///     _ => None,
/// });
/// assert_eq!(environment.oss_credentials().unwrap().access_key_id(), "ak");
/// ```
#[derive(Clone)]
pub struct Environment {
    lookup: Arc<Lookup>,
    home: Option<PathBuf>,
}

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Environment {
    /// Variables that `lookup` finds. The home directory is `HOME`, else `USERPROFILE`, else `HOMEPATH`.
    pub fn new(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        let lookup = Arc::new(lookup);
        let home = ["HOME", "USERPROFILE", "HOMEPATH"]
            .into_iter()
            .find_map(|name| lookup(name).filter(|value| !value.is_empty()))
            .map(PathBuf::from);
        Self { lookup, home }
    }

    /// The variables of this process, looked up at each call.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the environment as an argument has to be made of something")]
    pub fn process() -> Self {
        let mut environment = Self::new(|name| std::env::var(name).ok());
        environment.home = environment.home.or_else(std::env::home_dir);
        environment
    }

    /// The value of a variable, trimmed; `None` if it is empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        (self.lookup)(name).and_then(trimmed)
    }

    /// Whether a variable is `true`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.variable(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A file in the home directory.
    pub(super) fn home_file(&self, kind: SourceKind, path: &str) -> Result<PathBuf, CredentialsError> {
        let missing = || CredentialsError::NotConfigured { kind, missing: "there is no home directory".to_owned() };
        Ok(self.home.as_ref().ok_or_else(missing)?.join(path))
    }

    /// `OSS_ACCESS_KEY_ID` and `OSS_ACCESS_KEY_SECRET`, and `OSS_SESSION_TOKEN` if it is there.
    ///
    /// # Errors
    /// [`CredentialsError::NotConfigured`] if either of the first two is missing or blank.
    pub fn oss_credentials(&self) -> Result<Credentials, CredentialsError> {
        self.keys(SourceKind::OssEnvironment, ["OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN"])
    }

    /// `ALIBABA_CLOUD_ACCESS_KEY_ID` and `ALIBABA_CLOUD_ACCESS_KEY_SECRET`, and `ALIBABA_CLOUD_SECURITY_TOKEN` if it is
    /// there.
    ///
    /// # Errors
    /// [`CredentialsError::NotConfigured`] if either of the first two is missing or blank.
    pub fn alibaba_cloud_credentials(&self) -> Result<Credentials, CredentialsError> {
        self.keys(
            SourceKind::AlibabaCloudEnvironment,
            ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"],
        )
    }

    fn keys(&self, kind: SourceKind, [id, secret, token]: [&str; 3]) -> Result<Credentials, CredentialsError> {
        let required = |name: &str| {
            self.variable(name)
                .ok_or_else(|| CredentialsError::NotConfigured { kind, missing: format!("{name} is not set") })
        };
        let credentials = Credentials::new(required(id)?, required(secret)?);
        Ok(credentials.with_security_token(self.variable(token).unwrap_or_default()))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("home", &self.home).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &'static [(&str, &str)]) -> Environment {
        Environment::new(|name| pairs.iter().find(|(found, _)| *found == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn stray_blanks_around_keys_are_cut() {
        let environment = environment(&[
            ("OSS_ACCESS_KEY_ID", " ak\n"),
            ("OSS_ACCESS_KEY_SECRET", "sk "),
            ("OSS_SESSION_TOKEN", "\tt"),
        ]);
        let credentials = environment.oss_credentials().unwrap();
        assert_eq!(credentials.access_key_id(), "ak");
        assert_eq!(credentials.access_key_secret(), "sk");
        assert_eq!(credentials.security_token(), Some("t"));
    }

    #[test]
    fn the_error_names_the_missing_variable() {
        let environment = environment(&[("OSS_ACCESS_KEY_ID", "ak"), ("OSS_ACCESS_KEY_SECRET", " ")]);
        let error = environment.oss_credentials().unwrap_err();
        assert_eq!(error.to_string(), "environment OSS_*: OSS_ACCESS_KEY_SECRET is not set");
        let error = environment.alibaba_cloud_credentials().unwrap_err();
        assert_eq!(error.to_string(), "environment ALIBABA_CLOUD_*: ALIBABA_CLOUD_ACCESS_KEY_ID is not set");
    }
}
