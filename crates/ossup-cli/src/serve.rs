//! `ossup serve`: the emulator as a program.

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use oss_emulator::{Durability, Emulator, EmulatorBuilder, EtagMode, Fault, SyntheticObjects};

use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::signals::Signals;

#[derive(Args)]
pub(crate) struct Serve {
    /// Port to listen on; 0 picks a free one. The endpoint is printed.
    #[arg(long, default_value_t = 9000)]
    pub(crate) port: u16,
    /// Data folder, created if missing.
    #[arg(long)]
    pub(crate) dir: PathBuf,
    /// Region that requests must be signed for.
    #[arg(long, default_value = "cn-hangzhou")]
    pub(crate) region: String,
    /// Bucket to create at the start; may be repeated.
    #[arg(long, default_value = "demo")]
    pub(crate) bucket: Vec<String>,
    /// Bucket to create that lists COUNT synthetic objects, spread over FOLDERS folders if that is given, and stores none of
    /// them: for trying out large buckets. May be repeated.
    #[arg(long, value_name = "BUCKET=COUNT[/FOLDERS]", value_parser = synthetic)]
    pub(crate) synthetic: Vec<(String, SyntheticObjects)>,
    /// Another host name of the emulator, e.g. that of its container or service; `bucket.` in front of it names a bucket. May be
    /// repeated. Loopback addresses and localhost are always accepted.
    #[arg(long, value_name = "NAME")]
    pub(crate) domain: Vec<String>,
    /// Let pages of this origin use every bucket from a browser, e.g. http://localhost:5173; one `*` stands for any text. May be
    /// repeated.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) cors_allow_origin: Vec<String>,
    /// Serve TLS with a certificate of a self-made authority.
    #[arg(long, requires = "ca_out")]
    pub(crate) tls: bool,
    /// Where to write the self-made authority's certificate, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub(crate) ca_out: Option<PathBuf>,
    /// How ETags are made: md5 as OSS does, or crc, which is much cheaper, for load tests.
    #[arg(long, default_value = "md5", value_parser = ["md5", "crc"])]
    pub(crate) etag: String,
    /// What stored data survives: power, a power cut (everything is synced before it is acknowledged), or process, an end of
    /// the emulator alone, which is faster.
    #[arg(long, default_value = "power", value_parser = ["power", "process"])]
    pub(crate) durability: String,
    /// Faults to inject, as a JSON file.
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Opens the control port on 127.0.0.1, where faults, history and clock can be changed while the emulator runs; 0
    /// picks a free one. Its address is printed.
    #[arg(long, value_name = "PORT")]
    pub(crate) control: Option<u16>,
    /// Authorities, as PEM, that https callbacks trust besides those of this machine; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) callback_ca: Vec<PathBuf>,
    /// Address to listen on instead of 127.0.0.1. Anything but loopback also needs the next flag and credentials from
    /// the environment.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<IpAddr>,
    /// Let other machines reach this emulator.
    #[arg(long)]
    pub(crate) expose_to_the_network_and_accept_the_risk: bool,
}

/// `big=1000000/1000`.
fn synthetic(text: &str) -> Result<(String, SyntheticObjects), String> {
    let read = || {
        let (bucket, numbers) = text.split_once('=')?;
        let (count, folders) = numbers.split_once('/').unwrap_or((numbers, "0"));
        let objects = SyntheticObjects::new(count.parse().ok()?).folders(folders.parse().ok()?);
        Some((bucket.to_owned(), objects))
    };
    read().ok_or_else(|| {
        format!("{text:?} is not of the form BUCKET=COUNT or BUCKET=COUNT/FOLDERS, such as big=1000000/1000")
    })
}

/// Runs the emulator until a signal asks it to stop. Process 1 of a container is stopped by no signal that it does not handle.
pub(crate) async fn serve(arguments: Serve) -> Result<Exit, Failure> {
    let mut signals =
        Signals::listen().map_err(|error| Failure::new(Kind::Other, format!("cannot handle signals: {error}")))?;
    let credentials = credentials_from_environment();
    let generated = credentials.is_none();
    let builder = builder(&arguments, credentials)?;
    let builder = listen(builder, &arguments, generated)?;

    let refused = |error: io::Error| {
        // A name, an origin or a number that the emulator cannot have.
        let kind = if error.kind() == io::ErrorKind::InvalidInput { Kind::Usage } else { Kind::Other };
        Failure::new(kind, format!("cannot serve {}: {error}", arguments.dir.display()))
    };
    let emulator = builder.start().await.map_err(refused)?;
    if let (Some(path), Some(pem)) = (&arguments.ca_out, emulator.ca_pem()) {
        let unwritable = |error| Failure::new(Kind::Target, format!("cannot write {}: {error}", path.display()));
        std::fs::write(path, pem).map_err(unwritable)?;
    }
    announce(&arguments, &emulator, generated);
    signals.next().await;
    tokio::select! {
        biased;
        () = emulator.shutdown() => Ok(Exit::Done),
        again = signals.next() => Ok(Exit::Signal(again)),
    }
}

/// The emulator that the arguments describe, but for where it listens.
fn builder(arguments: &Serve, credentials: Option<(String, String)>) -> anyhow::Result<EmulatorBuilder> {
    let mut builder =
        Emulator::builder().dir(&arguments.dir).port(arguments.port).region(&arguments.region).tls(arguments.tls);
    for bucket in &arguments.bucket {
        builder = builder.bucket(bucket);
    }
    for (bucket, objects) in &arguments.synthetic {
        builder = builder.synthetic_bucket(bucket, *objects);
    }
    for domain in &arguments.domain {
        builder = builder.domain(domain);
    }
    for origin in &arguments.cors_allow_origin {
        builder = builder.cors_allow_origin(origin);
    }
    if arguments.durability == "process" {
        builder = builder.durability(Durability::Process);
    }
    if arguments.etag == "crc" {
        builder = builder.etag(EtagMode::Crc);
    }
    if let Some((id, secret)) = credentials {
        builder = builder.credentials(id, secret);
    }
    if let Some(path) = &arguments.faults {
        let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let faults: Vec<Fault> =
            serde_json::from_slice(&text).with_context(|| format!("{} is not a list of faults", path.display()))?;
        builder = faults.into_iter().fold(builder, EmulatorBuilder::fault);
    }
    for path in &arguments.callback_ca {
        let pem = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        builder = builder.callback_ca(pem);
    }
    if let Some(port) = arguments.control {
        builder = builder.control_port(port);
    }
    Ok(builder)
}

/// Prints where the emulator is. It serves on when no one reads that: output that is closed is no error.
fn announce(arguments: &Serve, emulator: &Emulator, generated: bool) {
    let mut lines = Vec::new();
    if let Some(path) = &arguments.ca_out {
        lines.push(format!("ca file: {}", path.display()));
    }
    lines.push(format!("endpoint: {}", emulator.endpoint()));
    lines.extend(emulator.control_endpoint().map(|control| format!("control: {control}")));
    lines.push(format!("region: {}", emulator.region()));
    lines.push(format!("buckets made at the start: {}", arguments.bucket.join(", ")));
    if generated {
        let (id, secret) = emulator.credentials();
        lines.push(format!("OSS_ACCESS_KEY_ID={id}"));
        lines.push(format!("OSS_ACCESS_KEY_SECRET={secret}"));
    }
    let mut output = io::stdout().lock();
    for line in lines {
        let _ = writeln!(output, "{line}");
    }
    let _ = output.flush();
}

/// The credentials that clients have to use: those that a client in the same environment would use.
pub(crate) fn credentials_from_environment() -> Option<(String, String)> {
    let value = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    Some((value("OSS_ACCESS_KEY_ID")?, value("OSS_ACCESS_KEY_SECRET")?))
}

fn listen(builder: EmulatorBuilder, arguments: &Serve, generated: bool) -> Result<EmulatorBuilder, Failure> {
    let address = arguments.listen.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    if address.is_loopback() {
        return Ok(builder.address(address));
    }
    if !arguments.expose_to_the_network_and_accept_the_risk {
        return Err(Failure::usage(format!(
            "{address} can be reached from other machines; if that is what you want, add \
             --expose-to-the-network-and-accept-the-risk"
        )));
    }
    if generated {
        let message = "set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET to credentials of your own";
        return Err(Failure::new(Kind::Credentials, format!("to listen on {address}, {message}")));
    }
    Ok(builder.address(address).allow_connections_from_other_machines())
}
