//! Values of fields that have a rule or a list of words.

mod byte_range;
mod callback;
mod content_range;
mod copy_source;
mod lifecycle;
mod metadata;
mod restore_status;
mod tagging;
mod words;

pub use byte_range::ByteRange;
pub use callback::{Callback, CallbackBodyType, CallbackVars};
pub use content_range::ContentRange;
pub use copy_source::CopySource;
pub use lifecycle::{
    LifecycleAge, LifecycleConfiguration, LifecycleExpiration, LifecycleFilter, LifecycleNot, LifecycleRule,
    LifecycleTransition,
};
pub use metadata::Metadata;
pub use restore_status::RestoreStatus;
pub use tagging::{Tag, Tagging};
pub use words::{
    BucketAcl, CorsMethod, DataRedundancyType, MetadataDirective, ObjectAcl, ObjectWormMode, RequestPayer, RestoreTier,
    RuleStatus, ServerSideDataEncryption, ServerSideEncryption, StorageClass, TaggingDirective, VersioningStatus,
};
