//! What to do next when the service refuses, as far as its response tells.

use ossup::CallError;
use ossup::transport::Endpoint;

/// The next step after a refusal.
pub(crate) fn next_step(error: &CallError) -> Option<String> {
    let refusal = error.service()?;
    let step = match refusal.code.as_str() {
        "PublicEndpointForbidden" => {
            "this account may not use the public endpoint of the region: use a domain of your own with --addressing-style \
             cname, or the internal endpoint"
        }
        "NoSuchBucket" => "ossup ls lists the buckets, ossup mb makes one",
        "RequestTimeTooSkewed" => "set the clock of this machine",
        "InvalidAccessKeyId" => "ossup config check says where the access key comes from",
        "SignatureDoesNotMatch" => {
            "the secret may not be the one of this access key: ossup config check says where both come from"
        }
        "InvalidObjectState" => "the object is archived: ossup restore makes it readable",
        "InvalidArgument" if SIGNED_FOR_ANOTHER_REGION.contains(&refusal.ec.as_str()) => {
            "the bucket is in another region than the request was signed for: --region REGION"
        }
        "SecurityTokenExpired" | "InvalidSecurityToken" => "get new temporary credentials",
        "AccessDenied" | "SecondLevelDomainForbidden" => {
            return elsewhere(refusal.detail("Endpoint")).or_else(|| missing(error));
        }
        _ => return None,
    };
    Some(step.to_owned())
}

/// The EC of a signature, in a header or in the query, for a region that is not the bucket's.
const SIGNED_FOR_ANOTHER_REGION: [&str; 2] = ["0002-00000226", "0002-00000228"];

/// The endpoint that a bucket of another region has to be reached at.
fn elsewhere(endpoint: Option<&str>) -> Option<String> {
    let host = Endpoint::parse(endpoint?).ok()?.host().to_owned();
    Some(format!("the bucket is elsewhere: --endpoint {host}"))
}

/// The permission that the operation takes.
fn missing(error: &CallError) -> Option<String> {
    let operation = error.target().operation;
    let action = match operation {
        "ListObjectsV2" => "ListObjects",
        "HeadObject" | "GetObjectMeta" => "GetObject",
        "InitiateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" | "CopyObject" | "UploadPartCopy" => {
            "PutObject"
        }
        "DeleteMultipleObjects" => "DeleteObject",
        other => other,
    };
    Some(format!("the permission oss:{action} may be missing"))
}

#[cfg(test)]
mod tests {
    use ossup::http::StatusCode;
    use ossup::{CallErrorKind, ListObjectsV2Request, Operation as _, ServiceError};

    use super::*;

    fn step(code: &str, endpoint: Option<&str>) -> Option<String> {
        let mut refusal = ServiceError::new(StatusCode::FORBIDDEN, code);
        refusal.details.extend(endpoint.map(|endpoint| ("Endpoint".to_owned(), endpoint.to_owned())));
        let target = ListObjectsV2Request::new("demo").into_request().unwrap().target();
        next_step(&CallError::new(target, CallErrorKind::Service(Box::new(refusal))))
    }

    #[test]
    fn a_refusal_has_a_next_step_if_its_code_tells_one() {
        assert_eq!(step("AccessDenied", None).unwrap(), "the permission oss:ListObjects may be missing");
        assert_eq!(
            step("AccessDenied", Some("oss-cn-beijing.aliyuncs.com")).unwrap(),
            "the bucket is elsewhere: --endpoint oss-cn-beijing.aliyuncs.com"
        );
        assert_eq!(step("AccessDenied", Some("not a host")).unwrap(), "the permission oss:ListObjects may be missing");
        assert!(step("PublicEndpointForbidden", None).unwrap().contains("--addressing-style cname"));
        assert!(step("InvalidObjectState", None).unwrap().contains("ossup restore"));
        assert_eq!(step("InternalError", None), None);
    }
}
