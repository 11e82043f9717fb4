//! The CORS rules of a bucket: reading and writing them, and which of them a cross-origin request meets. Pure.
//!
//! Rules and matching: <https://www.alibabacloud.com/help/en/oss/developer-reference/putbucketcors>; responses to preflights:
//! <https://www.alibabacloud.com/help/en/oss/developer-reference/options>.

use serde::{Deserialize, Serialize};

use crate::error::{OssError, Outcome, code};
use crate::xml::XmlWriter;
use crate::xml_body::{Element, malformed};

/// Rules of one bucket.
pub(crate) const MAX_RULES: usize = 10;
/// Bytes of the document with the rules.
pub(crate) const MAX_DOCUMENT: usize = 16 * 1024;
const METHODS: [&str; 5] = ["GET", "PUT", "DELETE", "POST", "HEAD"];
/// What no name of an exposed header may contain: <https://help.aliyun.com/en/oss/user-guide/0034-00000013>.
const NOT_EXPOSABLE: [char; 6] = ['*', '<', '>', '&', '\'', '"'];

/// All rules of a bucket.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct CorsConfiguration {
    pub(crate) rules: Vec<CorsRule>,
    /// Every response has `Vary: Origin`.
    pub(crate) response_vary: bool,
}

/// Which cross-origin requests are allowed, and what pages may see of the responses.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct CorsRule {
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) allowed_methods: Vec<String>,
    pub(crate) allowed_headers: Vec<String>,
    pub(crate) expose_headers: Vec<String>,
    pub(crate) max_age_seconds: Option<u32>,
}

impl CorsConfiguration {
    /// Reads the document of PutBucketCors.
    ///
    /// # Errors
    /// `MalformedXML`, `CORSRuleBeyondLimit`, `InvalidArgument` *(which of them a wrong value gives is unconfirmed)*.
    pub(crate) fn parse(document: &[u8]) -> Outcome<Self> {
        let root = Element::parse(document, "CORSConfiguration")?;
        let rules: Vec<_> = root.named("CORSRule").map(CorsRule::parse).collect::<Outcome<_>>()?;
        if rules.is_empty() {
            return Err(malformed("there is no CORSRule").ec("0034-00000002"));
        }
        if rules.len() > MAX_RULES {
            return Err(code::CORS_RULE_BEYOND_LIMIT.into());
        }
        let response_vary = match root.child("ResponseVary").map(|vary| vary.text.trim()) {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => return Err(OssError::invalid_argument("ResponseVary", other)),
        };
        Ok(Self { rules, response_vary })
    }

    /// The document of GetBucketCors.
    pub(crate) fn to_xml(&self) -> String {
        let mut xml = XmlWriter::document();
        xml.open("CORSConfiguration");
        for rule in &self.rules {
            xml.open("CORSRule");
            for (element, values) in [
                ("AllowedOrigin", &rule.allowed_origins),
                ("AllowedMethod", &rule.allowed_methods),
                ("AllowedHeader", &rule.allowed_headers),
                ("ExposeHeader", &rule.expose_headers),
            ] {
                values.iter().for_each(|value| xml.text(element, value));
            }
            if let Some(seconds) = rule.max_age_seconds {
                xml.display("MaxAgeSeconds", seconds);
            }
            xml.close("CORSRule");
        }
        xml.display("ResponseVary", self.response_vary);
        xml.close("CORSConfiguration");
        xml.finish()
    }

    /// The first rule that allows a request with this method, and with these headers besides the simple ones.
    pub(crate) fn allows(&self, origin: &str, method: &str, headers: &[String]) -> Option<&CorsRule> {
        self.rules.iter().find(|rule| rule.allows(origin, method, headers))
    }
}

impl CorsRule {
    /// All requests from this origin, for which `*` stands for any text once. Pages see what an upload or a download needs.
    pub(crate) fn everything_from(origin: &str) -> Self {
        let expose = ["ETag", "Content-MD5", "x-oss-request-id", "x-oss-hash-crc64ecma", "x-oss-version-id"];
        Self {
            allowed_origins: vec![origin.to_owned()],
            allowed_methods: METHODS.map(str::to_owned).to_vec(),
            allowed_headers: vec!["*".to_owned()],
            expose_headers: expose.map(str::to_owned).to_vec(),
            max_age_seconds: Some(600),
        }
    }

    fn parse(element: &Element) -> Outcome<Self> {
        let texts = |name| element.named(name).map(|child| child.text.trim().to_owned()).collect::<Vec<_>>();
        let rule = Self {
            allowed_origins: texts("AllowedOrigin"),
            allowed_methods: texts("AllowedMethod"),
            allowed_headers: texts("AllowedHeader"),
            expose_headers: texts("ExposeHeader"),
            max_age_seconds: match texts("MaxAgeSeconds").as_slice() {
                [] => None,
                [seconds] => Some(seconds.parse().map_err(|_| OssError::invalid_argument("MaxAgeSeconds", seconds))?),
                _ => return Err(malformed("MaxAgeSeconds is given twice")),
            },
        };
        let refuse = |name: &str, values: &[String], is_allowed: fn(&str) -> bool| {
            values
                .iter()
                .find(|value| !is_allowed(value))
                .map_or(Ok(()), |value| Err(OssError::invalid_argument(name, value)))
        };
        if rule.allowed_origins.is_empty() || rule.allowed_methods.is_empty() {
            return Err(malformed("a CORSRule needs an AllowedOrigin and an AllowedMethod"));
        }
        refuse("AllowedOrigin", &rule.allowed_origins, is_pattern)?;
        refuse("AllowedMethod", &rule.allowed_methods, |method| METHODS.contains(&method))?;
        refuse("AllowedHeader", &rule.allowed_headers, is_pattern)?;
        let is_exposable = |name: &str| !name.is_empty() && !name.contains(NOT_EXPOSABLE);
        refuse("ExposeHeader", &rule.expose_headers, is_exposable).map_err(|error| error.ec("0034-00000013"))?;
        Ok(rule)
    }

    fn allows(&self, origin: &str, method: &str, headers: &[String]) -> bool {
        let is_header_allowed = |header: &String| {
            let header = header.to_ascii_lowercase();
            self.allowed_headers.iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), &header))
        };
        self.allowed_origins.iter().any(|pattern| matches(pattern, origin))
            && self.allowed_methods.iter().any(|allowed| allowed == method)
            && headers.iter().all(is_header_allowed)
    }

    /// The headers of a response to a request that this rule allows.
    pub(crate) fn response_headers(&self, origin: &str) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("access-control-allow-origin", origin.to_owned()),
            ("access-control-allow-methods", self.allowed_methods.join(", ")),
        ];
        if !self.expose_headers.is_empty() {
            headers.push(("access-control-expose-headers", self.expose_headers.join(", ")));
        }
        if let Some(seconds) = self.max_age_seconds {
            headers.push(("access-control-max-age", seconds.to_string()));
        }
        headers
    }
}

/// Whether a text may be an allowed origin or header: no control characters, and at most one `*`.
pub(crate) fn is_pattern(text: &str) -> bool {
    !text.is_empty() && text.matches('*').count() <= 1 && text.chars().all(|c| c.is_ascii_graphic())
}

/// `*` stands for any text, everything else for itself.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(origins: &[&str], methods: &[&str], headers: &[&str]) -> CorsRule {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        CorsRule {
            allowed_origins: owned(origins),
            allowed_methods: owned(methods),
            allowed_headers: owned(headers),
            ..CorsRule::default()
        }
    }

    #[test]
    fn the_first_rule_that_fits_origin_method_and_headers_counts() {
        let first = rule(&["https://*.example.com"], &["GET", "PUT"], &["x-oss-*", "Content-Type"]);
        let configuration = CorsConfiguration { rules: vec![first, rule(&["*"], &["GET"], &[])], response_vary: false };
        let allows = |origin: &str, method: &str, headers: &[&str]| {
            let headers: Vec<_> = headers.iter().map(|text| (*text).to_owned()).collect();
            let rule = configuration.allows(origin, method, &headers)?;
            configuration.rules.iter().position(|one| one == rule)
        };
        for (origin, method, headers, expected) in [
            ("https://a.example.com", "PUT", &["X-OSS-Meta-A", "content-type"][..], Some(0)),
            ("https://a.example.com", "PUT", &["authorization"], None),
            ("https://a.example.com", "DELETE", &[], None),
            ("https://a.example.com", "put", &[], None),
            ("http://a.example.com", "PUT", &[], None),
            ("https://example.com", "GET", &[], Some(1)),
            ("https://a.example.com.evil", "PUT", &[], None),
            ("null", "GET", &[], Some(1)),
        ] {
            assert_eq!(allows(origin, method, headers), expected, "{origin} {method} {headers:?}");
        }
    }

    #[test]
    fn what_put_reads_get_writes() {
        let document = "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.example.com</AllowedOrigin>\
            <AllowedOrigin> http://b </AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader>\
            <ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>5</MaxAgeSeconds></CORSRule>\
            <CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>\
            <ResponseVary>true</ResponseVary></CORSConfiguration>";
        let read = CorsConfiguration::parse(document.as_bytes()).unwrap();
        assert_eq!(read.rules[0].allowed_origins, ["https://*.example.com", "http://b"]);
        assert!(read.response_vary && read.rules[0].max_age_seconds == Some(5));
        assert_eq!(CorsConfiguration::parse(read.to_xml().as_bytes()).unwrap(), read);
    }

    #[test]
    fn rules_that_oss_does_not_take_are_refused() {
        let rule = |more: &str| {
            format!("<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>{more}</CORSRule>")
        };
        for (rules, code, ec) in [
            (String::new(), "MalformedXML", "0034-00000002"),
            (rule("").repeat(11), "CORSRuleBeyondLimit", ""),
            (rule("").repeat(10), "", ""),
            ("<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>".into(), "MalformedXML", ""),
            ("<CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule>".into(), "MalformedXML", ""),
            (rule("<AllowedMethod>PATCH</AllowedMethod>"), "InvalidArgument", ""),
            (rule("<AllowedOrigin>http://*.*</AllowedOrigin>"), "InvalidArgument", ""),
            (rule("<AllowedOrigin></AllowedOrigin>"), "InvalidArgument", ""),
            (rule("<AllowedHeader>x-*-*</AllowedHeader>"), "InvalidArgument", ""),
            (rule("<ExposeHeader>x-oss-*</ExposeHeader>"), "InvalidArgument", "0034-00000013"),
            (rule("<MaxAgeSeconds>-1</MaxAgeSeconds>"), "InvalidArgument", ""),
            (rule("<MaxAgeSeconds>1</MaxAgeSeconds><MaxAgeSeconds>2</MaxAgeSeconds>"), "MalformedXML", ""),
            (rule("") + "<ResponseVary>yes</ResponseVary>", "InvalidArgument", ""),
        ] {
            let document = format!("<CORSConfiguration>{rules}</CORSConfiguration>");
            let error = CorsConfiguration::parse(document.as_bytes()).err();
            let found =
                error.as_ref().map_or(("", ""), |error| (&*error.code, error.ec.as_deref().unwrap_or_default()));
            assert_eq!(found, (code, ec), "{rules}");
        }
    }
}
