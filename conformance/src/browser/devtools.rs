//! A headless Chromium, driven by the DevTools protocol over a pipe: JSON texts with a zero byte after each.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How the program is called, here and there.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];
/// The browser reads file descriptor 3 and writes 4, which a shell puts where this program has its pipes.
const SHELL: &str = r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null"#;
/// As root, as in containers, it refuses to start with its sandbox; it sees no page but ours.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-proxy-server",
];
/// The longest that a browser may take for one thing.
const PATIENCE: Duration = Duration::from_secs(30);

/// The name of the browser that this machine has.
pub(super) fn find() -> Option<&'static str> {
    NAMES.iter().copied().find(|name| {
        let version = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    })
}

/// A browser with one page. It ends with this value.
pub(super) struct Browser {
    child: Child,
    /// Taken at the end: the browser stops when its pipe is closed.
    commands: Option<ChildStdin>,
    messages: Receiver<Value>,
    session: Option<String>,
    last_id: u64,
    /// What happened since the page was opened.
    events: Vec<Value>,
    folder: TempDir,
}

impl Browser {
    /// Starts it with an empty page and a profile of its own.
    pub(super) fn start(name: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new("sh");
        command.args(["-c", SHELL, "sh", name]).args(FLAGS);
        command.arg(format!("--user-data-dir={}", folder.path().join("profile").display())).arg("about:blank");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(fs::File::create(folder.path().join("log"))?);
        let mut child = command.spawn().context("starting the browser")?;
        let commands = child.stdin.take();
        let output = child.stdout.take().context("the browser has no pipe")?;
        let (sender, messages) = mpsc::channel();
        std::thread::spawn(move || {
            for message in BufReader::new(output).split(0).map_while(Result::ok) {
                let Ok(message) = serde_json::from_slice(&message) else { return };
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser = Self { child, commands, messages, session: None, last_id: 0, events: Vec::new(), folder };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }))?;
        let attach = json!({ "targetId": target.get("targetId"), "flatten": true });
        let session = browser.call("Target.attachToTarget", attach)?;
        browser.session = session.get("sessionId").and_then(Value::as_str).map(str::to_owned);
        browser.call("Page.enable", json!({}))?;
        browser.call("Network.enable", json!({}))?;
        Ok(browser)
    }

    /// Opens a page and waits until it is loaded.
    pub(super) fn open(&mut self, url: &str) -> Result<()> {
        self.events.clear();
        let opened = self.call("Page.navigate", json!({ "url": url }))?;
        if let Some(error) = opened.get("errorText").and_then(Value::as_str) {
            bail!("{url}: {error}");
        }
        self.event("Page.loadEventFired", "").with_context(|| format!("loading {url}"))?;
        Ok(())
    }

    /// The first event of this name since the page was opened that has `pointer` in its parameters, and what is there. It is
    /// waited for.
    pub(super) fn event(&mut self, method: &str, pointer: &str) -> Result<Value> {
        let end = Instant::now() + PATIENCE;
        loop {
            let named = self.events.iter().filter(|event| event.get("method").is_some_and(|name| name == method));
            if let Some(value) = named.filter_map(|event| event.get("params")?.pointer(pointer)).next() {
                return Ok(value.clone());
            }
            let message = self.receive(end).with_context(|| format!("waiting for {method}"))?;
            self.events.push(message);
        }
    }

    /// The value of an expression; that of a promise is waited for.
    pub(super) fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let result = self.call("Runtime.evaluate", parameters)?;
        match result.get("exceptionDetails") {
            Some(exception) => bail!("{expression}: {exception}"),
            None => Ok(result.pointer("/result/value").cloned().unwrap_or_default()),
        }
    }

    /// Chooses a file in the input that this selector finds, as a person does.
    pub(super) fn choose_file(&mut self, selector: &str, file: &Path) -> Result<()> {
        let expression = format!("document.querySelector({})", Value::from(selector));
        let input = self.call("Runtime.evaluate", json!({ "expression": expression }))?;
        let object = input.pointer("/result/objectId").with_context(|| format!("the page has no {selector}"))?;
        self.call("DOM.setFileInputFiles", json!({ "files": [file], "objectId": object }))?;
        Ok(())
    }

    fn call(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.last_id += 1;
        let id = self.last_id;
        let mut command = json!({ "id": id, "method": method, "params": parameters });
        if let (Some(session), Some(members)) = (&self.session, command.as_object_mut()) {
            members.insert("sessionId".to_owned(), session.as_str().into());
        }
        let commands = self.commands.as_mut().context("the browser is closed")?;
        // A browser that has ended says why in its log, which `receive` shows.
        let _ = commands.write_all(format!("{command}\0").as_bytes());
        let end = Instant::now() + PATIENCE;
        loop {
            let mut message = self.receive(end).with_context(|| method.to_owned())?;
            if message.get("id").is_some_and(|of| *of == id) {
                return match message.get("error") {
                    Some(error) => bail!("{method}: {error}"),
                    None => Ok(message.get_mut("result").map(Value::take).unwrap_or_default()),
                };
            }
            self.events.push(message);
        }
    }

    fn receive(&self, end: Instant) -> Result<Value> {
        match self.messages.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(message) => Ok(message),
            Err(RecvTimeoutError::Timeout) => bail!("the browser says nothing within {} s", PATIENCE.as_secs()),
            Err(RecvTimeoutError::Disconnected) => {
                let log = fs::read(self.folder.path().join("log")).unwrap_or_default();
                bail!("the browser has ended: {}", String::from_utf8_lossy(&log).trim())
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.commands.take();
        // It ends by itself, and its processes with it; the messages end then too.
        let end = Instant::now() + Duration::from_secs(5);
        while self.receive(end).is_ok() {}
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
