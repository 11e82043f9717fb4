use oss_transfer::files::{HandleWait, is_out_of_handles};
use tokio::time::sleep;

use crate::error::UploadError;

/// Does work that opens files, again and again while no handle of a file is left. For at most a minute: an upload that waits here has
/// handles of its own, for which others may wait.
pub(super) async fn when_handles_are_left<T, F>(work: impl Fn() -> F) -> Result<T, UploadError>
where
    F: Future<Output = Result<T, UploadError>>,
{
    let mut wait = HandleWait::default();
    loop {
        match work().await {
            Err(error) if is_out_of_handles(&error) => match wait.pause(false) {
                Some(pause) => sleep(pause).await,
                None => return Err(error),
            },
            done => return done,
        }
    }
}
