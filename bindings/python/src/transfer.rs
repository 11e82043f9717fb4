//! Managed transfers: their options from Python, and how they are run and cancelled.

use std::path::PathBuf;

use oss_transfer::{TransferError, TransferHandle};
use ossup::{CopyOptions, DownloadOptions, DownloadResult, UploadOptions, UploadResult, Verified};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error;
use crate::wait::{Cancelled, on_cancel};

/// Runs a transfer to its end, or cancels it and waits until it has cleaned up.
pub(crate) async fn run<T, E: TransferError>(
    mut handle: TransferHandle<T, E>,
    mut cancelled: Cancelled,
) -> Result<T, E> {
    tokio::select! {
        biased;
        done = &mut handle => return done,
        () = on_cancel(&mut cancelled) => {}
    }
    handle.cancel().await
}

/// Sets the options of the dict that are not `None`, by the setters of the same names.
macro_rules! options {
    ($(#[doc = $doc:literal])+ $function:ident -> $options:ident { $($name:ident: $type:ty),+ $(,)? }) => {
        $(#[doc = $doc])+
        pub(crate) fn $function(given: &Bound<'_, PyDict>) -> PyResult<$options> {
            let mut options = $options::default();
            for (name, value) in given {
                if value.is_none() {
                    continue;
                }
                let name: String = name.extract()?;
                options = match name.as_str() {
                    $(stringify!($name) => options.$name(value.extract::<$type>()?),)+
                    _ => return Err(PyValueError::new_err(format!("there is no option {name:?} here"))),
                };
            }
            Ok(options)
        }
    };
}

options! {
    /// Options of an upload.
    upload_options -> UploadOptions {
        part_size: u64, parallel_num: usize, leave_parts_on_error: bool, enable_checkpoint: bool, checkpoint_dir: PathBuf,
        multipart_threshold: u64, verify_resumed_parts: bool, send_content_md5: bool, require_verification: bool,
        part_attempts: u32,
    }
}

options! {
    /// Options of a download.
    download_options -> DownloadOptions {
        part_size: u64, parallel_num: usize, enable_checkpoint: bool, checkpoint_dir: PathBuf, verify_resumed_parts: bool,
        require_verification: bool, part_attempts: u32, forbid_overwrite: bool,
    }
}

options! {
    /// Options of a copy.
    copy_options -> CopyOptions {
        part_size: u64, parallel_num: usize, leave_parts_on_error: bool, enable_checkpoint: bool, checkpoint_dir: PathBuf,
        multipart_copy_threshold: u64, disable_shallow_copy: bool, require_verification: bool, part_attempts: u32,
    }
}

/// The result of an upload or a copy.
pub(crate) fn upload_facts<'py>(py: Python<'py>, result: &UploadResult) -> PyResult<Bound<'py, PyDict>> {
    let facts = PyDict::new(py);
    facts.set_item("status_code", result.status_code())?;
    facts.set_item("request_id", &result.request_id)?;
    facts.set_item("headers", error::pairs(&result.headers))?;
    facts.set_item("etag", result.etag.as_ref().map(ossup::Etag::quoted))?;
    facts.set_item("hash_crc64", result.hash_crc64.map(|crc64| crc64.to_string()))?;
    facts.set_item("version_id", &result.version_id)?;
    facts.set_item("upload_id", result.upload_id.as_ref().map(ToString::to_string))?;
    facts.set_item("verified", verified(result.verified))?;
    facts.set_item("size", result.size)?;
    facts.set_item("part_size", result.part_size)?;
    facts.set_item("parts_sent", result.parts_sent)?;
    facts.set_item("parts_reused", result.parts_reused)?;
    Ok(facts)
}

/// The result of a download.
pub(crate) fn download_facts<'py>(py: Python<'py>, result: &DownloadResult) -> PyResult<Bound<'py, PyDict>> {
    let facts = PyDict::new(py);
    facts.set_item("written", result.size)?;
    facts.set_item("etag", result.etag.as_ref().map(ossup::Etag::quoted))?;
    facts.set_item("hash_crc64", result.hash_crc64.map(|crc64| crc64.to_string()))?;
    facts.set_item("version_id", &result.version_id)?;
    facts.set_item("headers", error::pairs(&result.headers))?;
    facts.set_item("request_id", &result.request_id)?;
    facts.set_item("verified", verified(result.verified))?;
    facts.set_item("resumed_bytes", result.resumed_bytes)?;
    facts.set_item("parts_fetched", result.parts_fetched)?;
    Ok(facts)
}

/// The word for how far the content was verified.
pub(crate) fn verified(verified: Verified) -> &'static str {
    match verified {
        Verified::Crc64 => "crc64",
        Verified::PartsOnly => "parts_only",
        _ => "no",
    }
}
