use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::vec;

use oss_models::{BucketName, CallError, Crc64, Crc64Digest, HeadObjectRequest, Request, RequestPayer, Response, call};
use oss_transfer::Filter;
use oss_transfer::files::{FileKind, FileSystem, Links, Metadata, run_blocking};
use tokio::sync::mpsc;
use tower_service::Service;

use crate::manifest::{ManifestError, ManifestReader};
use crate::record::time;
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
    /// A manifest that takes the place of a list could not be read.
    #[error(transparent)]
    Manifest(#[from] Box<ManifestError>),
    /// What did not fit into memory could not be kept on disk.
    #[error("a temporary file: {0}")]
    Temporary(io::Error),
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
                let sum = |file| {
                    let mut digest = Crc64Digest::new();
                    each_block(file, |block| digest.update(block)).map(|()| Some(digest.value()))
                };
                read_file(root.join(&entry.path), sum).await
            }
            Self::Objects { bucket, prefix, payer } => {
                let mut request = HeadObjectRequest::new(bucket.as_str(), format!("{prefix}{}", entry.path));
                request.request_payer.clone_from(payer);
                let head = call(service, request).await?;
                Ok(head.hash_crc64)
            }
        }
    }

    /// MD5 of a file's content, in the form of an entity tag.
    pub(crate) async fn md5(&self, path: &str) -> Result<String, PlaceError> {
        let Self::Folder { root, .. } = self else { return Ok(String::new()) };
        read_file(root.join(path), |file| {
            let mut digest = md5::Context::new();
            each_block(file, |block| digest.consume(block))?;
            Ok(format!("{:032X}", u128::from_be_bytes(digest.finalize().0)))
        })
        .await
    }

    /// What file or object is at a path now, if there is one.
    pub(crate) async fn look<S>(
        &self,
        path: &str,
        files: &Arc<dyn FileSystem>,
        service: S,
    ) -> Result<Option<Entry>, PlaceError>
    where
        S: Service<Request, Response = Response, Error = CallError>,
    {
        match self {
            Self::Folder { root, follow_links } => {
                let links = if *follow_links { Links::Follow } else { Links::Refuse };
                let at = root.join(path);
                let look = {
                    let (at, files) = (at.clone(), files.clone());
                    move || files.metadata(&at, links)
                };
                match run_blocking(&**files, look).await.map_err(io::Error::other).flatten() {
                    // A folder has the path of no object.
                    Ok(metadata) if metadata.kind == FileKind::Directory => Ok(None),
                    Ok(metadata) => Ok(Some(entry_of(path, &metadata))),
                    Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                        Ok(None)
                    }
                    Err(source) => Err(PlaceError::File { path: at, source }),
                }
            }
            Self::Objects { bucket, prefix, payer } => {
                let mut request = HeadObjectRequest::new(bucket.as_str(), format!("{prefix}{path}"));
                request.request_payer.clone_from(payer);
                match call(service, request).await {
                    Ok(head) => Ok(Some(Entry {
                        modified: head.last_modified,
                        etag: head.etag,
                        crc64: head.hash_crc64,
                        ..Entry::new(path, head.content_length.unwrap_or_default())
                    })),
                    Err(error) if error.is_missing_object() => Ok(None),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }

    pub(crate) fn feed<S>(&self, how: FeedOptions, service: S) -> Feed<S>
    where
        S: Service<Request, Response = Response, Error = CallError> + Clone + Send + 'static,
        S::Future: Send,
    {
        let FeedOptions { filter, left_out_is_missing, may_be_missing, temporary, list_jobs } = how;
        let source = match self {
            Self::Folder { root, follow_links } => {
                let options = WalkOptions::default().follow_links(*follow_links).filter(filter);
                let options = options.left_out_is_missing(left_out_is_missing).temporary_folder(temporary);
                Source::Folder(walk(root.clone(), options, may_be_missing))
            }
            Self::Objects { bucket, prefix, payer } => {
                let list = ObjectList::new(bucket.clone(), prefix.as_str()).request_payer(payer.clone());
                let list = list.filter(filter).left_out_is_missing(left_out_is_missing);
                let list = list.jobs(list_jobs).temporary_folder(temporary);
                Source::Objects(Box::new(list.pages(service)))
            }
        };
        Feed { source, ready: Vec::new().into_iter() }
    }
}

/// As it is written on a command line.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { root, .. } => root.display().fmt(f),
            Self::Objects { bucket, prefix, .. } => write!(f, "oss://{bucket}/{prefix}"),
        }
    }
}

/// How a place is listed.
#[derive(Debug, Default)]
pub(crate) struct FeedOptions {
    pub(crate) filter: Filter,
    pub(crate) left_out_is_missing: bool,
    /// Whether a folder that is not there is an empty one.
    pub(crate) may_be_missing: bool,
    /// Where what does not fit into memory goes.
    pub(crate) temporary: Option<PathBuf>,
    /// Pages of a bucket's list that are asked for at once; 0 is 1.
    pub(crate) list_jobs: usize,
}

/// A file by its attributes, as a [`Walk`] has it.
fn entry_of(path: &str, metadata: &Metadata) -> Entry {
    let modified = time(metadata.modified_ns);
    Entry { modified, changed: metadata.changed_ns.and_then(time), ..Entry::new(path, metadata.len) }
}

/// Reads a file on a thread that may block.
async fn read_file<T: Send + 'static>(
    path: PathBuf,
    read: impl FnOnce(File) -> io::Result<T> + Send + 'static,
) -> Result<T, PlaceError> {
    let reading = tokio::task::spawn_blocking({
        let path = path.clone();
        move || read(File::open(path)?)
    });
    let done = reading.await.unwrap_or_else(|error| Err(io::Error::other(error)));
    done.map_err(|source| PlaceError::File { path, source })
}

fn each_block(mut file: File, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(()),
            len => take(block.get(..len).unwrap_or_default()),
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
    Manifest(Box<ManifestReader>),
}

impl<S> Feed<S> {
    /// The next item if it is there already.
    pub(crate) fn ready(&mut self) -> Option<Item> {
        self.ready.next()
    }

    /// The entries of a manifest.
    pub(crate) fn of_manifest(manifest: ManifestReader) -> Self {
        Self { source: Source::Manifest(Box::new(manifest)), ready: Vec::new().into_iter() }
    }
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
                Source::Manifest(manifest) => {
                    let items = manifest.next(AT_ONCE).map_err(Box::new)?;
                    Some(items).filter(|items| !items.is_empty())
                }
            };
            match items {
                Some(items) => self.ready = items.into_iter(),
                None => return Ok(None),
            }
        }
    }
}

/// Walks on a thread that may block, a little ahead of what is taken. Ends when the receiver is dropped.
fn walk(
    root: PathBuf,
    options: WalkOptions,
    may_be_missing: bool,
) -> mpsc::Receiver<Result<Option<Vec<Item>>, WalkError>> {
    let (found, items) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        let mut walk = match Walk::new(root, options) {
            Ok(walk) => walk,
            Err(error) if may_be_missing && error.is_missing() => return drop(found.blocking_send(Ok(None))),
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
