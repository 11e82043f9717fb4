use oss_models::{
    AbortMultipartUploadRequest, Body, CompleteMultipartUploadRequest, CompletedPart, HeadObjectRequest,
    InitiateMultipartUploadRequest, InvalidRequest, ListPartsRequest, Operation, PartNumber, PutObjectRequest, Request,
    UploadId, UploadPartRequest, content_type_of,
};

use crate::plan::Receipts;

/// What every request of the upload has in common: headers and parameters without a field, and how it is carried out.
macro_rules! carry {
    ($from:expr => $to:expr) => {
        $to.headers = $from.headers.clone();
        $to.queries = $from.queries.clone();
        $to.options = $from.options.clone();
    };
}

/// The requests of one upload, all made from the caller's PutObject request: each field goes where it belongs.
#[derive(Clone)]
pub(crate) struct Requests(PutObjectRequest);

impl Requests {
    /// Requests like `request`. Its media type, if not given, follows from `file_name`, then from the key.
    pub(crate) fn new(mut request: PutObjectRequest, file_name: Option<&str>) -> Self {
        if request.content_type.is_none() {
            request.content_type = file_name.and_then(content_type_of).map(str::to_owned);
        }
        // The content comes from the source.
        request.body = None;
        Self(request)
    }

    /// Checks every field, wherever it goes.
    pub(crate) fn check(&self) -> Result<(), InvalidRequest> {
        let id = UploadId::new("-").ok_or_else(|| InvalidRequest::new("upload id", "empty"))?;
        self.put(Body::empty()).into_request()?;
        self.initiate().into_request()?;
        self.upload_part(&id, PartNumber::MIN, Body::empty()).into_request()?;
        self.abort(&id).into_request()?;
        Ok(())
    }

    pub(crate) fn wants_callback(&self) -> bool {
        self.0.callback.is_some()
    }

    pub(crate) fn forbids_overwrite(&self) -> bool {
        self.0.forbid_overwrite == Some(true)
    }

    pub(crate) fn put(&self, body: Body) -> PutObjectRequest {
        self.0.clone().body(body)
    }

    pub(crate) fn initiate(&self) -> InitiateMultipartUploadRequest {
        let put = &self.0;
        let mut initiate = InitiateMultipartUploadRequest::new(put.bucket.clone(), put.key.clone());
        initiate.metadata = put.metadata.clone();
        initiate.content_type = put.content_type.clone();
        initiate.cache_control = put.cache_control.clone();
        initiate.content_disposition = put.content_disposition.clone();
        initiate.content_encoding = put.content_encoding.clone();
        initiate.expires = put.expires.clone();
        initiate.storage_class = put.storage_class.clone();
        initiate.server_side_encryption = put.server_side_encryption.clone();
        initiate.server_side_data_encryption = put.server_side_data_encryption.clone();
        initiate.server_side_encryption_key_id = put.server_side_encryption_key_id.clone();
        initiate.tagging = put.tagging.clone();
        initiate.forbid_overwrite = put.forbid_overwrite;
        initiate.request_payer = put.request_payer.clone();
        initiate.object_worm_mode = put.object_worm_mode.clone();
        initiate.object_worm_retain_until_date = put.object_worm_retain_until_date.clone();
        initiate.object_worm_legal_hold = put.object_worm_legal_hold.clone();
        carry!(put => initiate);
        initiate
    }

    /// Initiate as it goes over the wire, for its digest.
    pub(crate) fn initiate_on_the_wire(&self) -> Result<Request, InvalidRequest> {
        self.initiate().into_request()
    }

    pub(crate) fn upload_part(&self, upload_id: &UploadId, number: PartNumber, body: Body) -> UploadPartRequest {
        let put = &self.0;
        let mut part = UploadPartRequest::new(put.bucket.clone(), put.key.clone(), upload_id.clone(), number, body);
        part.traffic_limit = put.traffic_limit;
        part.request_payer = put.request_payer.clone();
        carry!(put => part);
        part
    }

    pub(crate) fn complete(&self, upload_id: &UploadId, receipts: &Receipts) -> CompleteMultipartUploadRequest {
        let parts = receipts.iter().map(|receipt| CompletedPart::new(receipt.part.number, receipt.etag.clone()));
        let (put, parts) = (&self.0, parts.collect::<Vec<_>>());
        let mut complete =
            CompleteMultipartUploadRequest::new(put.bucket.clone(), put.key.clone(), upload_id.clone(), parts);
        complete.acl = put.acl.clone();
        complete.forbid_overwrite = put.forbid_overwrite;
        complete.callback = put.callback.clone();
        complete.callback_var = put.callback_var.clone();
        complete.request_payer = put.request_payer.clone();
        carry!(put => complete);
        complete
    }

    pub(crate) fn abort(&self, upload_id: &UploadId) -> AbortMultipartUploadRequest {
        let put = &self.0;
        let mut abort = AbortMultipartUploadRequest::new(put.bucket.clone(), put.key.clone(), upload_id.clone());
        abort.request_payer = put.request_payer.clone();
        carry!(put => abort);
        abort
    }

    pub(crate) fn list_parts(&self, upload_id: &UploadId) -> ListPartsRequest {
        let put = &self.0;
        let mut list = ListPartsRequest::new(put.bucket.clone(), put.key.clone(), upload_id.clone());
        list.request_payer = put.request_payer.clone();
        carry!(put => list);
        list
    }

    pub(crate) fn head(&self) -> HeadObjectRequest {
        let put = &self.0;
        let mut head = HeadObjectRequest::new(put.bucket.clone(), put.key.clone());
        head.request_payer = put.request_payer.clone();
        carry!(put => head);
        head
    }
}
