//! The trait's types from ours, and back.

use ossup::http::HeaderMap;
use ossup::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE};
use ossup::{Etag, ObjectSummary, StorageClass};

use super::super::object_store::path::{self, Path};
use super::super::object_store::{Attribute, Attributes, Error, GetOptions, GetRange, ObjectMeta, Result, TagSet};
use crate::attributes;
use crate::error::{ErrorKind, OssError};
use crate::get::{Wanted, WantedRange};
use crate::keys::{Listed, is_path, listed};

/// What errors and paths name this store.
pub(super) const STORE: &str = "OSS";

/// The trait's error about this path.
pub(super) fn failure(path: impl ToString, error: OssError) -> Error {
    let (kind, path, source) = (error.kind(), path.to_string(), Box::new(error));
    match kind {
        ErrorKind::NotFound => Error::NotFound { path, source },
        ErrorKind::AlreadyExists => Error::AlreadyExists { path, source },
        ErrorKind::Precondition => Error::Precondition { path, source },
        ErrorKind::NotModified => Error::NotModified { path, source },
        ErrorKind::PermissionDenied => Error::PermissionDenied { path, source },
        ErrorKind::Unauthenticated => Error::Unauthenticated { path, source },
        ErrorKind::NotSupported => Error::NotSupported { source },
        ErrorKind::Generic => Error::Generic { store: STORE, source },
    }
}

pub(super) fn wanted(options: GetOptions) -> Wanted {
    Wanted {
        if_match: options.if_match,
        if_none_match: options.if_none_match,
        if_modified_since: options.if_modified_since.map(Into::into),
        if_unmodified_since: options.if_unmodified_since.map(Into::into),
        range: options.range.map(|range| match range {
            GetRange::Bounded(range) => WantedRange::Bounded(range),
            GetRange::Offset(start) => WantedRange::Offset(start),
            GetRange::Suffix(count) => WantedRange::Suffix(count),
        }),
        version: options.version,
    }
}

/// An object of a list; `None` if it only stands for a folder.
pub(super) fn meta_of(object: ObjectSummary) -> Result<Option<ObjectMeta>> {
    match listed(&object.key) {
        Listed::Marker => {
            if object.size > 0 {
                tracing::warn!(key = object.key, "left out of a list: no path names a key that ends in a slash");
            }
            Ok(None)
        }
        Listed::Unnamed => Err(unnamed(object.key)),
        Listed::Path => {
            let no_time = || OssError::generic(format!("the list has no LastModified of {:?}", object.key));
            let last_modified =
                object.last_modified.ok_or_else(no_time).map_err(|error| failure(&object.key, error))?;
            Ok(Some(ObjectMeta {
                location: Path::parse(&object.key)?,
                last_modified: last_modified.into(),
                size: object.size,
                e_tag: object.etag.as_ref().map(Etag::quoted),
                version: None,
            }))
        }
    }
}

/// The path of a common prefix, without the delimiter that it ends in.
pub(super) fn path_of_prefix(prefix: &str) -> Result<Path> {
    if is_path(prefix) { Ok(Path::parse(prefix)?) } else { Err(unnamed(prefix.to_owned())) }
}

/// A key that has no path. The parser of paths would give that of another key for some of them.
fn unnamed(key: String) -> Error {
    path::Error::EmptySegment { path: key }.into()
}

/// How an object is to be stored.
///
/// # Errors
/// `NotSupported` for an attribute of a later version of the trait.
pub(super) fn attributes_of(attributes: &Attributes, tags: &TagSet) -> Result<attributes::Attributes> {
    let mut stored = attributes::Attributes { tags: tags.encoded().to_owned(), ..Default::default() };
    for (attribute, value) in attributes {
        let text = value.to_string();
        match attribute {
            Attribute::ContentType => stored.content_type = Some(text),
            Attribute::ContentDisposition => stored.content_disposition = Some(text),
            Attribute::ContentEncoding => stored.content_encoding = Some(text),
            Attribute::ContentLanguage => stored.content_language = Some(text),
            Attribute::CacheControl => stored.cache_control = Some(text),
            Attribute::StorageClass => stored.storage_class = Some(StorageClass::from(text.as_str())),
            Attribute::Metadata(name) => stored.metadata.push((name.to_string(), text)),
            other => {
                return Err(Error::NotSupported { source: format!("OSS has no attribute for {other:?}").into() });
            }
        }
    }
    Ok(stored)
}

/// The attributes of an object.
pub(super) fn attributes(headers: &HeaderMap) -> Attributes {
    let standard = [
        (CONTENT_TYPE, Attribute::ContentType),
        (CONTENT_DISPOSITION, Attribute::ContentDisposition),
        (CONTENT_ENCODING, Attribute::ContentEncoding),
        (CONTENT_LANGUAGE, Attribute::ContentLanguage),
        (CACHE_CONTROL, Attribute::CacheControl),
    ];
    let text = |name| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let standard = standard.into_iter().filter_map(|(name, attribute)| Some((attribute, text(name)?)));
    let metadata = attributes::metadata(headers).map(|(name, value)| (Attribute::Metadata(name.into()), value));
    standard.chain(metadata).collect()
}
