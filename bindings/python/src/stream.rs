//! Content that is read piece by piece.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use ossup::{ObjectStream, ResponseBody};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error;
use crate::wait::{Callbacks, Cancel, unless_cancelled, wait};

/// Content of an object on its way.
#[pyclass(frozen, module = "ossup._ossup")]
pub(crate) struct Stream(Mutex<Option<Kind>>);

enum Kind {
    /// As the response brings it.
    Body(ResponseBody),
    /// Fetched ahead in parts, and verified at its end.
    Object(Box<ObjectStream>),
}

enum Failure {
    Body(String),
    Object(ossup::DownloadError),
}

impl Stream {
    pub(crate) fn body(body: ResponseBody) -> Self {
        Self(Mutex::new(Some(Kind::Body(body))))
    }

    pub(crate) fn object(stream: ObjectStream) -> Self {
        Self(Mutex::new(Some(Kind::Object(Box::new(stream)))))
    }

    fn kind(&self) -> std::sync::MutexGuard<'_, Option<Kind>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Stream {
    /// The next bytes; `None` at the end, once all were verified. One thread reads at a time.
    #[pyo3(signature = (cancel=None))]
    fn next<'py>(&self, py: Python<'py>, cancel: Option<Py<Cancel>>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let Some(kind) = self.kind().take() else { return Ok(None) };
        let read = wait(py, Callbacks::cancelled_by(cancel), |_, cancelled| async move {
            unless_cancelled(cancelled, next(kind)).await
        })?;
        let Some(read) = read else { return Err(error::cancelled(py)) };
        match read {
            Ok(Some((bytes, kind))) => {
                *self.kind() = Some(kind);
                Ok(Some(PyBytes::new(py, &bytes)))
            }
            Ok(None) => Ok(None),
            Err(Failure::Body(text)) => Err(error::broken_content(py, &text)),
            Err(Failure::Object(error)) => Err(error::download(py, &error)),
        }
    }

    /// Gives the rest up and closes its connection.
    fn close(&self) {
        drop(self.kind().take());
    }
}

async fn next(kind: Kind) -> Result<Option<(Bytes, Kind)>, Failure> {
    match kind {
        Kind::Body(mut body) => loop {
            match body.frame().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(Failure::Body(error::chain(error.as_ref()))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Ok(Some((data, Kind::Body(body)))),
                    _ => {}
                },
            }
        },
        Kind::Object(mut stream) => match stream.next().await {
            None => Ok(None),
            Some(Err(error)) => Err(Failure::Object(error)),
            Some(Ok(bytes)) => Ok(Some((bytes, Kind::Object(stream)))),
        },
    }
}
