use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt;
use oss_models::{BoxError, ResponseBody};
use oss_transfer::files::{FileSystem, SystemFiles, run_blocking};

use crate::error::TargetError;
use crate::target::{Destination, TempFile, examine};

/// Writes the body of a response to a file.
pub trait ToFile {
    /// Writes all of it to a file, which keeps its old content until the new one is whole and on the disk, and then has it
    /// at once. Returns the number of bytes. Missing folders are created.
    ///
    /// The client's transport compares the body of a whole object with its CRC64, so bytes that are not those of the object
    /// are an error here. A body that breaks is not fetched again; [`Downloader::download_file`](crate::Downloader) does.
    ///
    /// # Errors
    /// [`SaveError`]; the file is as it was.
    fn to_file(self, path: impl Into<PathBuf> + Send) -> impl Future<Output = Result<u64, SaveError>> + Send;
}

/// Why a body was not written to a file. What was at the path is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The file could not be written.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The body broke off, or is not what the service says that it is.
    #[error("the body of the response broke")]
    Body(#[source] BoxError),
    /// The work on files panicked.
    #[error("the work on files panicked")]
    Panicked,
}

impl ToFile for ResponseBody {
    async fn to_file(self, path: impl Into<PathBuf> + Send) -> Result<u64, SaveError> {
        save(SystemFiles::shared(), self, path.into()).await
    }
}

async fn save(files: Arc<dyn FileSystem>, mut body: ResponseBody, path: PathBuf) -> Result<u64, SaveError> {
    let digits = digits(&path);
    let room = body.size_hint().lower();
    let mut sink = on_files(&files, {
        let files = files.clone();
        move || match examine(files, &path, false, None)? {
            Destination::File(target) => Ok(Sink::File { temp: target.create(&digits, 0.0, room)?, written: 0 }),
            Destination::Stream(writer) => Ok(Sink::Stream { writer, written: 0 }),
        }
    })
    .await?;
    let (mut pieces, mut held) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(SaveError::Body)?.into_data() else { continue };
        held += piece.len();
        pieces.push(piece);
        if held >= BATCH {
            (sink, held) = (write(&files, sink, std::mem::take(&mut pieces)).await?, 0);
        }
    }
    let sink = write(&files, sink, pieces).await?;
    on_files(&files, move || sink.finish()).await
}

/// Where the bytes go.
enum Sink {
    File {
        temp: TempFile,
        written: u64,
    },
    /// A FIFO or a device.
    Stream {
        writer: Box<dyn io::Write + Send>,
        written: u64,
    },
}

impl Sink {
    fn write(&mut self, piece: &[u8]) -> Result<(), TargetError> {
        match self {
            Self::File { temp, written } => {
                let wrote = temp.handle().write_all_at(piece, *written);
                wrote.map_err(|source| TargetError::Io { action: "write", path: temp.path().to_owned(), source })?;
                *written += piece.len() as u64;
            }
            Self::Stream { writer, written } => {
                writer.write_all(piece).map_err(TargetError::Writer)?;
                *written += piece.len() as u64;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<u64, TargetError> {
        match self {
            Self::File { temp, written } => temp.publish().map(|()| written),
            Self::Stream { mut writer, written } => writer.flush().map(|()| written).map_err(TargetError::Writer),
        }
    }
}

async fn write(files: &Arc<dyn FileSystem>, mut sink: Sink, pieces: Vec<Bytes>) -> Result<Sink, SaveError> {
    let work = move || {
        for piece in &pieces {
            sink.write(piece)?;
        }
        Ok(sink)
    };
    on_files(files, work).await
}

async fn on_files<T: Send + 'static>(
    files: &Arc<dyn FileSystem>,
    work: impl FnOnce() -> Result<T, TargetError> + Send + 'static,
) -> Result<T, SaveError> {
    Ok(run_blocking(files.as_ref(), work).await.map_err(|_| SaveError::Panicked)??)
}

/// Digits that no other download has.
fn digits(path: &std::path::Path) -> String {
    format!("{:x}", md5::compute(format!("{} {} {}", path.display(), std::process::id(), fastrand::u64(..))))
}

/// Bytes that are handed to the disk together.
const BATCH: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::StreamBody;
    use oss_transfer::files::MemoryFiles;
    use std::path::Path;

    fn files() -> MemoryFiles {
        let files = MemoryFiles::new();
        files.plant("/d/a", "old");
        files
    }

    /// A body of these pieces, of which an empty one stands for a break.
    fn body(pieces: &[&'static str]) -> ResponseBody {
        let frames: Vec<_> = pieces
            .iter()
            .map(|piece| match *piece {
                "" => Err(BoxError::from("reset")),
                piece => Ok(http_body::Frame::data(Bytes::from_static(piece.as_bytes()))),
            })
            .collect();
        ResponseBody::Stream(Box::pin(StreamBody::new(Frames(frames.into_iter()))))
    }

    struct Frames(std::vec::IntoIter<Result<http_body::Frame<Bytes>, BoxError>>);

    impl futures_core::Stream for Frames {
        type Item = Result<http_body::Frame<Bytes>, BoxError>;

        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            std::task::Poll::Ready(self.0.next())
        }
    }

    async fn saved(files: &MemoryFiles, body: ResponseBody) -> Result<u64, SaveError> {
        save(Arc::new(files.clone()), body, "/d/a".into()).await
    }

    #[tokio::test]
    async fn a_file_has_the_new_content_when_all_of_it_is_there() {
        let files = files();
        assert_eq!(saved(&files, body(&["new ", "content"])).await.unwrap(), 11);
        assert_eq!((files.content("/d/a").unwrap(), files.paths().len()), (b"new content".to_vec(), 1));
        assert_eq!(files.after_power_loss().content("/d/a").unwrap(), b"new content");
        assert_eq!(saved(&files, ResponseBody::Bytes(Bytes::new())).await.unwrap(), 0);
        assert_eq!(files.content("/d/a").unwrap(), b"");
    }

    #[tokio::test]
    async fn a_body_that_breaks_or_a_disk_that_is_full_leaves_the_old_file() {
        let files = files();
        let error = saved(&files, body(&["new", ""])).await.unwrap_err();
        assert!(matches!(error, SaveError::Body(_)), "{error}");
        let full = files.clone().capacity(5);
        let error = saved(&full, body(&["new ", "content"])).await.unwrap_err();
        assert!(error.to_string().starts_with("could not write"), "{error}");
        assert_eq!(
            (files.content("/d/a").unwrap(), files.paths()),
            (b"old".to_vec(), vec![Path::new("/d/a").to_owned()])
        );
        let error = save(Arc::new(files), body(&["x"]), "/d".into()).await.unwrap_err();
        assert!(error.to_string().contains("is a directory"), "{error}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_fifo_gets_the_bytes_in_order_and_no_file_takes_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let reader = std::thread::spawn({
            let fifo = fifo.clone();
            move || std::fs::read(fifo).unwrap()
        });
        assert_eq!(body(&["new ", "content"]).to_file(&fifo).await.unwrap(), 11);
        assert_eq!(reader.join().unwrap(), b"new content");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_device_that_takes_nothing_more_is_told() {
        let error = body(&["new ", "content"]).to_file("/dev/full").await.unwrap_err();
        let SaveError::Target(TargetError::Writer(cause)) = &error else { panic!("{error:?}") };
        assert_eq!(
            (cause.kind(), error.to_string().as_str()),
            (io::ErrorKind::StorageFull, "could not write to the writer")
        );
    }
}
