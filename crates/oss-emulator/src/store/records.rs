//! What is kept about buckets, objects, uploads and parts. Stored as JSON: readable with any tool, and a field can be added.

use serde::{Deserialize, Serialize};

use crate::cors::CorsConfiguration;

/// Number of a stored blob; also its file name, in hex.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub(crate) struct BlobId(pub(crate) u64);

/// A run of bytes within one blob. An object is a list of these, so completing an upload copies nothing.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Segment {
    pub(crate) blob: BlobId,
    pub(crate) offset: u64,
    pub(crate) len: u64,
}

/// Cuts the bytes `start..start + len` out of a list of segments.
pub(crate) fn cut(segments: &[Segment], start: u64, len: u64) -> Vec<Segment> {
    let (mut skip, mut left) = (start, len);
    let mut out = Vec::new();
    for segment in segments {
        if left == 0 {
            break;
        }
        if skip >= segment.len {
            skip -= segment.len;
            continue;
        }
        let take = (segment.len - skip).min(left);
        out.push(Segment { blob: segment.blob, offset: segment.offset + skip, len: take });
        skip = 0;
        left -= take;
    }
    out
}

/// A word that is none of those a header or element may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnknownWord;

/// An enumeration whose variants have a fixed spelling on the wire and on disk.
macro_rules! wire_names {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
        pub(crate) enum $name {
            $(#[serde(rename = $text)] $variant,)+
        }

        impl $name {
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err(UnknownWord) }
            }
        }
    };
}

wire_names! {
    /// Who may do what without a signature.
    Acl {
        Default = "default",
        Private = "private",
        PublicRead = "public-read",
        PublicReadWrite = "public-read-write",
    }
}

wire_names! {
    /// Storage class of a bucket or object.
    StorageClass {
        Standard = "Standard",
        InfrequentAccess = "IA",
        Archive = "Archive",
        ColdArchive = "ColdArchive",
        DeepColdArchive = "DeepColdArchive",
    }
}

impl StorageClass {
    /// Whether the content must be restored before it can be read.
    pub(crate) fn is_archive(self) -> bool {
        matches!(self, Self::Archive | Self::ColdArchive | Self::DeepColdArchive)
    }
}

wire_names! {
    /// How an object came to be.
    ObjectType {
        Normal = "Normal",
        Multipart = "Multipart",
        Appendable = "Appendable",
        Symlink = "Symlink",
    }
}

wire_names! {
    /// Versioning, once it was ever set.
    Versioning {
        Enabled = "Enabled",
        Suspended = "Suspended",
    }
}

/// A bucket.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct BucketRecord {
    pub(crate) created_ms: i64,
    pub(crate) acl: Acl,
    pub(crate) storage_class: StorageClass,
    pub(crate) redundancy: String,
    pub(crate) versioning: Option<Versioning>,
    #[serde(default)]
    pub(crate) cors: Option<CorsConfiguration>,
}

impl BucketRecord {
    /// A bucket in which nothing is configured.
    pub(crate) fn new(created_ms: i64, acl: Acl, storage_class: StorageClass, redundancy: String) -> Self {
        Self { created_ms, acl, storage_class, redundancy, versioning: None, cors: None }
    }
}

/// Requested server-side encryption: stored and returned, not carried out.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Encryption {
    pub(crate) algorithm: Option<String>,
    pub(crate) data_algorithm: Option<String>,
    pub(crate) key_id: Option<String>,
}

/// What a request says about an object besides its bytes.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Attributes {
    /// `Content-Type`, `Cache-Control`, …, `x-oss-meta-*`: lower-case name, value one byte per char.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) storage_class: StorageClass,
    pub(crate) acl: Acl,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) encryption: Encryption,
}

/// A requested restore.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Restore {
    pub(crate) ready_ms: i64,
    pub(crate) expiry_ms: i64,
}

/// One version of an object, or a delete marker.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct VersionRecord {
    /// `None` is the version that the API calls `null`.
    pub(crate) version_id: Option<String>,
    pub(crate) last_modified_ms: i64,
    pub(crate) content: Content,
}

/// What a version holds.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Content {
    Object(Box<ObjectRecord>),
    DeleteMarker,
}

/// An object that can be read.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ObjectRecord {
    pub(crate) object_type: ObjectType,
    pub(crate) size: u64,
    /// Without quotes, upper-case.
    pub(crate) etag: String,
    pub(crate) crc64: Option<u64>,
    /// Base64, only of Normal objects.
    pub(crate) content_md5: Option<String>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) attributes: Attributes,
    pub(crate) symlink_target: Option<String>,
    pub(crate) restore: Option<Restore>,
}

impl VersionRecord {
    pub(crate) fn object(&self) -> Option<&ObjectRecord> {
        match &self.content {
            Content::Object(object) => Some(object),
            Content::DeleteMarker => None,
        }
    }

    pub(crate) fn is_delete_marker(&self) -> bool {
        matches!(self.content, Content::DeleteMarker)
    }

    /// The id as the API writes it.
    pub(crate) fn wire_id(&self) -> &str {
        self.version_id.as_deref().unwrap_or("null")
    }
}

/// An unfinished multipart upload.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct UploadRecord {
    pub(crate) initiated_ms: i64,
    pub(crate) attributes: Attributes,
    /// Set when an abort left room for a late part (a switch): the id is dead, its parts are still listed.
    #[serde(default)]
    pub(crate) aborted: bool,
}

/// One stored part.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct PartRecord {
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) crc64: Option<u64>,
    pub(crate) last_modified_ms: i64,
    pub(crate) segments: Vec<Segment>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cut_covers_exactly_the_bytes_asked_for(lens in proptest::collection::vec(1_u64..50, 1..8), a in 0_usize..400, b in 0_usize..400) {
            let segments: Vec<_> = lens.iter().enumerate().map(|(i, len)| Segment { blob: BlobId(i as u64), offset: 7, len: *len }).collect();
            let flat = |segments: &[Segment]| segments.iter().flat_map(|s| (s.offset..s.offset + s.len).map(|at| (s.blob, at))).collect::<Vec<_>>();
            let whole = flat(&segments);
            let (from, to) = (a.min(b).min(whole.len()), a.max(b).min(whole.len()));
            let part = cut(&segments, from as u64, (to - from) as u64);
            prop_assert_eq!(flat(&part), whole[from..to].to_vec());
        }
    }
}
