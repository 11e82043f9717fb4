//! `ossup completions` and `ossup man`: what is made of the arguments themselves.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::output::Output;
use crate::streams::write_all;

#[derive(Args)]
pub(crate) struct Completions {
    /// The shell that the script is for.
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "ossup", &mut script);
        write_all(&script)?;
        Ok(Exit::Done)
    }
}

#[derive(Args)]
pub(crate) struct Man {
    /// Write a page for each command into this folder. Default: print the page of ossup.
    folder: Option<PathBuf>,
}

impl Man {
    /// Whether the page is printed.
    pub(crate) fn is_to_stdout(&self) -> bool {
        self.folder.is_none()
    }

    /// Prints the page, or writes all pages.
    pub(crate) fn run(&self, output: &Output) -> Result<Exit, Failure> {
        let Some(folder) = &self.folder else {
            let mut page = Vec::new();
            let rendered = clap_mangen::Man::new(Arguments::command()).render(&mut page);
            rendered.map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
            write_all(&page)?;
            return Ok(Exit::Done);
        };
        let unwritable = |error: io::Error| {
            Failure::new(Kind::Target, format!("cannot write the pages to {}: {error}", folder.display()))
        };
        fs::create_dir_all(folder).map_err(unwritable)?;
        clap_mangen::generate_to(Arguments::command(), folder).map_err(unwritable)?;
        output.row(format_args!("wrote the manual pages to {}", folder.display()));
        Ok(Exit::Done)
    }
}
