//! Every example, run against the embedded emulator with the arguments of the guide; `browser_upload` is run by the suite
//! `browser`.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use oss_emulator::Emulator;
use ossup::{Client, Config, Credentials, PutObjectRequest};

use xtask::step;

/// The programs of the guide, and the size of the file that each uploads.
const GUIDE: &[(&str, usize)] = &[
    ("upload_file", 1_000_000),
    ("upload_checkpoint", 15_000_000),
    ("upload_from", 7_000_000),
    ("upload_options", 1_000_000),
    ("upload_callback", 100_000),
];

/// Programs that fetch an object to a file, and what they say of it.
const DOWNLOADS: &[(&str, usize, &str)] = &[
    ("download_file", 15_000_000, "15000000 bytes, Crc64, in 3 parts"),
    ("download_resume", 15_000_000, "15000000 bytes, Crc64, 0 of them were there already"),
    ("download_stream", 15_000_000, "lines in 15000000 bytes, Crc64"),
];

/// Programs that bring their own server and check themselves.
const SELF_CONTAINED: &[&str] = &[
    "application_server",
    "axum_form",
    "blocking",
    "control",
    "in_memory_service",
    "own_layer",
    "pages",
    "presign",
    "stale_cleanup",
    "three_processes",
];

const BUCKET: &str = "examples";

pub(crate) fn run(built: bool) -> Result<()> {
    if !built {
        step::run("build the examples", step::cargo().args(step::BUILD_ALL))?;
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let emulator = runtime.block_on(Emulator::builder().bucket(BUCKET).start())?;
    let folder = tempfile::tempdir()?;
    let callback = response_one_callback()?;
    for (name, size) in GUIDE {
        let file = folder.path().join(name);
        let content: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(*size).collect();
        std::fs::write(&file, &content)?;
        let mut program = example(name)?;
        with_arguments(&mut program, &emulator, name, &file);
        if *name == "upload_callback" {
            program.args(["--callback-url", &callback]);
        }
        let shown = step::output(&mut program)?;
        print!("{name}: {shown}");
        ensure!(shown.contains("status code: 200"), "{name} did not show the status");
        let stored = emulator.content(BUCKET, name)?.with_context(|| format!("{name} stored nothing"))?;
        ensure!(stored == content, "{name} stored other bytes than the file has");
    }
    for (name, size, says) in DOWNLOADS {
        let file = folder.path().join(name);
        let content: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(*size).collect();
        runtime.block_on(store(&emulator, name, content.clone()))?;
        let mut program = example(name)?;
        with_arguments(&mut program, &emulator, name, &file);
        let shown = step::output(&mut program)?;
        print!("{name}: {shown}");
        ensure!(shown.contains(says), "{name} did not say {says:?}");
        ensure!(std::fs::read(&file)? == content, "{name} wrote other bytes than the object has");
    }
    let mut copying = example("copy_object")?;
    let (id, secret) = emulator.credentials();
    copying.args(["--region", emulator.region(), "--bucket", BUCKET, "--endpoint", emulator.endpoint()]);
    copying.args(["--key", "download_file", "--to", "copies/film"]);
    copying.env("OSS_ACCESS_KEY_ID", id).env("OSS_ACCESS_KEY_SECRET", secret);
    let shown = step::output(&mut copying)?;
    print!("copy_object: {shown}");
    ensure!(shown.contains("15000000 bytes, Crc64"), "copy_object did not verify the copy");
    ensure!(emulator.content(BUCKET, "copies/film")? == emulator.content(BUCKET, "download_file")?, "the copy differs");
    copy_across_regions(&runtime, &emulator)?;
    for name in SELF_CONTAINED {
        print!("{name}: {}", step::output(&mut example(name)?)?);
    }
    ensure!(emulator.uploads(BUCKET)?.is_empty(), "an example left an unfinished upload behind");
    runtime.block_on(emulator.shutdown());
    Ok(())
}

/// Two servers stand for two regions.
fn copy_across_regions(runtime: &tokio::runtime::Runtime, from: &Emulator) -> Result<()> {
    let (id, secret) = from.credentials();
    let elsewhere = Emulator::builder().region("cn-elsewhere").credentials(id, secret).bucket("archive");
    let elsewhere = runtime.block_on(elsewhere.start())?;
    let mut copying = example("copy_across_regions")?;
    copying.args(["--region", from.region(), "--bucket", BUCKET, "--endpoint", from.endpoint()]);
    copying.args(["--key", "download_file", "--to-region", elsewhere.region(), "--to-bucket", "archive"]);
    copying.args(["--to-endpoint", elsewhere.endpoint(), "--to", "film"]);
    copying.env("OSS_ACCESS_KEY_ID", id).env("OSS_ACCESS_KEY_SECRET", secret);
    let shown = step::output(&mut copying)?;
    print!("copy_across_regions: {shown}");
    ensure!(shown.contains("15000000 bytes, Crc64"), "copy_across_regions did not verify the copy");
    ensure!(elsewhere.content("archive", "film")? == from.content(BUCKET, "download_file")?, "the copy differs");
    runtime.block_on(elsewhere.shutdown());
    Ok(())
}

async fn store(emulator: &Emulator, key: &str, content: Vec<u8>) -> Result<()> {
    let (id, secret) = emulator.credentials();
    let config = Config::default().region(emulator.region()).endpoint(emulator.endpoint());
    let client = Client::new(config.credentials(Credentials::new(id, secret)))?;
    client.put_object(PutObjectRequest::new(BUCKET, key).body(content)).await?;
    Ok(())
}

fn example(name: &str) -> Result<Command> {
    step::built(&format!("examples/{name}"))
}

fn with_arguments(program: &mut Command, emulator: &Emulator, key: &str, file: &Path) {
    let (id, secret) = emulator.credentials();
    program.args(["--region", emulator.region(), "--bucket", BUCKET, "--endpoint", emulator.endpoint(), "--key", key]);
    // The guide of the SDK spells it with an underscore; both spellings must work.
    program.arg(if key == "upload_file" { "--file_path" } else { "--file-path" }).arg(file);
    program.env("OSS_ACCESS_KEY_ID", id).env("OSS_ACCESS_KEY_SECRET", secret);
}

/// An application server for one callback: says `{"Status":"OK"}` and ends. Gives its URL.
fn response_one_callback() -> Result<String> {
    const RESPONSE: &str = "{\"Status\":\"OK\"}";
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("http://{}/callback", listener.local_addr()?);
    std::thread::spawn(move || -> std::io::Result<()> {
        let (mut connection, _) = listener.accept()?;
        // The request fits in one read: a short head and a body of a hundred bytes, sent together.
        let read = connection.read(&mut [0; 8192])?;
        let length = RESPONSE.len();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        if read > 0 { connection.write_all(format!("{head}{RESPONSE}").as_bytes()) } else { Ok(()) }
    });
    Ok(url)
}
