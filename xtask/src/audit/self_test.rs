//! Whether the gates hold: each mutation of the code must turn the gate that stands there red, and with the right words.
//!
//! The code is a copy below the target folder. What a test with a few lines of text can show is tested beside the rule;
//! here the rule meets the files that it is about, so a gate that looks at the wrong place is found.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use xtask::{step, workspace};

use crate::copy;

/// What is run on the copy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Gate {
    /// A chore of this program.
    Xtask(&'static [&'static str]),
    Cargo(&'static [&'static str]),
}

struct Mutation {
    what: &'static str,
    file: &'static str,
    /// What is replaced; without it the new text stands at the end.
    old: &'static str,
    new: &'static str,
    gate: Gate,
    /// What the gate has to say.
    says: &'static str,
}

/// Which gates are tested.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(super) enum Which {
    All,
    /// Those that need no tool to be installed: tidy, the lints and the public names.
    Cheap,
}

const TIDY: Gate = Gate::Xtask(&["tidy"]);
const LINTS: Gate = Gate::Cargo(&["clippy", "--quiet", "--package", "oss-auth", "--lib", "--", "-D", "warnings"]);

const MUTATIONS: &[Mutation] = &[
    Mutation {
        what: "a clock in a file that decides",
        file: "crates/oss-transfer/src/layout.rs",
        old: "impl GrowingLayout {",
        new: "impl GrowingLayout {\n    fn age() -> std::time::Instant { std::time::Instant::now() }\n",
        gate: TIDY,
        says: "`::now` does not belong here",
    },
    Mutation {
        what: "a clock in the plan of uploads",
        file: "crates/oss-uploader/src/plan.rs",
        old: "",
        new: "fn age(of: std::time::Instant) -> std::time::Duration { of.elapsed() }\n",
        gate: TIDY,
        says: "`.elapsed()` does not belong here",
    },
    Mutation {
        what: "a status compared in the engine",
        file: "crates/oss-uploader/src/engine/record.rs",
        old: "",
        new: "fn is_conflict(status: http::StatusCode) -> bool { status == http::StatusCode::CONFLICT }\n",
        gate: TIDY,
        says: "`StatusCode`: the plan decides",
    },
    Mutation {
        what: "a missing line of the README",
        file: "README.md",
        old: "| [`oss-auth`](crates/oss-auth) |",
        new: "| `oss-auth` |",
        gate: TIDY,
        says: "no line for crates/oss-auth",
    },
    Mutation {
        what: "an operation asked for its name",
        file: "crates/oss-transport/src/transport.rs",
        old: "",
        new: "fn is_part(name: &str) -> bool { name == \"UploadPart\" }\n",
        gate: TIDY,
        says: "`UploadPart` by its name",
    },
    Mutation {
        what: "a glob that exports",
        file: "crates/oss-models/src/lib.rs",
        old: "",
        new: "pub use crate::xml::*;\n",
        gate: TIDY,
        says: "hides what is exported",
    },
    Mutation {
        what: "an answer in a public name",
        file: "crates/oss-auth/src/encoding.rs",
        old: "",
        new: "pub fn answer() {}\n",
        gate: TIDY,
        says: "not answer but response",
    },
    Mutation {
        what: "a word that is written nowhere",
        file: "docs/architecture.md",
        old: "",
        new: "Nobody reads this.\n",
        gate: TIDY,
        says: "not \"nobody\" but",
    },
    Mutation {
        what: "the name of a test that is too long",
        file: "crates/oss-auth/src/encoding.rs",
        old: "",
        new: "#[test]\nfn a_name_that_goes_on_and_on_until_no_one_can_read_it_in_one_glance_any_more() {}\n",
        gate: TIDY,
        says: "a name of 74 characters",
    },
    Mutation {
        what: "a default that the page does not have",
        file: "crates/oss-transport/src/config/time.rs",
        old: "connect_timeout: Duration::from_secs(5)",
        new: "connect_timeout: Duration::from_secs(6)",
        gate: TIDY,
        says: "`connect_timeout`: the code has 6000 ms",
    },
    Mutation {
        what: "a setter that does not state its default",
        file: "crates/oss-emulator/src/builder.rs",
        old: "Default: no limit.",
        new: "",
        gate: TIDY,
        says: "its documentation does not say",
    },
    Mutation {
        what: "a size compared in the engine",
        file: "crates/oss-uploader/src/engine/record.rs",
        old: "",
        new: "fn is_whole(size: u64, sent: u64) -> bool { size == sent }\n",
        gate: TIDY,
        says: "compares `size`, which the plan does",
    },
    Mutation {
        what: "an arrow that is not drawn",
        file: "crates/oss-uploader/Cargo.toml",
        old: "[dependencies]\n",
        new: "[dependencies]\noss-transport.workspace = true\n",
        gate: TIDY,
        says: "oss-uploader: must not depend on oss-transport",
    },
    Mutation {
        what: "a crate too many",
        file: "crates/oss-auth/Cargo.toml",
        old: "[dependencies]\n",
        new: "[dependencies]\nhyper-rustls.workspace = true\nindicatif.workspace = true\nhyper.workspace = true\n",
        gate: TIDY,
        says: "crates; at most 25 are allowed",
    },
    Mutation {
        what: "a removed #[non_exhaustive]",
        file: "crates/oss-auth/src/credentials/profile.rs",
        old: "#[non_exhaustive]\n",
        new: "",
        gate: LINTS,
        says: "exhaustive",
    },
    Mutation {
        what: "something newer than the oldest compiler",
        file: "crates/oss-auth/src/encoding.rs",
        old: "",
        new: "/// Too new.\npub fn pipe() -> bool { std::io::pipe().is_ok() }\n",
        gate: LINTS,
        says: "current MSRV",
    },
    Mutation {
        what: "a public name that is gone",
        file: "crates/oss-auth/src/lib.rs",
        old: "pub mod encoding;",
        new: "mod encoding;",
        gate: Gate::Xtask(&["audit", "public-api"]),
        says: "oss-auth: -pub mod oss_auth::encoding",
    },
    Mutation {
        what: "a licence that is not allowed",
        file: "Cargo.toml",
        old: "license = \"Apache-2.0\"",
        new: "license = \"GPL-3.0-only\"",
        gate: Gate::Xtask(&["audit", "deny"]),
        says: "GPL-3.0-only",
    },
    Mutation {
        what: "a dependency that no code uses",
        file: "crates/oss-auth/Cargo.toml",
        old: "[dependencies]\n",
        new: "[dependencies]\nindicatif.workspace = true\n",
        gate: Gate::Xtask(&["audit", "unused"]),
        says: "indicatif",
    },
    Mutation {
        what: "a word that is spelt wrong",
        file: "docs/architecture.md",
        old: "",
        // Put together here, so that this file is spelt right.
        new: concat!("rec", "ieve\n"),
        gate: Gate::Xtask(&["audit", "spelling"]),
        says: "receive",
    },
];

/// Applies each mutation to a copy, and runs its gate before and after.
///
/// # Errors
/// If a gate is red before, or green after.
pub(super) fn run(which: Which) -> Result<()> {
    let copy = copy::of_workspace("self-test")?;
    // The tools ask git's files what to leave out; the copy stands in a folder that the project leaves out.
    std::fs::create_dir_all(copy.join(".git"))?;
    let mut green: Vec<Gate> = Vec::new();
    let mut failed = 0;
    let mutations = MUTATIONS.iter().filter(|mutation| which == Which::All || mutation.gate.is_cheap());
    let mut tried = 0;
    for mutation in mutations {
        tried += 1;
        if !green.contains(&mutation.gate) {
            let (passed, said) = mutation.gate.run(&copy)?;
            ensure!(passed, "{:?} is red before anything is changed:\n{said}", mutation.gate);
            green.push(mutation.gate);
        }
        let result = mutation.try_on(&copy).with_context(|| mutation.what)?;
        println!("{:<45} {result}", mutation.what);
        failed += usize::from(result != RED);
    }
    println!("{} passed, {failed} failed", tried - failed);
    if failed > 0 {
        bail!("{failed} mutations were not found");
    }
    Ok(())
}

const RED: &str = "red, as it has to be";

impl Mutation {
    fn try_on(&self, copy: &Path) -> Result<&'static str> {
        let file = copy.join(self.file);
        let text = std::fs::read_to_string(&file).with_context(|| self.file)?;
        let mutated = if self.old.is_empty() {
            format!("{text}\n{}", self.new)
        } else {
            ensure!(text.contains(self.old), "{} has no {:?} any more", self.file, self.old);
            text.replacen(self.old, self.new, 1)
        };
        let lock = std::fs::read(copy.join("Cargo.lock"))?;
        std::fs::write(&file, mutated)?;
        let run = self.gate.run(copy);
        std::fs::write(&file, text)?;
        std::fs::write(copy.join("Cargo.lock"), lock)?;
        let (passed, said) = run?;
        Ok(match (passed, said.contains(self.says)) {
            (true, _) => "GREEN",
            (false, true) => RED,
            (false, false) => {
                println!("{said}");
                "RED FOR ANOTHER REASON"
            }
        })
    }
}

impl Gate {
    fn is_cheap(self) -> bool {
        matches!(self, Self::Xtask(["tidy"] | ["audit", "public-api"]) | Self::Cargo(_))
    }

    /// Whether it passes, and what it prints.
    fn run(self, copy: &Path) -> Result<(bool, String)> {
        let mut command = match self {
            Self::Xtask(arguments) => {
                let mut command = step::this();
                command.args(arguments);
                command
            }
            Self::Cargo(arguments) => {
                let mut command = step::cargo();
                command.args(arguments);
                command
            }
        };
        command.current_dir(copy).env(workspace::ROOT, copy).env("CARGO_TARGET_DIR", workspace::target()?);
        let output = command.stdin(Stdio::null()).output()?;
        let said = [output.stdout, output.stderr].concat();
        Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
    }
}
