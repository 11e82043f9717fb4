//! Measures uploads: `load ENDPOINT ID SECRET [CONNECTIONS [PART_MIB [TOTAL_GIB]]]`, one PutObject after another on each
//! connection, bodies sent from one buffer. Prints GiB/s.

use std::error::Error;
use std::time::{Instant, SystemTime};

use http::{HeaderMap, Method};
use oss_auth::v4::Product;
use oss_auth::{Credentials, SigningRequest, V4Signer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a program that prints a measurement")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, id, secret, rest @ ..] = arguments.as_slice() else {
        return Err("usage: load ENDPOINT ID SECRET [CONNECTIONS [PART_MIB [TOTAL_GIB]]]".into());
    };
    let number = |at: usize, default: usize| rest.get(at).map_or(Ok(default), |text| text.parse());
    let (connections, mib, gib) = (number(0, 4)?, number(1, 16)?, number(2, 8)?);
    let authority = endpoint.trim_start_matches("http://").to_owned();
    let credentials = Credentials::new(id, secret.clone());
    let part = vec![7_u8; mib << 20];
    let each = (gib << 30) / part.len() / connections;

    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for connection in 0..connections {
        let (authority, credentials, part) = (authority.clone(), credentials.clone(), part.clone());
        tasks.spawn(async move {
            let mut io = TcpStream::connect(&authority).await?;
            for n in 0..each {
                put(&mut io, &authority, &credentials, &format!("load/{connection}/{n}"), &part).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let sent = (each * connections * part.len()) as f64 / (1_u64 << 30) as f64;
    println!("{:.2} GiB/s ({sent:.1} GiB in {:.2?})", sent / began.elapsed().as_secs_f64(), began.elapsed());
    Ok(())
}

async fn put(
    io: &mut TcpStream,
    authority: &str,
    credentials: &Credentials,
    key: &str,
    body: &[u8],
) -> Result<(), Failure> {
    let request = SigningRequest::new(Method::PUT).bucket("demo").key(key).path_style(true);
    let mut headers = HeaderMap::new();
    V4Signer::new("cn-hangzhou", Product::OSS)?.sign(&request, &mut headers, credentials, SystemTime::now())?;
    let mut head =
        format!("PUT {} HTTP/1.1\r\nhost: {authority}\r\ncontent-length: {}\r\n", request.path_and_query(), body.len());
    for (name, value) in &headers {
        head.push_str(&format!("{name}: {}\r\n", value.to_str()?));
    }
    head.push_str("\r\n");
    io.write_all(head.as_bytes()).await?;
    io.write_all(body).await?;
    let mut response = Vec::new();
    while !response.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut piece = [0; 2048];
        let n = io.read(&mut piece).await?;
        if n == 0 {
            return Err("the connection was cut".into());
        }
        response.extend(piece.iter().take(n));
    }
    if response.starts_with(b"HTTP/1.1 200") {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&response).into_owned().into())
    }
}
