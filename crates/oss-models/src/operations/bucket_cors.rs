use serde::Serialize;

use crate::draft::{Draft, Payload};
use crate::response::read::{FromXml, Node, Unreadable};
use crate::xml::XmlWriter;
use crate::{CorsMethod, Idempotency, InvalidRequest, OperationInfo, ResponseShape};

request! {
    /// PutBucketCors: replaces the rules by which browsers may use a bucket from pages of other origins.
    ///
    /// ```
    /// use oss_models::{CorsConfiguration, CorsMethod, CorsRule, PutBucketCorsRequest};
    /// let rule = CorsRule::new(["https://example.com"], [CorsMethod::Put])
    ///     .allowed_headers(["*"])
    ///     .expose_headers(["ETag", "x-oss-request-id", "x-oss-hash-crc64ecma"])
    ///     .max_age_seconds(600);
    /// let request = PutBucketCorsRequest::new("demo", CorsConfiguration::new([rule]));
    /// ```
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/putbucketcors)
    PutBucketCorsRequest -> PutBucketCorsResult =
        OperationInfo::new("PutBucketCors", Idempotency::Idempotent, ResponseShape::Headers);
    PUT ["cors"];
    required [BUCKET] {
        /// All rules that the bucket is to have.
        configuration: CorsConfiguration = payload(),
    }
    optional [] {}
}

response! {
    /// Result of PutBucketCors; there is nothing to read but status and headers.
    PutBucketCorsResult [] {}
}

request! {
    /// GetBucketCors: returns the CORS rules of a bucket; `NoSuchCORSConfiguration` if it has none.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketcors)
    GetBucketCorsRequest -> GetBucketCorsResult =
        OperationInfo::new("GetBucketCors", Idempotency::Idempotent, ResponseShape::Xml("CORSConfiguration"));
    GET ["cors"];
    required [BUCKET] {}
    optional [] {}
}

response! {
    /// Result of GetBucketCors.
    GetBucketCorsResult [] {
        /// The rules; what is read can be changed and put again.
        configuration: CorsConfiguration = xml.itself(),
    }
}

request! {
    /// DeleteBucketCors: removes all CORS rules of a bucket; succeeds whether or not it had any.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/deletebucketcors)
    DeleteBucketCorsRequest -> DeleteBucketCorsResult =
        OperationInfo::new("DeleteBucketCors", Idempotency::Idempotent, ResponseShape::Headers);
    DELETE ["cors"];
    required [BUCKET] {}
    optional [] {}
}

response! {
    /// Result of DeleteBucketCors; there is nothing to read but status and headers.
    DeleteBucketCorsResult [] {}
}

/// The rules by which browsers may use a bucket from pages of other origins. OSS takes the first rule that matches.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CorsConfiguration {
    /// The rules, at least one; how many OSS takes is up to its documents (10 in older ones).
    pub rules: Vec<CorsRule>,
    /// Whether every response has `Vary: Origin`, also one to a request without `Origin`. Default: no.
    pub response_vary: bool,
}

impl CorsConfiguration {
    /// These rules.
    pub fn new(rules: impl IntoIterator<Item = CorsRule>) -> Self {
        Self { rules: rules.into_iter().collect(), response_vary: false }
    }

    /// Sets whether every response has `Vary: Origin`, which caches need where several origins use the bucket.
    #[must_use]
    pub fn response_vary(mut self, response_vary: bool) -> Self {
        self.response_vary = response_vary;
        self
    }
}

/// Which cross-origin requests are allowed, and what their pages may see of the responses.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CorsRule {
    /// Origins such as `https://example.com`, each with at most one `*`; at least one.
    pub allowed_origins: Vec<String>,
    /// Methods; at least one.
    pub allowed_methods: Vec<CorsMethod>,
    /// Request headers that a preflight may announce, each with at most one `*`.
    pub allowed_headers: Vec<String>,
    /// Response headers that pages may read; no `*`.
    pub expose_headers: Vec<String>,
    /// How long a browser may keep the response to a preflight, in seconds. Default: as the browser likes.
    pub max_age_seconds: Option<u32>,
}

impl CorsRule {
    /// Requests with these methods from pages of these origins.
    pub fn new(
        origins: impl IntoIterator<Item = impl Into<String>>,
        methods: impl IntoIterator<Item = CorsMethod>,
    ) -> Self {
        Self {
            allowed_origins: origins.into_iter().map(Into::into).collect(),
            allowed_methods: methods.into_iter().collect(),
            allowed_headers: Vec::new(),
            expose_headers: Vec::new(),
            max_age_seconds: None,
        }
    }

    /// Sets the request headers that a preflight may announce. Default: none.
    #[must_use]
    pub fn allowed_headers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allowed_headers = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the response headers that pages may read besides those that browsers always show. Default: none.
    #[must_use]
    pub fn expose_headers(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.expose_headers = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how long a browser may keep the response to a preflight, in seconds.
    #[must_use]
    pub fn max_age_seconds(mut self, seconds: u32) -> Self {
        self.max_age_seconds = Some(seconds);
        self
    }

    fn check(&self) -> Result<(), String> {
        if self.allowed_origins.is_empty() || self.allowed_methods.is_empty() {
            return Err("must have an allowed origin and an allowed method in each rule".to_owned());
        }
        let wild = self.allowed_origins.iter().chain(&self.allowed_headers).find(|text| text.matches('*').count() > 1);
        if let Some(text) = wild {
            return Err(format!("must have at most one * in each origin and header, got {text:?}"));
        }
        match self.expose_headers.iter().find(|name| name.contains('*')) {
            Some(name) => Err(format!("must name exposed headers without *, got {name:?}")),
            None => Ok(()),
        }
    }

    fn write(&self, writer: &mut XmlWriter) {
        let mut all =
            |name: &str, texts: &mut dyn Iterator<Item = &str>| texts.for_each(|text| writer.leaf(name, text));
        all("AllowedOrigin", &mut self.allowed_origins.iter().map(String::as_str));
        all("AllowedMethod", &mut self.allowed_methods.iter().map(CorsMethod::as_str));
        all("AllowedHeader", &mut self.allowed_headers.iter().map(String::as_str));
        all("ExposeHeader", &mut self.expose_headers.iter().map(String::as_str));
        if let Some(seconds) = self.max_age_seconds {
            writer.leaf("MaxAgeSeconds", &seconds.to_string());
        }
    }
}

impl Payload for CorsConfiguration {
    fn write(&self, field: &'static str, draft: &mut Draft) -> Result<(), InvalidRequest> {
        if self.rules.is_empty() {
            return Err(InvalidRequest::new(field, "must have at least one rule; DeleteBucketCors removes all"));
        }
        self.rules.iter().try_for_each(CorsRule::check).map_err(|reason| InvalidRequest::new(field, reason))?;
        let mut writer = XmlWriter::new();
        writer.parent("CORSConfiguration", |configuration| {
            for rule in &self.rules {
                configuration.parent("CORSRule", |element| rule.write(element));
            }
            configuration.leaf("ResponseVary", if self.response_vary { "true" } else { "false" });
        });
        draft.xml(writer.finish());
        Ok(())
    }
}

impl FromXml for CorsConfiguration {
    fn from_xml(node: Node<'_>) -> Result<Self, Unreadable> {
        Ok(Self { rules: node.list("CORSRule")?, response_vary: node.flag("ResponseVary")? })
    }
}

impl FromXml for CorsRule {
    fn from_xml(node: Node<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            allowed_origins: node.texts("AllowedOrigin")?,
            allowed_methods: node.texts("AllowedMethod")?,
            allowed_headers: node.texts("AllowedHeader")?,
            expose_headers: node.texts("ExposeHeader")?,
            max_age_seconds: node.text("MaxAgeSeconds")?,
        })
    }
}
