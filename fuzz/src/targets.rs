use super::{checkpoint, response, resume, session};

/// A fuzz target: its name, which is also that of its folder of seeds, and its entry point.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 4] =
    [("response", response), ("checkpoint", checkpoint), ("resume", resume), ("session", session)];
