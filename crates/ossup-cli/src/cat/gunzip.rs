//! Unpacks on the way to standard output.

use std::fs::File;
use std::io::{self, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use flate2::write::MultiGzDecoder;
use tokio::io::AsyncWrite;

/// Takes what gzip packed and writes what was packed. Writing waits for the reader, which is all that this program has to do.
pub(super) struct Gunzip(MultiGzDecoder<File>);

impl Gunzip {
    pub(super) fn new(out: File) -> Self {
        Self(MultiGzDecoder::new(out))
    }
}

impl AsyncWrite for Gunzip {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.0.write_all(bytes).map(|()| bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.flush())
    }

    /// Fails if the packed data is cut short.
    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.try_finish())
    }
}
