//! The emulator and the signer, judged by the official SDKs and by a browser.
//!
//! The SDKs are fetched from their registries into environments below the target folder; the emulator runs
//! in this process. What is expected stands in the suites (`python/`, `node/`) and comes from the documents of the service, so a
//! failure is a defect of ours (or of the suite), never something to be copied from the emulator.

use anyhow::{Result, bail};
use clap::ValueEnum;
use xtask::python::Environment;

use crate::{behaviour, both_ways, browser, download_takeover, known_failures, node, python, signing, takeover};

/// How many random requests are signed.
const SIGNED_REQUESTS: usize = 10_000;
/// How many random objects go each way.
const OBJECTS: usize = 200;
/// What part of both is taken where time is short.
const FEW: usize = 5;

/// A part of the conformance suite.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Part {
    /// One list of behaviours on the simulation, on the emulator, and on the real service if `OSS_ACCESS_KEY_ID`,
    /// `OSS_ACCESS_KEY_SECRET`, `OSS_REGION` and `OSS_BUCKET` are set.
    Behaviour,
    /// Random requests, signed by our signer and by the official Python SDK.
    Signing,
    /// The official Python SDK against the emulator.
    Python,
    /// An upload and a download that the official Python SDK was killed in, finished by ours.
    Takeover,
    /// What the official Python SDK's downloader and copier get wrong, beside ours.
    KnownFailures,
    /// Objects that the official Python SDK wrote read by ours, and ours by it.
    BothWays,
    /// The official JavaScript SDK against the emulator.
    Node,
    /// The example page that uploads by a signed form, in a headless Chromium.
    Browser,
    /// Every part.
    All,
}

/// Runs `part`; of the Python suite only the cases whose sentence or module has `only`, and with `few` a fifth of what is random.
///
/// # Errors
/// If a case fails, or an SDK cannot be installed.
pub(crate) fn run(part: Part, only: Option<&str>, few: bool) -> Result<()> {
    let has = |other| part == other || part == Part::All;
    let amount = |all: usize| if few { all / FEW } else { all };
    let mut failed = Vec::new();
    let mut note = |name, done: Result<()>| {
        if let Err(error) = done {
            println!("{name}: {error:#}");
            failed.push(name);
        }
    };
    if has(Part::Behaviour) {
        note("behaviour", behaviour::run());
    }
    if !matches!(part, Part::Behaviour | Part::Node | Part::Browser) {
        let environment = Environment::with_sdk()?;
        if has(Part::Signing) {
            note("signing", signing::run(&environment.python(), amount(SIGNED_REQUESTS), fastrand::u64(..)));
        }
        if has(Part::Python) {
            note("python", python::run(&environment, only));
        }
        if has(Part::Takeover) {
            note("takeover", takeover::run(&environment.python()));
            note("download takeover", download_takeover::run(&environment.python()));
        }
        if has(Part::KnownFailures) {
            note("known failures", known_failures::run(&environment.python()));
        }
        if has(Part::BothWays) {
            note("both ways", both_ways::run(&environment.python(), amount(OBJECTS), fastrand::u64(..)));
        }
    }
    if has(Part::Node) {
        note("node", node::run());
    }
    if has(Part::Browser) {
        note("browser", browser::run());
    }
    if !failed.is_empty() {
        bail!("conformance failed: {}", failed.join(", "));
    }
    Ok(())
}
