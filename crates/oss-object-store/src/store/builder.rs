use super::super::object_store::path::Path;
use super::super::object_store::{Error, Result};
use super::OssStore;
use super::convert::{STORE, failure};
use crate::options::{BuildError, StoreOptions};

/// Builds an [`OssStore`]: from the environment, from options by name as engines hand them on, or setter by setter.
///
/// | option, with or without `oss_` in front | meaning | default |
/// |---|---|---|
/// | `bucket`, `bucket_name` | the bucket | none, required |
/// | `endpoint`, `endpoint_url` | `[http://\|https://]host[:port]` | that of the region |
/// | `region` | such as `cn-hangzhou` | the one that the endpoint names |
/// | `access_key_id`; `secret_access_key`, `access_key_secret` | the access key | see [`from_env`](Self::from_env) |
/// | `security_token`, `session_token` | the token of temporary credentials | none |
/// | `skip_signature` | requests without a signature | false |
/// | `virtual_hosted_style_request` | the bucket as a part of the host name | true, except for IP addresses and `localhost` |
/// | `addressing_style` | `virtual`, `path` or `cname` | `virtual` |
/// | `allow_http` | `false` refuses an endpoint of plain http | such an endpoint is used as it is given |
/// | `user_agent` | appended to `User-Agent` | nothing |
/// | `parallel_listing` | lists under way at once, 1 to 256 | 1 |
/// | `create_on_versioned_bucket` | attempt `PutMode::Create` whether or not the bucket is versioned | false |
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct OssStoreBuilder {
    options: StoreOptions,
}

impl OssStoreBuilder {
    /// Nothing is set. Credentials have to be.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the environment says: each option by its name in upper case with `OSS_` in front, such as `OSS_ENDPOINT`,
    /// `OSS_REGION`, `OSS_ACCESS_KEY_ID`, `OSS_ACCESS_KEY_SECRET`, `OSS_SESSION_TOKEN` and `OSS_BUCKET`. Read now.
    ///
    /// Without an access key among them credentials come from the other usual places: `ALIBABA_CLOUD_*`, a role by OIDC, profiles,
    /// the role of the ECS instance.
    pub fn from_env() -> Self {
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self { options: StoreOptions::of_variables(variables) }
    }

    /// Sets the bucket. Default none: without one [`build`](Self::build) fails.
    pub fn with_bucket(mut self, bucket: impl Into<String>) -> Self {
        self.options.bucket = Some(bucket.into());
        self
    }

    /// Sets the endpoint, `[http://|https://]host[:port]`. Default: that of the region.
    pub fn with_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.options.endpoint = Some(endpoint.into());
        self
    }

    /// Sets the region, such as `cn-hangzhou`. Default: the one that the endpoint names.
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.options.region = Some(region.into());
        self
    }

    /// Sets the id of the access key. Default none; after [`from_env`](Self::from_env) what it found.
    pub fn with_access_key_id(mut self, id: impl Into<String>) -> Self {
        self.options.access_key_id = Some(id.into());
        self
    }

    /// Sets the secret of the access key. Default none; after [`from_env`](Self::from_env) what it found.
    pub fn with_secret_access_key(mut self, secret: impl Into<String>) -> Self {
        self.options.secret_access_key = Some(secret.into());
        self
    }

    /// Sets the token of temporary credentials. Default none; after [`from_env`](Self::from_env) what it found.
    pub fn with_security_token(mut self, token: impl Into<String>) -> Self {
        self.options.security_token = Some(token.into());
        self
    }

    /// Sets how many lists are under way at once, 1 to 256; see [`OssStore::with_parallel_listing`]. Default 1.
    pub fn with_parallel_listing(mut self, lists: usize) -> Self {
        self.options.settings.parallel_listing = lists;
        self
    }

    /// Sets whether to create objects without asking whether the bucket is versioned; see
    /// [`OssStore::with_create_on_versioned_bucket`]. Default no.
    pub fn with_create_on_versioned_bucket(mut self, allow: bool) -> Self {
        self.options.settings.create_on_versioned_bucket = allow;
        self
    }

    /// Sets an option by its name, in whatever case. A later one of the same meaning wins. What is no option, or has no
    /// such value, is an error of [`build`](Self::build). Default: each as the table above says.
    pub fn with_option(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.options.set(name.as_ref(), value.as_ref());
        self
    }

    /// Sets options by their names. Default: each as the table above says.
    pub fn with_options<K: AsRef<str>, V: AsRef<str>>(self, options: impl IntoIterator<Item = (K, V)>) -> Self {
        options.into_iter().fold(self, |builder, (name, value)| builder.with_option(name, value))
    }

    /// Checks the options together. Nothing is sent.
    ///
    /// # Errors
    /// `UnknownConfigurationKey` for an option that does not exist, else `Generic`: what was wrong, and what is allowed.
    pub fn build(self) -> Result<OssStore> {
        self.options.build().map(OssStore::new).map_err(|error| match error {
            BuildError::UnknownOption(key) => Error::UnknownConfigurationKey { store: STORE, key },
            BuildError::Other(error) => failure("", error),
        })
    }
}

/// The store of `oss://bucket/path`, and the path in it; `options` by name win over the environment
/// ([`OssStoreBuilder::from_env`]), and the URL's bucket over both.
///
/// # Errors
/// `Generic` for anything but such a URL, `InvalidPath` for a path that the trait does not have, and the errors of
/// [`OssStoreBuilder::build`].
pub fn parse_url<K, V>(url: impl AsRef<str>, options: impl IntoIterator<Item = (K, V)>) -> Result<(OssStore, Path)>
where
    K: AsRef<str>,
    V: AsRef<str>,
{
    let mut builder = OssStoreBuilder::from_env().with_options(options);
    let path = builder.options.set_url(url.as_ref()).map_err(|error| failure(url.as_ref(), error))?;
    Ok((builder.build()?, Path::from_url_path(path)?))
}
