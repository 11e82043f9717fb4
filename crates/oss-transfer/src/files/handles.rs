use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

/// Whether a file could not be opened because this process, or the machine, has as many open as it may: another attempt
/// succeeds once some are closed. Looks at the error and its causes.
pub fn is_out_of_handles(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let code = error.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error);
        if code.is_some_and(|code| OUT_OF_HANDLES.contains(&code)) {
            return true;
        }
        next = error.source();
    }
    false
}

/// The system's error for a process that has as many files open as it may.
pub(super) fn out_of_handles() -> io::Error {
    OUT_OF_HANDLES.first().map_or(io::ErrorKind::Other.into(), |code| io::Error::from_raw_os_error(*code))
}

#[cfg(unix)]
const OUT_OF_HANDLES: [i32; 2] = [rustix::io::Errno::MFILE.raw_os_error(), rustix::io::Errno::NFILE.raw_os_error()];
/// `ERROR_TOO_MANY_OPEN_FILES`
#[cfg(windows)]
const OUT_OF_HANDLES: [i32; 1] = [4];
#[cfg(not(any(unix, windows)))]
const OUT_OF_HANDLES: [i32; 0] = [];

/// How many files this process may have open, where the platform tells.
pub(super) fn handle_limit() -> Option<u64> {
    #[cfg(unix)]
    return rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    #[cfg(not(unix))]
    return None;
}

/// Counts the files that transfers have open, each until its transfer ends. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct OpenFiles(Arc<AtomicUsize>);

impl OpenFiles {
    /// Counts one more.
    pub fn add(&self) -> OpenFile {
        self.0.fetch_add(1, Relaxed);
        OpenFile(self.clone())
    }

    /// Whether there are any.
    pub fn any(&self) -> bool {
        self.0.load(Relaxed) > 0
    }
}

/// A file that is counted until this is dropped.
#[derive(Debug)]
pub struct OpenFile(OpenFiles);

impl Drop for OpenFile {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

/// When to try again to open a file for which no handle was left.
#[derive(Clone, Copy, Debug, Default)]
pub struct HandleWait {
    pauses: u32,
    /// Time in which no one was seen who would give a handle back.
    alone: Duration,
}

impl HandleWait {
    /// The next pause; `None` if a minute of waiting was no use. `others_end` says that other transfers of this process have
    /// handles, which they give back when they end: for them there is no limit.
    pub fn pause(&mut self, others_end: bool) -> Option<Duration> {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.pauses.min(10)).min(LONGEST_PAUSE);
        self.pauses = self.pauses.saturating_add(1);
        self.alone = if others_end { Duration::ZERO } else { self.alone.saturating_add(pause) };
        (self.alone <= LONGEST_WAIT).then_some(pause)
    }
}

/// Does work that opens files, again and again while no handle of a file is left. For at most a minute: a transfer that waits
/// here has handles of its own, for which others may wait.
///
/// # Errors
/// Those of the work, and of the pause between its attempts.
pub async fn when_handles_are_left<T, E, W, P>(work: impl Fn() -> W, pause: impl Fn(Duration) -> P) -> Result<T, E>
where
    E: Error + 'static,
    W: Future<Output = Result<T, E>>,
    P: Future<Output = Result<(), E>>,
{
    let mut wait = HandleWait::default();
    loop {
        match work().await {
            Err(error) if is_out_of_handles(&error) => match wait.pause(false) {
                Some(time) => pause(time).await?,
                None => return Err(error),
            },
            done => return done,
        }
    }
}

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// For a handle that only something else can give back: this program's own files and connections, or other programs.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lack_of_handles_counts_however_deep_it_is() {
        assert!(is_out_of_handles(&out_of_handles()));
        let deep = crate::checkpoint::CheckpointError::Folder { path: "/a".into(), source: out_of_handles() };
        assert!(is_out_of_handles(&deep));
        assert!(!is_out_of_handles(&io::Error::from(io::ErrorKind::NotFound)));
        assert!(!is_out_of_handles(&crate::checkpoint::CheckpointError::NoRecord));
    }

    #[test]
    fn files_count_until_they_are_closed() {
        let files = OpenFiles::default();
        let (one, two) = (files.add(), files.clone().add());
        drop(one);
        assert!(files.any());
        drop(two);
        assert!(!files.any());
    }

    #[test]
    fn the_wait_ends_after_a_minute_unless_other_transfers_end() {
        let mut wait = HandleWait::default();
        assert!((0..10_000).all(|_| wait.pause(true).is_some_and(|pause| pause <= LONGEST_PAUSE)));
        let mut waited = Duration::ZERO;
        while let Some(pause) = wait.pause(false) {
            waited += pause;
        }
        assert!(waited > LONGEST_WAIT - LONGEST_PAUSE && waited <= LONGEST_WAIT, "{waited:?}");
    }
}
