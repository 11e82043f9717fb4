//! The client: one method for each way in which the package uses the Rust crates.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::StreamBody;
use ossup::uploader::session::{MultipartSession, PartReceipt, SessionError};
use ossup::{Body, Config, CopySource, PartNumber, ResponseBody};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict};
use tower_service::Service as _;

use crate::reader::{Asked, Content, upload};
use crate::request::Draft;
use crate::stream::Stream;
use crate::transfer::{copy_options, download_facts, download_options, run, upload_facts, upload_options};
use crate::wait::{Callbacks, Cancel, unless_cancelled, wait};
use crate::{config, error, runtime};

/// A client of one account in one region.
#[pyclass(frozen, module = "ossup._ossup")]
pub(crate) struct Client {
    config: Config,
    /// Made when it is first used in a process: connections do not survive a fork.
    connected: Mutex<Option<(u32, ossup::Client)>>,
}

type Headers = Vec<(String, String)>;

#[pymethods]
impl Client {
    #[new]
    fn new(py: Python<'_>, options: &Bound<'_, PyDict>, provider: &Bound<'_, PyAny>) -> PyResult<Self> {
        let client = Self { config: config::config(options, provider)?, connected: Mutex::new(None) };
        client.connect(py)?;
        Ok(client)
    }

    /// Where requests go.
    #[getter]
    fn endpoint(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.connect(py)?.transport().endpoint().to_string())
    }

    /// Carries out one operation: status, headers, and bytes or a stream.
    #[pyo3(signature = (operation, method, draft, content=None, length=None, progress=None, cancel=None))]
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the Python method")]
    fn call<'py>(
        &self,
        py: Python<'py>,
        operation: &str,
        method: &str,
        draft: Draft,
        content: Option<(String, Bound<'py, PyAny>)>,
        length: Option<u64>,
        progress: Option<Py<PyAny>>,
        cancel: Option<Py<Cancel>>,
    ) -> PyResult<(u16, Headers, Py<PyAny>)> {
        let client = self.connect(py)?;
        let content = content.map(|(kind, value)| Content::new(&kind, &value, length)).transpose()?;
        let read = content.as_ref().and_then(|content| content.reader(py));
        let mut request = draft.call(operation, method, Body::empty())?;
        let mut transport = client.transport().clone();
        let called = wait(py, Callbacks::new(progress, read, cancel), |events, cancelled| {
            request.body = match content {
                None => Body::empty(),
                Some(Content::Bytes(bytes)) => Body::from(bytes),
                Some(Content::Read { length, .. }) => {
                    let asked = Asked { events, reply: None };
                    Body::once(length, StreamBody::new(frames(asked)))
                }
                Some(Content::Path(_) | Content::File(_)) => Body::empty(),
            };
            unless_cancelled(cancelled, async move {
                std::future::poll_fn(|cx| transport.poll_ready(cx)).await?;
                transport.call(request).await
            })
        })?;
        let response = called.ok_or_else(|| error::cancelled(py))?.map_err(|error| error::call(py, &error))?;
        let body = match response.body {
            ResponseBody::Bytes(bytes) => PyBytes::new(py, &bytes).into_any().unbind(),
            body => Py::new(py, Stream::body(body))?.into_any(),
        };
        Ok((response.status.as_u16(), error::pairs(&response.headers), body))
    }

    /// A signed URL: method, URL, when it expires in seconds since 1970, and the headers to send with it.
    fn presign(
        &self,
        py: Python<'_>,
        operation: &str,
        method: &str,
        draft: Draft,
        seconds: f64,
    ) -> PyResult<(String, String, Option<f64>, Headers)> {
        let client = self.connect(py)?;
        let request = draft.call(operation, method, Body::empty())?;
        let lifetime = Duration::try_from_secs_f64(seconds)
            .map_err(|_| PyValueError::new_err(format!("the URL must be valid for some time, got {seconds} s")))?;
        let transport = client.transport().clone();
        let signed = wait(py, Callbacks::default(), |_, _| async move { transport.presign(&request, lifetime).await })?;
        let signed = signed.map_err(|error| error::call(py, &error))?;
        let expiration = signed.expiration().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        let headers = error::pairs(signed.signed_headers());
        Ok((signed.method().to_string(), signed.url().to_owned(), expiration.map(|time| time.as_secs_f64()), headers))
    }

    /// Uploads a file or a stream.
    #[pyo3(signature = (draft, kind, value, options, length=None, progress=None, cancel=None))]
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the Python method")]
    fn upload<'py>(
        &self,
        py: Python<'py>,
        draft: Draft,
        kind: &str,
        value: &Bound<'py, PyAny>,
        options: &Bound<'py, PyDict>,
        length: Option<u64>,
        progress: Option<Py<PyAny>>,
        cancel: Option<Py<Cancel>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let uploader = self.connect(py)?.uploader();
        let content = Content::new(kind, value, length)?;
        let options = upload_options(options)?;
        let reports = progress.is_some();
        let callbacks = Callbacks::new(progress, content.reader(py), cancel);
        let done = wait(py, callbacks, |events, cancelled| {
            let mut uploading = upload(&uploader, draft.put(), content, &events).options(options);
            if reports {
                uploading = uploading.on_progress(move |progress| {
                    let _ = events.send(crate::wait::Event::Progress(progress));
                });
            }
            run(uploading.start(), cancelled)
        })?;
        upload_facts(py, &done.map_err(|error| error::upload(py, &error, "upload"))?)
    }

    /// Downloads an object to a file.
    #[pyo3(signature = (draft, path, options, progress=None, cancel=None))]
    fn download<'py>(
        &self,
        py: Python<'py>,
        draft: Draft,
        path: std::path::PathBuf,
        options: &Bound<'py, PyDict>,
        progress: Option<Py<PyAny>>,
        cancel: Option<Py<Cancel>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let downloader = self.connect(py)?.downloader();
        let (request, options) = (draft.get()?, download_options(options)?);
        let reports = progress.is_some();
        let done = wait(py, Callbacks::new(progress, None, cancel), |events, cancelled| {
            let mut downloading = downloader.download_file(request, path).options(options);
            if reports {
                downloading = downloading.on_progress(move |progress| {
                    let _ = events.send(crate::wait::Event::Progress(progress));
                });
            }
            run(downloading.start(), cancelled)
        })?;
        download_facts(py, &done.map_err(|error| error::download(py, &error))?)
    }

    /// Opens an object as a stream that is verified at its end: what is known of the object, and the stream.
    #[pyo3(signature = (draft, options, cancel=None))]
    fn open<'py>(
        &self,
        py: Python<'py>,
        draft: Draft,
        options: &Bound<'py, PyDict>,
        cancel: Option<Py<Cancel>>,
    ) -> PyResult<(Bound<'py, PyDict>, Stream)> {
        let downloader = self.connect(py)?.downloader();
        let (request, options) = (draft.get()?, download_options(options)?);
        let opened = wait(py, Callbacks::cancelled_by(cancel), |_, cancelled| {
            unless_cancelled(cancelled, downloader.stream(request).options(options).into_future())
        })?;
        let opened = opened.ok_or_else(|| error::cancelled(py))?.map_err(|error| error::download(py, &error))?;
        Ok((download_facts(py, opened.info())?, Stream::object(opened)))
    }

    /// Reads ranges of an object, those that are close together by one request.
    #[pyo3(signature = (draft, ranges, cancel=None))]
    fn ranges<'py>(
        &self,
        py: Python<'py>,
        draft: Draft,
        ranges: Vec<(u64, u64)>,
        cancel: Option<Py<Cancel>>,
    ) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let downloader = self.connect(py)?.downloader();
        let request = draft.get()?;
        let ranges: Vec<_> = ranges.into_iter().map(|(start, end)| start..end).collect();
        let read = wait(py, Callbacks::cancelled_by(cancel), |_, cancelled| {
            unless_cancelled(cancelled, downloader.ranges(request, &ranges).into_future())
        })?;
        let read = read.ok_or_else(|| error::cancelled(py))?.map_err(|error| error::download(py, &error))?;
        Ok(read.iter().map(|bytes| PyBytes::new(py, bytes)).collect())
    }

    /// Copies an object within the service; `source` is bucket, key and version.
    #[pyo3(signature = (draft, source, options, progress=None, cancel=None))]
    fn copy<'py>(
        &self,
        py: Python<'py>,
        draft: Draft,
        source: (String, String, Option<String>),
        options: &Bound<'py, PyDict>,
        progress: Option<Py<PyAny>>,
        cancel: Option<Py<Cancel>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let copier = self.connect(py)?.copier();
        let (bucket, key, version) = source;
        let source = CopySource::new(bucket, key);
        let source = match version {
            Some(version) => source.version_id(version),
            None => source,
        };
        let (request, options) = (draft.copy(source)?, copy_options(options)?);
        let reports = progress.is_some();
        let done = wait(py, Callbacks::new(progress, None, cancel), |events, cancelled| {
            let mut copying = copier.copy(request).options(options);
            if reports {
                copying = copying.on_progress(move |progress| {
                    let _ = events.send(crate::wait::Event::Progress(progress));
                });
            }
            run(copying.start(), cancelled)
        })?;
        upload_facts(py, &done.map_err(|error| error::upload(py, &error, "copy"))?)
    }

    /// Begins an upload that is carried out step by step: its token.
    fn session_begin(&self, py: Python<'_>, draft: Draft) -> PyResult<String> {
        let uploader = self.connect(py)?.uploader();
        let request = draft.put();
        let begun =
            wait(
                py,
                Callbacks::default(),
                |_, _| async move { MultipartSession::begin(&uploader, request, None).await },
            )?;
        to_json(&begun.map_err(|error| error::upload(py, &error, "upload"))?)
    }

    /// Uploads the bytes at `offset` of the object as part `number`: the receipt.
    fn session_part(
        &self,
        py: Python<'_>,
        token: &str,
        number: u16,
        offset: u64,
        bytes: PyBackedBytes,
    ) -> PyResult<String> {
        let uploader = self.connect(py)?.uploader();
        let session: MultipartSession = from_json(token)?;
        let number = PartNumber::new(number).map_err(error::invalid)?;
        let bytes = Bytes::from_owner(bytes);
        let sent = wait(py, Callbacks::default(), |_, _| async move {
            session.upload_part(&uploader, number, offset, bytes).await
        })?;
        to_json(&sent.map_err(|error| error::upload(py, &error, "upload"))?)
    }

    /// Makes the object of its parts.
    fn session_complete<'py>(
        &self,
        py: Python<'py>,
        token: &str,
        draft: Draft,
        receipts: Vec<String>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let uploader = self.connect(py)?.uploader();
        let session: MultipartSession = from_json(token)?;
        let receipts = receipts.iter().map(|receipt| from_json(receipt)).collect::<PyResult<Vec<PartReceipt>>>()?;
        let request = draft.put();
        let done =
            wait(py, Callbacks::default(), |_, _| async move { session.complete(&uploader, request, receipts).await })?;
        let done = done.map_err(|error| match error {
            SessionError::Upload(error) => error::upload(py, &error, "upload"),
            error => error::config(py, &error),
        })?;
        upload_facts(py, &done)
    }

    /// Gives the upload up and removes its parts.
    fn session_abort(&self, py: Python<'_>, token: &str) -> PyResult<()> {
        let uploader = self.connect(py)?.uploader();
        let session: MultipartSession = from_json(token)?;
        let aborted = wait(py, Callbacks::default(), |_, _| async move { session.abort(&uploader).await })?;
        aborted.map_err(|error| error::upload(py, &error, "upload"))
    }
}

impl Client {
    /// The client of this process.
    fn connect(&self, py: Python<'_>) -> PyResult<ossup::Client> {
        let mut connected = self.connected.lock().unwrap_or_else(PoisonError::into_inner);
        let process = std::process::id();
        if let Some((owner, client)) = &*connected
            && *owner == process
        {
            return Ok(client.clone());
        }
        // Its layers may need a runtime.
        let _entered = runtime::handle()?;
        let client = ossup::Client::new(self.config.clone()).map_err(|error| error::config(py, &error))?;
        // The sockets of the parent are not ours to close.
        std::mem::forget(connected.replace((process, client.clone())));
        Ok(client)
    }
}

/// The bytes as frames of a body.
fn frames(
    asked: Asked,
) -> impl futures_core::Stream<Item = Result<http_body::Frame<Bytes>, ossup::BoxError>> + Send + 'static {
    Frames(asked)
}

struct Frames(Asked);

impl futures_core::Stream for Frames {
    type Item = Result<http_body::Frame<Bytes>, ossup::BoxError>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        let polled = std::pin::Pin::new(&mut self.0).poll_next(cx);
        polled.map(|item| item.map(|bytes| bytes.map(http_body::Frame::data)))
    }
}

fn to_json(value: &impl serde::Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| PyValueError::new_err(error.to_string()))
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> PyResult<T> {
    serde_json::from_str(text).map_err(|error| PyValueError::new_err(format!("not of a session: {error}")))
}
