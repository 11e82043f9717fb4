//! `ossup completions` and `ossup man`: what is made of the arguments themselves.

mod markdown;

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use ossup::{BucketName, ListBucketsRequest};

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::found::Query;
use crate::global::Global;
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
        let addresses = match self.shell {
            Shell::Bash => include_str!("completions/addresses.bash"),
            Shell::Zsh => include_str!("completions/addresses.zsh"),
            Shell::Fish => include_str!("completions/addresses.fish"),
            _ => "",
        };
        script.extend_from_slice(addresses.as_bytes());
        write_all(&script)?;
        Ok(Exit::Done)
    }
}

/// More than this is no help to anyone who types.
const MAX_ADDRESSES: u16 = 100;
/// A shell waits for it.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Args)]
pub(crate) struct CompleteAddress {
    /// The address so far.
    #[arg(default_value = "")]
    typed: String,
}

impl CompleteAddress {
    /// Prints the addresses that begin with what is typed, one a line, by one request that may take a second. Whatever goes
    /// wrong, nothing is printed: a shell has no place for an error.
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        if let Ok(Ok(addresses)) = tokio::time::timeout(PATIENCE, self.addresses(global, output)).await {
            let lines: String = addresses.into_iter().map(|address| address + "\n").collect();
            write_all(lines.as_bytes())?;
        }
        Ok(Exit::Done)
    }

    async fn addresses(&self, global: &Global, output: &Output) -> Result<Vec<String>, Failure> {
        let Some(place) = self.typed.strip_prefix("oss://") else { return Ok(Vec::new()) };
        let found: Vec<String> = match place.split_once('/') {
            None => {
                let mut request = ListBucketsRequest::new().max_keys(MAX_ADDRESSES);
                request.prefix = Some(place.to_owned());
                let buckets = global.client(output)?.list_buckets(request).await?.buckets;
                buckets.into_iter().map(|bucket| format!("oss://{}/", bucket.name)).collect()
            }
            Some((bucket, prefix)) => {
                let name = BucketName::new(bucket).map_err(|error| Failure::usage(error.to_string()))?;
                let client = global.client_of(&name, output)?;
                let query = Query {
                    prefix: prefix.to_owned(),
                    one_level: true,
                    page_size: MAX_ADDRESSES,
                    ..Query::new(&name, crate::found::Kind::Objects, global.payer())
                };
                let page = query.pages(&client).next().await.transpose()?.unwrap_or_default();
                page.iter().map(|found| format!("oss://{bucket}/{}", found.name())).collect()
            }
        };
        // A line feed would look like two of them.
        Ok(found.into_iter().filter(|address| !address.contains(char::is_control)).collect())
    }
}

#[derive(Args)]
pub(crate) struct Man {
    /// Print what --help says of every command as Markdown.
    #[arg(long, hide = true, conflicts_with = "folder")]
    markdown: bool,
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
        if self.markdown {
            write_all(markdown::of(&Arguments::command()).as_bytes())?;
            return Ok(Exit::Done);
        }
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
