//! What of a CopyObject request goes into the requests of the same copy in parts.
//!
//! Parts have no directives: what CopyObject takes from the source by itself, the client asks for and gives to Initiate.

use crate::{
    ByteRange, CopyObjectRequest, GetObjectTaggingRequest, HeadObjectRequest, HeadObjectResult, MetadataDirective,
    PartNumber, PutObjectRequest, Tagging, TaggingDirective, UploadId, UploadPartCopyRequest, content_type_of,
};

/// Copies the named fields.
macro_rules! carry {
    ($from:ident to $to:ident; $($field:ident)*) => {
        $($to.$field = $from.$field.clone();)*
    };
}

/// The request for the attributes of the source, under the copy's conditions.
pub fn source_head_from(copy: &CopyObjectRequest) -> HeadObjectRequest {
    let source = &copy.copy_source;
    let mut head = HeadObjectRequest::new(source.bucket.as_str(), source.key.as_str());
    head.version_id.clone_from(&source.version_id);
    head.if_match.clone_from(&copy.copy_source_if_match);
    head.if_none_match.clone_from(&copy.copy_source_if_none_match);
    head.if_modified_since = copy.copy_source_if_modified_since;
    head.if_unmodified_since = copy.copy_source_if_unmodified_since;
    (head.request_payer, head.options) = (copy.request_payer.clone(), copy.options.clone());
    head
}

/// The request for the tags of the source; `None` if the copy does not take them, or the source has none.
pub fn source_tagging_from(copy: &CopyObjectRequest, source: &HeadObjectResult) -> Option<GetObjectTaggingRequest> {
    let replaces = copy.tagging_directive == Some(TaggingDirective::Replace);
    if replaces || source.tagging_count.unwrap_or(0) == 0 {
        return None;
    }
    let from = &copy.copy_source;
    let mut request = GetObjectTaggingRequest::new(from.bucket.as_str(), from.key.as_str());
    request.version_id = from.version_id.clone().or_else(|| source.version_id.clone());
    (request.request_payer, request.options) = (copy.request_payer.clone(), copy.options.clone());
    Some(request)
}

/// The request that would write the copy if its bytes were sent: `source` are the attributes of the source, `tags` its tags.
/// Metadata and tags come from the source or from the copy, as its directives say. Neither the ACL nor the storage class
/// nor the encryption ever comes from the source.
pub fn put_from_copy(copy: &CopyObjectRequest, source: &HeadObjectResult, tags: Option<Tagging>) -> PutObjectRequest {
    let mut put = PutObjectRequest::new(copy.bucket.as_str(), copy.key.as_str());
    carry!(copy to put; storage_class acl server_side_encryption server_side_data_encryption
        server_side_encryption_key_id object_worm_mode object_worm_retain_until_date object_worm_legal_hold
        forbid_overwrite request_payer traffic_limit headers queries options);
    if copy.metadata_directive == Some(MetadataDirective::Replace) {
        carry!(copy to put; metadata content_type cache_control content_disposition content_encoding expires);
        put.content_type = put.content_type.or_else(|| content_type_of(&copy.key).map(str::to_owned));
    } else {
        put.metadata = Some(source.metadata.clone()).filter(|metadata| !metadata.is_empty());
        carry!(source to put; content_type cache_control content_disposition content_encoding expires);
        if let Some(language) = &source.content_language {
            put = put.header("content-language", language.as_str());
        }
    }
    put.tagging = match copy.tagging_directive {
        Some(TaggingDirective::Replace) => copy.tagging.clone(),
        _ => tags,
    };
    put
}

/// The request that makes one part of the copy of a range of the source.
pub fn upload_part_copy_from(
    copy: &CopyObjectRequest,
    upload_id: UploadId,
    part_number: PartNumber,
    range: ByteRange,
) -> UploadPartCopyRequest {
    let (bucket, key, source) = (copy.bucket.as_str(), copy.key.as_str(), copy.copy_source.clone());
    let mut part = UploadPartCopyRequest::new(bucket, key, upload_id, part_number, source).copy_source_range(range);
    carry!(copy to part; copy_source_if_match traffic_limit request_payer options);
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CopySource, Etag, Operation, Response, StorageClass, Tag};
    use http::{HeaderName, HeaderValue, StatusCode};

    fn source() -> HeadObjectResult {
        let headers = [
            ("content-type", "text/x-a"),
            ("content-language", "de"),
            ("cache-control", "no-cache"),
            ("x-oss-meta-a", "1"),
            ("x-oss-tagging-count", "1"),
            ("x-oss-version-id", "V"),
            ("x-oss-storage-class", "IA"),
        ];
        let response = headers.into_iter().fold(Response::new(StatusCode::OK), |response, (name, value)| {
            response.with_header(HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        HeadObjectRequest::read(response).unwrap()
    }

    fn copy() -> CopyObjectRequest {
        CopyObjectRequest::new("other", "b.txt", CopySource::new("from", "a"))
    }

    fn value<'a>(put: &'a PutObjectRequest, name: &str) -> Option<&'a str> {
        put.metadata.as_ref().and_then(|metadata| metadata.value(name))
    }

    #[test]
    fn metadata_and_tags_come_from_where_the_directives_say() {
        let tags = || Some(Tagging::new().tag("of", "source"));
        let own = copy().content_type("text/x-b").metadata([("b", "2")]).tagging(Tagging::new().tag("of", "copy"));
        let taken = put_from_copy(&own, &source(), tags());
        assert_eq!(
            (taken.content_type.as_deref(), taken.cache_control.as_deref()),
            (Some("text/x-a"), Some("no-cache"))
        );
        assert_eq!((value(&taken, "a"), value(&taken, "b")), (Some("1"), None));
        assert!(taken.headers.contains(&("content-language".to_owned(), "de".to_owned())));
        assert_eq!(taken.tagging.unwrap().tags, [Tag::new("of", "source")]);
        assert_eq!(taken.storage_class, None, "never that of the source");

        let replaced = own.metadata_directive(MetadataDirective::Replace).tagging_directive(TaggingDirective::Replace);
        assert!(source_tagging_from(&replaced, &source()).is_none());
        let given = put_from_copy(&replaced.clone().storage_class(StorageClass::Archive), &source(), None);
        assert_eq!((given.content_type.as_deref(), given.cache_control.as_deref()), (Some("text/x-b"), None));
        assert_eq!((value(&given, "a"), value(&given, "b")), (None, Some("2")));
        assert_eq!(given.tagging.unwrap().tags, [Tag::new("of", "copy")]);
        assert_eq!(given.storage_class, Some(StorageClass::Archive));
        let bare = put_from_copy(&copy().metadata_directive(MetadataDirective::Replace), &source(), None);
        assert_eq!(bare.content_type.as_deref(), Some("text/plain"), "by the key");
    }

    #[test]
    fn questions_about_the_source_are_about_its_version() {
        let conditional = copy().copy_source_if_match(Etag::new("E").unwrap());
        let head = source_head_from(&conditional);
        assert_eq!((head.bucket.as_str(), head.key.as_str(), head.if_match), ("from", "a", Etag::new("E").ok()));
        let tagging = source_tagging_from(&copy(), &source()).unwrap();
        assert_eq!(tagging.version_id.as_deref(), Some("V"));
        let id = UploadId::new("U").unwrap();
        let part = upload_part_copy_from(&conditional, id, PartNumber::new(2).unwrap(), (10..20).into());
        let request = part.into_request().unwrap();
        let header = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header("x-oss-copy-source-range"), Some("bytes=10-19"));
        assert_eq!(header("x-oss-copy-source-if-match"), Some("\"E\""));
    }
}
