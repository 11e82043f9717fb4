//! `cargo xtask conformance signing`: random requests, signed here and by the official SDK for Python.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use oss_auth::encoding::decode_query;
use oss_auth::{Credentials, Product, SignatureVersion, Signer, SigningRequest, V1Signer, V4Signer, v1};
use serde::{Deserialize, Serialize};

const SCRIPT: &str = include_str!("signing.py");

/// Signs `requests` random requests by V4 and V1, in the header and in the URL, and compares every header and every
/// query parameter with what the SDK in `python`'s environment makes of them.
///
/// # Errors
/// If one differs, with both results.
pub(crate) fn run(python: &Path, requests: usize, seed: u64) -> Result<()> {
    println!("signing: {requests} requests, seed {seed}");
    let mut rng = Rng::with_seed(seed);
    let asked: Vec<Asked> = (0..requests).map(|_| Asked::random(&mut rng)).collect();
    let responses = responses(python, &asked)?;
    ensure!(responses.len() == asked.len(), "the SDK signed {} of {requests} requests", responses.len());
    let mut differing = 0;
    for (asked, response) in asked.iter().zip(responses) {
        let ours = asked.signed().with_context(|| format!("signing {asked:?}"))?;
        let theirs = Signed::of_sdk(asked, &response)?;
        if ours != theirs {
            differing += 1;
            println!(
                "{asked:#?}\n  ours   {ours:?}\n  theirs {theirs:?}\n  their string to sign {:?}",
                response.string_to_sign
            );
        }
    }
    ensure!(differing == 0, "{differing} of {requests} requests are signed differently (seed {seed})");
    println!("signing: all {requests} agree");
    Ok(())
}

fn responses(python: &Path, asked: &[Asked]) -> Result<Vec<Response>> {
    let folder = tempfile::tempdir()?;
    let (script, input) = (folder.path().join("signing.py"), folder.path().join("requests.json"));
    fs::write(&script, SCRIPT)?;
    let for_sdk: Vec<ForSdk<'_>> = asked.iter().map(ForSdk::new).collect();
    fs::write(&input, serde_json::to_vec(&for_sdk)?)?;
    let output = Command::new(python).arg(&script).arg(&input).output().context("running the SDK")?;
    ensure!(output.status.success(), "the SDK failed:\n{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("reading the SDK's responses")
}

/// A random request, before signing.
#[derive(Clone, Debug)]
struct Asked {
    version: SignatureVersion,
    /// Seconds, for a signature in the URL.
    lifetime: Option<u64>,
    method: Method,
    bucket: Option<String>,
    key: Option<String>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    additional_headers: Vec<String>,
    access_key_id: String,
    access_key_secret: String,
    security_token: Option<String>,
    region: String,
    signing_time: u64,
}

const HOST: &str = "examplebucket.oss-cn-hangzhou.aliyuncs.com";
const METHODS: [Method; 6] = [Method::GET, Method::PUT, Method::POST, Method::HEAD, Method::DELETE, Method::OPTIONS];
const REGIONS: [&str; 4] = ["cn-hangzhou", "us-west-1", "ap-southeast-1", "eu-central-1"];
const HEADERS: [&str; 12] = [
    "Content-Type",
    "Content-MD5",
    "Cache-Control",
    "Range",
    "If-Match",
    "X-Oss-Meta-Author",
    "x-oss-meta-a",
    "x-oss-meta-a-b",
    "x-oss-object-acl",
    "x-oss-callback",
    "X-Other",
    "Host",
];
/// Names whose order or spelling has tripped signers, beside random ones.
const QUERY_NAMES: [&str; 14] = [
    "a",
    "a-b",
    "A",
    "acl",
    "uploads",
    "uploadId",
    "partNumber",
    "x-oss-process",
    "versionId",
    "prefix",
    "lifecycle",
    "response-content-type",
    "continuation-token",
    "+plus",
];
const DAY: u64 = 86_400;

impl Asked {
    fn random(rng: &mut Rng) -> Self {
        let bucket = rng.u8(0..10) > 0;
        let key = bucket && rng.u8(0..10) > 1;
        let mut query = BTreeMap::new();
        for _ in 0..rng.usize(0..5) {
            let name = if rng.bool() { pick(rng, &QUERY_NAMES).to_owned() } else { text(rng, 1..8) };
            query.insert(name, if rng.u8(0..4) == 0 { String::new() } else { text(rng, 0..12) });
        }
        let mut query: Vec<_> = query.into_iter().collect();
        rng.shuffle(&mut query);
        let mut headers: Vec<_> = HEADERS.iter().filter(|_| rng.u8(0..4) == 0).map(|name| (*name).to_owned()).collect();
        rng.shuffle(&mut headers);
        let headers = headers.into_iter().map(|name| (name, header_value(rng))).collect();
        let version = if rng.bool() { SignatureVersion::V4 } else { SignatureVersion::V1 };
        Self {
            version,
            lifetime: rng.bool().then(|| rng.u64(1..=7 * DAY)),
            method: METHODS.get(rng.usize(0..METHODS.len())).cloned().unwrap_or_default(),
            bucket: bucket.then(|| "examplebucket".to_owned()),
            key: key.then(|| text(rng, 1..40)),
            query,
            headers,
            additional_headers: HEADERS
                .iter()
                .filter(|_| version == SignatureVersion::V4 && rng.u8(0..6) == 0)
                .map(|name| (*name).to_owned())
                .collect(),
            access_key_id: format!("LTAI{}", rng.u64(..)),
            access_key_secret: text(rng, 1..30),
            security_token: rng.bool().then(|| ascii(rng, 1..40)),
            region: pick(rng, &REGIONS).to_owned(),
            // From 2001 to 2096.
            signing_time: rng.u64(1_000_000_000..4_000_000_000),
        }
    }

    fn request(&self) -> SigningRequest<'_> {
        SigningRequest::new(self.method.clone())
            .bucket(self.bucket.as_deref())
            .key(self.key.as_deref())
            .query_pairs(self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            .host(HOST)
    }

    fn url(&self) -> String {
        format!("https://{HOST}{}", self.request().path_and_query())
    }

    fn header_map(&self) -> Result<HeaderMap> {
        self.headers
            .iter()
            .map(|(name, value)| Ok((name.parse::<HeaderName>()?, HeaderValue::from_bytes(value.as_bytes())?)))
            .collect()
    }

    fn signed(&self) -> Result<Signed> {
        let signer = match self.version {
            SignatureVersion::V1 => Signer::V1(V1Signer::new()),
            _ => Signer::V4(
                V4Signer::new(&self.region, Product::OSS)?.with_additional_headers(&self.additional_headers)?,
            ),
        };
        let credentials = Credentials::new(&self.access_key_id, self.access_key_secret.clone())
            .with_security_token(self.security_token.clone().unwrap_or_default());
        let time: SystemTime = UNIX_EPOCH + Duration::from_secs(self.signing_time);
        let mut headers = self.header_map()?;
        if let Some(lifetime) = self.lifetime {
            let lifetime = Duration::from_secs(lifetime);
            let url = signer.presign(&self.request(), &headers, &credentials, time, lifetime)?;
            return Signed::in_url(url.url());
        }
        signer.sign(&self.request(), &mut headers, &credentials, time)?;
        Ok(Signed::in_headers(
            headers.iter().map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            }),
        ))
    }
}

/// A request as the SDK gets it, changed where the SDK is known to stray from what OSS documents.
#[derive(Serialize)]
struct ForSdk<'a> {
    version: &'static str,
    method: &'a str,
    url: String,
    bucket: Option<&'a str>,
    key: Option<&'a str>,
    headers: Vec<(&'a str, &'a str)>,
    additional_headers: &'a [String],
    access_key_id: &'a str,
    access_key_secret: &'a str,
    security_token: Option<&'a str>,
    region: &'a str,
    signing_time: u64,
    expires_at: Option<u64>,
    sub_resources: Vec<&'a str>,
}

impl<'a> ForSdk<'a> {
    fn new(asked: &'a Asked) -> Self {
        let is_v1 = asked.version == SignatureVersion::V1;
        // It keeps blanks around values, which no server does.
        let mut headers: Vec<(&str, &str)> =
            asked.headers.iter().map(|(name, value)| (name.as_str(), trim(value))).collect();
        // It signs the host only if it is told.
        let lists_host = asked.additional_headers.iter().any(|name| name == "Host");
        if lists_host && !headers.iter().any(|(name, _)| *name == "Host") {
            headers.push(("Host", HOST));
        }
        let mut security_token = asked.security_token.as_deref();
        // Its V1 sends the token in an unsigned header of another name.
        if is_v1 && asked.lifetime.is_none() {
            headers.extend(security_token.take().map(|token| ("x-oss-security-token", token)));
        }
        // Its V1 knows neither the `x-oss-` rule nor the operations' names unless told.
        let oss_names = asked.query.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("x-oss-"));
        let sub_resources = v1::SUB_RESOURCES.into_iter().chain(oss_names).collect();
        Self {
            version: if is_v1 { "v1" } else { "v4" },
            method: asked.method.as_str(),
            url: asked.url(),
            bucket: asked.bucket.as_deref(),
            key: asked.key.as_deref(),
            headers,
            additional_headers: &asked.additional_headers,
            access_key_id: &asked.access_key_id,
            access_key_secret: &asked.access_key_secret,
            security_token,
            region: &asked.region,
            signing_time: asked.signing_time,
            expires_at: asked.lifetime.map(|lifetime| asked.signing_time + lifetime),
            sub_resources,
        }
    }
}

#[derive(Deserialize)]
struct Response {
    url: String,
    headers: Vec<(String, String)>,
    string_to_sign: String,
}

/// What signing made of a request, in an order that does not matter.
#[derive(Debug, PartialEq)]
enum Signed {
    Headers(Vec<(String, String)>),
    Url { address: String, query: Vec<(String, String)> },
}

impl Signed {
    fn of_sdk(asked: &Asked, response: &Response) -> Result<Self> {
        match asked.lifetime {
            Some(_) => Self::in_url(&response.url),
            None => Ok(Self::in_headers(response.headers.iter().cloned())),
        }
    }

    fn in_headers(headers: impl Iterator<Item = (String, String)>) -> Self {
        let normal = headers.map(|(name, value)| (name.to_ascii_lowercase(), trim(&value).to_owned()));
        // Signed or not, the host is sent by the HTTP layer.
        let mut headers: Vec<_> = normal.filter(|(name, _)| name != "host").collect();
        headers.sort();
        Self::Headers(headers)
    }

    fn in_url(url: &str) -> Result<Self> {
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let mut query = decode_query(query)?;
        query.sort();
        Ok(Self::Url { address: address.to_owned(), query })
    }
}

fn trim(value: &str) -> &str {
    value.trim_matches([' ', '\t'])
}

fn pick<'a>(rng: &mut Rng, choices: &[&'a str]) -> &'a str {
    choices.get(rng.usize(0..choices.len())).copied().unwrap_or_default()
}

/// Text of all kinds: plain, reserved, blank, control, several bytes to a character.
fn text(rng: &mut Rng, len: std::ops::Range<usize>) -> String {
    (0..rng.usize(len))
        .map(|_| match rng.u8(0..10) {
            0..4 => rng.alphanumeric(),
            4..8 => rng.char(' '..='~'),
            8 => rng.char('\u{1}'..='\u{7f}'),
            _ => rng.char('\u{80}'..='\u{1f6ff}'),
        })
        .collect()
}

fn ascii(rng: &mut Rng, len: std::ops::Range<usize>) -> String {
    (0..rng.usize(len)).map(|_| rng.char('!'..='~')).collect()
}

/// With blanks inside and around, and now and then beyond ASCII.
fn header_value(rng: &mut Rng) -> String {
    (0..rng.usize(0..12))
        .map(|_| match rng.u8(0..8) {
            0 => ' ',
            1 => '\t',
            2 => rng.char('\u{a1}'..='\u{9fff}'),
            _ => rng.char(' '..='~'),
        })
        .collect()
}
