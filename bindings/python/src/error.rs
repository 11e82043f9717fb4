//! Errors as Python exceptions: facts as a dict, of which `ossup._raise` makes the exception of the right class.

use std::error::Error;

use ossup::{
    CallError, CallErrorKind, DownloadError, DownloadErrorKind, InvalidRequest, ServiceError, Stored, UploadError,
    UploadErrorKind,
};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A value that breaks a rule.
pub(crate) fn invalid(error: InvalidRequest) -> PyErr {
    Python::attach(|py| {
        exception(py, "param", |facts| {
            facts.set_item("field", error.field)?;
            facts.set_item("text", error.to_string())
        })
    })
}

/// A configuration that cannot be used, or anything else that is not about one call.
pub(crate) fn config(py: Python<'_>, error: &(dyn Error + 'static)) -> PyErr {
    exception(py, "config", |facts| facts.set_item("text", chain(error)))
}

/// A call that was cancelled from another thread.
pub(crate) fn cancelled(py: Python<'_>) -> PyErr {
    exception(py, "cancelled", |facts| facts.set_item("text", "cancelled"))
}

/// A call that failed.
pub(crate) fn call(py: Python<'_>, error: &CallError) -> PyErr {
    exception(py, "operation", |facts| call_facts(facts, error))
}

/// An upload or a copy that failed.
pub(crate) fn upload(py: Python<'_>, error: &UploadError, kind: &str) -> PyErr {
    exception(py, kind, |facts| {
        facts.set_item("text", chain(error))?;
        facts.set_item("upload_id", error.upload_id().map(ToString::to_string))?;
        facts.set_item("stage", error.stage().to_string())?;
        facts.set_item(
            "stored",
            match error.stored() {
                Stored::Yes => Some(true),
                Stored::No => Some(false),
                _ => None,
            },
        )?;
        facts.set_item("resumable", error.is_resumable())?;
        facts.set_item("part_number", error.part().map(|part| part.get()))?;
        facts.set_item("leftover_upload_id", error.leftovers().map(|left| left.upload_id.to_string()))?;
        match error.kind() {
            UploadErrorKind::Option(error) => param(facts, error.option, &error.to_string()),
            UploadErrorKind::Request(error) => param(facts, error.field, &error.to_string()),
            UploadErrorKind::Corrupt { sent, stored } | UploadErrorKind::CopyDiffers { source: sent, copy: stored } => {
                facts.set_item("crcs", (sent.to_string(), stored.to_string()))
            }
            UploadErrorKind::Cancelled => facts.set_item("cancelled", true),
            kind => match error.call() {
                Some(call) => nested(facts, call),
                None => facts.set_item("cause", chain(kind)),
            },
        }
    })
}

/// A download that failed.
pub(crate) fn download(py: Python<'_>, error: &DownloadError) -> PyErr {
    exception(py, "download", |facts| {
        facts.set_item("text", chain(error))?;
        facts.set_item("stage", error.stage().to_string())?;
        facts.set_item("resumable", error.is_resumable())?;
        match error.kind() {
            DownloadErrorKind::Option(error) => param(facts, error.option, &error.to_string()),
            DownloadErrorKind::Request(error) => param(facts, error.field, &error.to_string()),
            DownloadErrorKind::Corrupt { received, stored } => {
                facts.set_item("crcs", (received.to_string(), stored.to_string()))
            }
            DownloadErrorKind::Cancelled => facts.set_item("cancelled", true),
            DownloadErrorKind::OutOfRange { size } => facts.set_item("out_of_range", size),
            kind => match error.call() {
                Some(call) => nested(facts, call),
                None => facts.set_item("cause", chain(kind)),
            },
        }
    })
}

fn nested(facts: &Bound<'_, PyDict>, error: &CallError) -> PyResult<()> {
    let call = PyDict::new(facts.py());
    call_facts(&call, error)?;
    facts.set_item("call", call)
}

fn param(facts: &Bound<'_, PyDict>, field: &str, text: &str) -> PyResult<()> {
    facts.set_item("field", field)?;
    facts.set_item("cause", text)
}

fn call_facts(facts: &Bound<'_, PyDict>, error: &CallError) -> PyResult<()> {
    let target = error.target();
    facts.set_item("name", target.operation)?;
    facts.set_item("bucket", target.bucket.as_ref().map(|bucket| bucket.as_str().to_owned()))?;
    facts.set_item("key", target.key.as_ref().map(|key| key.as_str().to_owned()))?;
    facts.set_item("attempts", error.attempts())?;
    facts.set_item("outcome_unknown", error.outcome_unknown())?;
    facts.set_item("text", chain(error))?;
    facts.set_item(
        "kind",
        match error.kind() {
            CallErrorKind::Service(service) => {
                service_facts(facts, service)?;
                "service"
            }
            CallErrorKind::Invalid(invalid) => {
                facts.set_item("field", invalid.field)?;
                "param"
            }
            CallErrorKind::Corrupt { sent, stored } => {
                facts.set_item("crcs", (sent.to_string(), stored.to_string()))?;
                "inconsistent"
            }
            CallErrorKind::Credentials(_) => "credentials",
            CallErrorKind::InvalidResponse { .. } => "response",
            _ => "request",
        },
    )
}

fn service_facts(facts: &Bound<'_, PyDict>, error: &ServiceError) -> PyResult<()> {
    facts.set_item("status_code", error.status.as_u16())?;
    facts.set_item("code", &error.code)?;
    facts.set_item("message", &error.message)?;
    facts.set_item("request_id", &error.request_id)?;
    facts.set_item("ec", &error.ec)?;
    facts.set_item("host_id", &error.host_id)?;
    facts.set_item("headers", pairs(&error.headers))?;
    facts.set_item("details", error.details.clone())
}

/// The headers of a response in order.
pub(crate) fn pairs(headers: &http::HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// An error and its causes on one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

/// The exception that `ossup._raise` makes of the facts.
fn exception(py: Python<'_>, kind: &str, fill: impl FnOnce(&Bound<'_, PyDict>) -> PyResult<()>) -> PyErr {
    let facts = PyDict::new(py);
    let made = fill(&facts).and_then(|()| py.import("ossup._raise")?.getattr("exception")?.call1((kind, &facts)));
    match made {
        Ok(made) => PyErr::from_value(made),
        Err(error) => PyRuntimeError::new_err(format!("the error could not be stated: {error}")),
    }
}

/// Content that broke off, or is not what the service says that it is.
pub(crate) fn broken_content(py: Python<'_>, text: &str) -> PyErr {
    exception(py, "content", |facts| facts.set_item("text", text))
}
