//! `ossup serve`: the emulator as a program.

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Context, Result};
use oss_emulator::{Durability, Emulator, EmulatorBuilder, EtagMode, Fault};

use crate::arguments::Serve;
use crate::exit::Exit;
use crate::signals::Signals;

/// Runs the emulator until a signal asks it to stop. Process 1 of a container is stopped by no signal that it does not handle.
pub(crate) async fn serve(arguments: Serve) -> Result<Exit> {
    let mut signals = Signals::listen().context("cannot handle signals")?;
    let credentials = credentials_from_environment();
    let generated = credentials.is_none();
    let mut builder =
        Emulator::builder().dir(&arguments.dir).port(arguments.port).region(&arguments.region).tls(arguments.tls);
    for bucket in &arguments.bucket {
        builder = builder.bucket(bucket);
    }
    for domain in &arguments.domain {
        builder = builder.domain(domain);
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
    builder = listen(builder, &arguments, generated)?;

    let emulator = builder.start().await.with_context(|| format!("cannot serve {}", arguments.dir.display()))?;
    if let (Some(path), Some(pem)) = (&arguments.ca_out, emulator.ca_pem()) {
        std::fs::write(path, pem).with_context(|| format!("cannot write {}", path.display()))?;
    }
    announce(&arguments, &emulator, generated);
    signals.next().await;
    tokio::select! {
        biased;
        () = emulator.shutdown() => Ok(Exit::Done),
        again = signals.next() => Ok(Exit::Signal(again)),
    }
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

fn listen(builder: EmulatorBuilder, arguments: &Serve, generated: bool) -> Result<EmulatorBuilder> {
    let address = arguments.listen.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    if address.is_loopback() {
        return Ok(builder.address(address));
    }
    if !arguments.expose_to_the_network_and_accept_the_risk {
        anyhow::bail!(
            "{address} can be reached from other machines; if that is what you want, add \
             --expose-to-the-network-and-accept-the-risk"
        );
    }
    if generated {
        anyhow::bail!(
            "to listen on {address}, set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET to credentials of your own"
        );
    }
    Ok(builder.address(address).allow_connections_from_other_machines())
}
