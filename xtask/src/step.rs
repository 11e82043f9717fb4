//! Running another program as one step of a chore.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The cargo that runs this program.
pub fn cargo() -> Command {
    outside(Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())))
}

/// A script of the workspace.
pub fn script(path: &str) -> Command {
    outside(Command::new(crate::workspace::root().join(path)))
}

/// In the workspace, without what the cargo that runs this program says of the package: another cargo would build everything
/// again that looks at it.
fn outside(mut command: Command) -> Command {
    command.current_dir(crate::workspace::root());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PKG_")) {
        command.env_remove(name);
    }
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
    command
}

/// The program that is running, for another chore.
pub fn this() -> Command {
    // Asked once: a later build may replace the file, and the system would then name the old one.
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    let path = PATH.get_or_init(|| std::env::current_exe().unwrap_or_else(|_| "xtask".into()));
    let mut command = Command::new(path);
    command.current_dir(crate::workspace::root());
    command
}

/// A program of another member of the workspace, which is built first if it has to be.
pub fn member(package: &str) -> Command {
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", package, "--"]);
    command
}

/// Arguments of the build that has every program and example of the workspace, with the same dependencies as
/// `cargo test --workspace`: a build of one package alone would choose other features for them and build them again.
pub const BUILD_ALL: &[&str] = &["build", "--workspace", "--bins", "--examples"];

/// A program that was built by [`BUILD_ALL`]: `conformance`, or `examples/control`.
///
/// # Errors
/// If cargo does not say where it builds.
pub fn built(name: &str) -> Result<Command> {
    let program = crate::workspace::target()?.join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(program);
    command.current_dir(crate::workspace::root());
    Ok(command)
}

/// The same command with another priority, 0 to 19, where the system has `nice`: at 19 it takes the time that others leave.
pub fn with_priority(priority: &str, command: &Command) -> Command {
    let mut low = if cfg!(unix) && Command::new("nice").stdout(Stdio::null()).status().is_ok() {
        let mut nice = Command::new("nice");
        nice.args(["-n", priority]).arg(command.get_program());
        nice
    } else {
        Command::new(command.get_program())
    };
    low.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => low.env(name, value),
            None => low.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        low.current_dir(folder);
    }
    low
}

/// Runs `command` with its output shown; an exit code other than 0 is an error.
pub fn run(name: &str, command: &mut Command) -> Result<()> {
    println!("\n== {name}");
    let start = Instant::now();
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("{name}: could not start"))?;
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    println!("== {name}: {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Runs `command` as [`run`] does, but shows its output, errors among it, in one piece when it ends.
pub fn run_quietly(name: &str, command: &mut Command) -> Result<()> {
    let start = Instant::now();
    let (mut output, writer) = std::io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let child = command.spawn();
    // Of the pipe's ends for writing, only those of the program stay open.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = child.with_context(|| format!("{name}: could not start"))?;
    let mut text = Vec::new();
    output.read_to_end(&mut text)?;
    let status = child.wait()?;
    let text = String::from_utf8_lossy(&text);
    let separator = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let seconds = start.elapsed().as_secs_f64();
    // In one call, since another step may end at the same time.
    if !status.success() {
        println!("\n== {name}\n{text}{separator}== {name}: failed after {seconds:.0} s");
        bail!("{name} failed ({status})");
    }
    println!("\n== {name}\n{text}{separator}== {name}: {seconds:.0} s");
    Ok(())
}

/// Runs `command` and gives what it printed; an exit code other than 0 is an error with its stderr.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("could not start {}", line(command)))?;
    if !output.status.success() {
        bail!("{} failed ({}): {}", line(command), output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The command as it would be typed. Its environment stays out: there may be secrets in it.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_quiet_step_ends_with_its_program_and_passes_or_fails_as_it_does() {
        run_quietly("good", &mut shell("echo a; echo b >&2")).unwrap();
        let error = run_quietly("bad", &mut shell("echo a; exit 3")).unwrap_err();
        assert!(error.to_string().starts_with("bad failed"), "{error}");
        let error = run_quietly("none", &mut Command::new("/no/such/program")).unwrap_err();
        assert!(error.to_string().contains("could not start"), "{error}");
    }

    #[test]
    fn a_command_with_another_priority_is_the_same_command() {
        let mut command = shell("test \"$A\" = b && test -z \"$HOME\" && test \"$PWD\" = / && echo \"$0\"");
        command.arg("name").env("A", "b").env_remove("HOME").current_dir("/");
        assert_eq!(output(&mut with_priority("19", &command)).unwrap(), "name\n");
    }
}
