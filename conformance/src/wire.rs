//! Every request of our client beside the request of the official Python SDK for the same call.
//!
//! Both run through a recorder in front of the emulator. A difference without a reason in the table of justified ones
//! fails, and so does a reason that no difference needs any more. What was found is written to `docs/`.

mod application;
mod difference;
mod document;
mod justified;
mod normal;
mod ours;
mod scenario;
mod theirs;

use anyhow::{Context, Result, bail};
use application::Application;
use difference::Difference;
use justified::Justification;
use normal::Normal;
use scenario::{SCENARIOS, Scenario, Scene};

use xtask::python::Environment;
use xtask::workspace;

const TABLE: &str = "docs/wire-differences.md";

/// What one scenario showed.
pub(crate) struct Comparison {
    scenario: &'static Scenario,
    /// Operations that the official SDK asked for, in order.
    operations: Vec<&'static str>,
    differences: Vec<Difference>,
}

/// Compares every scenario and writes the table, or with `check` only compares it with the committed one.
///
/// # Errors
/// If a difference has no reason, a reason has no difference, or the committed table is another one.
pub(crate) fn run(check: bool) -> Result<()> {
    let environment = Environment::with_sdk()?;
    let application = Application::start()?;
    let mut comparisons = Vec::new();
    for scenario in SCENARIOS {
        comparisons.push(compare(scenario, &environment, &application).with_context(|| scenario.title)?);
    }
    judge(&comparisons)?;
    let table = document::render(&comparisons)?;
    let path = workspace::root().join(TABLE);
    if !check {
        return std::fs::write(&path, table).context(TABLE);
    }
    if std::fs::read_to_string(&path).unwrap_or_default() != table {
        bail!("{TABLE} is not what the clients do; run `cargo xtask wire`");
    }
    Ok(())
}

fn compare(scenario: &'static Scenario, environment: &Environment, application: &Application) -> Result<Comparison> {
    let theirs = normal(&Scene::set(scenario, application)?, |scene| scenario.play_theirs(environment, scene))?;
    let ours = normal(&Scene::set(scenario, application)?, |scene| scenario.play_ours(scene))?;
    let differences = difference::between(&theirs, &ours);
    println!("{}: {} requests of the SDK, {} of ours", scenario.title, theirs.len(), ours.len());
    for difference in &differences {
        let reason = reason(scenario, difference).unwrap_or("NOT JUSTIFIED");
        println!("  {difference}: {reason}");
    }
    Ok(Comparison { scenario, operations: theirs.iter().map(|request| request.operation).collect(), differences })
}

/// What the recorder saw while `play` ran.
fn normal(scene: &Scene, play: impl FnOnce(&Scene) -> Result<()>) -> Result<Vec<Normal>> {
    play(scene)?;
    let captured = scene.recorder.take();
    if captured.is_empty() {
        bail!("no request came by the recorder");
    }
    Ok(captured.iter().map(Normal::of).collect())
}

fn reason(scenario: &Scenario, difference: &Difference) -> Option<&'static str> {
    let covers = |justification: &&Justification| justification.covers(scenario.title, difference);
    justified::ALL.iter().find(covers).map(|justification| justification.reason)
}

/// Fails for differences without a reason and for reasons without a difference.
fn judge(comparisons: &[Comparison]) -> Result<()> {
    let mut unjustified = 0;
    let mut differences = Vec::new();
    for Comparison { scenario, differences: found, .. } in comparisons {
        unjustified += found.iter().filter(|difference| reason(scenario, difference).is_none()).count();
        differences.extend(found.iter().map(|difference| (scenario.title, difference)));
    }
    let idle: Vec<_> = justified::ALL.iter().flat_map(|justification| justification.idle(&differences)).collect();
    for idle in &idle {
        println!("no difference needs the reason for {idle}");
    }
    if unjustified > 0 || !idle.is_empty() {
        bail!("{unjustified} differences have no reason, {} reasons have no difference", idle.len());
    }
    Ok(())
}
