use crate::draft::{Draft, Payload};
use crate::response::read::{FromXml, Node, Unreadable};
use crate::wire::WireText as _;
use crate::xml::XmlWriter;
use crate::{Idempotency, InvalidRequest, OperationInfo, RequestPayer, ResponseShape, Tag, Tagging};

request! {
    /// PutObjectTagging: replaces the tags of an object.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/putobjecttagging)
    PutObjectTaggingRequest -> PutObjectTaggingResult =
        OperationInfo::new("PutObjectTagging", Idempotency::Idempotent, ResponseShape::Headers);
    PUT ["tagging"];
    required [OBJECT] {
        /// All tags that the object is to have.
        tagging: Tagging = payload(),
    }
    optional [VERSION PAYER] {}
}

response! {
    /// Result of PutObjectTagging.
    PutObjectTaggingResult [VERSION_RESPONSE] {}
}

request! {
    /// GetObjectTagging: returns the tags of an object.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/getobjecttagging)
    GetObjectTaggingRequest -> GetObjectTaggingResult =
        OperationInfo::new("GetObjectTagging", Idempotency::Idempotent, ResponseShape::Xml("Tagging"));
    GET ["tagging"];
    required [OBJECT] {}
    optional [VERSION PAYER] {}
}

response! {
    /// Result of GetObjectTagging.
    GetObjectTaggingResult [VERSION_RESPONSE] {
        /// Tags; none if the object has none.
        tags: Vec<Tag> = xml.list("TagSet/Tag"),
    }
}

request! {
    /// DeleteObjectTagging: removes all tags of an object.
    ///
    /// [OSS reference](https://www.alibabacloud.com/help/en/oss/developer-reference/deleteobjecttagging)
    DeleteObjectTaggingRequest -> DeleteObjectTaggingResult =
        OperationInfo::new("DeleteObjectTagging", Idempotency::Idempotent, ResponseShape::Headers);
    DELETE ["tagging"];
    required [OBJECT] {}
    optional [VERSION PAYER] {}
}

response! {
    /// Result of DeleteObjectTagging.
    DeleteObjectTaggingResult [VERSION_RESPONSE] {}
}

impl Payload for Tagging {
    fn write(&self, field: &'static str, draft: &mut Draft) -> Result<(), InvalidRequest> {
        self.check().map_err(|reason| InvalidRequest::new(field, reason))?;
        let mut writer = XmlWriter::new();
        writer.parent("Tagging", |tagging| {
            tagging.parent("TagSet", |set| {
                for tag in &self.tags {
                    set.parent("Tag", |element| {
                        element.leaf("Key", &tag.key);
                        element.leaf("Value", &tag.value);
                    });
                }
            });
        });
        draft.xml(writer.finish());
        Ok(())
    }
}

impl FromXml for Tag {
    fn from_xml(node: Node<'_>) -> Result<Self, Unreadable> {
        let key: String = node.required("Key")?;
        let value: Option<String> = node.text("Value")?;
        Ok(Self::new(key, value.unwrap_or_default()))
    }
}
