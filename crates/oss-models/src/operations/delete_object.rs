use crate::draft::{Draft, Payload};
use crate::xml::XmlWriter;
use crate::{Idempotency, InvalidRequest, ObjectKey, OperationInfo, RequestPayer, ResponseShape};

request! {
    /// DeleteObject: deletes an object or one of its versions; succeeds whether or not there was one.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/deleteobject)
    DeleteObjectRequest -> DeleteObjectResult =
        OperationInfo::new("DeleteObject", Idempotency::Idempotent, ResponseShape::Headers);
    DELETE [];
    required [OBJECT] {}
    optional [VERSION PAYER BYPASS_RETENTION] {}
}

response! {
    /// Result of DeleteObject.
    DeleteObjectResult [VERSION_RESPONSE] {
        /// Whether a delete marker was made or removed.
        delete_marker: bool = header_flag("x-oss-delete-marker"),
    }
}

request! {
    /// DeleteMultipleObjects: deletes up to 1,000 objects of a bucket.
    ///
    /// ```
    /// use oss_models::{Delete, DeleteMultipleObjectsRequest};
    /// let request = DeleteMultipleObjectsRequest::new("demo", Delete::from_iter(["a", "b"]));
    /// ```
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/deletemultipleobjects)
    DeleteMultipleObjectsRequest -> DeleteMultipleObjectsResult =
        OperationInfo::new("DeleteMultipleObjects", Idempotency::Idempotent, ResponseShape::XmlOrEmpty("DeleteResult"));
    POST ["delete" "encoding-type=url"];
    required [BUCKET] {
        /// What is removed.
        delete: Delete = payload(),
    }
    optional [PAYER BYPASS_RETENTION] {}
}

response! {
    /// Result of DeleteMultipleObjects.
    DeleteMultipleObjectsResult [] {
        /// The objects removed; keys that did not exist count. Without `quiet`, what is missing here was not removed. With
        /// it, what was removed is left out, and how OSS names what was not is not documented *(unconfirmed)*.
        deleted: Vec<DeletedObject> = xml.list("Deleted"),
    }
}

element! {
    /// An object that DeleteMultipleObjects removed.
    DeletedObject [] {
        /// Key of the object.
        key: String = required_encoded("Key"),
        /// Version that was asked to be removed.
        version_id: Option<String> = text("VersionId"),
        /// Whether a delete marker was made or removed.
        delete_marker: bool = flag("DeleteMarker"),
        /// Version of the delete marker.
        delete_marker_version_id: Option<String> = text("DeleteMarkerVersionId"),
    }
}

/// What DeleteMultipleObjects is to remove: 1 to 1,000 objects, at most 2 MiB when written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Delete {
    /// Objects to delete, 1 to 1,000.
    pub objects: Vec<ObjectIdentifier>,
    /// Whether the response leaves out what was removed.
    pub quiet: bool,
}

impl Delete {
    /// Most objects of one request.
    pub const MAX_OBJECTS: usize = 1_000;
    /// Most bytes of one request, when written.
    pub(crate) const MAX_LEN: usize = 2 << 20;
    /// Bytes around the objects, at most.
    pub(crate) const FRAME_LEN: usize = 64;

    /// Sets whether the response leaves out what was removed. Default: no.
    #[must_use]
    pub fn quiet(mut self, quiet: bool) -> Self {
        self.quiet = quiet;
        self
    }
}

impl<T: Into<ObjectIdentifier>> FromIterator<T> for Delete {
    fn from_iter<I: IntoIterator<Item = T>>(objects: I) -> Self {
        Self { objects: objects.into_iter().map(Into::into).collect(), quiet: false }
    }
}

impl From<Vec<ObjectIdentifier>> for Delete {
    fn from(objects: Vec<ObjectIdentifier>) -> Self {
        Self { objects, quiet: false }
    }
}

impl Payload for Delete {
    fn write(&self, field: &'static str, draft: &mut Draft) -> Result<(), InvalidRequest> {
        let count = self.objects.len();
        if !(1..=Self::MAX_OBJECTS).contains(&count) {
            return Err(InvalidRequest::new(
                field,
                format!("must name 1 to {} objects, got {count}", Self::MAX_OBJECTS),
            ));
        }
        for object in &self.objects {
            ObjectKey::new(object.key.as_str())?;
            if object.version_id.as_deref() == Some("") {
                return Err(InvalidRequest::new(field, format!("has an empty version id for {:?}", object.key)));
            }
        }
        let mut writer = XmlWriter::new();
        writer.parent("Delete", |delete| {
            delete.leaf("Quiet", if self.quiet { "true" } else { "false" });
            self.objects.iter().for_each(|object| object.write_to(delete));
        });
        let document = writer.finish();
        if document.len() > Self::MAX_LEN {
            let reason = format!("must have at most {} bytes of XML, got {}", Self::MAX_LEN, document.len());
            return Err(InvalidRequest::new(field, reason));
        }
        draft.xml(document);
        Ok(())
    }
}

/// An object, or one of its versions.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ObjectIdentifier {
    /// Key of the object, not encoded.
    pub key: String,
    /// Version to delete. Default: none, which deletes the current one or makes a delete marker.
    pub version_id: Option<String>,
}

impl ObjectIdentifier {
    /// An object.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), version_id: None }
    }

    /// Chooses a version.
    #[must_use]
    pub fn version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }

    /// Bytes that it has in the document of DeleteMultipleObjects.
    pub(crate) fn written_len(&self) -> usize {
        let mut writer = XmlWriter::new();
        self.write_to(&mut writer);
        writer.finish().len()
    }

    fn write_to(&self, delete: &mut XmlWriter) {
        delete.parent("Object", |element| {
            element.leaf("Key", &self.key);
            if let Some(version_id) = &self.version_id {
                element.leaf("VersionId", version_id);
            }
        });
    }
}

impl From<&str> for ObjectIdentifier {
    fn from(key: &str) -> Self {
        Self::new(key)
    }
}

impl From<String> for ObjectIdentifier {
    fn from(key: String) -> Self {
        Self::new(key)
    }
}
