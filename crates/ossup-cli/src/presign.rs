//! `ossup presign`.

mod form;

use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use ossup::{
    Client, DeleteObjectRequest, GetObjectRequest, HeadObjectRequest, ListEntry, Listing, Operation as _, Presigned,
    PutObjectRequest, Request, models,
};
use serde::Serialize;

use crate::address::{Address, Pattern, shown};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::{Line, Output, Totals};
use crate::size::Size;
use crate::time::{Moment, Time, moment};

/// What OSS allows.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);
const DEFAULT: Duration = Duration::from_secs(15 * 60);

#[derive(Args)]
pub(crate) struct Presign {
    /// The objects, as oss://BUCKET/KEY; with -r also oss://BUCKET/FOLDER/ and oss://BUCKET/TEXT*.
    #[arg(required = true)]
    what: Vec<Address>,
    /// How long a URL works, 1s to 7d. Default: 15m.
    #[arg(long, value_name = "TIME", alias = "timeout")]
    expires_duration: Option<Time>,
    /// When a URL stops working, such as 2026-11-28T12:00:00Z; at most 7 days from now.
    #[arg(long, value_name = "DATE", conflicts_with = "expires_duration")]
    expires_date: Option<Moment>,
    /// What a URL is for. Default: get.
    #[arg(long, value_enum, default_value_t = Method::Get, hide_default_value = true, ignore_case = true)]
    method: Method,
    /// Version of the object, if only one is named.
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    version_id: Option<String>,
    /// Sign every object in a folder.
    #[arg(short, long)]
    recursive: bool,
    /// A parameter of the query that is signed too, as NAME=VALUE, such as x-oss-process=image/resize,w_100; may be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    query_param: Vec<String>,
    /// A header that is signed too, as NAME:VALUE, and has to be sent with the URL; may be repeated.
    #[arg(long, value_name = "NAME:VALUE")]
    header: Vec<String>,
    /// Make a form with which a browser uploads, in place of a URL: its URL and fields, as JSON. The key is that of the object,
    /// or anything in the folder or with that beginning; --header has further fields, which the form must have.
    #[arg(long, conflicts_with_all = ["recursive", "version_id", "method", "query_param"])]
    post_policy: bool,
    /// The most bytes that the form may upload. Default: 5GiB, as of any object that is uploaded whole.
    #[arg(long, value_name = "SIZE", requires = "post_policy")]
    max_size: Option<Size>,
    /// Make URLs of the public endpoint of the region, whatever endpoint is configured: for clients elsewhere.
    #[arg(long)]
    public_endpoint: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Method {
    Get,
    Put,
    Head,
    Delete,
}

/// A URL.
#[derive(Serialize)]
struct Url {
    op: &'static str,
    bucket: String,
    key: String,
    method: String,
    url: String,
    #[serde(serialize_with = "models::serialize::time")]
    expires: Option<SystemTime>,
    /// What has to be sent with it.
    #[serde(serialize_with = "models::serialize::headers")]
    headers: ossup::http::HeaderMap,
}

impl Line for Url {
    fn is_result(&self) -> bool {
        true
    }

    fn text(&self) -> Option<String> {
        Some(self.url.clone())
    }

    fn count(&self, totals: &mut Totals) {
        totals.done += 1;
    }
}

impl Presign {
    /// Signs; nothing is sent, except to list a folder.
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let expires = self.expires(SystemTime::now())?;
        let pairs = |given: &[String], flag: &str, between: char| -> Result<Vec<(String, String)>, Failure> {
            let pair = |text: &String| match text.split_once(between) {
                Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.trim().to_owned())),
                _ => Err(Failure::usage(format!("{flag} {text:?} is not of the form NAME{between}VALUE"))),
            };
            given.iter().map(pair).collect()
        };
        let query = pairs(&self.query_param, "--query-param", '=')?;
        let headers = pairs(&self.header, "--header", ':')?;
        if self.version_id.is_some() && (self.what.len() > 1 || self.recursive) {
            return Err(Failure::usage("--version-id is for one object: name only one"));
        }
        for address in &self.what {
            match address.pattern() {
                Pattern::Object(_) if !self.recursive => {
                    address.object()?;
                }
                _ if self.post_policy => {}
                _ if self.recursive => {}
                _ => {
                    return Err(Failure::usage(format!(
                        "{address} is not a single object: add -r to sign everything in it"
                    )));
                }
            }
        }
        let public = self.public_endpoint.then(|| global.at_public_endpoint(&self.what)).transpose()?;
        let global = public.as_ref().unwrap_or(global);
        let clients = global.clients(output);
        for address in &self.what {
            let client = &clients.of(&address.bucket)?;
            let (query, headers) = (query.as_slice(), headers.as_slice());
            let run = Run { arguments: self, client, output, expires, query, headers };
            let flow = match self.recursive {
                _ if self.post_policy => run.form(address, global).await?,
                true => run.folder(address, global).await?,
                false => run.sign(address, &address.rest).await?,
            };
            if flow.is_break() {
                break;
            }
        }
        Ok(Exit::Done)
    }

    fn expires(&self, now: SystemTime) -> Result<Duration, Failure> {
        let expires = match (self.expires_duration, self.expires_date) {
            (Some(Time(duration)), _) => duration,
            (None, Some(Moment(date))) => date.duration_since(now).unwrap_or_default(),
            (None, None) => DEFAULT,
        };
        if !(Duration::from_secs(1)..=LONGEST).contains(&expires) {
            return Err(Failure::usage("a URL works for at least 1 s and at most 7 days from now"));
        }
        Ok(expires)
    }
}

/// One run of the command.
struct Run<'a> {
    arguments: &'a Presign,
    client: &'a Client,
    output: &'a Output,
    expires: Duration,
    query: &'a [(String, String)],
    headers: &'a [(String, String)],
}

impl Run<'_> {
    async fn folder(&self, address: &Address, global: &Global) -> Result<ControlFlow<()>, Failure> {
        let prefix = match address.pattern() {
            Pattern::Bucket => String::new(),
            Pattern::Folder(prefix) | Pattern::Prefix(prefix) => prefix.to_owned(),
            Pattern::Object(key) => format!("{key}/"),
        };
        let listing = Listing::new(address.bucket.clone()).prefix(prefix).request_payer(global.payer());
        let mut pages = listing.pages(self.client.transport().clone());
        while let Some(page) = pages.next().await {
            for entry in page? {
                if let ListEntry::Object(object) = entry
                    && self.sign(address, &object.key).await?.is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    async fn sign(&self, address: &Address, key: &str) -> Result<ControlFlow<()>, Failure> {
        let (bucket, version) = (address.bucket.as_str(), self.arguments.version_id.clone());
        macro_rules! presign {
            ($request:expr) => {{
                let mut request = $request;
                request.queries = self.query.to_vec();
                request.headers = self.headers.to_vec();
                self.presign(request.into_request()?).await?
            }};
        }
        macro_rules! of_version {
            ($request:expr) => {{
                let mut request = $request;
                request.version_id = version;
                presign!(request)
            }};
        }
        let signed = match self.arguments.method {
            Method::Get => of_version!(GetObjectRequest::new(bucket, key)),
            Method::Head => of_version!(HeadObjectRequest::new(bucket, key)),
            Method::Delete => of_version!(DeleteObjectRequest::new(bucket, key)),
            Method::Put if version.is_some() => {
                return Err(Failure::usage("--version-id names no version that can be written"));
            }
            Method::Put => presign!(PutObjectRequest::new(bucket, key)),
        };
        if let Some(end) = signed.expiration() {
            self.warn_of_early_end(address, key, end);
        }
        self.tell_headers(&signed);
        Ok(self.output.line(&Url {
            op: "presign",
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            method: signed.method().to_string(),
            url: signed.url().to_owned(),
            expires: signed.expiration(),
            headers: signed.signed_headers().clone(),
        }))
    }

    async fn presign(&self, mut request: Request) -> Result<Presigned, Failure> {
        // The media type that an upload would have by its key is signed too, and a client that has only the URL does not send it.
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            request.headers.remove(ossup::http::header::CONTENT_TYPE);
        }
        Ok(self.client.transport().presign(&request, self.expires).await?)
    }

    /// Headers that were signed have to be sent, which the URL does not say.
    fn tell_headers(&self, signed: &Presigned) {
        let headers = signed.signed_headers().iter();
        let headers: Vec<_> =
            headers.map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))).collect();
        if !headers.is_empty() {
            self.output.hint(format_args!("to be sent with the URL: {}", headers.join(", ")));
        }
    }

    /// Temporary credentials may end before the URL or the form does.
    fn warn_of_early_end(&self, address: &Address, key: &str, end: SystemTime) {
        // The time between signing and looking.
        const TOLERANCE: Duration = Duration::from_secs(60);
        if end + TOLERANCE < SystemTime::now() + self.expires {
            let what = if self.arguments.post_policy { "form" } else { "URL" };
            let (at, end) = (shown(address.bucket.as_str(), key), moment(Some(end)));
            self.output.warn(format!("the {what} of {at} ends with the credentials that signed it, at {end}"));
        }
    }
}
