//! What replaces OSS in the programs that need no account: an emulator inside the program itself.

use std::io;

use oss_emulator::Emulator;
use ossup::{Config, Credentials};

/// The bucket that the emulator has.
pub(crate) const BUCKET: &str = "demo";

/// An emulator on a free port of this machine, in memory.
pub(crate) async fn emulator() -> io::Result<Emulator> {
    Emulator::builder().bucket(BUCKET).start().await
}

/// How to reach it. For OSS itself, `Config::load_default().region("cn-hangzhou")` is all.
pub(crate) fn config(emulator: &Emulator) -> Config {
    let (id, secret) = emulator.credentials();
    Config::default().region(emulator.region()).endpoint(emulator.endpoint()).credentials(Credentials::new(id, secret))
}
