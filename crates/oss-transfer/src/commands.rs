use std::future::pending;

use tokio::sync::watch;

/// What the owner of a transfer asks of it while it runs.
#[expect(clippy::exhaustive_enums, reason = "a transfer that ignored one would break a promise")]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Command {
    /// Parts are started.
    #[default]
    Run,
    /// No further part is started.
    Pause,
    /// The transfer cleans up and ends.
    Cancel,
}

/// The commands of a transfer, as its steps receive them. Each clone sees every command.
#[derive(Clone, Debug)]
pub struct Commands(Option<watch::Receiver<Command>>);

impl Commands {
    /// Commands, and the end that gives them.
    pub(crate) fn channel() -> (watch::Sender<Command>, Self) {
        let (sender, receiver) = watch::channel(Command::Run);
        (sender, Self(Some(receiver)))
    }

    /// Commands that never come.
    pub fn none() -> Self {
        Self(None)
    }

    /// The command that holds now.
    pub fn current(&mut self) -> Command {
        self.0.as_mut().map_or(Command::Run, |commands| *commands.borrow_and_update())
    }

    /// Waits for a command that was not seen yet.
    pub async fn changed(&mut self) -> Command {
        let Some(commands) = &mut self.0 else { return pending().await };
        if commands.changed().await.is_err() {
            // No one is left who could command.
            return pending().await;
        }
        self.current()
    }

    /// Waits until a command holds that is one of these.
    pub async fn until(&mut self, is: impl Fn(Command) -> bool) {
        let holds = match &mut self.0 {
            Some(commands) => commands.wait_for(|command| is(*command)).await.is_ok(),
            None => is(Command::Run),
        };
        if !holds {
            pending::<()>().await;
        }
    }

    /// Waits until the transfer is cancelled.
    pub async fn cancelled(&self) {
        self.clone().until(|command| command == Command::Cancel).await;
    }
}

/// Gives a command. A transfer that was cancelled stays so.
pub(crate) fn command(sender: &watch::Sender<Command>, command: Command) {
    // No receiver means that the transfer is over.
    sender.send_if_modified(|current| {
        let changes = *current != Command::Cancel && *current != command;
        if changes {
            *current = command;
        }
        changes
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_cancelled_transfer_stays_cancelled() {
        let (sender, mut commands) = Commands::channel();
        command(&sender, Command::Pause);
        assert_eq!(commands.changed().await, Command::Pause);
        command(&sender, Command::Cancel);
        command(&sender, Command::Run);
        assert_eq!(commands.current(), Command::Cancel);
        commands.cancelled().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_handle_that_is_dropped_leaves_the_last_command() {
        let (sender, mut commands) = Commands::channel();
        command(&sender, Command::Pause);
        drop(sender);
        assert_eq!(commands.changed().await, Command::Pause);
        let day = std::time::Duration::from_secs(86_400);
        assert!(tokio::time::timeout(day, commands.changed()).await.is_err());
        assert!(tokio::time::timeout(day, commands.cancelled()).await.is_err());
        assert_eq!(commands.current(), Command::Pause);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_handle_nothing_is_cancelled_or_paused() {
        let mut commands = Commands::none();
        assert_eq!(commands.current(), Command::Run);
        let day = std::time::Duration::from_secs(86_400);
        assert!(tokio::time::timeout(day, commands.cancelled()).await.is_err());
        assert!(tokio::time::timeout(day, commands.changed()).await.is_err());
    }
}
