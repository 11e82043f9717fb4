//! Values of fields that have a rule or a list of words.

mod byte_range;
mod callback;
mod copy_source;
mod metadata;
mod tagging;
mod words;

pub use byte_range::ByteRange;
pub use callback::{Callback, CallbackBodyType, CallbackVars};
pub use copy_source::CopySource;
pub use metadata::Metadata;
pub use tagging::{Tag, Tagging};
pub use words::{
    BucketAcl, DataRedundancyType, MetadataDirective, ObjectAcl, ObjectWormMode, RequestPayer, RestoreTier,
    ServerSideDataEncryption, ServerSideEncryption, StorageClass, TaggingDirective, VersioningStatus,
};
