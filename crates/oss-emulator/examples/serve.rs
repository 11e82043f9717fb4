//! Serves a folder (or memory) until killed: `serve [--dir DIR] [--port N] [--control-port N] [--bucket NAME] [--process]`.
//!
//! Prints one line of JSON with the endpoint and the credentials, then nothing more.

use std::io;
use std::process::ExitCode;

use oss_emulator::{Durability, Emulator, EmulatorBuilder, EtagMode};

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that tells where it listens")]
async fn main() -> ExitCode {
    let emulator = match configured(std::env::args().skip(1)) {
        Ok(builder) => builder.start().await,
        Err(error) => Err(error),
    };
    match emulator {
        Ok(emulator) => {
            let (id, secret) = emulator.credentials();
            let line = serde_json::json!({
                "endpoint": emulator.endpoint(),
                "control": emulator.control_endpoint(),
                "region": emulator.region(),
                "id": id,
                "secret": secret,
            });
            println!("{line}");
            std::future::pending::<()>().await;
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn configured(mut arguments: impl Iterator<Item = String>) -> io::Result<EmulatorBuilder> {
    let mut builder = Emulator::builder();
    while let Some(name) = arguments.next() {
        let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("{name}: {what}"));
        let mut value = || arguments.next().ok_or_else(|| bad("a value is missing"));
        builder = match name.as_str() {
            "--dir" => builder.dir(value()?),
            "--port" => builder.port(value()?.parse().map_err(|_| bad("not a port"))?),
            "--control-port" => builder.control_port(value()?.parse().map_err(|_| bad("not a port"))?),
            "--bucket" => builder.bucket(value()?),
            "--credentials" => {
                let both = value()?;
                let (id, secret) = both.split_once(':').ok_or_else(|| bad("not ID:SECRET"))?;
                builder.credentials(id, secret)
            }
            "--process" => builder.durability(Durability::Process),
            "--crc" => builder.etag(EtagMode::Crc),
            "--discard" => builder.discard_bodies(true),
            "--tls" => builder.tls(true),
            _ => return Err(bad("unknown")),
        };
    }
    Ok(builder)
}
