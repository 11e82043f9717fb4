//! Checks a file of signing vectors: every expected field against what the crate computes.
//!
//! The schema is that of `tests/vectors`. `cargo xtask vectors` includes this file, too.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::uri::Scheme;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use oss_auth::encoding::decode_query;
use oss_auth::time::UtcTime;
use oss_auth::v4::{Authorization, CanonicalRequest, Scope, SigningKey, StringToSign, UNSIGNED_PAYLOAD};
use oss_auth::{Credentials, Presigned, Product, Signer, SigningRequest, V1Signer, V4Signer, v1, v4};
use serde::Deserialize;

/// What became of one file.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Vectors of which every field came out as expected.
    pub(crate) passed: usize,
    /// One line for each of the others: name, and what differs.
    pub(crate) failures: Vec<String>,
}

/// Checks the text of one file.
pub(crate) fn check(text: &str) -> Report {
    let mut report = Report::default();
    let file: File = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            report.failures.push(format!("not a file of vectors: {error}"));
            return report;
        }
    };
    if file.vectors.is_empty() {
        report.failures.push("no vectors".to_owned());
    }
    for vector in file.vectors {
        let name = vector.name.clone();
        match check_vector(&file.kind, vector) {
            Ok(()) => report.passed += 1,
            Err(difference) => report.failures.push(format!("{name}: {difference}")),
        }
    }
    report
}

#[derive(Deserialize)]
struct File {
    kind: String,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    input: serde_json::Value,
    expected: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Input {
    method: String,
    scheme: String,
    host: String,
    path: String,
    query: Vec<(String, String)>,
    raw_query: String,
    bucket: Option<String>,
    key: Option<String>,
    headers: Vec<(String, String)>,
    access_key_id: String,
    access_key_secret: String,
    security_token: Option<String>,
    region: Option<String>,
    product: Option<String>,
    signing_time: u64,
    expires_in: Option<u64>,
    additional_headers: Vec<String>,
    sub_resources: Vec<String>,
}

#[derive(Deserialize)]
struct PostInput {
    signature_version: String,
    access_key_id: String,
    access_key_secret: String,
    security_token: Option<String>,
    region: Option<String>,
    product: Option<String>,
    signing_time: u64,
    key: String,
    policy_json: String,
}

type Outcome<T = ()> = Result<T, String>;

fn check_vector(kind: &str, vector: Vector) -> Outcome {
    let mut expected = Expected(vector.expected);
    match kind {
        "v4_header" | "v1_header" => check_header(&read(vector.input)?, &mut expected)?,
        "v4_query" | "v1_query" => check_query(&read(vector.input)?, &mut expected)?,
        "post_policy" => check_post_policy(&read(vector.input)?, &mut expected)?,
        _ => return Err(format!("unknown kind {kind:?}")),
    }
    expected.finish()
}

/// A signature in the headers: as sent by the client, and as a server recomputes it from what was sent.
fn check_header(input: &Input, expected: &mut Expected) -> Outcome {
    let (request, signer) = (input.request()?, input.signer()?);
    let mut headers = input.headers()?;
    signer
        .sign(&request, &mut headers, &input.credentials(), input.time())
        .map_err(|error| format!("not signed: {error}"))?;
    let authorization = text_of(&headers, "authorization")?;

    let (canonical, string_to_sign, signature) = match &signer {
        Signer::V4(signer) => {
            let parsed = Authorization::parse(&authorization).map_err(|error| error.to_string())?;
            let canonical = CanonicalRequest::new(&request, &headers, parsed.additional_headers(), UNSIGNED_PAYLOAD);
            let string_to_sign = StringToSign::new(&text_of(&headers, "x-oss-date")?, parsed.scope(), &canonical);
            if signer.string_to_sign(&request, &headers).as_ref() != Some(&string_to_sign) {
                return Err("the signer explains another string to sign".to_owned());
            }
            (Some(lossy(canonical.as_bytes())), string_to_sign.as_str().to_owned(), parsed.signature().to_owned())
        }
        _ => {
            let parsed = v1::Authorization::parse(&authorization).ok_or("not a V1 authorization")?;
            let string_to_sign = v1::StringToSign::for_header(&request, &headers);
            (None, lossy(string_to_sign.as_bytes()), parsed.signature().to_owned())
        }
    };
    expected.check("canonical_request", &canonical)?;
    expected.check("string_to_sign", &string_to_sign)?;
    expected.check("signature", &signature)?;
    expected.check("authorization", &authorization)?;

    let mut sent: Vec<(String, String)> =
        headers.iter().map(|(name, value)| (name.as_str().to_owned(), lossy(value.as_bytes()))).collect();
    sent.sort();
    let mut wanted: Vec<(String, String)> = expected.take("request_headers")?;
    // Whether blanks around a value are cut before or after signing is not part of the contract.
    let normal = |(name, value): &mut (String, String)| {
        name.make_ascii_lowercase();
        *value = value.trim_matches([' ', '\t']).to_owned();
    };
    sent.iter_mut().for_each(normal);
    wanted.iter_mut().for_each(normal);
    wanted.sort();
    same("request_headers", &wanted, &sent)
}

/// A signature in the URL.
fn check_query(input: &Input, expected: &mut Expected) -> Outcome {
    let (request, signer, headers) = (input.request()?, input.signer()?, input.headers()?);
    let lifetime = Duration::from_secs(input.expires_in.ok_or("no expires_in")?);
    let presigned = signer
        .presign(&request, &headers, &input.credentials(), input.time(), lifetime)
        .map_err(|error| format!("not signed: {error}"))?;
    let signed = split_url(presigned.url())?;

    let (canonical, string_to_sign, signature) = match &signer {
        Signer::V4(_) => v4_of_url(&request, &signed, &presigned)?,
        _ => v1_of_url(&request, &signed, &presigned)?,
    };
    expected.check("canonical_request", &canonical)?;
    expected.check("string_to_sign", &string_to_sign)?;
    expected.check("signature", &signature)?;
    let wanted: String = expected.take("signed_url")?;
    same("signed_url", &split_url(&wanted)?.sorted(), &signed.clone().sorted())?;
    let mut added: Vec<_> = signed.query.into_iter().filter(|pair| !input.query.contains(pair)).collect();
    let mut wanted: Vec<(String, String)> = expected.take("added_query")?;
    added.sort();
    wanted.sort();
    same("added_query", &wanted, &added)
}

/// The fields of a form, signed by a document as it is given.
fn check_post_policy(input: &PostInput, expected: &mut Expected) -> Outcome {
    let credentials = credentials(&input.access_key_id, &input.access_key_secret, input.security_token.as_deref());
    let time = UNIX_EPOCH + Duration::from_secs(input.signing_time);
    let (form, key, signature) = match signer(input.region.as_deref(), input.product.as_deref(), &[])? {
        Signer::V4(signer) => {
            same("signature_version", &"v4", &input.signature_version.as_str())?;
            let time_utc = UtcTime::new(time).ok_or("bad time")?;
            let scope = Scope::new(time_utc, signer.region(), signer.product());
            let key = SigningKey::derive(&input.access_key_secret, &scope);
            let key = key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            (
                signer.sign_post_policy_json(&input.policy_json, &credentials, time),
                Some(key),
                v4::query_names::SIGNATURE,
            )
        }
        _ => {
            same("signature_version", &"v1", &input.signature_version.as_str())?;
            (V1Signer::new().sign_post_policy_json(&input.policy_json, &credentials), None, v1::query_names::SIGNATURE)
        }
    };
    let form = form.map_err(|error| format!("not signed: {error}"))?;
    let field = |wanted: &str| {
        let field = form.fields().iter().find(|(name, _)| *name == wanted);
        field.map(|(_, value)| value.clone()).ok_or_else(|| format!("the form has no {wanted}"))
    };
    expected.check("policy", &field("policy")?)?;
    expected.check("string_to_sign", &field("policy")?)?;
    expected.check("signature", &field(signature)?)?;
    if let Some(key) = key {
        expected.check("signing_key_hex", &key)?;
    }
    let own = form.fields().iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    let mut fields: Vec<_> = own.chain([("key".to_owned(), input.key.clone())]).collect();
    let mut wanted: Vec<(String, String)> = expected.take("form_fields")?;
    fields.sort();
    wanted.sort();
    same("form_fields", &wanted, &fields)
}

/// What a server computes from the URL and the headers that are to be sent with it.
fn v4_of_url(
    request: &SigningRequest<'_>,
    url: &Url,
    presigned: &Presigned,
) -> Outcome<(Option<String>, String, String)> {
    let credential = url.value(v4::query_names::CREDENTIAL)?;
    let additional = url.value(v4::query_names::ADDITIONAL_HEADERS).ok();
    let signature = url.value(v4::query_names::SIGNATURE)?;
    let parsed = Authorization::from_fields(credential, additional, signature).map_err(|error| error.to_string())?;
    let headers = presigned.signed_headers();
    let payload = headers.get("x-oss-content-sha256").and_then(|value| value.to_str().ok());
    let received = url.received(request, v4::query_names::SIGNATURE);
    let canonical =
        CanonicalRequest::new(&received, headers, parsed.additional_headers(), payload.unwrap_or(UNSIGNED_PAYLOAD));
    let string_to_sign = StringToSign::new(url.value(v4::query_names::DATE)?, parsed.scope(), &canonical);
    Ok((Some(lossy(canonical.as_bytes())), string_to_sign.as_str().to_owned(), signature.to_owned()))
}

fn v1_of_url(
    request: &SigningRequest<'_>,
    url: &Url,
    presigned: &Presigned,
) -> Outcome<(Option<String>, String, String)> {
    let received = url.received(request, v1::query_names::SIGNATURE);
    let expires = url.value(v1::query_names::EXPIRES)?;
    let string_to_sign = v1::StringToSign::for_url(&received, presigned.signed_headers(), expires);
    let signature = url.value(v1::query_names::SIGNATURE)?;
    Ok((None, lossy(string_to_sign.as_bytes()), signature.to_owned()))
}

impl Input {
    fn request(&self) -> Outcome<SigningRequest<'_>> {
        let method: Method = self.method.parse().map_err(|_| "bad method")?;
        let scheme: Scheme = self.scheme.parse().map_err(|_| "bad scheme")?;
        let mut request = SigningRequest::new(method)
            .bucket(self.bucket.as_deref())
            .key(self.key.as_deref())
            .query_pairs(self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            .scheme(scheme)
            .host(self.host.as_str());
        for name in &self.sub_resources {
            request = request.sub_resource(name);
        }
        same("decoded raw_query", &self.query, &decode_query(&self.raw_query).map_err(|error| error.to_string())?)?;
        let path = |request: &SigningRequest<'_>| request.path_and_query().split('?').next().map(str::to_owned);
        let path_style = request.clone().path_style(true);
        if path(&path_style).as_ref() == Some(&self.path) && self.path != "/" {
            return Ok(path_style);
        }
        same("path", &Some(self.path.clone()), &path(&request))?;
        Ok(request)
    }

    fn headers(&self) -> Outcome<HeaderMap> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name: HeaderName = name.parse().map_err(|_| "bad header name")?;
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| "bad header value")?;
            headers.append(name, value);
        }
        Ok(headers)
    }

    fn credentials(&self) -> Credentials {
        credentials(&self.access_key_id, &self.access_key_secret, self.security_token.as_deref())
    }

    fn time(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.signing_time)
    }

    fn signer(&self) -> Outcome<Signer> {
        signer(self.region.as_deref(), self.product.as_deref(), &self.additional_headers)
    }
}

fn credentials(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials::new(id, secret).with_security_token(token.unwrap_or_default())
}

/// V4 if there is a region, else V1.
fn signer(region: Option<&str>, product: Option<&str>, additional_headers: &[String]) -> Outcome<Signer> {
    let Some(region) = region else {
        return Ok(Signer::V1(V1Signer::new()));
    };
    Product::new(product.unwrap_or("oss"))
        .and_then(|product| V4Signer::new(region, product)?.with_additional_headers(additional_headers))
        .map(Signer::V4)
        .map_err(|error| error.to_string())
}

/// The expected fields that were not looked at yet.
struct Expected(BTreeMap<String, serde_json::Value>);

impl Expected {
    fn take<T: serde::de::DeserializeOwned>(&mut self, field: &str) -> Outcome<T> {
        let value = self.0.remove(field).ok_or_else(|| format!("nothing is expected of {field}"))?;
        serde_json::from_value(value).map_err(|error| format!("{field}: {error}"))
    }

    fn check<T: serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(
        &mut self,
        field: &str,
        actual: &T,
    ) -> Outcome {
        same(field, &self.take(field)?, actual)
    }

    /// A field that was not looked at is a check that was not made.
    fn finish(self) -> Outcome {
        match self.0.keys().next() {
            Some(field) => Err(format!("nothing checks {field}")),
            None => Ok(()),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Url {
    address: String,
    query: Vec<(String, String)>,
}

fn split_url(url: &str) -> Outcome<Url> {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let query = decode_query(query).map_err(|error| error.to_string())?;
    Ok(Url { address: address.to_owned(), query })
}

impl Url {
    fn value(&self, name: &str) -> Outcome<&str> {
        let pair = self.query.iter().find(|(found, _)| found == name);
        pair.map(|(_, value)| value.as_str()).ok_or_else(|| format!("the URL has no {name}"))
    }

    fn sorted(mut self) -> Self {
        self.query.sort();
        self
    }

    /// `request` with the query of this URL, all but the signature.
    fn received<'a>(&'a self, request: &SigningRequest<'a>, signature: &str) -> SigningRequest<'a> {
        let pairs = self.query.iter().filter(|(name, _)| name != signature);
        request.clone().replace_query(pairs.map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

fn read<T: serde::de::DeserializeOwned>(input: serde_json::Value) -> Outcome<T> {
    serde_json::from_value(input).map_err(|error| format!("input: {error}"))
}

fn same<T: PartialEq + std::fmt::Debug>(field: &str, expected: &T, actual: &T) -> Outcome {
    if expected == actual {
        Ok(())
    } else {
        Err(format!("{field}\n    expected {expected:?}\n    actual   {actual:?}"))
    }
}

fn text_of(headers: &HeaderMap, name: &str) -> Outcome<String> {
    let value = headers.get(name).ok_or_else(|| format!("no {name} header"))?;
    Ok(lossy(value.as_bytes()))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
