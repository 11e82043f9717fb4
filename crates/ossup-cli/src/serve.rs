//! `ossup serve`: the emulator as a program.

use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Context, Result};
use oss_emulator::{Durability, Emulator, EmulatorBuilder, EtagMode, Fault};

use crate::arguments::Serve;

/// Runs the emulator until it is interrupted.
pub(crate) async fn serve(arguments: Serve) -> Result<()> {
    let credentials = credentials_from_environment();
    let generated = credentials.is_none();
    let mut builder =
        Emulator::builder().dir(&arguments.dir).port(arguments.port).region(&arguments.region).tls(arguments.tls);
    for bucket in &arguments.bucket {
        builder = builder.bucket(bucket);
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
        println!("ca file: {}", path.display());
    }
    println!("endpoint: {}", emulator.endpoint());
    if let Some(control) = emulator.control_endpoint() {
        println!("control: {control}");
    }
    println!("region: {}", emulator.region());
    println!("buckets made at the start: {}", arguments.bucket.join(", "));
    if generated {
        let (id, secret) = emulator.credentials();
        println!("OSS_ACCESS_KEY_ID={id}");
        println!("OSS_ACCESS_KEY_SECRET={secret}");
    }
    tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
    emulator.shutdown().await;
    Ok(())
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
