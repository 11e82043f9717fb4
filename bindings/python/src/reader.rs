//! What is uploaded: bytes, open files, and whatever the calling thread reads for the runtime.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::mpsc::Sender;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use ossup::{BoxError, PutObjectRequest, Source, Upload, Uploader};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use tokio::sync::oneshot;

use crate::wait::Event;

/// What is to be sent.
pub(crate) enum Content {
    Path(PathBuf),
    Bytes(Bytes),
    File(File),
    /// Whatever this function reads, on the calling thread.
    Read {
        read: Py<PyAny>,
        length: Option<u64>,
    },
}

impl Content {
    /// Content of this kind: `path` with a path, `bytes` with bytes, `file` with a descriptor and the position to begin at,
    /// `read` with a function that gives the next bytes and none at the end.
    pub(crate) fn new(kind: &str, value: &Bound<'_, PyAny>, length: Option<u64>) -> PyResult<Self> {
        Ok(match kind {
            "path" => Self::Path(value.extract()?),
            "bytes" => Self::Bytes(Bytes::from_owner(value.extract::<PyBackedBytes>()?)),
            "file" => {
                let (descriptor, position) = value.extract()?;
                Self::File(duplicate(descriptor, position)?)
            }
            "read" => Self::Read { read: value.clone().unbind(), length },
            _ => return Err(PyValueError::new_err(format!("there is no content of the kind {kind:?}"))),
        })
    }

    /// The function that reads, if the calling thread reads.
    pub(crate) fn reader(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        match self {
            Self::Read { read, .. } => Some(read.clone_ref(py)),
            _ => None,
        }
    }
}

/// The upload of this content. What the calling thread reads is asked for by `events`.
pub(crate) fn upload(
    uploader: &Uploader,
    request: PutObjectRequest,
    content: Content,
    events: &Sender<Event>,
) -> Upload {
    let source = match content {
        Content::Path(path) => return uploader.upload_file(request, path),
        Content::Bytes(bytes) => Source::bytes(bytes),
        Content::File(file) => Source::file(file),
        Content::Read { length, .. } => {
            let source = Source::stream(Asked { events: events.clone(), reply: None });
            match length {
                Some(length) => source.with_len(length),
                None => source,
            }
        }
    };
    uploader.upload_from(request, source)
}

/// The bytes that the calling thread reads.
pub(crate) struct Asked {
    pub(crate) events: Sender<Event>,
    pub(crate) reply: Option<oneshot::Receiver<Option<Bytes>>>,
}

impl Stream for Asked {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { events, reply } = &mut *self;
        let reply = reply.get_or_insert_with(|| {
            let (sender, receiver) = oneshot::channel();
            // If no one listens, the sender is dropped, which is a failed read.
            let _ = events.send(Event::Read(sender));
            receiver
        });
        let bytes = ready!(Pin::new(reply).poll(cx));
        self.reply = None;
        Poll::Ready(match bytes {
            Ok(Some(bytes)) if !bytes.is_empty() => Some(Ok(bytes)),
            Ok(_) => None,
            Err(_) => Some(Err("the reader raised an exception".into())),
        })
    }
}

/// A descriptor of our own for an open file, at this position. Both share the position, so that the caller's has to be set
/// afterwards.
#[cfg(unix)]
fn duplicate(descriptor: i32, position: u64) -> PyResult<File> {
    use std::os::fd::BorrowedFd;

    if descriptor < 0 {
        return Err(PyValueError::new_err("the file is closed"));
    }
    // SAFETY: the number is that of `fileno()` of a file object that the caller holds during this call, so that it stays open
    // until it has been duplicated; a number that is not open makes the system call fail and nothing else.
    #[expect(unsafe_code, reason = "a number is all that Python has of a file")]
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    let owned = borrowed.try_clone_to_owned().map_err(|error| PyOSError::new_err(error.to_string()))?;
    let mut file = File::from(owned);
    file.seek(SeekFrom::Start(position)).map_err(|error| PyOSError::new_err(error.to_string()))?;
    Ok(file)
}

#[cfg(not(unix))]
fn duplicate(_: i32, _: u64) -> PyResult<File> {
    Err(PyOSError::new_err("open files are read by their `read` on this system"))
}
