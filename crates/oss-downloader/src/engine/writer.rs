//! Writes what arrives of all parts into their file.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oss_transfer::files::{FileHandle, FileSystem, start_blocking};
use tokio::sync::oneshot;

use super::sink::{Batch, SharedPart, lock};
use crate::error::{DownloadErrorKind, TargetError};
use crate::plan::Failure;
use crate::target::TempFile;

/// The file of a download, in which parts have their places.
///
/// Batches wait in one queue, and few threads write them. With a thread for each batch, sixty ranges would start sixty
/// threads, each woken for some KiB, and wait for each other there: a file system lets one of them write at a time.
#[derive(Clone)]
pub(super) struct FileWriter(Arc<Inner>);

struct Inner {
    files: Arc<dyn FileSystem>,
    file: Arc<dyn FileHandle>,
    path: PathBuf,
    /// Position in the object of the file's first byte.
    origin: u64,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Threads that write.
    threads: usize,
}

struct Waiting {
    part: SharedPart,
    batch: Batch,
    done: oneshot::Sender<Result<u64, TargetError>>,
}

/// Threads that write at a time: one copies to the file system while the other computes a CRC64.
const THREADS: usize = 2;

/// Bytes on their way to the disk: how many more of the part are there, or why not.
pub(super) type Writing = oneshot::Receiver<Result<u64, TargetError>>;

impl FileWriter {
    /// Writes to `temp`, which begins at position `origin` of the object.
    pub(super) fn new(files: &Arc<dyn FileSystem>, temp: &TempFile, origin: u64) -> Self {
        let (files, file, path) = (files.clone(), temp.handle().clone(), temp.path().to_owned());
        Self(Arc::new(Inner { files, file, path, origin, queue: Mutex::default() }))
    }

    /// Begins to write what is missing of a part among these pieces.
    pub(super) fn write(&self, part: &SharedPart, batch: Batch) -> Writing {
        let (done, writing) = oneshot::channel();
        if self.0.add(Waiting { part: part.clone(), batch, done }) {
            let thread = Thread { writer: self.0.clone(), ended: false };
            // What becomes of the batches their senders tell.
            drop(start_blocking(self.0.files.as_ref(), move || thread.run()));
        }
        writing
    }
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether another thread has to write.
    fn add(&self, waiting: Waiting) -> bool {
        let mut queue = self.queue();
        queue.waiting.push_back(waiting);
        let more = queue.threads < THREADS;
        queue.threads += usize::from(more);
        more
    }

    fn write(&self, part: &SharedPart, mut batch: Batch) -> Result<u64, TargetError> {
        // Held while writing, so that no byte counts before it is written, and none is written twice at once.
        let mut part = lock(part);
        let before = part.reached();
        while let Some((position, piece)) = batch.pop() {
            let Some(fresh) = part.fresh(position, &piece) else { continue };
            let place = part.missing().start.saturating_sub(self.origin);
            self.file.write_all_at(&fresh, place).map_err(|source| {
                let path = self.path.clone();
                TargetError::Io { action: "write", path, source }
            })?;
            part.add(&fresh);
        }
        Ok(part.reached().saturating_sub(before))
    }
}

/// A thread that writes, or is about to.
struct Thread {
    writer: Arc<Inner>,
    ended: bool,
}

impl Thread {
    /// Writes until nothing waits. Blocks.
    fn run(mut self) {
        while let Some(Waiting { part, batch, done }) = self.next() {
            // An attempt that was given up no longer waits for its bytes.
            if !done.is_closed() {
                let _ = done.send(self.writer.write(&part, batch));
            }
        }
    }

    /// The next batch; the thread ends if there is none.
    fn next(&mut self) -> Option<Waiting> {
        let mut queue = self.writer.queue();
        let next = queue.waiting.pop_front();
        if next.is_none() {
            queue.threads -= 1;
            self.ended = true;
        }
        next
    }
}

impl Drop for Thread {
    /// After a panic, or when it never ran, nothing that waits is written: the senders are gone, which says so.
    fn drop(&mut self) {
        if !self.ended {
            let mut queue = self.writer.queue();
            queue.threads -= 1;
            queue.waiting.clear();
        }
    }
}

/// What became of bytes that were being written.
pub(super) async fn written(writing: Writing) -> Result<u64, Failure> {
    match writing.await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(Failure::fatal(DownloadErrorKind::Panicked { what: "the work on files" })),
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Condvar;

    use bytes::Bytes;
    use oss_transfer::files::{Lock, Metadata, SystemFiles};

    use super::*;
    use crate::plan::{PartProgress, Span};

    /// A file whose writes wait until they are let pass, and may panic then.
    #[derive(Debug, Default)]
    struct Gate {
        state: Mutex<(usize, bool)>,
        changed: Condvar,
        panics: bool,
    }

    impl Gate {
        fn open(&self) {
            self.state.lock().unwrap().1 = true;
            self.changed.notify_all();
        }

        /// Waits until so many writes have begun.
        fn wait_for(&self, writes: usize) {
            drop(self.changed.wait_while(self.state.lock().unwrap(), |(begun, _)| *begun < writes).unwrap());
        }
    }

    impl FileHandle for Gate {
        fn write_at(&self, bytes: &[u8], _: u64) -> io::Result<usize> {
            let mut state = self.state.lock().unwrap();
            state.0 += 1;
            self.changed.notify_all();
            drop(self.changed.wait_while(state, |(_, open)| !*open).unwrap());
            assert!(!self.panics, "the file is broken");
            Ok(bytes.len())
        }

        fn metadata(&self) -> io::Result<Metadata> {
            Err(io::ErrorKind::Unsupported.into())
        }

        fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
            Ok(0)
        }

        fn set_len(&self, _: u64) -> io::Result<()> {
            Ok(())
        }

        fn allocate(&self, _: u64) -> io::Result<()> {
            Ok(())
        }

        fn sync_data(&self) -> io::Result<()> {
            Ok(())
        }

        fn set_mode(&self, _: u32) -> io::Result<()> {
            Ok(())
        }

        fn try_lock(&self, _: Lock) -> io::Result<bool> {
            Ok(true)
        }
    }

    /// Sixty parts of one byte on their way to a file.
    fn sixty(gate: &Arc<Gate>) -> (FileWriter, Vec<Writing>) {
        let (files, file) = (SystemFiles::shared(), gate.clone());
        let inner = Inner { files, file, path: PathBuf::new(), origin: 0, queue: Mutex::default() };
        let writer = FileWriter(Arc::new(inner));
        let writings = (0..60).map(|position| {
            let mut batch = Batch::at(position);
            batch.push(Bytes::from_static(b"x"));
            writer.write(&Arc::new(Mutex::new(PartProgress::new(Span::new(position, 1)))), batch)
        });
        let writings = writings.collect();
        (writer, writings)
    }

    #[tokio::test]
    async fn however_many_batches_wait_two_threads_write_them() {
        let gate = Arc::new(Gate::default());
        let (writer, writings) = sixty(&gate);
        gate.wait_for(THREADS);
        let found = {
            let queue = writer.0.queue();
            (queue.waiting.len(), queue.threads)
        };
        gate.open();
        assert_eq!(found, (58, 2));
        for writing in writings {
            assert_eq!(written(writing).await.unwrap(), 1);
        }
        assert_eq!(gate.state.lock().unwrap().0, 60);
    }

    #[tokio::test]
    async fn batches_that_wait_for_a_broken_file_are_told_so() {
        let gate = Arc::new(Gate { panics: true, ..Gate::default() });
        let (writer, writings) = sixty(&gate);
        gate.open();
        for writing in writings {
            assert!(matches!(written(writing).await.unwrap_err().kind, DownloadErrorKind::Panicked { .. }));
        }
        assert!(writer.0.queue().waiting.is_empty());
    }

    #[tokio::test]
    async fn what_an_attempt_that_was_given_up_brought_is_not_written() {
        let gate = Arc::new(Gate::default());
        let (writer, mut writings) = sixty(&gate);
        gate.wait_for(THREADS);
        writings.truncate(3);
        gate.open();
        for writing in writings {
            assert_eq!(written(writing).await.unwrap(), 1);
        }
        while writer.0.queue().threads > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gate.state.lock().unwrap().0, 3);
    }
}
