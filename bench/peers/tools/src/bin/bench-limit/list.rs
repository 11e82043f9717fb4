//! The least of a list: one connection, one page after the other, and of each object what its XML says, read by the reader that
//! the client uses.

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, bail, ensure};
use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};

/// What a list says of an object.
#[derive(Default)]
struct Object {
    key: String,
    size: u64,
    modified: String,
    etag: String,
}

/// Lists these buckets to their ends, and prints how many objects and pages there were.
pub(crate) fn all(endpoint: &str, buckets: &[&str]) -> Result<()> {
    let host = endpoint.strip_prefix("http://").context("an endpoint without http")?;
    let mut socket = TcpStream::connect(host)?;
    socket.set_nodelay(true)?;
    let (mut objects, mut pages, mut bytes) = (0_usize, 0_usize, 0_u64);
    let (mut response, mut page) = (Vec::new(), Vec::new());
    for bucket in buckets {
        let mut token = String::new();
        loop {
            let after = if token.is_empty() { String::new() } else { format!("&continuation-token={token}") };
            let target = format!("/{bucket}?list-type=2&encoding-type=url&max-keys=1000{after}");
            write!(socket, "GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")?;
            let body = receive(&mut socket, &mut response)?;
            page.clear();
            let next = read(std::str::from_utf8(body)?, &mut page)?;
            pages += 1;
            objects += page.len();
            // Each field is used once, so that none is read in vain.
            bytes += page.iter().map(|object| object.size + object.etag.len() as u64).sum::<u64>();
            ensure!(page.iter().all(|object| !object.key.is_empty() && !object.modified.is_empty()), "no key or time");
            match next {
                Some(next) => token = next,
                None => break,
            }
        }
    }
    ensure!(bytes > 0, "no bytes");
    println!("{objects} objects on {pages} pages");
    Ok(())
}

/// The objects of a page, and the token of the next as it is written: the document says that it is percent-encoded.
fn read(xml: &str, objects: &mut Vec<Object>) -> Result<Option<String>> {
    let mut reader = Reader::from_str(xml);
    let (mut text, mut object, mut token) = (String::new(), Object::default(), None);
    loop {
        match reader.read_event()? {
            Event::Start(_) => text.clear(),
            Event::Text(part) => text.push_str(&part.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(reference) => text.push(match (reference.resolve_char_ref()?, &*reference) {
                (Some(character), _) => character,
                (None, "quot") => '"',
                (None, "amp") => '&',
                (None, other) => bail!("unknown entity {other}"),
            }),
            Event::End(end) => {
                let name = end.local_name();
                let name: &str = name.as_ref();
                match name {
                    "Key" => object.key = decode(&text)?,
                    "Size" => object.size = text.parse()?,
                    "LastModified" => object.modified = std::mem::take(&mut text),
                    "ETag" => object.etag = std::mem::take(&mut text),
                    "Contents" => objects.push(std::mem::take(&mut object)),
                    "NextContinuationToken" => token = Some(std::mem::take(&mut text)),
                    _ => {}
                }
            }
            Event::Eof => return Ok(token),
            _ => {}
        }
    }
}

/// A percent-encoded text.
fn decode(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        bytes.push(match byte {
            b'%' => u8::try_from(digit().zip(digit()).map(|(high, low)| high * 16 + low).context("cut")?)?,
            byte => byte,
        });
    }
    Ok(String::from_utf8(bytes)?)
}

/// The body of a whole response.
fn receive<'a>(socket: &mut TcpStream, response: &'a mut Vec<u8>) -> Result<&'a [u8]> {
    response.clear();
    let mut block = [0; 64 * 1024];
    let (mut end, mut len) = (None, 0);
    let body = loop {
        if end.is_none()
            && let Some(at) = response.windows(4).position(|end| end == b"\r\n\r\n")
        {
            let head = std::str::from_utf8(&response[..at])?;
            ensure!(head.starts_with("HTTP/1.1 200"), "refused: {}", String::from_utf8_lossy(response));
            let headers = head.lines().filter_map(|line| line.split_once(':'));
            let length = headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            len = length.context("no Content-Length")?.1.trim().parse::<usize>()?;
            end = Some(at + 4);
        }
        if let Some(begin) = end
            && response.len() >= begin + len
        {
            break begin..begin + len;
        }
        match socket.read(&mut block)? {
            0 => bail!("the server closed the connection"),
            read => response.extend_from_slice(&block[..read]),
        }
    };
    Ok(&response[body])
}
