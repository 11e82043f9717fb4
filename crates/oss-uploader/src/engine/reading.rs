use std::pin::pin;

use oss_transfer::{Command, Commands, Lane, Permit};

use super::Context;
use crate::source::{Filled, SourceError, StreamSource};

/// Reads parts of a stream into buffers, each with its share of the bytes that may be in them.
pub(super) struct Reading {
    lane: Lane,
    commands: Commands,
}

impl Reading {
    pub(super) fn new(context: &Context) -> Self {
        Self { lane: context.lane.clone(), commands: context.commands.clone() }
    }

    /// Reads until `want` bytes are there or the stream ends. While the upload is paused nothing is read, and the share is
    /// given back: others would wait for it for as long as the pause takes.
    pub(super) async fn fill(mut self, stream: &mut StreamSource, want: u64) -> Result<Filled, SourceError> {
        let mut share = self.share(want).await;
        let mut filling = pin!(stream.fill(want));
        loop {
            tokio::select! {
                biased;
                () = self.commands.until(|command| command == Command::Pause) => {
                    drop(share);
                    share = self.share(want).await;
                }
                filled = &mut filling => return Ok(filled?.holding(share)),
            }
        }
    }

    async fn share(&mut self, bytes: u64) -> Permit {
        loop {
            self.commands.until(|command| command != Command::Pause).await;
            tokio::select! {
                biased;
                () = self.commands.until(|command| command == Command::Pause) => {}
                share = self.lane.buffer(bytes) => return share,
            }
        }
    }
}
