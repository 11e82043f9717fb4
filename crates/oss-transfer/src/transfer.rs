use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use oss_models::{CallError, Request, Response};
use tokio::task::JoinError;
use tokio::time::{Instant, sleep_until};

use crate::commands::Commands;
use crate::files::{FileSystem, SystemFiles};
use crate::progress::PROGRESS_INTERVAL;
use crate::{
    AnyService, Clock, Controls, Entropy, Lane, Permit, Priority, ProgressCallback, Reporter, Scheduler, TransferEvent,
};

/// The error of a kind of transfer: what all kinds share makes those that it causes itself.
pub trait TransferError: Sized {
    /// What happens during a transfer of this kind.
    type Event: TransferEvent + Debug;

    /// What an error says of the moment at which it came, such as the stage of the transfer.
    type Moment: Copy;

    /// What such a transfer is called in an error: `the upload`.
    const NAME: &'static str;

    /// The moment of a transfer whose task ended in whatever it was doing.
    const LOST: Self::Moment;

    /// The transfer was cancelled.
    fn cancelled(at: Self::Moment) -> Self;

    /// Code of the caller panicked: `what` says which, such as `the progress callback`.
    fn panicked(at: Self::Moment, what: &'static str) -> Self;

    /// The task of a transfer gave no result: it panicked or was dropped.
    fn of_lost_task(error: &JoinError) -> Self {
        if error.is_panic() { Self::panicked(Self::LOST, Self::NAME) } else { Self::cancelled(Self::LOST) }
    }
}

/// What the transfers of one manager have of the world.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Environment {
    /// Carries requests.
    pub service: AnyService,
    /// Reaches files.
    pub files: Arc<dyn FileSystem>,
    /// Tells the time of day.
    pub clock: Clock,
    /// Spreads waits.
    pub entropy: Entropy,
    /// Limits that all of them share.
    pub scheduler: Scheduler,
    /// Where requests go. Part of what a record is known by.
    pub endpoint: Arc<str>,
    /// How requests address the bucket. Part of what a record is known by.
    pub address_style: Arc<str>,
}

impl Environment {
    /// A service, and for the rest what the operating system has, without limits.
    pub fn new<S>(service: S) -> Self
    where
        S: tower_service::Service<Request, Response = Response, Error = CallError> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        Self {
            service: AnyService::new(service),
            files: SystemFiles::shared(),
            clock: Clock::default(),
            entropy: Entropy::default(),
            scheduler: Scheduler::new(),
            endpoint: Arc::default(),
            address_style: Arc::default(),
        }
    }
}

/// What the steps of one transfer share.
#[derive(Debug)]
#[non_exhaustive]
pub struct Transfer<E: TransferError> {
    /// Carries its requests.
    pub service: AnyService,
    /// Reaches its files.
    pub files: Arc<dyn FileSystem>,
    /// Tells the time of day.
    pub clock: Clock,
    /// Its place among the transfers that share limits.
    pub lane: Lane,
    /// What its owner asks of it.
    pub commands: Commands,
    /// Tells its owner how far it is.
    pub reporter: Reporter<E>,
    /// When it began.
    pub started: Instant,
    entropy: Entropy,
}

impl<E: TransferError> Transfer<E> {
    /// A transfer that begins now.
    pub fn new(
        environment: &Environment,
        priority: Priority,
        controls: Controls<E>,
        on_progress: Option<ProgressCallback>,
    ) -> Self {
        Self {
            service: environment.service.clone(),
            files: environment.files.clone(),
            clock: environment.clock.clone(),
            lane: Lane::new(&environment.scheduler, priority),
            commands: controls.commands.clone(),
            reporter: Reporter::new(controls, on_progress),
            started: Instant::now(),
            entropy: environment.entropy.clone(),
        }
    }

    /// The time since the transfer began.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// A number from 0 to 1 that spreads a wait.
    pub fn jitter(&self) -> f64 {
        self.entropy.random()
    }

    /// Waits until this transfer may send one more object or part, or fetch one.
    pub async fn connection(&self) -> Permit {
        self.lane.connection().await
    }

    /// Runs `work` unless the transfer is cancelled first.
    ///
    /// # Errors
    /// It was cancelled.
    pub async fn unless_cancelled<T>(&self, at: E::Moment, work: impl Future<Output = T>) -> Result<T, E> {
        tokio::select! {
            biased;
            () = self.commands.cancelled() => Err(E::cancelled(at)),
            done = work => Ok(done),
        }
    }

    /// Waits until this time since the transfer began, unless it is cancelled first.
    ///
    /// # Errors
    /// It was cancelled.
    pub async fn wait_until(&self, at: E::Moment, time: Duration) -> Result<(), E> {
        self.unless_cancelled(at, sleep_until(self.started + time)).await
    }

    /// Runs `work`, and shows the progress while bytes move.
    ///
    /// # Errors
    /// The caller's function panicked.
    pub async fn reporting<T>(&self, at: E::Moment, mut work: Pin<&mut impl Future<Output = T>>) -> Result<T, E> {
        // What is over before that is shown at its end.
        let mut next_report = Instant::now() + PROGRESS_INTERVAL;
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = self.reporter.meter.moved_after(next_report) => self.reporter.progress(at)?,
            }
            next_report = Instant::now() + PROGRESS_INTERVAL;
        }
    }
}
