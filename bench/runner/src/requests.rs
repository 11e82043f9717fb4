//! Requests signed in advance, for the bare loop that signs nothing while it is measured.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use http::uri::Scheme;
use http::{HeaderMap, Method};
use oss_auth::{Credentials, Presigned, Product, SigningRequest, V4Signer};
use xtask::step;

use crate::case::{Case, Input, Work};
use crate::client::KEY;
use crate::process::Access;
use crate::programs::Programs;

/// The most parts of an upload.
const MOST_PARTS: u64 = 10_000;
const LIFE: Duration = Duration::from_secs(3600);

/// A URL by which anyone can put the object.
///
/// # Errors
/// If it cannot be signed.
pub(crate) fn put_url(access: &Access, key: &str) -> Result<String> {
    Ok(presigned(access, &Method::PUT, key, &[])?.url().to_owned())
}

/// A URL by which anyone can get the object, or a range of it.
///
/// # Errors
/// If it cannot be signed.
pub(crate) fn get_url(access: &Access, key: &str) -> Result<String> {
    Ok(presigned(access, &Method::GET, key, &[])?.url().to_owned())
}

/// Writes what the bare loop sends in `case`, and begins the upload of a file in parts.
///
/// # Errors
/// If the server refuses the upload.
pub(crate) fn write(
    programs: &Programs,
    case: &Case,
    input: &Input,
    access: &Access,
    folder: &Path,
) -> Result<PathBuf> {
    let mut lines = String::new();
    match case.work {
        Work::Pipe { .. } => writeln!(lines, "{}", target(&put_url(access, KEY)?)?)?,
        Work::GetFile { .. } | Work::GetPipe { .. } => writeln!(lines, "{}", target(&get_url(access, KEY)?)?)?,
        Work::GetFolder { files } => {
            for n in 0..files {
                writeln!(lines, "{}", target(&get_url(access, &format!("{KEY}{n:05}"))?)?)?;
            }
        }
        Work::Folder { .. } => {
            for entry in std::fs::read_dir(&input.path)? {
                let name = entry?.file_name();
                let name = name.to_str().context("a file name that is no text")?;
                writeln!(lines, "{name} {}", target(&put_url(access, &format!("{KEY}{name}"))?)?)?;
            }
        }
        Work::File { bytes } => {
            let upload_id = initiate(programs, access)?;
            // As an upload manager does: larger parts where there would be too many.
            let part_size = case.part_size.max(bytes.div_ceil(MOST_PARTS));
            for number in 1..=bytes.div_ceil(part_size) {
                let query = [("partNumber", number.to_string()), ("uploadId", upload_id.clone())];
                writeln!(lines, "{}", target(presigned(access, &Method::PUT, KEY, &query)?.url())?)?;
            }
            let complete = presigned(access, &Method::POST, KEY, &[("uploadId", upload_id)])?;
            writeln!(lines, "{}", target(complete.url())?)?;
        }
    }
    let file = folder.join("requests.txt");
    std::fs::write(&file, lines)?;
    Ok(file)
}

fn presigned(access: &Access, method: &Method, key: &str, query: &[(&str, String)]) -> Result<Presigned> {
    let signer = V4Signer::new(&access.region, Product::OSS)?;
    let credentials = Credentials::new(&access.access_key_id, access.access_key_secret.as_str());
    let (scheme, host) = access.endpoint.split_once("://").context("an endpoint without a scheme")?;
    let scheme = if scheme == "https" { Scheme::HTTPS } else { Scheme::HTTP };
    let request = SigningRequest::new(method.clone())
        .bucket(access.bucket.as_str())
        .key(key)
        .query_pairs(query.iter().map(|(name, value)| (*name, value.as_str())))
        .host(host)
        .scheme(scheme)
        .path_style(true);
    Ok(signer.presign(&request, &HeaderMap::new(), &credentials, SystemTime::now(), LIFE)?)
}

/// Path and query of a URL.
fn target(url: &str) -> Result<&str> {
    let (_, rest) = url.split_once("://").context("a URL without a scheme")?;
    rest.find('/').and_then(|at| rest.get(at..)).context("a URL without a path")
}

/// Begins an upload; its id. The loop asks for it, since it knows TLS.
fn initiate(programs: &Programs, access: &Access) -> Result<String> {
    let url = presigned(access, &Method::POST, KEY, &[("uploads", String::new())])?;
    let mut post = programs.limit();
    post.args(["post", &access.endpoint, target(url.url())?]);
    if let Some(authority) = &access.authority {
        post.env("SSL_CERT_FILE", authority);
    }
    let response = step::output(&mut post)?;
    ensure!(response.starts_with("HTTP/1.1 200"), "the server refused the upload: {response}");
    let (_, rest) = response.split_once("<UploadId>").context("no upload id")?;
    Ok(rest.split('<').next().unwrap_or_default().to_owned())
}
