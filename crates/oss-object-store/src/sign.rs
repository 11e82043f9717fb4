use std::time::Duration;

use ossup::http::{HeaderMap, Method};
use ossup::models::{Operation, OperationInfo};
use ossup::{
    CompleteMultipartUploadRequest, DeleteObjectRequest, GetObjectRequest, HeadObjectRequest, ObjectKey,
    PutObjectRequest, Request,
};
use url::Url;

use crate::bucket::Bucket;
use crate::error::OssError;

impl Bucket {
    /// A URL with which anyone can make this one request until it expires.
    pub(crate) async fn sign(
        &self,
        method: Method,
        key: &str,
        expires_in: Duration,
        query: &[(String, String)],
        headers: &HeaderMap,
    ) -> Result<Url, OssError> {
        let operation: &'static OperationInfo = match method {
            Method::GET => GetObjectRequest::INFO,
            Method::HEAD => HeadObjectRequest::INFO,
            Method::PUT => PutObjectRequest::INFO,
            Method::DELETE => DeleteObjectRequest::INFO,
            Method::POST => CompleteMultipartUploadRequest::INFO,
            method => return Err(OssError::generic(format!("OSS has no request on an object by {method}"))),
        };
        if let Some((name, _)) = query.iter().find(|(name, _)| is_of_signature(name)) {
            return Err(OssError::generic(format!("the query parameter {name:?} is written by the signature itself")));
        }
        let mut request = Request::new(operation, method);
        request.bucket = Some(self.name.clone());
        request.key = Some(ObjectKey::new(key)?);
        request.query = query.to_vec();
        request.headers = headers.clone();
        let signed = self.client.transport().presign(&request, expires_in).await?;
        Url::parse(signed.url()).map_err(|error| OssError::generic(format!("what was signed is not a URL: {error}")))
    }
}

fn is_of_signature(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("x-oss-signature")
        || matches!(&*name, "x-oss-credential" | "x-oss-date" | "x-oss-expires" | "x-oss-security-token" | "signature")
        || matches!(&*name, "ossaccesskeyid" | "expires" | "security-token" | "x-oss-additional-headers")
}
