//! The example page that uploads by a signed form, driven in a real browser against the emulator.

mod devtools;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use ossup::{Client, Config, CorsConfiguration, CorsMethod, CorsRule, Crc64, Credentials, PutBucketCorsRequest};
use xtask::step;

use self::devtools::Browser;
use crate::server::Server;

const BUCKET: &str = "demo";
const SIZE: usize = 3_000_000;
/// Ends when the page shows how the upload ended.
const OUTCOME: &str = r#"new Promise((resolve) => {
    const outcome = document.querySelector("output");
    const look = () => ["done", "failed"].includes(outcome.dataset.state)
        && resolve(`${outcome.dataset.state}: ${outcome.textContent}`);
    new MutationObserver(look).observe(outcome, { attributes: true });
    look();
})"#;
/// A callback that OSS did not sign.
const FORGED: &str = r#"fetch("uploaded", { method: "POST", body: "{}", headers: { "authorization": "AAAA" } })
    .then((response) => response.status)"#;

/// Runs the cases, or says why not.
///
/// # Errors
/// If a case fails, or the program of the page does not start.
pub(super) fn run() -> Result<()> {
    let Some(name) = devtools::find() else {
        println!(
            "browser: SKIPPED, since this machine has no Chromium; on Debian: \
             apt-get install --no-install-recommends chromium"
        );
        return Ok(());
    };
    let start = Instant::now();
    let server = Server::with(|builder| builder.bucket(BUCKET))?;
    let page = Page::serve(&server)?;
    allow(&server, &page.origin)?;
    let folder = tempfile::tempdir()?;
    let content: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(SIZE).collect();
    let file = folder.path().join("film ä.bin");
    std::fs::write(&file, &content)?;

    let mut browser = Browser::start(name)?;
    uploads(&server, &mut browser, &page.origin, &file, &content).context("an origin that is allowed")?;
    ensure!(browser.evaluate(FORGED)? == 403, "a callback that was not signed was accepted");
    is_refused(&server, &mut browser, &page.origin, &file).context("an origin that is not allowed")?;
    drop(browser);
    println!("browser: the page of an allowed origin uploads, that of another is refused; {:.0?}", start.elapsed());
    Ok(())
}

/// The browser asks, sends the form, and shows what the application server responded to the callback.
fn uploads(server: &Server, browser: &mut Browser, origin: &str, file: &Path, content: &[u8]) -> Result<()> {
    server.emulator.clear_history();
    let shown = upload(browser, &format!("{origin}/"), file)?;
    let requests = requests(server, origin);
    let expected = [("OptionObject", Some(200)), ("PostObject", Some(200))].map(|(name, status)| (name.into(), status));
    ensure!(requests == expected, "{shown}; requests: {requests:?}");

    let objects = server.emulator.objects(BUCKET)?;
    let [object] = objects.as_slice() else { anyhow::bail!("{shown}; {} objects are stored", objects.len()) };
    let crc64 = Crc64::of(content).to_string();
    ensure!(object.crc64.map(|crc64| crc64.to_string()).as_deref() == Some(&crc64), "the object has another CRC64");
    ensure!(server.emulator.content(BUCKET, &object.key)?.is_some_and(|stored| stored == content), "it differs");
    ensure!(object.key.starts_with("uploads/") && object.key.ends_with("/film ä.bin"), "{:?}", object.key);
    let expected = format!("done: {}: {SIZE} bytes, CRC64 {crc64}", object.key);
    ensure!(shown == expected, "the page shows {shown:?} instead of {expected:?}");
    Ok(())
}

/// The same page, under another name of the same server: another origin, for which there is no rule.
fn is_refused(server: &Server, browser: &mut Browser, origin: &str, file: &Path) -> Result<()> {
    server.emulator.clear_history();
    let other = origin.replace("127.0.0.1", "localhost");
    let shown = upload(browser, &format!("{other}/"), file)?;
    ensure!(shown.starts_with("failed: ") && shown.contains(&other), "the page shows {shown:?}");
    let requests = requests(server, &other);
    ensure!(requests == [("OptionObject".to_owned(), Some(403))], "{shown}; requests: {requests:?}");
    // Why the page got nothing, in the browser's own words.
    let reason = browser.event("Network.loadingFailed", "/corsErrorStatus/corsError")?;
    ensure!(reason == "PreflightMissingAllowOriginHeader", "the browser gave another reason: {reason}");
    ensure!(server.emulator.objects(BUCKET)?.len() == 1, "an object was stored all the same");
    Ok(())
}

/// Uploads a file as a person does, and gives what the page shows at the end.
fn upload(browser: &mut Browser, page: &str, file: &Path) -> Result<String> {
    browser.open(page)?;
    browser.choose_file("input[type=file]", file)?;
    browser.evaluate("document.querySelector('button').click()")?;
    let shown = browser.evaluate(OUTCOME)?;
    shown.as_str().map(str::to_owned).context("the page shows nothing")
}

/// The operations that pages of an origin asked for, with the status of each.
fn requests(server: &Server, origin: &str) -> Vec<(String, Option<u16>)> {
    let of_page = server.emulator.history().into_iter().filter(|request| request.header("origin") == Some(origin));
    of_page.map(|request| (request.operation, request.status)).collect()
}

/// Sets the one rule that the page needs.
fn allow(server: &Server, origin: &str) -> Result<()> {
    let emulator = &server.emulator;
    let (id, secret) = emulator.credentials();
    let config = Config::default().endpoint(emulator.endpoint()).region(emulator.region());
    let client = Client::new(config.credentials(Credentials::new(id, secret)))?;
    let rules = CorsConfiguration::new([CorsRule::new([origin], [CorsMethod::Post])]);
    server.runtime.block_on(client.put_bucket_cors(PutBucketCorsRequest::new(BUCKET, rules)))?;
    Ok(())
}

/// The program that serves the page. It ends with this value.
struct Page {
    program: Child,
    origin: String,
}

impl Page {
    fn serve(server: &Server) -> Result<Self> {
        let endpoint = server.emulator.endpoint();
        let mut command = step::built("examples/browser_upload")?;
        command.args(["--port", "0", "--bucket", BUCKET, "--region", server.emulator.region()]);
        command.args(["--endpoint", endpoint, "--key-host", endpoint]).stdin(Stdio::null()).stdout(Stdio::piped());
        server.tell(&mut command);
        let program = command.spawn().context("starting the program of the page: cargo build --examples")?;
        let mut page = Self { program, origin: String::new() };
        let output = page.program.stdout.take().context("the program of the page has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let origin = line.trim().strip_prefix("page: ").and_then(|url| url.strip_suffix('/'));
        page.origin = origin.with_context(|| format!("the program of the page says {line:?}"))?.to_owned();
        Ok(page)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
