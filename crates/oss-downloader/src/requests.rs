use std::sync::Arc;

use oss_models::{BucketName, ByteRange, GetObjectRequest, HeadObjectRequest, InvalidRequest, ObjectKey};

use crate::plan::{Object, Span, Wanted};

/// The requests of one download, made from the caller's.
#[derive(Clone, Debug)]
pub(crate) struct Requests {
    /// Shared, since it is large and every part has these.
    request: Arc<GetObjectRequest>,
    pub(crate) bucket: BucketName,
    pub(crate) key: ObjectKey,
    pub(crate) wanted: Wanted,
}

impl Requests {
    /// Checks what can be checked before anything is sent.
    pub(crate) fn new(request: GetObjectRequest) -> Result<Self, InvalidRequest> {
        let bucket = BucketName::new(request.bucket.as_str())?;
        let key = ObjectKey::new(request.key.as_str())?;
        let wanted = Wanted::of(request.range).ok_or_else(|| InvalidRequest::new("range", "is a range of no bytes"))?;
        if request.accept_encoding.is_some() {
            let reason = "is not allowed in a managed download: bytes that are encoded on their way have neither ranges nor CRC64";
            return Err(InvalidRequest::new("accept_encoding", reason));
        }
        if request.queries.iter().any(|(name, _)| name == "x-oss-process") {
            let reason =
                "is not allowed in a managed download: what is processed on its way has neither ranges nor CRC64";
            return Err(InvalidRequest::new("x-oss-process", reason));
        }
        Ok(Self { request: Arc::new(request), bucket, key, wanted })
    }

    /// The same for other bytes of the object.
    pub(crate) fn for_bytes(self, wanted: Wanted) -> Self {
        Self { wanted, ..self }
    }

    /// The range that the caller asks for.
    pub(crate) fn range(&self) -> Option<ByteRange> {
        self.request.range
    }

    /// The version that the caller asks for.
    pub(crate) fn version_id(&self) -> Option<&str> {
        self.request.version_id.as_deref()
    }

    /// The first request, under the caller's conditions.
    pub(crate) fn first(&self, range: ByteRange) -> GetObjectRequest {
        // Without it, OSS gives the whole object for a range that reaches past its end.
        GetObjectRequest::clone(&self.request).range(range).range_behavior("standard")
    }

    /// A later request: for bytes of this very object, whatever has become of it.
    pub(crate) fn pinned(&self, object: &Object, span: Span) -> GetObjectRequest {
        let mut request = self.first(span.into());
        let Pin { etag, version_id } = self.pin(object);
        (request.if_match, request.version_id) = (etag, version_id);
        (request.if_none_match, request.if_modified_since, request.if_unmodified_since) = (None, None, None);
        request
    }

    /// The attributes of the object, or of this very one.
    pub(crate) fn head(&self, object: Option<&Object>) -> HeadObjectRequest {
        let mut head = HeadObjectRequest::new(self.bucket.as_str(), self.key.as_str());
        let from = GetObjectRequest::clone(&self.request);
        (head.request_payer, head.headers, head.queries, head.options) =
            (from.request_payer, from.headers, from.queries, from.options);
        match object.map(|object| self.pin(object)) {
            Some(Pin { etag, version_id }) => (head.if_match, head.version_id) = (etag, version_id),
            None => {
                (head.if_match, head.if_none_match, head.version_id) =
                    (from.if_match, from.if_none_match, from.version_id);
                (head.if_modified_since, head.if_unmodified_since) = (from.if_modified_since, from.if_unmodified_since);
            }
        }
        head
    }

    fn pin(&self, object: &Object) -> Pin {
        Pin {
            etag: object.etag.clone().or_else(|| self.request.if_match.clone()),
            version_id: object.version_id.clone().or_else(|| self.request.version_id.clone()),
        }
    }
}

/// What tells an object from every other, and from itself at another time.
struct Pin {
    etag: Option<oss_models::Etag>,
    version_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use oss_models::{Etag, Operation};

    fn object(etag: Option<&str>, version_id: Option<&str>) -> Object {
        let etag = etag.map(|etag| Etag::new(etag).unwrap());
        Object { size: 30, etag, version_id: version_id.map(str::to_owned), last_modified: None, crc64: None }
    }

    fn request() -> GetObjectRequest {
        let request = GetObjectRequest::new("demo", "a").if_none_match(Etag::new("old").unwrap());
        request.traffic_limit(819_200_u64).header("x-extra", "1").query("q", "2")
    }

    /// Rows: R57.
    #[test]
    fn later_requests_are_pinned_and_the_first_has_the_callers_conditions() {
        let requests = Requests::new(request()).unwrap();
        let first = requests.first(ByteRange::from(0..10)).into_request().unwrap();
        let header = |request: &oss_models::Request, name: &str| {
            request.headers.get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(header(&first, "if-none-match").as_deref(), Some("\"old\""));
        assert_eq!(header(&first, "x-oss-range-behavior").as_deref(), Some("standard"));
        let later = requests.pinned(&object(Some("e"), Some("v")), Span::new(10, 5)).into_request().unwrap();
        assert_eq!(header(&later, "range").as_deref(), Some("bytes=10-14"));
        assert_eq!(header(&later, "if-match").as_deref(), Some("\"e\""));
        assert_eq!((header(&later, "if-none-match"), later.query_value("versionId")), (None, Some("v")));
        for request in [&first, &later] {
            assert_eq!(header(request, "x-oss-traffic-limit").as_deref(), Some("819200"));
            assert_eq!((header(request, "x-extra").as_deref(), request.query_value("q")), (Some("1"), Some("2")));
        }
        let head = requests.head(Some(&object(None, None))).into_request().unwrap();
        assert_eq!((header(&head, "if-match"), header(&head, "x-extra").as_deref()), (None, Some("1")));
    }

    #[test]
    fn what_has_neither_ranges_nor_crc64_is_refused_before_anything_is_sent() {
        for (request, name) in [
            (request().accept_encoding("gzip"), "accept_encoding"),
            (request().query("x-oss-process", "image/resize,w_10"), "x-oss-process"),
            (request().range(ByteRange::Last(0)), "range"),
            (request().range(5..5), "range"),
        ] {
            let error = Requests::new(request).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
        assert!(Requests::new(GetObjectRequest::new("Bad_Bucket", "a")).is_err());
        assert!(Requests::new(GetObjectRequest::new("demo", "")).is_err());
    }
}
