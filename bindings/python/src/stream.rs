//! Content that is read piece by piece.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use ossup::{ObjectStream, ResponseBody};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error;
use crate::transfer::verified;
use crate::wait::{Callbacks, Cancel, unless_cancelled, wait};

/// Content of an object on its way.
#[pyclass(frozen, module = "ossup._ossup")]
pub(crate) struct Stream {
    kind: Mutex<Option<Kind>>,
    /// How far the content was verified, once its end was reached.
    verified: Mutex<Option<&'static str>>,
}

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
    fn new(kind: Kind) -> Self {
        Self { kind: Mutex::new(Some(kind)), verified: Mutex::default() }
    }

    pub(crate) fn body(body: ResponseBody) -> Self {
        Self::new(Kind::Body(body))
    }

    pub(crate) fn object(stream: ObjectStream) -> Self {
        Self::new(Kind::Object(Box::new(stream)))
    }

    fn kind(&self) -> std::sync::MutexGuard<'_, Option<Kind>> {
        self.kind.lock().unwrap_or_else(PoisonError::into_inner)
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
            Ok(Next::Bytes(bytes, kind)) => {
                *self.kind() = Some(kind);
                Ok(Some(PyBytes::new(py, &bytes)))
            }
            Ok(Next::End(verified)) => {
                *self.verified.lock().unwrap_or_else(PoisonError::into_inner) = verified;
                Ok(None)
            }
            Err(Failure::Body(text)) => Err(error::broken_content(py, &text)),
            Err(Failure::Object(error)) => Err(error::download(py, &error)),
        }
    }

    /// How far the content was verified; `None` before the end, and where that is not known.
    #[getter]
    fn verified(&self) -> Option<&'static str> {
        *self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the rest up and closes its connection.
    fn close(&self) {
        drop(self.kind().take());
    }
}

/// What comes next.
enum Next {
    Bytes(Bytes, Kind),
    End(Option<&'static str>),
}

async fn next(kind: Kind) -> Result<Next, Failure> {
    match kind {
        Kind::Body(mut body) => loop {
            match body.frame().await {
                None => return Ok(Next::End(None)),
                Some(Err(error)) => return Err(Failure::Body(error::chain(error.as_ref()))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Ok(Next::Bytes(data, Kind::Body(body))),
                    _ => {}
                },
            }
        },
        Kind::Object(mut stream) => match stream.next().await {
            None => Ok(Next::End(stream.result().map(|result| verified(result.verified)))),
            Some(Err(error)) => Err(Failure::Object(error)),
            Some(Ok(bytes)) => Ok(Next::Bytes(bytes, Kind::Object(stream))),
        },
    }
}
