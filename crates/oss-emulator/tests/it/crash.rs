//! A real process, killed while uploads are under way.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use oss_emulator::Emulator;
use oss_models::Crc64;

use crate::support::{ID, Raw, SECRET, part, read_response};

/// The example beside the test binary: `target/<profile>/examples/serve`.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("examples").join("serve")
}

struct Killed {
    child: Child,
    authority: String,
}

fn start(dir: &Path) -> Killed {
    let mut child = Command::new(program())
        .args(["--bucket", "demo", "--credentials", &format!("{ID}:{SECRET}"), "--dir"])
        .arg(dir)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example `serve` is built with the tests");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let info: serde_json::Value = serde_json::from_str(&line).unwrap();
    let authority = info["endpoint"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
    Killed { child, authority }
}

async fn send(authority: &str, raw: &Raw) -> Option<crate::support::Response> {
    use tokio::io::AsyncWriteExt as _;
    let mut io = tokio::net::TcpStream::connect(authority).await.ok()?;
    io.write_all(&raw.encode(authority)).await.ok()?;
    read_response(&mut io, false).await
}

fn body(seed: usize, len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from((at * 31 + seed * 17) % 251).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_else_appears_after_kill_9() {
    const WRITERS: usize = 50;
    for round in 0..3_u64 {
        let dir = tempfile::tempdir().unwrap();
        let mut server = start(dir.path());
        let authority = server.authority.clone();
        let initiate = Raw::post("parts").query("uploads", "");
        let id = send(&authority, &initiate).await.unwrap().element("UploadId");
        // Key or part number, and the CRC64 that was acknowledged.
        let objects = Arc::new(Mutex::new(HashMap::new()));
        let parts = Arc::new(Mutex::new(HashMap::new()));
        let mut tasks = Vec::new();
        for writer in 0..WRITERS {
            let (authority, id) = (authority.clone(), id.clone());
            let (objects, parts) = (Arc::clone(&objects), Arc::clone(&parts));
            tasks.push(tokio::spawn(async move {
                for n in 0..200 {
                    let seed = writer * 1000 + n;
                    let bytes = body(seed, 1000 + seed * 37 % 400_000);
                    let crc = Crc64::of(&bytes).to_string();
                    if writer % 2 == 0 {
                        let key = format!("k{writer}-{n}");
                        let Some(response) = send(&authority, &Raw::put(&key).body(bytes)).await else { return };
                        assert_eq!((response.status, response.header("x-oss-hash-crc64ecma")), (200, crc.as_str()));
                        objects.lock().unwrap().insert(key, crc);
                    } else {
                        let number = u16::try_from(writer * 200 + n + 1).unwrap();
                        let raw = part("parts", &id, &number.to_string()).body(bytes);
                        let Some(response) = send(&authority, &raw).await else { return };
                        assert_eq!((response.status, response.header("x-oss-hash-crc64ecma")), (200, crc.as_str()));
                        parts.lock().unwrap().insert(number, crc);
                    }
                }
            }));
        }
        while objects.lock().unwrap().len() < 20 + 15 * usize::try_from(round).unwrap() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        for task in tasks {
            task.await.unwrap();
        }

        let emulator = Emulator::builder().dir(dir.path()).start().await.unwrap();
        let stored: HashMap<_, _> =
            emulator.objects("demo").unwrap().into_iter().map(|object| (object.key.clone(), object)).collect();
        for (key, crc) in objects.lock().unwrap().iter() {
            let content = emulator.content("demo", key).unwrap().expect("an acknowledged object");
            assert_eq!(&Crc64::of(&content).to_string(), crc, "{key}");
        }
        // An object may be there without its response having arrived, but then it is whole.
        for (key, object) in &stored {
            let content = emulator.content("demo", key).unwrap().unwrap();
            assert_eq!(Some(Crc64::of(&content).to_u64()), object.crc64, "{key}");
            assert_eq!(content.len() as u64, object.size);
        }
        let uploads = emulator.uploads("demo").unwrap();
        assert_eq!(uploads.len(), 1);
        let kept: HashMap<_, _> =
            uploads[0].parts.iter().map(|part| (part.number, part.crc64.unwrap().to_string())).collect();
        for (number, crc) in parts.lock().unwrap().iter() {
            assert_eq!(kept.get(number), Some(crc), "part {number}");
        }
        let blobs = std::fs::read_dir(dir.path().join("blobs")).unwrap().count();
        assert_eq!(blobs, stored.len() + kept.len(), "every file belongs to something");
        assert_eq!(std::fs::read_dir(dir.path().join("unfinished")).unwrap().count(), 0);
        emulator.shutdown().await;
    }
}
