//! What is known about an unfinished transfer, kept in files so that another process can continue it.
//!
//! [`RecordFolder`] opens one [`RecordFile`] per transfer and locks it for as long as it is open, so that of two
//! transfers of the same file and key one runs and the other learns at once which process is in its way. What the
//! records say is the business of each direction; here is how they are kept: private to their user, replaced as a
//! whole or extended line by line ([`encode_line`]), and quarantined when they cannot be trusted.

mod error;
pub mod files;
mod line;
mod lock;
mod record_file;
mod state_folder;
mod text;

pub use error::{CheckpointError, Owner};
pub use line::{decode_line, encode_line};
pub use lock::FileLock;
pub use record_file::{MAX_RECORD_LEN, RecordContent, RecordFile, RecordFolder};
pub use state_folder::state_folder;
pub use text::{path_from_text, path_to_text, system_time, unix_nanos};
