//! What is shown while something is transferred, on a terminal and without one.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::time::Duration;

use oss_emulator::{Emulator, Fault, FaultEffect};
use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use serde_json::Value;

use crate::support::{Ended, Login, Scratch, bytes, client, count, emulator, end, ossup, put, run, send, until};

/// A terminal, as far as the program writes to one.
struct Terminal {
    columns: usize,
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
    /// All that was ever written.
    seen: String,
}

impl Terminal {
    fn new(columns: usize) -> Self {
        Self { columns, rows: Vec::new(), row: 0, column: 0, seen: String::new() }
    }

    fn feed(&mut self, text: &str) {
        self.seen += text;
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '\r' => self.column = 0,
                '\n' => self.row += 1,
                '\u{1b}' => {
                    assert_eq!(characters.next(), Some('['), "an escape that is not known: {text:?}");
                    let mut number = String::new();
                    let command = loop {
                        match characters.next().expect("the end of an escape") {
                            c if c.is_ascii_digit() || c == '?' || c == ';' => number.push(c),
                            c => break c,
                        }
                    };
                    let count = number.parse().unwrap_or(1);
                    match command {
                        'A' => self.row = self.row.saturating_sub(count),
                        'B' => self.row += count,
                        'K' => {
                            let from = if number == "2" { 0 } else { self.column };
                            self.line().truncate(from);
                        }
                        'J' => {
                            let column = self.column;
                            self.line().truncate(column);
                            self.rows.truncate(self.row + 1);
                        }
                        'h' | 'l' | 'm' => {}
                        other => panic!("the escape {other} is not known"),
                    }
                }
                c => {
                    if self.column == self.columns {
                        (self.row, self.column) = (self.row + 1, 0);
                    }
                    let column = self.column;
                    let line = self.line();
                    line.resize(line.len().max(column + 1), ' ');
                    line[column] = c;
                    self.column += 1;
                }
            }
        }
    }

    fn line(&mut self) -> &mut Vec<char> {
        let row = self.row;
        self.rows.resize(self.rows.len().max(row + 1), Vec::new());
        &mut self.rows[row]
    }

    /// What is on it now.
    fn shown(&self) -> String {
        let rows: Vec<String> =
            self.rows.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned()).collect();
        rows.join("\n").trim_end().to_owned()
    }
}

/// Both ends of a terminal of so many columns: what a person sees, and what a program writes to.
fn open_terminal(columns: u16) -> (File, File) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    tcsetwinsize(&terminal, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let end_of_program = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    (File::from(terminal), end_of_program)
}

/// Runs the command on a terminal of so many columns; `meanwhile` acts on it.
async fn on_terminal(
    emulator: &Emulator,
    columns: u16,
    arguments: &[&str],
    meanwhile: impl AsyncFnOnce(&tokio::process::Child),
) -> (Option<i32>, Terminal) {
    let (mut terminal, end_of_program) = open_terminal(columns);
    let copy = || Stdio::from(OwnedFd::from(end_of_program.try_clone().unwrap()));
    let arguments = [arguments, &["--endpoint", emulator.endpoint()]].concat();
    let mut command = ossup(Some(&Login::of(emulator)), &arguments);
    command.env("TERM", "xterm").stdin(copy()).stderr(copy());
    let child = command.spawn().unwrap();
    drop(command);
    drop(end_of_program);
    let reading = tokio::task::spawn_blocking(move || {
        let mut seen = Vec::new();
        let mut piece = [0; 4096];
        // The terminal is closed with an error when the program ends.
        while let Ok(count @ 1..) = terminal.read(&mut piece) {
            seen.extend_from_slice(&piece[..count]);
        }
        String::from_utf8(seen).unwrap()
    });
    meanwhile(&child).await;
    let ended = end(child).await;
    let mut screen = Terminal::new(columns.into());
    screen.feed(&reading.await.unwrap());
    (ended.code, screen)
}

/// What is made of the same texts for others is the same on every terminal.
#[tokio::test(flavor = "multi_thread")]
async fn help_fits_the_terminal() {
    let emulator = emulator().start().await.unwrap();
    let on = async |columns: u16, arguments: &[&str]| {
        let (_terminal, end_of_program) = open_terminal(columns);
        let mut command = ossup(Some(&Login::of(&emulator)), arguments);
        command.stderr(Stdio::from(OwnedFd::from(end_of_program)));
        end(command.spawn().unwrap()).await.succeeded().stdout
    };
    for help in [&["--help"][..], &["-h"], &["cp", "--help"], &["cp", "-h"], &["uploads", "resume", "--help"]] {
        for (columns, most) in [(60, 60), (80, 80), (500, 120)] {
            let text = on(columns, help).await;
            let longest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
            assert!(longest.chars().count() <= most, "{help:?} on {columns} columns: {longest}");
            assert!(longest.chars().count() > most / 2, "{help:?} on {columns} columns: {longest}");
        }
    }
    for text in [&["man"][..], &["man", "--markdown"], &["completions", "bash"], &["completions", "zsh"]] {
        assert_eq!(on(40, text).await, on(200, text).await, "{text:?}");
    }
}

const MIB: usize = 1 << 20;

/// A folder with a large file and small ones.
fn folder() -> Scratch {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("in")).unwrap();
    scratch.file("in/a-large-film-with-a-long-name.mkv", &bytes(1, 9 * MIB));
    scratch.file("in/small", b"1");
    scratch
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_fit_the_terminal_and_leave_nothing_behind_after_ctrl_c() {
    let scratch = folder();
    let (folder, file) = (scratch.text("in"), scratch.text("in/a-large-film-with-a-long-name.mkv"));
    for (columns, arguments) in [
        (40, &["cp", "-r", &folder, "oss://demo/x/"][..]),
        (80, &["cp", "-r", &folder, "oss://demo/x/"]),
        (200, &["cp", "-r", &folder, "oss://demo/x/"]),
        (40, &["cp", &file, "oss://demo/x"]),
        (80, &["cp", &file, "oss://demo/x"]),
    ] {
        let emulator = emulator().start().await.unwrap();
        emulator.add_fault(Fault::on("UploadPart").nth(4).effect(FaultEffect::Stall).always());
        let arguments = [arguments, &["--part-size", "1M", "--no-checkpoint"]].concat();
        let (code, screen) = on_terminal(&emulator, columns, &arguments, async |child| {
            until("parts", || count(&emulator, "UploadPart") >= 4).await;
            // Time for some bars.
            tokio::time::sleep(Duration::from_millis(400)).await;
            send(child, Signal::INT);
        })
        .await;
        assert_eq!(code, Some(130), "{}", screen.shown());
        assert!(screen.seen.contains("MiB"), "{columns}: a bar was shown: {:?}", screen.seen);
        let shown = screen.shown();
        assert!(shown.contains("Ctrl-C: stopping"), "{shown:?}");
        assert!(!shown.contains('%') && !shown.contains('█') && !shown.contains("MiB"), "{columns}: {shown:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_files_are_a_sum_and_a_bar_for_each_large_one() {
    let scratch = folder();
    let folder = scratch.text("in");
    let emulator = emulator().start().await.unwrap();
    emulator.add_fault(Fault::on("UploadPart").effect(FaultEffect::Delay(250)).always());
    let arguments = ["cp", "-r", &folder, "oss://demo/x/", "--part-size", "1M", "--no-checkpoint"];
    let (code, screen) = on_terminal(&emulator, 80, &arguments, async |_| {}).await;
    assert_eq!((code, screen.shown().as_str()), (Some(0), ""), "{:?}", screen.seen);
    for says in ["1 of 2 files", "of 9.00 MiB", "film-with-a-long-name.mkv", "% ", "/s", " left"] {
        assert!(screen.seen.contains(says), "{says}: {:?}", screen.seen);
    }
    // Downwards, and across, the same.
    emulator.clear_faults();
    emulator.add_fault(Fault::on("GetObject").effect(FaultEffect::Delay(250)).always());
    emulator.add_fault(Fault::on("CopyObject").effect(FaultEffect::Delay(250)).always());
    let target = scratch.text("out");
    for destination in [target.as_str(), "oss://demo/y/"] {
        let arguments = ["cp", "-r", "oss://demo/x/", destination, "--part-size", "1M", "--no-checkpoint"];
        let (code, screen) = on_terminal(&emulator, 80, &arguments, async |_| {}).await;
        assert_eq!((code, screen.shown().as_str()), (Some(0), ""), "{:?}", screen.seen);
        assert!(screen.seen.contains("of 2 files"), "{destination}: {:?}", screen.seen);
    }
    for command in [&["cp", "-r"][..], &["sync"], &["mv", "-r"]] {
        for (flag, is_shown) in
            [(&[][..], true), (&["--no-progress"], false), (&["--progress", "none"], false), (&["-q"], false)]
        {
            put(&client(&emulator), &["w/a"]).await;
            let to = format!("oss://demo/z{}{}/", command[0], flag.concat());
            let arguments = [command, &["oss://demo/w/", &to], flag].concat();
            let (code, screen) = on_terminal(&emulator, 80, &arguments, async |_| {}).await;
            assert_eq!((code, screen.seen.contains("file")), (Some(0), is_shown), "{arguments:?}: {:?}", screen.seen);
            assert!(is_shown || screen.seen.is_empty(), "{arguments:?}: {:?}", screen.seen);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_leaves_out_what_a_terminal_has_no_room_for() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["dir/some-object-with-a-name.txt"]).await;
    let login = Login::of(&emulator);
    let arguments = ["ls", "-r", "oss://demo", "-e", emulator.endpoint()];
    for (columns, has_class, has_etag) in
        [(40, false, false), (80, false, false), (120, true, false), (200, true, true)]
    {
        let (mut terminal, end_of_program) = open_terminal(columns);
        let mut command = ossup(Some(&login), &arguments);
        let child = command.stdout(Stdio::from(OwnedFd::from(end_of_program))).spawn().unwrap();
        drop(command);
        let reading = tokio::task::spawn_blocking(move || {
            let mut seen = Vec::new();
            let _ = terminal.read_to_end(&mut seen);
            String::from_utf8(seen).unwrap()
        });
        end(child).await.succeeded();
        let seen = reading.await.unwrap();
        assert_eq!((seen.contains("Standard"), seen.contains("ETag")), (has_class, has_etag), "{columns}: {seen}");
        assert!(columns < 80 || seen.lines().all(|line| line.trim_end().len() <= columns.into()), "{columns}: {seen}");
    }
    // A file has all of it.
    let ended = run(&login, &arguments).await.succeeded();
    assert!(ended.stdout.contains("ETag") && ended.stdout.contains("Standard"), "{ended:?}");
}

fn progress_lines(ended: &Ended) -> Vec<Value> {
    let lines = ended.stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["op"] == "progress").inspect(crate::schema::assert_line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_lines_of_json_on_standard_error_when_asked_for() {
    let emulator = emulator().start().await.unwrap();
    put(&client(&emulator), &["dir/a", "dir/b"]).await;
    emulator.add_fault(Fault::on("GetObject").effect(FaultEffect::Delay(300)).always());
    let scratch = Scratch::new();
    for (source, target, files) in [("oss://demo/dir/a", "one", 1), ("oss://demo/dir", "many", 2)] {
        let arguments = [
            "cp",
            source,
            &scratch.text(target),
            "--progress",
            "json",
            "--json",
            if files == 2 { "-r" } else { "--quiet" },
            "--endpoint",
            emulator.endpoint(),
        ];
        let ended = run(&Login::of(&emulator), &arguments).await.succeeded();
        let lines = progress_lines(&ended);
        assert!(!lines.is_empty(), "{ended:?}");
        assert!(lines.iter().all(|line| line["bytes"]["confirmed"].is_u64() && line["files"]["done"].is_u64()));
        assert!(!ended.stdout.contains("progress") && ended.lines().len() > files, "{ended:?}");
    }
    let arguments = ["cp", "oss://demo/dir/a", "x", "--progress", "loud", "--endpoint", emulator.endpoint()];
    let ended = run(&Login::of(&emulator), &arguments).await;
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(64), 1), "{ended:?}");
}
