use std::pin::pin;

use oss_transfer::Permit;
use tokio::sync::watch;

use super::context::{Command, Context};
use crate::source::{Filled, SourceError, StreamSource};
use crate::{Priority, Scheduler};

/// Reads parts of a stream into buffers, each with its share of the bytes that may be in them.
pub(super) struct Reading {
    scheduler: Scheduler,
    priority: Priority,
    command: watch::Receiver<Command>,
}

impl Reading {
    pub(super) fn new(context: &Context) -> Self {
        Self {
            scheduler: context.scheduler.clone(),
            priority: context.settings.priority,
            command: context.command.clone(),
        }
    }

    /// Reads until `want` bytes are there or the stream ends. While the upload is paused nothing is read, and the share is
    /// given back: others would wait for it for as long as the pause takes.
    pub(super) async fn fill(mut self, stream: &mut StreamSource, want: u64) -> Result<Filled, SourceError> {
        let mut share = self.share(want).await;
        let mut filling = pin!(stream.fill(want));
        loop {
            tokio::select! {
                biased;
                () = until(&mut self.command, |command| command == Command::Pause) => {
                    drop(share);
                    share = self.share(want).await;
                }
                filled = &mut filling => return Ok(filled?.holding(share)),
            }
        }
    }

    async fn share(&mut self, bytes: u64) -> Permit {
        loop {
            until(&mut self.command, |command| command != Command::Pause).await;
            tokio::select! {
                biased;
                () = until(&mut self.command, |command| command == Command::Pause) => {}
                share = self.scheduler.buffer(self.priority, bytes) => return share,
            }
        }
    }
}

/// Ends once the command is one of these.
async fn until(command: &mut watch::Receiver<Command>, is: impl Fn(Command) -> bool) {
    // An error means that no one is left who could command.
    if command.wait_for(|command| is(*command)).await.is_err() {
        std::future::pending::<()>().await;
    }
}
