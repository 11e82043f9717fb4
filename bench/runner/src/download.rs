//! Downloads: servers that hold what is asked for, and whether it arrived.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use xtask::step;

use crate::case::{Case, Input};
use crate::client::Client;
use crate::load::Load;
use crate::process::{self, Cost, Pipe, Server};
use crate::{Bench, ONE_RUN};

/// Servers with the objects of one case in memory, by their settings. Clients share them, since a download changes nothing.
#[derive(Default)]
pub(crate) struct Stock(BTreeMap<Vec<String>, Server>);

impl Stock {
    /// The server for a client, which the limit fills by an upload before its first use.
    fn server(&mut self, bench: &Bench, client: &Client, case: &Case, input: &Input) -> Result<&mut Server> {
        let mut settings = client.server_settings(case);
        settings.push("keep".to_owned());
        if !self.0.contains_key(&settings) {
            let upload = case.upload().context("nothing is downloaded")?;
            let mut server = bench.server(&settings)?;
            let mut command =
                Client::limit(&bench.temporary).command(&bench.programs, &upload, input, &server.access)?;
            command.stdin(Stdio::null()).stdout(Stdio::null());
            step::run("filling the server", &mut command)?;
            bench.compare_stored(&mut server, input)?;
            self.0.insert(settings.clone(), server);
        }
        self.0.get_mut(&settings).context("no server")
    }
}

impl Bench {
    /// One download by one client.
    ///
    /// # Errors
    /// Also if what it wrote is not what the server holds.
    pub(crate) fn download(&self, client: &Client, case: &Case, input: &Input, stock: &mut Stock) -> Result<Cost> {
        let server = stock.server(self, client, case, input)?;
        // The count of connections begins again.
        server.stored()?;
        let command = client.command(&self.programs, case, input, &server.access)?;
        let cost = self.until_undisturbed(case, || self.download_once(server, &command, case, input));
        remove(input)?;
        cost
    }

    fn download_once(&self, server: &mut Server, command: &Command, case: &Case, input: &Input) -> Result<Cost> {
        remove(input)?;
        if let Some(target) = input.target.as_ref().filter(|_| input.objects > 1) {
            std::fs::create_dir(target)?;
        }
        let pipe = if input.target.is_some() { Pipe::None } else { Pipe::ToCrc };
        let load = Load::before(server.id());
        let measured = process::measure(&self.programs, command, pipe, &self.processors, ONE_RUN, &self.temporary);
        let others = load.others();
        let (mut cost, mut crc) = measured?;
        cost.others = Some(others);
        cost.connections = server.stored()?.connections;
        if let Some(target) = &input.target {
            let printed = step::output(self.programs.limit().arg("crc").arg(target))?;
            crc = Some(printed.trim().parse().context("CRC64")?);
            let files = if input.objects > 1 { std::fs::read_dir(target)?.count() as u64 } else { 1 };
            ensure!(files == input.objects, "{files} files instead of {} in {}", input.objects, case.name);
        }
        ensure!(crc == Some(input.crc), "what arrived has CRC64 {crc:?} instead of {}", input.crc);
        Ok(cost)
    }
}

/// Removes what was downloaded.
fn remove(input: &Input) -> Result<()> {
    let Some(target) = &input.target else { return Ok(()) };
    if target.is_dir() {
        std::fs::remove_dir_all(target)?;
    } else if target.exists() {
        std::fs::remove_file(target)?;
    }
    Ok(())
}
