//! What a store is built of, by the names that engines hand on from their users.

use std::fmt;

use ossup::credentials::default_chain;
use ossup::{BucketName, Client, Config, Credentials};
use url::Url;

use crate::bucket::{Bucket, Settings};
use crate::error::OssError;

/// The options of a store; what is `None` has its default.
#[derive(Clone, Default)]
pub(crate) struct StoreOptions {
    /// Whether credentials that are not given come from the usual sources of this machine.
    pub(crate) uses_environment: bool,
    pub(crate) bucket: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) access_key_id: Option<String>,
    pub(crate) secret_access_key: Option<String>,
    pub(crate) security_token: Option<String>,
    pub(crate) settings: Settings,
    addressing: Addressing,
    skip_signature: bool,
    allow_http: Option<bool>,
    user_agent: Option<String>,
    /// The first option that could not be taken.
    refused: Option<Refused>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Addressing {
    #[default]
    VirtualHost,
    Path,
    CustomDomain,
}

#[derive(Clone, Debug)]
enum Refused {
    Unknown(String),
    Value(String),
}

/// Why a store could not be built.
#[derive(Debug)]
pub(crate) enum BuildError {
    UnknownOption(String),
    Other(OssError),
}

impl<E: Into<OssError>> From<E> for BuildError {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

impl StoreOptions {
    /// What the variables of the environment say: `OSS_ENDPOINT`, `OSS_REGION` and so on. Those that are no options are for
    /// others.
    pub(crate) fn of_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut options = Self { uses_environment: true, ..Self::default() };
        for (name, value) in variables {
            if name.starts_with("OSS_") && !value.trim().is_empty() {
                let _ = options.try_set(&name, value.trim());
            }
        }
        options
    }

    /// Sets an option by its name, in whatever case, with or without `oss_` in front. What cannot be taken is an error of
    /// [`build`](Self::build).
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        if let Err(refused) = self.try_set(name, value) {
            self.refused.get_or_insert(refused);
        }
    }

    fn try_set(&mut self, name: &str, value: &str) -> Result<(), Refused> {
        let lower = name.to_ascii_lowercase();
        let text = || Some(value.to_owned());
        match lower.strip_prefix("oss_").unwrap_or(&lower) {
            "bucket" | "bucket_name" => self.bucket = text(),
            "endpoint" | "endpoint_url" => self.endpoint = text(),
            "region" => self.region = text(),
            "access_key_id" => self.access_key_id = text(),
            "secret_access_key" | "access_key_secret" => self.secret_access_key = text(),
            "security_token" | "session_token" => self.security_token = text(),
            "skip_signature" => self.skip_signature = flag(name, value)?,
            "allow_http" => self.allow_http = Some(flag(name, value)?),
            "user_agent" => self.user_agent = text(),
            "virtual_hosted_style_request" => {
                self.addressing = if flag(name, value)? { Addressing::VirtualHost } else { Addressing::Path };
            }
            "addressing_style" => {
                self.addressing = match value {
                    "virtual" => Addressing::VirtualHost,
                    "path" => Addressing::Path,
                    "cname" => Addressing::CustomDomain,
                    _ => return Err(Refused::value(name, "virtual, path or cname", value)),
                }
            }
            "parallel_listing" => {
                let lists = value.parse().ok().filter(|lists| PARALLEL_LISTS.contains(lists));
                self.settings.parallel_listing =
                    lists.ok_or_else(|| Refused::value(name, "a number from 1 to 256", value))?;
            }
            "create_on_versioned_bucket" => self.settings.create_on_versioned_bucket = flag(name, value)?,
            _ => return Err(Refused::Unknown(name.to_owned())),
        }
        Ok(())
    }

    /// Takes the bucket of a URL; gives its path, still percent-encoded.
    pub(crate) fn set_url(&mut self, url: &str) -> Result<String, OssError> {
        let (bucket, path) = split_url(url)?;
        self.bucket = Some(bucket);
        Ok(path)
    }

    pub(crate) fn build(self) -> Result<Bucket, BuildError> {
        match self.refused {
            Some(Refused::Unknown(name)) => return Err(BuildError::UnknownOption(name)),
            Some(Refused::Value(reason)) => return Err(OssError::generic(reason).into()),
            None => {}
        }
        let lists = self.settings.parallel_listing;
        if !PARALLEL_LISTS.contains(&lists) {
            return Err(
                OssError::generic(format!("`parallel_listing` must be a number from 1 to 256, got {lists}")).into()
            );
        }
        let bucket = self.bucket.as_deref().ok_or_else(|| {
            OssError::generic("no bucket is given: set it with `with_bucket`, `bucket`, or by a URL (oss://bucket)")
        })?;
        let bucket = BucketName::new(bucket)?;
        Ok(Bucket::new(Client::new(self.config()?)?, bucket, self.settings))
    }

    fn config(&self) -> Result<Config, OssError> {
        let ours = concat!("oss-object-store/", env!("CARGO_PKG_VERSION"));
        let user_agent = self.user_agent.as_ref().map_or(ours.to_owned(), |theirs| format!("{ours}/{theirs}"));
        let mut config = Config::default().user_agent(user_agent).max_attempts(ATTEMPTS);
        if let Some(endpoint) = &self.endpoint {
            if self.allow_http == Some(false) && endpoint.trim_start().to_ascii_lowercase().starts_with("http:") {
                return Err(OssError::generic("`allow_http` is false, and the endpoint is one of plain http"));
            }
            config = config.endpoint(endpoint);
        }
        if let Some(region) = &self.region {
            config = config.region(region);
        }
        config = match self.addressing {
            Addressing::VirtualHost => config,
            Addressing::Path => config.use_path_style(true),
            Addressing::CustomDomain => config.use_cname(true),
        };
        let incomplete = |given, missing| OssError::generic(format!("`{given}` is given without `{missing}`"));
        match (&self.access_key_id, &self.secret_access_key) {
            _ if self.skip_signature => Ok(config.anonymous()),
            (Some(id), Some(secret)) => {
                let credentials = Credentials::new(id, secret);
                Ok(config.credentials(match &self.security_token {
                    Some(token) => credentials.with_security_token(token),
                    None => credentials,
                }))
            }
            (Some(_), None) => Err(incomplete("access_key_id", "secret_access_key")),
            (None, Some(_)) => Err(incomplete("secret_access_key", "access_key_id")),
            (None, None) if self.uses_environment => Ok(config.credentials_provider(default_chain())),
            (None, None) => Ok(config),
        }
    }
}

impl fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreOptions")
            .field("bucket", &self.bucket)
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Refused {
    fn value(name: &str, allowed: &str, got: &str) -> Self {
        Self::Value(format!("`{name}` must be {allowed}, got {got:?}"))
    }
}

fn flag(name: &str, value: &str) -> Result<bool, Refused> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "true" | "on" | "yes" | "y" => Ok(true),
        "0" | "false" | "off" | "no" | "n" => Ok(false),
        _ => Err(Refused::value(name, "true or false", value)),
    }
}

/// Bucket and path of `oss://bucket/path`.
fn split_url(text: &str) -> Result<(String, String), OssError> {
    let refuse = |why: &str| OssError::generic(format!("{text:?} is not the URL of a place in OSS: {why}"));
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    if url.scheme() != "oss" {
        return Err(refuse("the scheme must be oss, as in oss://bucket/path"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.port().is_some() {
        return Err(OssError::generic("a URL of a place in OSS has no user, password or port: oss://bucket/path"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("it has a query or fragment; a ? or # of a key is written %3F or %23"));
    }
    let bucket = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| refuse("it names no bucket"))?;
    Ok((bucket.to_owned(), url.path().to_owned()))
}

/// Lists under way at once.
const PARALLEL_LISTS: std::ops::RangeInclusive<usize> = 1..=256;
/// Attempts of a request in all: engines expect a store to get over half a minute without the service.
const ATTEMPTS: u32 = 10;

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn options(pairs: &[(&str, &str)]) -> StoreOptions {
        let mut options = StoreOptions::default();
        pairs.iter().for_each(|(name, value)| options.set(name, value));
        options
    }

    fn error(pairs: &[(&str, &str)]) -> String {
        match options(pairs).build().unwrap_err() {
            BuildError::UnknownOption(name) => format!("unknown: {name}"),
            BuildError::Other(error) => error.to_string(),
        }
    }

    const GOOD: [(&str, &str); 4] =
        [("bucket", "demo"), ("region", "cn-hangzhou"), ("access_key_id", "ID"), ("secret_access_key", "SECRET")];

    #[test]
    fn options_go_by_every_name_that_engines_use() {
        for (name, read) in [
            ("oss_endpoint", (|options| options.endpoint) as fn(StoreOptions) -> Option<String>),
            ("endpoint", |options| options.endpoint),
            ("oss_access_key_id", |options| options.access_key_id),
            ("oss_secret_access_key", |options| options.secret_access_key),
            ("OSS_ACCESS_KEY_SECRET", |options| options.secret_access_key),
            ("oss_region", |options| options.region),
            ("oss_security_token", |options| options.security_token),
            ("OSS_SESSION_TOKEN", |options| options.security_token),
            ("oss_bucket", |options| options.bucket),
        ] {
            assert_eq!(read(options(&[(name, "x")])).as_deref(), Some("x"), "{name}");
        }
        let settings = options(&[("oss_parallel_listing", "8"), ("create_on_versioned_bucket", "TRUE")]).settings;
        assert_eq!(settings, Settings { parallel_listing: 8, create_on_versioned_bucket: true });
    }

    #[test]
    fn what_cannot_be_taken_is_named() {
        let with = |extra: (&'static str, &'static str)| error(&[&GOOD[..], &[extra]].concat());
        let errors = [
            error(&[]),
            error(&[("oss_endpont", "x")]),
            error(&[("bucket", "My_Bucket")]),
            error(&GOOD[..1]),
            error(&GOOD[..2]),
            error(&GOOD[..3]),
            with(("allow_http", "maybe")),
            with(("parallel_listing", "0")),
            with(("addressing_style", "s3")),
            with(("endpoint", "ftp://x")),
            error(&[&GOOD[..], &[("endpoint", "http://127.0.0.1:1"), ("allow_http", "false")]].concat()),
        ];
        expect![[r#"
            no bucket is given: set it with `with_bucket`, `bucket`, or by a URL (oss://bucket)
            unknown: oss_endpont
            `bucket` must be made of a-z, 0-9 and -, got "My_Bucket"
            no credentials are given (for requests without a signature, set `anonymous`)
            no credentials are given (for requests without a signature, set `anonymous`)
            `access_key_id` is given without `secret_access_key`
            `allow_http` must be true or false, got "maybe"
            `parallel_listing` must be a number from 1 to 256, got "0"
            `addressing_style` must be virtual, path or cname, got "s3"
            the endpoint cannot be used: scheme "ftp" is neither http nor https
            `allow_http` is false, and the endpoint is one of plain http"#]]
        .assert_eq(&errors.join("\n"));
    }

    #[test]
    fn variables_that_are_no_options_are_left_to_others() {
        let variables =
            [("OSS_REGION", " cn-beijing\n"), ("OSS_ROLE_ARN", "acs:…"), ("REGION", "x"), ("OSS_ENDPOINT", "")];
        let options = StoreOptions::of_variables(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!((options.region.as_deref(), options.endpoint), (Some("cn-beijing"), None));
        assert!(options.uses_environment && options.refused.is_none());
    }

    #[test]
    fn secrets_do_not_show() {
        let text = format!("{:?}", options(&[("access_key_id", "HIDDEN"), ("access_key_secret", "HIDDEN")]));
        assert!(!text.contains("HIDDEN"), "{text}");
    }

    #[test]
    fn a_url_names_a_bucket_and_a_path() {
        let split = |url| split_url(url).map_err(|error| error.to_string());
        assert_eq!(split("oss://demo/a%20b/c").unwrap(), ("demo".to_owned(), "/a%20b/c".to_owned()));
        assert_eq!(split("oss://demo").unwrap(), ("demo".to_owned(), String::new()));
        let errors = ["s3://demo/a", "oss:///a", "demo/a", "oss://demo/a?b", "oss://me:secret@demo/a"]
            .map(|url| split(url).unwrap_err());
        expect![[r#"
            "s3://demo/a" is not the URL of a place in OSS: the scheme must be oss, as in oss://bucket/path
            "oss:///a" is not the URL of a place in OSS: it names no bucket
            "demo/a" is not the URL of a place in OSS: relative URL without a base
            "oss://demo/a?b" is not the URL of a place in OSS: it has a query or fragment; a ? or # of a key is written %3F or %23
            a URL of a place in OSS has no user, password or port: oss://bucket/path"#]]
        .assert_eq(&errors.join("\n"));
    }
}
