use std::borrow::Cow;
use std::fmt;

use crate::wire::WireText;

/// A closed list of words on the wire that may grow: unknown words are kept as `Other`.
macro_rules! words {
    ($(
        $(#[$attr:meta])*
        $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }
    )+) => {$(
        $(#[$attr])*
        #[derive(Clone, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A word that this version of the library does not know.
            Other(String),
        }

        impl $name {
            /// The word as OSS writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                $(if word.eq_ignore_ascii_case($word) { return Self::$variant; })+
                Self::Other(word.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl WireText for $name {
            fn to_wire(&self) -> Cow<'_, str> {
                self.as_str().into()
            }
            fn from_wire(text: &str) -> Option<Self> {
                Some(text.trim().into())
            }
        }
    )+};
}

words! {
    /// Who may read and write an object.
    ObjectAcl {
        /// As the bucket says.
        Default = "default",
        /// The owner alone.
        Private = "private",
        /// Everyone reads.
        PublicRead = "public-read",
        /// Everyone reads and writes.
        PublicReadWrite = "public-read-write",
    }

    /// Who may read and write a bucket.
    BucketAcl {
        /// The owner alone.
        Private = "private",
        /// Everyone reads.
        PublicRead = "public-read",
        /// Everyone reads and writes.
        PublicReadWrite = "public-read-write",
    }

    /// How an object is kept. Compared without case, since old lists of OSS write upper-case words.
    StorageClass {
        /// At hand.
        Standard = "Standard",
        /// At hand, for infrequent access.
        Ia = "IA",
        /// To be restored before reading, unless the bucket allows direct reads.
        Archive = "Archive",
        /// To be restored before reading.
        ColdArchive = "ColdArchive",
        /// To be restored before reading.
        DeepColdArchive = "DeepColdArchive",
    }

    /// How OSS encrypts an object at rest.
    ServerSideEncryption {
        /// AES-256 with keys of OSS.
        Aes256 = "AES256",
        /// Keys of the key management service.
        Kms = "KMS",
        /// SM4 with keys of OSS.
        Sm4 = "SM4",
    }

    /// Which cipher the key management service's keys are used with.
    ServerSideDataEncryption {
        /// SM4.
        Sm4 = "SM4",
    }

    /// Who pays for a request.
    RequestPayer {
        /// The one who asks; needed for a bucket of another owner with pay-by-requester.
        Requester = "requester",
    }

    /// How the retention of an object is enforced. The words are *(unconfirmed)*; others can be given as they are.
    ObjectWormMode {
        /// May be bypassed by those who have the right to.
        Governance = "GOVERNANCE",
        /// May not be bypassed.
        Compliance = "COMPLIANCE",
    }

    /// Where a copy's metadata comes from.
    MetadataDirective {
        /// From the source; metadata of the request is ignored.
        Copy = "COPY",
        /// From the request.
        Replace = "REPLACE",
    }

    /// Where a copy's tags come from.
    TaggingDirective {
        /// From the source.
        Copy = "Copy",
        /// From the request.
        Replace = "Replace",
    }

    /// How fast an archived object is restored.
    RestoreTier {
        /// The fastest of the three.
        Expedited = "Expedited",
        /// `Standard`, the default.
        Standard = "Standard",
        /// The slowest of the three.
        Bulk = "Bulk",
    }

    /// Whether a bucket keeps versions of its objects.
    VersioningStatus {
        /// Every write makes a version.
        Enabled = "Enabled",
        /// Versions are kept, writes replace the version `null`.
        Suspended = "Suspended",
    }

    /// Whether a lifecycle rule is applied.
    RuleStatus {
        /// OSS applies the rule.
        Enabled = "Enabled",
        /// OSS keeps the rule and ignores it.
        Disabled = "Disabled",
    }

    /// A method that a CORS rule allows.
    CorsMethod {
        /// `GET`.
        Get = "GET",
        /// `PUT`.
        Put = "PUT",
        /// `DELETE`.
        Delete = "DELETE",
        /// `POST`.
        Post = "POST",
        /// `HEAD`.
        Head = "HEAD",
    }

    /// Over how many zones a bucket's data is spread.
    DataRedundancyType {
        /// One zone.
        Lrs = "LRS",
        /// Several zones.
        Zrs = "ZRS",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_without_case_and_unknown_ones_kept() {
        assert_eq!(StorageClass::from("STANDARD"), StorageClass::Standard);
        assert_eq!(StorageClass::from("Glass").to_string(), "Glass");
        assert_eq!(ObjectAcl::from_wire("public-read"), Some(ObjectAcl::PublicRead));
    }
}
