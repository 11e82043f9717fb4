//! How much a pipe holds between the program that fills it and this one.

use std::fs::File;

/// Lets a pipe hold more than the 64 KiB that Linux gives it, so that the program that fills it and this one wait for each
/// other less often. More than this is no faster, and leaves the processor's cache before it is read.
#[cfg(target_os = "linux")]
const ROOM: usize = 256 * 1024;

/// Gives a pipe more room. A file that is no pipe stays as it is, and so does a pipe of a user whose pipes hold a lot already.
#[cfg(target_os = "linux")]
pub(super) fn widen(pipe: &File) {
    use rustix::pipe::{fcntl_getpipe_size, fcntl_setpipe_size};

    if fcntl_getpipe_size(pipe).is_ok_and(|size| size < ROOM) {
        // It works with less room, too.
        let _ = fcntl_setpipe_size(pipe, ROOM);
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn widen(_: &File) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use rustix::pipe::{fcntl_getpipe_size, fcntl_setpipe_size};
    use std::os::fd::OwnedFd;

    #[test]
    fn a_pipe_gets_more_room_and_never_less() {
        let (reader, _writer) = std::io::pipe().unwrap();
        let pipe = File::from(OwnedFd::from(reader));
        widen(&pipe);
        assert_eq!(fcntl_getpipe_size(&pipe).unwrap(), ROOM);
        let more = fcntl_setpipe_size(&pipe, 2 * ROOM).unwrap();
        widen(&pipe);
        assert_eq!(fcntl_getpipe_size(&pipe).unwrap(), more);
        widen(&File::open("/dev/null").unwrap());
    }
}
