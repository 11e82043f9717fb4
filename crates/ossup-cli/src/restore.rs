//! `ossup restore`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use ossup::{Client, RestoreConfiguration, RestoreObjectRequest};

use crate::address::{Address, Pattern};
use crate::changed::{self, Changed};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::found::{Found, Kind, Query};
use crate::global::Global;
use crate::output::Output;

#[derive(Args)]
pub(crate) struct Restore {
    /// The objects, as oss://BUCKET/KEY; with -r also oss://BUCKET/FOLDER/ and oss://BUCKET/TEXT*.
    #[arg(required = true)]
    what: Vec<Address>,
    /// Restore every archived object in a folder.
    #[arg(short, long)]
    recursive: bool,
    /// How many days the objects stay readable. Default: as OSS chooses for the storage class.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=365))]
    days: Option<u32>,
    /// How fast, for classes that offer a choice; it needs --days.
    #[arg(long, value_enum, value_name = "TIER", ignore_case = true, requires = "days")]
    tier: Option<Tier>,
    /// Version of the object, if only one is named.
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    version_id: Option<String>,
    /// Say what would be restored, and restore nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Tier {
    Expedited,
    Standard,
    Bulk,
}

impl Tier {
    fn name(self) -> &'static str {
        match self {
            Self::Expedited => "Expedited",
            Self::Standard => "Standard",
            Self::Bulk => "Bulk",
        }
    }
}

impl Restore {
    pub(crate) async fn run(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        if self.version_id.is_some() && (self.what.len() > 1 || self.recursive) {
            return Err(Failure::usage("--version-id is for one object: name only one"));
        }
        for address in self.what.iter().filter(|_| !self.recursive) {
            match address.pattern() {
                Pattern::Object(_) => address.object().map(|_| ())?,
                _ => {
                    return Err(Failure::usage(format!(
                        "{address} is not a single object: add -r to restore everything in it"
                    )));
                }
            }
        }
        let clients = global.clients(output);
        for address in &self.what {
            let client = clients.of(&address.bucket)?;
            if !self.recursive {
                self.restore(&client, address, global, output).await;
                continue;
            }
            let prefix = match address.pattern() {
                Pattern::Bucket => String::new(),
                Pattern::Folder(prefix) | Pattern::Prefix(prefix) => prefix.to_owned(),
                Pattern::Object(key) => format!("{key}/"),
            };
            let query = Query { prefix, ..Query::new(&address.bucket, Kind::Objects, global.payer()) };
            let mut pages = query.pages(&client);
            while let Some(page) = pages.next().await {
                let archived = page?
                    .into_iter()
                    .filter(|found| found.class().is_some_and(|class| class.as_str().contains("Archive")));
                for found in archived.collect::<Vec<Found>>() {
                    let object = Address { rest: found.name().to_owned(), ..address.clone() };
                    self.restore(&client, &object, global, output).await;
                }
            }
        }
        Ok(changed::exit(output))
    }

    async fn restore(&self, client: &Client, address: &Address, global: &Global, output: &Output) {
        if self.dry_run {
            let _ = output.line(&Changed::planned("restore", address, "would restore"));
            return;
        }
        let mut request = RestoreObjectRequest::new(address.bucket.as_str(), address.rest.as_str());
        request.version_id.clone_from(&self.version_id);
        request.request_payer = global.payer();
        request.configuration = self.days.map(|days| {
            let configuration = RestoreConfiguration::new(days);
            self.tier.map_or(configuration.clone(), |tier| configuration.tier(tier.name()))
        });
        let line = match client.restore_object(request).await {
            Ok(result) if result.status == 202 => Changed::done("restore", address, "started to restore"),
            Ok(_) => Changed::done("restore", address, "readable already, and for longer now:"),
            Err(error) if error.code() == Some("RestoreAlreadyInProgress") => {
                Changed::skipped("restore", address, "is being restored already:")
            }
            Err(error) => return changed::failed("restore", address, error.into(), output),
        };
        let _ = output.line(&line);
    }
}
