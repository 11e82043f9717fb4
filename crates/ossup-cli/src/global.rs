//! The options that every command has: where the service is, how it is reached, what is shown.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr as _;

use clap::{Args, ValueEnum};
use ossup::auth::credentials::{CredentialsSource, Environment};
use ossup::auth::{Product, Signer, V1Signer, V4Signer};
use ossup::credentials::{CredentialsProvider as _, RefreshingProvider, SourceClient};
use ossup::transport::{BandwidthLimit, Endpoint, Proxy};
use ossup::{BucketName, Client, Config, ConfigError, Credentials, RequestPayer, SignatureVersion};

use crate::address::Address;
use crate::config::Settings;
use crate::credentials::{Mode, Sources};
use crate::failure::{Failure, Kind, sentence};
use crate::output::{Output, Style};
use crate::time::Time;

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Host of the service, with or without http:// or https://. Default: OSS_ENDPOINT, the configuration, then the public
    /// one of the region.
    #[arg(short, long, global = true, value_name = "HOST")]
    pub(crate) endpoint: Option<String>,
    /// Region of the bucket, such as cn-hangzhou. Default: the one that the endpoint names, then OSS_REGION, then the
    /// configuration.
    #[arg(long, global = true)]
    pub(crate) region: Option<String>,
    /// How a bucket is addressed: BUCKET.HOST/KEY, HOST/BUCKET/KEY, or HOST/KEY for a domain that stands for one bucket.
    /// Default: virtual.
    #[arg(long, global = true, value_name = "STYLE")]
    addressing_style: Option<AddressingStyle>,
    /// PEM file of a certificate authority to trust besides the system's.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Proxy for all requests, such as http://proxy:3128, or env for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. Default:
    /// none.
    #[arg(long, global = true, value_name = "URL|env")]
    proxy: Option<String>,
    /// Limit for a connection with its TLS handshake, such as 5s; a number alone is seconds. Default: 5s.
    #[arg(long, global = true, value_name = "TIME")]
    connect_timeout: Option<Time>,
    /// Longest time without a byte moved, either way. Default: 20s.
    #[arg(long, global = true, value_name = "TIME")]
    read_timeout: Option<Time>,
    /// Attempts of each request, the first included, 1 to 500. Default: 3.
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500))]
    retry_times: Option<u32>,
    /// The requester pays, not the owner of the bucket.
    #[arg(long, global = true, value_name = "requester", num_args = 0..=1, require_equals = true,
        default_missing_value = "requester", value_parser = ["requester"])]
    request_payer: Option<String>,
    /// Configuration of ossutil to take credentials, region, endpoint and more from. Default: OSSUTIL_CONFIG_FILE, then
    /// ~/.ossutilconfig.
    #[arg(short, long, global = true, value_name = "FILE")]
    config_file: Option<PathBuf>,
    /// Profile of the configuration; it comes before the environment. Default: OSSUTIL_PROFILE, then the default one.
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// How to get credentials, whatever else there is. Default: the first source that has some.
    #[arg(long, global = true, value_name = "MODE", ignore_case = true)]
    mode: Option<Mode>,
    /// Version of the signature: v4, or v1 for old services. Default: v4.
    #[arg(long, global = true, value_name = "VERSION", value_parser = ["v1", "v4"])]
    sign_version: Option<String>,
    /// Take nothing from the environment but the home directory.
    #[arg(long, global = true)]
    ignore_env_var: bool,
    /// Address of this machine to connect from. Default: the system's choice.
    #[arg(long, global = true, value_name = "IP")]
    bind_address: Option<IpAddr>,
    /// What to append to the User-Agent of requests.
    #[arg(long, global = true, value_name = "TEXT")]
    user_agent: Option<String>,
    /// Print lines of JSON in place of text, a summary as the last; the same as --output-format json.
    #[arg(long, global = true)]
    json: bool,
    /// Text for people (raw) or lines of JSON. Default: raw.
    #[arg(long, global = true, value_name = "FORMAT", conflicts_with = "json")]
    output_format: Option<OutputFormat>,
    /// Print errors and what was asked for, but no warnings, no bars and no reports of what was done.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Log to standard error, without secrets. Default: OSSUP_LOG, then off.
    #[arg(long, global = true, value_name = "LEVEL")]
    pub(crate) loglevel: Option<LogLevel>,
    /// Append the log to FILE in place of standard error; of level info, if --loglevel says nothing else.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,

    /// What the commands that transfer have an option for.
    #[arg(skip)]
    pub(crate) limits: Limits,

    // Known from ossutil, and refused.
    #[arg(short = 'i', long, global = true, hide = true)]
    access_key_id: Option<String>,
    #[arg(short = 'k', long, global = true, hide = true)]
    access_key_secret: Option<String>,
    #[arg(short = 't', long, global = true, hide = true)]
    sts_token: Option<String>,
    #[arg(long, global = true, hide = true)]
    skip_verify_cert: bool,
}

/// How the bytes of transfers are limited and compared. All clients of a command share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) bandwidth: Option<BandwidthLimit>,
    /// Whether what the service says of CRC64 is compared with nothing.
    pub(crate) ignores_crc64: bool,
}

impl Limits {
    pub(crate) fn of(&self, config: Config) -> Config {
        let config = config.ignore_response_crc64(self.ignores_crc64);
        match &self.bandwidth {
            Some(limit) => config.upload_bandwidth_limit(limit.clone()).download_bandwidth_limit(limit.clone()),
            None => config,
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum AddressingStyle {
    Virtual,
    Path,
    Cname,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum OutputFormat {
    Raw,
    Json,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum LogLevel {
    Off,
    Info,
    Debug,
}

impl Global {
    /// Refuses what is known from ossutil and cannot be done safely.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let keys = [&self.access_key_id, &self.access_key_secret, &self.sts_token];
        if keys.iter().any(|key| key.is_some()) {
            return Err(Failure::usage(
                "-i, -k and -t are refused, since every process can read arguments: set OSS_ACCESS_KEY_ID, \
                 OSS_ACCESS_KEY_SECRET and, for temporary credentials, OSS_SESSION_TOKEN",
            ));
        }
        if self.skip_verify_cert {
            return Err(Failure::usage(
                "--skip-verify-cert is refused, since anyone on the way could then read and change what is sent: name the \
                 server's certificate authority with --ca-file FILE",
            ));
        }
        Ok(())
    }

    /// What the profile says of output and log, where neither an option nor a variable does. A profile that cannot be read is
    /// reported where it is needed.
    pub(crate) fn with_output_of_profile(mut self) -> Self {
        let Ok(settings) = self.settings() else { return self };
        let value = |key| settings.value(key).unwrap_or_default();
        if !self.json && self.output_format.is_none() {
            // ossutil has other formats, for other commands.
            self.output_format = OutputFormat::from_str(&value("output-format"), true).ok();
        }
        if self.loglevel.is_none() && self.environment().variable(crate::log::VARIABLE).is_none() {
            self.loglevel = LogLevel::from_str(&value("loglevel"), true).ok();
        }
        self
    }

    /// How a command prints.
    pub(crate) fn style(&self) -> Style {
        let json = self.json || self.output_format == Some(OutputFormat::Json);
        Style { json, quiet: self.quiet, logged: self.log_file.is_none() && crate::log::is_on(self.loglevel, false) }
    }

    /// Who pays for requests.
    pub(crate) fn payer(&self) -> Option<RequestPayer> {
        self.request_payer.as_ref().map(|_| RequestPayer::Requester)
    }

    /// The configuration file that was named.
    pub(crate) fn config_file(&self) -> Option<PathBuf> {
        self.config_file.clone()
    }

    /// The profile that was named.
    pub(crate) fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The variables that may be taken from the environment.
    pub(crate) fn environment(&self) -> Environment {
        match self.ignore_env_var {
            false => Environment::process(),
            true => Environment::new(|name| {
                let is_home = ["HOME", "USERPROFILE", "HOMEPATH"].contains(&name);
                is_home.then(|| std::env::var(name).ok()).flatten()
            }),
        }
    }

    /// The profile that a command works with.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        Settings::load(self.config_file.as_deref(), self.profile.as_deref(), &self.environment())
    }

    /// The client for all this.
    pub(crate) fn client(&self, output: &Output) -> Result<Client, Failure> {
        self.configured(None, output)
    }

    /// The client for a bucket, of which the configuration may have a section.
    pub(crate) fn client_of(&self, bucket: &BucketName, output: &Output) -> Result<Client, Failure> {
        self.configured(Some(bucket), output)
    }

    /// Clients for several buckets.
    pub(crate) fn clients<'a>(&'a self, output: &'a Output) -> Clients<'a> {
        Clients { global: self, output, made: RefCell::default() }
    }

    fn configured(&self, bucket: Option<&BucketName>, output: &Output) -> Result<Client, Failure> {
        let (client, sources) = self.client_and_sources(bucket, output)?;
        match sources.unconfigured() {
            Some(why) => Err(Failure::new(Kind::Credentials, why)),
            None => Ok(client),
        }
    }

    /// A client, and where its credentials come from.
    pub(crate) fn client_and_sources(
        &self,
        bucket: Option<&BucketName>,
        output: &Output,
    ) -> Result<(Client, Sources), Failure> {
        let settings = self.settings()?;
        if let Some((path, reason)) = settings.unreadable() {
            output.warn(format!("the configuration {} is left out: {reason}", path.display()));
        }
        if let Some(path) = settings.readable_by_others() {
            let path = path.display();
            output.warn(format!("{path} holds secrets, and other users may read it: chmod 600 {path}"));
        }
        let sources = settings.sources(self.mode, &self.environment());
        let config = self.place(&settings, bucket).config(Config::default());
        let mut config = self.network(self.limits.of(config), &settings)?;
        config = match sources.chain() {
            Some(chain) => {
                let source = CredentialsSource::Chain(chain.clone());
                config.credentials_provider(RefreshingProvider::of_source_over(self.source_client()?, source))
            }
            None => config.anonymous(),
        };
        let client = Client::new(config.recorder(output.requests())).map_err(|error| self.blamed(error))?;
        Ok((client, sources))
    }

    /// What an option makes unusable is a wrong command line, and no wrong configuration.
    fn blamed(&self, error: ConfigError) -> Failure {
        let option = match &error {
            ConfigError::Endpoint(_) if self.endpoint.is_some() => "--endpoint",
            ConfigError::Sign(_) if self.region.is_some() => "--region",
            _ => return error.into(),
        };
        Failure::usage(format!("{option}: {}", sentence(&error)))
    }

    /// The credentials themselves, for what is signed without a request.
    pub(crate) async fn credentials_of(&self, bucket: &BucketName, output: &Output) -> Result<Credentials, Failure> {
        let (_, sources) = self.client_and_sources(Some(bucket), output)?;
        let unusable = |why: String| Failure::new(Kind::Credentials, why);
        if let Some(why) = sources.unconfigured() {
            return Err(unusable(why.to_owned()));
        }
        let Some(chain) = sources.chain() else {
            return Err(unusable("a signature takes credentials, and --mode Anonymous has none".to_owned()));
        };
        let provider =
            RefreshingProvider::of_source_over(self.source_client()?, CredentialsSource::Chain(chain.clone()));
        let credentials = provider.credentials().await.map_err(|error| unusable(sentence(error.as_ref())))?;
        credentials.ok_or_else(|| unusable("there are no credentials".to_owned()))
    }

    /// What signs for a bucket without a request.
    pub(crate) fn signer_of(&self, bucket: &BucketName) -> Result<Signer, Failure> {
        let settings = self.settings()?;
        if self.version_of_signature(&settings)? == SignatureVersion::V1 {
            return Ok(Signer::V1(V1Signer::new()));
        }
        let Some(region) = self.place(&settings, Some(bucket)).region else {
            return Err(ConfigError::Missing { option: "a V4 signature", needs: "the region of the buckets" }.into());
        };
        let signer = V4Signer::new(&region, Product::OSS);
        signer.map(Signer::V4).map_err(|error| match self.region.is_some() {
            true => Failure::usage(format!("--region: {error}")),
            false => Failure::new(Kind::Config, error.to_string()),
        })
    }

    /// The same with the public endpoint of the region of these buckets.
    pub(crate) fn at_public_endpoint(&self, addresses: &[Address]) -> Result<Self, Failure> {
        let settings = self.settings()?;
        let regions: BTreeSet<_> =
            addresses.iter().map(|address| self.place(&settings, Some(&address.bucket)).region).collect();
        let mut regions = regions.into_iter();
        match (regions.next().flatten(), regions.next()) {
            (Some(region), None) => {
                let endpoint = Some(format!("https://oss-{region}.aliyuncs.com"));
                Ok(Self { endpoint, region: Some(region), ..self.clone() })
            }
            _ => Err(Failure::usage(
                "--public-endpoint is the one of a region: give --region, and buckets of one region",
            )),
        }
    }

    /// How credentials are asked for where that takes the network: by the same proxy and authority.
    fn source_client(&self) -> Result<SourceClient, Failure> {
        let mut client = SourceClient::new();
        let variable = |name: &str| self.environment().variable(name);
        let of_environment = || variable("https_proxy").or_else(|| variable("HTTPS_PROXY"));
        let url = match self.proxy.as_deref() {
            Some("env") => of_environment().or_else(|| variable("all_proxy")).or_else(|| variable("ALL_PROXY")),
            url => url.map(str::to_owned),
        };
        if let Some(proxy) = url.as_deref().map(Proxy::parse) {
            client = client.proxy(proxy.map_err(|error| Failure::usage(format!("--proxy: {error}")))?);
        }
        // One that cannot be read is reported when the client is built.
        if let Some(Ok(pem)) = self.ca_file.as_ref().map(std::fs::read) {
            client = client.add_root_certificate(pem);
        }
        Ok(client)
    }

    /// Where the service is, for this bucket.
    pub(crate) fn place(&self, settings: &Settings, bucket: Option<&BucketName>) -> Place {
        let environment = self.environment();
        let of_file = |key: &str| {
            let of_bucket = bucket.and_then(|bucket| settings.value_of_bucket(bucket.as_str(), key));
            of_bucket.or_else(|| settings.value(key))
        };
        let usual = |name: &str, key: &str| match settings.is_explicit() {
            true => of_file(key).or_else(|| environment.variable(name)),
            false => environment.variable(name).or_else(|| of_file(key)),
        };
        let (endpoint, region) = (usual("OSS_ENDPOINT", "endpoint"), usual("OSS_REGION", "region"));
        Place::of(self.endpoint.as_deref(), self.region.as_deref(), endpoint, region)
    }

    fn version_of_signature(&self, settings: &Settings) -> Result<SignatureVersion, Failure> {
        let version = self
            .sign_version
            .as_deref()
            .map(|version| Ok(version.to_owned()))
            .or_else(|| of_profile(settings, "sign-version", |text| Ok(text.to_ascii_lowercase())));
        match version.transpose()?.as_deref() {
            Some("v1") => Ok(SignatureVersion::V1),
            Some("v4") | None => Ok(SignatureVersion::V4),
            Some(other) => {
                Err(Failure::new(Kind::Config, format!("sign-version of the profile: {other:?} is neither v1 nor v4")))
            }
        }
    }

    /// The options that do not say where the service is: flags come before the profile.
    fn network(&self, mut config: Config, settings: &Settings) -> Result<Config, Failure> {
        let style = self.addressing_style.map(Ok).or_else(|| of_profile(settings, "addressing-style", word));
        config = match style.transpose()? {
            Some(AddressingStyle::Path) => config.use_path_style(true),
            Some(AddressingStyle::Cname) => config.use_cname(true),
            Some(AddressingStyle::Virtual) | None => config,
        };
        if let Some(path) = &self.ca_file {
            config = config.ca_file(path);
        }
        config = config.signature_version(self.version_of_signature(settings)?);
        if let Some(address) = self.bind_address {
            config = config.bind_address(address);
        }
        if let Some(text) = &self.user_agent {
            config = config.user_agent(text);
        }
        config = match self.proxy.as_deref() {
            None => config,
            Some("env") => config.proxy_from_environment(true),
            Some(url) if url.contains('@') => {
                return Err(Failure::usage(
                    "a password in --proxy is refused, since every process can read arguments: set HTTPS_PROXY, and write \
                     --proxy env",
                ));
            }
            Some(url) => {
                let proxy = Proxy::parse(url).map_err(|error| Failure::usage(format!("--proxy {url:?} is {error}")))?;
                config.proxy(proxy)
            }
        };
        let time =
            |flag: Option<Time>, key| flag.map(Ok).or_else(|| of_profile(settings, key, Time::from_str)).transpose();
        if let Some(limit) = time(self.connect_timeout, "connect-timeout")? {
            config = config.connect_timeout(limit.more_than_zero("--connect-timeout")?);
        }
        if let Some(limit) = time(self.read_timeout, "read-timeout")? {
            config = config.read_write_timeout(limit.more_than_zero("--read-timeout")?);
        }
        let attempts = self.retry_times.map(Ok).or_else(|| of_profile(settings, "retry-times", parse_attempts));
        if let Some(attempts) = attempts.transpose()? {
            config = config.max_attempts(attempts);
        }
        Ok(config)
    }
}

/// Clients by bucket, each made once.
pub(crate) struct Clients<'a> {
    global: &'a Global,
    output: &'a Output,
    made: RefCell<Vec<(BucketName, Client)>>,
}

impl Clients<'_> {
    /// The client for this bucket.
    pub(crate) fn of(&self, bucket: &BucketName) -> Result<Client, Failure> {
        if let Some((_, client)) = self.made.borrow().iter().find(|(made, _)| made == bucket) {
            return Ok(client.clone());
        }
        let client = self.global.client_of(bucket, self.output)?;
        self.made.borrow_mut().push((bucket.clone(), client.clone()));
        Ok(client)
    }
}

/// A value of the profile, as `read` understands it.
pub(crate) fn of_profile<T>(
    settings: &Settings,
    key: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Option<Result<T, Failure>> {
    let value = settings.value(key)?;
    Some(read(&value).map_err(|error| Failure::new(Kind::Config, format!("{key} of the profile: {error}"))))
}

/// One of the words that an option takes.
pub(crate) fn word<T: ValueEnum>(text: &str) -> Result<T, String> {
    T::from_str(text, true).map_err(|_| {
        let words = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let words: Vec<_> = words.map(|word| word.get_name().to_owned()).collect();
        format!("{text:?} is none of {}", words.join(", "))
    })
}

/// Attempts of a request.
pub(crate) fn parse_attempts(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(attempts @ 1..=500) => Ok(attempts),
        _ => Err(format!("{text:?} is not a number from 1 to 500")),
    }
}

/// Where the service is.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Place {
    pub(crate) endpoint: Option<String>,
    pub(crate) region: Option<String>,
}

impl Place {
    /// What is typed comes before what is usual: the environment and the profile.
    fn of(
        endpoint: Option<&str>,
        region: Option<&str>,
        usual_endpoint: Option<String>,
        usual_region: Option<String>,
    ) -> Self {
        let named = |endpoint: Option<&str>| endpoint.and_then(region_of);
        // A region that is typed means its own endpoint, whatever is usual for another one.
        let usual_endpoint = usual_endpoint.filter(|endpoint| {
            region.is_none() || region_of(endpoint).is_none_or(|named| Some(named.as_str()) == region)
        });
        let region = region
            .map(str::to_owned)
            .or_else(|| named(endpoint))
            .or(usual_region)
            .or_else(|| named(usual_endpoint.as_deref()));
        let endpoint = endpoint.map(str::to_owned).or(usual_endpoint);
        // An emulator expects its default region unless it was told otherwise.
        let emulator = || endpoint.as_deref().is_some_and(is_loopback).then(|| "cn-hangzhou".to_owned());
        Self { region: region.or_else(emulator), endpoint }
    }

    fn config(self, mut config: Config) -> Config {
        if let Some(endpoint) = self.endpoint {
            config = config.endpoint(endpoint);
        }
        if let Some(region) = self.region {
            config = config.region(region);
        }
        config
    }
}

/// The region that an endpoint names. One that cannot be used is reported when the client is built.
fn region_of(endpoint: &str) -> Option<String> {
    Endpoint::parse(endpoint).ok()?.region().map(str::to_owned)
}

/// Whether the endpoint is on this machine.
fn is_loopback(endpoint: &str) -> bool {
    Endpoint::parse(endpoint).is_ok_and(|endpoint| endpoint.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_tells_its_region() {
        let built = |endpoint: &str| {
            let place = Place::of(Some(endpoint), None, None, None);
            let config = place.config(Config::default()).credentials(Credentials::new("id", "secret"));
            Client::new(config).map(|_| ()).map_err(|error| Failure::from(error).to_string())
        };
        for endpoint in [
            "https://oss-cn-beijing.aliyuncs.com/",
            "OSS-cn-hangzhou-Internal.aliyuncs.com:443",
            "cn-hangzhou.oss.aliyuncs.com",
            "http://127.0.0.1:9000/",
            "localhost",
            "[::1]:9000",
        ] {
            assert_eq!(built(endpoint), Ok(()), "{endpoint}");
        }
        for endpoint in ["oss-accelerate.aliyuncs.com", "cdn.example.com", "127.0.0.1.example.com"] {
            assert!(built(endpoint).is_err_and(|error| error.contains("--region")), "{endpoint}");
        }
        let refused = built("demo.oss-cn-hangzhou.aliyuncs.com").unwrap_err();
        assert!(refused.contains("the endpoint is oss-cn-hangzhou.aliyuncs.com"), "{refused}");
    }

    #[test]
    fn flags_come_before_the_environment() {
        let place = |endpoint, region, (usual_endpoint, usual_region): (&str, &str)| {
            let usual = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            let place = Place::of(endpoint, region, usual(usual_endpoint), usual(usual_region));
            (place.endpoint.unwrap_or_default(), place.region.unwrap_or_default())
        };
        let (hangzhou, beijing) = ("oss-cn-hangzhou.aliyuncs.com", "oss-cn-beijing.aliyuncs.com");
        let pair = |endpoint: &str, region: &str| (endpoint.to_owned(), region.to_owned());
        let both = (hangzhou, "cn-hangzhou");
        assert_eq!(place(None, None, ("", "")), pair("", ""));
        assert_eq!(place(None, None, both), pair(hangzhou, "cn-hangzhou"));
        assert_eq!(place(Some(beijing), None, both), pair(beijing, "cn-beijing"));
        assert_eq!(place(None, Some("cn-beijing"), both), pair("", "cn-beijing"));
        assert_eq!(place(None, Some("cn-beijing"), ("cdn.example.com", "")), pair("cdn.example.com", "cn-beijing"));
        assert_eq!(place(Some("127.0.0.1:9"), None, ("", "cn-beijing")), pair("127.0.0.1:9", "cn-beijing"));
        assert_eq!(place(Some("127.0.0.1:9"), None, ("", "")), pair("127.0.0.1:9", "cn-hangzhou"));
    }
}
