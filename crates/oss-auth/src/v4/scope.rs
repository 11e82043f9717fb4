//! Day, region and product: what a signing key is good for.

use std::borrow::Cow;
use std::fmt;

use super::authorization::ParseError;
use crate::error::SignError;
use crate::time::UtcTime;

/// Last part of every scope.
const TERMINATOR: &str = "aliyun_v4_request";

/// The product in a scope.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Product(Cow<'static, str>);

impl Product {
    /// Object storage in a region.
    pub const OSS: Self = Self(Cow::Borrowed("oss"));
    /// A cloud box: its id (`cb-…`) takes the place of the region. Cloud boxes take only V4 in the header.
    pub const CLOUD_BOX: Self = Self(Cow::Borrowed("oss-cloudbox"));

    /// Another product.
    ///
    /// # Errors
    /// [`SignError::Product`] unless it is one or more of `a-z 0-9 -`.
    pub fn new(product: &str) -> Result<Self, SignError> {
        if is_scope_part(product) {
            Ok(Self(Cow::Owned(product.to_owned())))
        } else {
            Err(SignError::Product { product: product.to_owned() })
        }
    }

    /// The name in the scope.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Product {
    fn default() -> Self {
        Self::OSS
    }
}

/// The id of the cloud box that an endpoint host belongs to, to be signed in place of the region.
///
/// Holds for hosts of exactly five labels under `oss-cloudbox.aliyuncs.com` or `oss-cloudbox-control.aliyuncs.com`
/// whose first label begins with `cb-`.
///
/// ```
/// use oss_auth::v4::cloud_box_id;
/// assert_eq!(cloud_box_id("cb-123.cn-hangzhou.oss-cloudbox.aliyuncs.com"), Some("cb-123"));
/// assert_eq!(cloud_box_id("oss-cn-hangzhou.aliyuncs.com"), None);
/// ```
#[must_use]
pub fn cloud_box_id(endpoint_host: &str) -> Option<&str> {
    let labels: Vec<&str> = endpoint_host.split('.').collect();
    match labels.as_slice() {
        [id, _, "oss-cloudbox" | "oss-cloudbox-control", "aliyuncs", "com"] if id.starts_with("cb-") => Some(id),
        _ => None,
    }
}

/// `day/region/product/aliyun_v4_request`: what a signing key is good for.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Scope {
    day: String,
    region: String,
    product: String,
}

impl Scope {
    /// The scope of a signing time.
    #[must_use]
    pub fn new(time: UtcTime, region: &str, product: &Product) -> Self {
        Self { day: time.to_day(), region: region.to_owned(), product: product.as_str().to_owned() }
    }

    /// The scope of a signing time that is written as `date`, `20231216T162057Z`, already.
    pub(super) fn of_date(date: &str, region: &str, product: &Product) -> Self {
        let day = date.split_once('T').map_or(date, |(day, _)| day);
        Self { day: day.to_owned(), region: region.to_owned(), product: product.as_str().to_owned() }
    }

    /// Reads `20231216/cn-hangzhou/oss/aliyun_v4_request`.
    ///
    /// # Errors
    /// [`ParseError`] if it has not these four parts; what day, region and product are is for the caller to judge.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let mut parts = text.split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(day), Some(region), Some(product), Some(TERMINATOR), None) => {
                Ok(Self { day: day.to_owned(), region: region.to_owned(), product: product.to_owned() })
            }
            _ => Err(ParseError::Scope),
        }
    }

    /// `20231216`.
    #[must_use]
    pub fn day(&self) -> &str {
        &self.day
    }

    /// The region id, or the id of a cloud box.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The product name.
    #[must_use]
    pub fn product(&self) -> &str {
        &self.product
    }

    /// The messages by which the key is derived, in order.
    pub(super) fn parts(&self) -> [&str; 4] {
        [&self.day, &self.region, &self.product, TERMINATOR]
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [day, region, product, terminator] = self.parts();
        [day, "/", region, "/", product, "/", terminator].into_iter().try_for_each(|part| f.write_str(part))
    }
}

/// Refuses an empty region and the name of an endpoint early: the server would respond with a mismatch.
pub(super) fn check_region(region: &str) -> Result<(), SignError> {
    if is_scope_part(region) && !region.starts_with("oss-") {
        Ok(())
    } else {
        Err(SignError::Region { region: region.to_owned() })
    }
}

fn is_scope_part(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_written_and_read_back() {
        let time = UtcTime::from_unix_seconds(1_702_743_657).unwrap();
        let scope = Scope::new(time, "cn-hangzhou", &Product::OSS);
        assert_eq!(scope.to_string(), "20231216/cn-hangzhou/oss/aliyun_v4_request");
        assert_eq!(Scope::parse(&scope.to_string()), Ok(scope));
    }

    #[test]
    fn a_scope_has_exactly_four_parts_and_its_terminator() {
        for text in ["", "d/r/p", "d/r/p/aws4_request", "d/r/p/aliyun_v4_request/x"] {
            assert_eq!(Scope::parse(text), Err(ParseError::Scope), "{text}");
        }
    }

    #[test]
    fn the_name_of_an_endpoint_is_no_region() {
        for region in ["", "oss-cn-hangzhou", "cn-hangzhou/x", "CN-HANGZHOU", "cn hangzhou"] {
            assert!(check_region(region).is_err(), "{region:?}");
        }
        assert_eq!(check_region("cb-123"), Ok(()));
    }

    #[test]
    fn only_a_cloud_box_host_has_a_cloud_box_id() {
        assert_eq!(cloud_box_id("cb-9.cn-x.oss-cloudbox-control.aliyuncs.com"), Some("cb-9"));
        for host in [
            "b.cb-9.cn-x.oss-cloudbox.aliyuncs.com",
            "cb-9.oss-cloudbox.aliyuncs.com",
            "xx-9.cn-x.oss-cloudbox.aliyuncs.com",
            "cb-9.cn-x.oss-cloudbox.aliyuncs.com.evil.com",
        ] {
            assert_eq!(cloud_box_id(host), None, "{host}");
        }
    }
}
