use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::vec;

use oss_models::{BucketName, CallError, Crc64, Crc64Digest, HeadObjectRequest, Request, RequestPayer, Response, call};
use oss_transfer::Filter;
use tokio::sync::mpsc;
use tower_service::Service;

use crate::{Entry, Item, ObjectList, ObjectListPages, Walk, WalkError, WalkOptions};

/// A folder on disk, or a prefix of a bucket.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Place {
    /// The files below a folder.
    #[non_exhaustive]
    Folder {
        /// The folder.
        root: PathBuf,
        /// Whether symbolic links stand for what they lead to.
        follow_links: bool,
    },
    /// The objects whose keys begin with a prefix.
    #[non_exhaustive]
    Objects {
        /// Their bucket.
        bucket: BucketName,
        /// Empty, or ends in `/`.
        prefix: String,
        /// Who pays for the requests.
        payer: Option<RequestPayer>,
    },
}

/// Why a side could not be listed to its end, or content could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// The folder could not be read.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// The walk of the folder ended before its end.
    #[error("the walk of the folder ended early")]
    WalkEnded,
    /// The server could not be asked.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A file could not be read.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Place {
    /// The files below a folder; symbolic links are not followed.
    pub fn folder(root: impl Into<PathBuf>) -> Self {
        Self::Folder { root: root.into(), follow_links: false }
    }

    /// The objects of a bucket whose keys begin with `prefix`; without a `/` at its end it gets one, and empty it means all.
    pub fn objects(bucket: BucketName, prefix: impl Into<String>) -> Self {
        let mut prefix = prefix.into();
        if !prefix.is_empty() && !prefix.ends_with('/') {
            prefix.push('/');
        }
        Self::Objects { bucket, prefix, payer: None }
    }

    /// Whether symbolic links stand for what they lead to; nothing for objects. Default: no.
    pub fn with_followed_links(mut self, follow: bool) -> Self {
        if let Self::Folder { follow_links, .. } = &mut self {
            *follow_links = follow;
        }
        self
    }

    /// Who pays for the requests; nothing for a folder. Default: the owner of the bucket.
    pub fn with_request_payer(mut self, by: Option<RequestPayer>) -> Self {
        if let Self::Objects { payer, .. } = &mut self {
            *payer = by;
        }
        self
    }

    /// CRC64 of an entry's content: of a file its bytes are read, of an object the server is asked. `None` for an object
    /// whose CRC64 the server does not know.
    pub(crate) async fn crc64<S>(&self, entry: &Entry, service: S) -> Result<Option<Crc64>, PlaceError>
    where
        S: Service<Request, Response = Response, Error = CallError>,
    {
        match self {
            Self::Folder { root, .. } => {
                let path = root.join(&entry.path);
                let failed = |source| PlaceError::File { path: path.clone(), source };
                let read = tokio::task::spawn_blocking({
                    let path = path.clone();
                    move || sum(File::open(path)?)
                });
                read.await.map_err(|error| failed(io::Error::other(error)))?.map(Some).map_err(failed)
            }
            Self::Objects { bucket, prefix, payer } => {
                let mut request = HeadObjectRequest::new(bucket.as_str(), format!("{prefix}{}", entry.path));
                request.request_payer.clone_from(payer);
                let head = call(service, request).await?;
                Ok(head.hash_crc64)
            }
        }
    }

    pub(crate) fn feed<S>(&self, filter: &Filter, service: S) -> Feed<S> {
        let source = match self {
            Self::Folder { root, follow_links } => {
                let options = WalkOptions::default().follow_links(*follow_links).filter(filter.clone());
                Source::Folder(walk(root.clone(), options))
            }
            Self::Objects { bucket, prefix, payer } => {
                let list = ObjectList::new(bucket.clone(), prefix.as_str()).request_payer(payer.clone());
                Source::Objects(Box::new(list.filter(filter.clone()).pages(service)))
            }
        };
        Feed { source, ready: Vec::new().into_iter() }
    }
}

fn sum(mut file: File) -> io::Result<Crc64> {
    let (mut digest, mut block) = (Crc64Digest::new(), vec![0; BLOCK]);
    loop {
        match file.read(&mut block)? {
            0 => return Ok(digest.value()),
            len => digest.update(block.get(..len).unwrap_or_default()),
        }
    }
}

const BLOCK: usize = 256 * 1024;

/// The items of a place, one after the other.
pub(crate) struct Feed<S> {
    source: Source<S>,
    ready: vec::IntoIter<Item>,
}

enum Source<S> {
    /// Ends with `Ok(None)`: a walk that just stops has not seen everything.
    Folder(mpsc::Receiver<Result<Option<Vec<Item>>, WalkError>>),
    Objects(Box<ObjectListPages<S>>),
}

impl<S> Feed<S>
where
    S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
    S::Future: Send,
{
    /// The next item; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Item>, PlaceError> {
        loop {
            if let Some(item) = self.ready.next() {
                return Ok(Some(item));
            }
            let items = match &mut self.source {
                Source::Folder(items) => items.recv().await.ok_or(PlaceError::WalkEnded)??,
                Source::Objects(pages) => pages.next().await.transpose()?,
            };
            match items {
                Some(items) => self.ready = items.into_iter(),
                None => return Ok(None),
            }
        }
    }
}

/// Walks on a thread that may block, a little ahead of what is taken. Ends when the receiver is dropped.
fn walk(root: PathBuf, options: WalkOptions) -> mpsc::Receiver<Result<Option<Vec<Item>>, WalkError>> {
    let (found, items) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        let mut walk = match Walk::new(root, options) {
            Ok(walk) => walk,
            Err(error) => return drop(found.blocking_send(Err(error))),
        };
        loop {
            let items: Vec<_> = walk.by_ref().take(AT_ONCE).collect();
            let ended = items.len() < AT_ONCE;
            if found.blocking_send(Ok(Some(items))).is_err() {
                return;
            }
            if ended {
                // Nothing is left to do for one who does not listen.
                let _ = found.blocking_send(Ok(None));
                return;
            }
        }
    });
    items
}

/// So many items go from one thread to the other together.
const AT_ONCE: usize = 256;
