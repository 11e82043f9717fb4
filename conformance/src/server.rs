//! The emulator, running in this process for a program outside of it.

use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use oss_emulator::{Emulator, EmulatorBuilder};
use ossup::{Client, Config, Credentials};
use tokio::runtime::Runtime;

const ACCESS_KEY_ID: &str = "conformance-id";
const ACCESS_KEY_SECRET: &str = "conformance-secret";

/// An emulator in memory with a runtime of its own; it stops with this value.
pub(crate) struct Server {
    pub(crate) emulator: Emulator,
    pub(crate) runtime: Runtime,
}

/// Id, secret and token of a temporary key.
struct TemporaryKey {
    id: &'static str,
    secret: &'static str,
    token: &'static str,
}

impl TemporaryKey {
    const VALID: Self = Self { id: "STS.valid", secret: "valid-secret", token: "valid+token/==" };
    const EXPIRED: Self = Self { id: "STS.expired", secret: "expired-secret", token: "expired-token" };

    fn lend(&self, emulator: &Emulator, until: SystemTime) {
        emulator.add_sts_credentials(self.id, self.secret, self.token, Some(until));
    }

    /// The three, with a space between: how the suites take them from the environment.
    fn words(&self) -> String {
        [self.id, self.secret, self.token].join(" ")
    }
}

impl Server {
    /// Starts an empty one.
    ///
    /// # Errors
    /// If no port is free or the runtime does not start.
    pub(crate) fn start() -> Result<Self> {
        Self::with(|builder| builder)
    }

    /// Starts one with further settings.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub(crate) fn with(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Result<Self> {
        let runtime = Runtime::new()?;
        let builder = Emulator::builder().in_memory().credentials(ACCESS_KEY_ID, ACCESS_KEY_SECRET);
        let emulator = runtime.block_on(settings(builder).start()).context("starting the emulator")?;
        let hour = Duration::from_secs(3600);
        TemporaryKey::VALID.lend(&emulator, SystemTime::now() + hour);
        TemporaryKey::EXPIRED.lend(&emulator, SystemTime::now() - hour);
        Ok(Self { emulator, runtime })
    }

    /// Id and secret of its owner's key.
    pub(crate) const fn key() -> (&'static str, &'static str) {
        (ACCESS_KEY_ID, ACCESS_KEY_SECRET)
    }

    /// Our client of it.
    ///
    /// # Errors
    /// If the configuration cannot be used.
    pub(crate) fn client(&self) -> Result<Client> {
        let config = Config::default().endpoint(self.emulator.endpoint()).region(self.emulator.region());
        Ok(Client::new(config.credentials(Credentials::new(ACCESS_KEY_ID, ACCESS_KEY_SECRET)))?)
    }

    /// Where it listens.
    ///
    /// # Errors
    /// If the emulator gives an address that is none.
    pub(crate) fn address(&self) -> Result<SocketAddr> {
        let endpoint = self.emulator.endpoint();
        endpoint.trim_start_matches("http://").parse().with_context(|| format!("endpoint {endpoint:?}"))
    }

    /// Tells a program where the emulator is and how to sign, and keeps it off any proxy of this machine.
    pub(crate) fn tell(&self, program: &mut Command) {
        for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            program.env_remove(proxy).env_remove(proxy.to_lowercase());
        }
        program
            .env("NO_PROXY", "*")
            .env("OSS_ENDPOINT", self.emulator.endpoint())
            .env("OSS_REGION", self.emulator.region())
            .env("OSS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("OSS_ACCESS_KEY_SECRET", ACCESS_KEY_SECRET)
            .env("OSS_CONFORMANCE_TOKEN", TemporaryKey::VALID.words())
            .env("OSS_CONFORMANCE_EXPIRED_TOKEN", TemporaryKey::EXPIRED.words());
    }
}
