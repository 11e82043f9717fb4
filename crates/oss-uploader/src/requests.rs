use std::sync::Arc;

use oss_models::{
    AbortMultipartUploadRequest, Body, CompleteMultipartUploadRequest, CompletedPart, HeadObjectRequest,
    InitiateMultipartUploadRequest, InvalidRequest, ListPartsRequest, Operation, PartNumber, PutObjectRequest, Request,
    UploadId, UploadPartRequest, abort_from, complete_from, content_type_of, head_from, initiate_from, list_parts_from,
    upload_part_from,
};

use crate::checkpoint::RequestedProperties;
use crate::plan::Receipts;

/// The requests of one upload, all made from the caller's PutObject request: each field goes where it belongs.
#[derive(Clone)]
pub(crate) struct Requests {
    request: Arc<PutObjectRequest>,
    /// Whether the media type is the caller's, and not one that follows from a name.
    is_type_given: bool,
    /// PutObject as it goes over the wire, without its body.
    put: Result<Arc<Request>, InvalidRequest>,
}

impl Requests {
    /// Requests like `request`. Its media type, if not given, follows from `file_name`, then from the key.
    pub(crate) fn new(request: impl Into<Arc<PutObjectRequest>>, file_name: Option<&str>) -> Self {
        let mut shared = request.into();
        let request = Arc::make_mut(&mut shared);
        let is_type_given = request.content_type.is_some() || header(request, "content-type").is_some();
        if !is_type_given {
            request.content_type = file_name.and_then(content_type_of).map(str::to_owned);
        }
        // The content comes from the source.
        request.body = None;
        // The plan counts the attempts and knows what each may have left; the transport must not count for itself below.
        request.options.max_attempts.get_or_insert(1);
        let put = request.clone().into_request().map(Arc::new);
        Self { request: shared, is_type_given, put }
    }

    /// Checks every field, wherever it goes.
    pub(crate) fn check(&self) -> Result<(), InvalidRequest> {
        self.put_on_the_wire()?;
        // Initiate carries nothing that PutObject does not, but has query parameters of its own, which another must not repeat.
        if !self.request.queries.is_empty() {
            self.initiate_on_the_wire()?;
        }
        Ok(())
    }

    pub(crate) fn wants_callback(&self) -> bool {
        let by_query = || self.request.queries.iter().any(|(name, _)| name == "callback");
        self.request.callback.is_some() || header(&self.request, "x-oss-callback").is_some() || by_query()
    }

    pub(crate) fn forbids_overwrite(&self) -> bool {
        self.request.forbid_overwrite == Some(true)
            || header(&self.request, "x-oss-forbid-overwrite").is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The MD5 that the caller gave of the whole object, in base64.
    pub(crate) fn content_md5(&self) -> Option<&str> {
        self.request.content_md5.as_deref().or_else(|| header(&self.request, "content-md5"))
    }

    /// PutObject as it goes over the wire.
    pub(crate) fn put(&self, body: Body) -> Result<Request, InvalidRequest> {
        let mut request = Request::clone(&*self.put_on_the_wire()?);
        request.body = body;
        Ok(request)
    }

    /// PutObject as it goes over the wire, without its body.
    pub(crate) fn put_on_the_wire(&self) -> Result<Arc<Request>, InvalidRequest> {
        self.put.clone()
    }

    pub(crate) fn initiate(&self) -> InitiateMultipartUploadRequest {
        initiate_from(&self.request)
    }

    /// Initiate as it goes over the wire.
    pub(crate) fn initiate_on_the_wire(&self) -> Result<Request, InvalidRequest> {
        self.initiate().into_request()
    }

    /// What the caller asks for, of whatever request it is sent in. The MD5 of the content asks for nothing more, and how
    /// fast it is sent changes nothing of what is stored.
    pub(crate) fn requested(&self) -> Result<RequestedProperties, InvalidRequest> {
        let is_ignored = |name: &str| match name {
            "content-md5" | "x-oss-traffic-limit" => true,
            "content-type" => !self.is_type_given,
            _ => false,
        };
        Ok(RequestedProperties::of(&*self.put_on_the_wire()?, is_ignored))
    }

    pub(crate) fn upload_part(&self, upload_id: &UploadId, number: PartNumber, body: Body) -> UploadPartRequest {
        upload_part_from(&self.request, upload_id.clone(), number, body)
    }

    pub(crate) fn complete(&self, upload_id: &UploadId, receipts: &Receipts) -> CompleteMultipartUploadRequest {
        let parts = receipts.iter().map(|receipt| CompletedPart::new(receipt.part.number, receipt.etag.clone()));
        complete_from(&self.request, upload_id.clone(), parts.collect::<Vec<_>>())
    }

    pub(crate) fn abort(&self, upload_id: &UploadId) -> AbortMultipartUploadRequest {
        abort_from(&self.request, upload_id.clone())
    }

    pub(crate) fn list_parts(&self, upload_id: &UploadId) -> ListPartsRequest {
        list_parts_from(&self.request, upload_id.clone())
    }

    pub(crate) fn head(&self) -> HeadObjectRequest {
        head_from(&self.request)
    }
}

/// The value of a header that was added by its name.
fn header<'a>(request: &'a PutObjectRequest, name: &str) -> Option<&'a str> {
    let mut named = request.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
    named.next().map(|(_, value)| value.as_str())
}
