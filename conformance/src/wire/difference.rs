//! What differs between two clients that do the same.

use std::collections::BTreeSet;
use std::fmt;

use super::normal::Normal;
use crate::capture::Framing;

/// One difference in one operation's request.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Difference {
    /// Operation whose request differs.
    pub(super) operation: &'static str,
    /// What differs.
    pub(super) at: Place,
    /// What the official SDK sends; `None`: nothing.
    pub(super) theirs: Option<String>,
    /// What we send; `None`: nothing.
    pub(super) ours: Option<String>,
}

/// The place of a difference in a request.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Place {
    /// One of the two sends no such request.
    Request,
    Method,
    Path,
    Parameter(String),
    /// A parameter that is only a name, written with or without an equals sign.
    NameAlone,
    Header(String),
    /// How the end of the body is told.
    Framing,
    /// XML bodies that say the same in other characters.
    XmlSpelling,
    Body,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request => f.write_str("the request itself"),
            Self::Method => f.write_str("method"),
            Self::Path => f.write_str("path"),
            Self::NameAlone => f.write_str("parameter without a value"),
            Self::Parameter(name) => write!(f, "parameter `{name}`"),
            Self::Header(name) => write!(f, "header `{name}`"),
            Self::Framing => f.write_str("framing of the body"),
            Self::XmlSpelling => f.write_str("spelling of the XML"),
            Self::Body => f.write_str("body"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "{}, {}: SDK {}, ours {}", self.operation, self.at, side(&self.theirs), side(&self.ours))
    }
}

/// Compares two sequences of requests, each with its partner.
pub(super) fn between(theirs: &[Normal], ours: &[Normal]) -> Vec<Difference> {
    partners(theirs, ours)
        .into_iter()
        .flat_map(|pair| match pair {
            (Some(theirs), Some(ours)) => of_requests(theirs, ours),
            (Some(only), None) => vec![alone(only, true)],
            (None, Some(only)) => vec![alone(only, false)],
            (None, None) => Vec::new(),
        })
        .collect()
}

fn alone(only: &Normal, is_theirs: bool) -> Difference {
    let line = Some(format!("`{} {}`", only.method, only.path));
    let (theirs, ours) = if is_theirs { (line, None) } else { (None, line) };
    Difference { operation: only.operation, at: Place::Request, theirs, ours }
}

/// Pairs requests of the same operation in order: the longest common subsequence, the rest alone.
fn partners<'a>(theirs: &'a [Normal], ours: &'a [Normal]) -> Vec<(Option<&'a Normal>, Option<&'a Normal>)> {
    let (Some((their_first, their_rest)), Some((our_first, our_rest))) = (theirs.split_first(), ours.split_first())
    else {
        let mut alone: Vec<_> = theirs.iter().map(|request| (Some(request), None)).collect();
        alone.extend(ours.iter().map(|request| (None, Some(request))));
        return alone;
    };
    if their_first.operation == our_first.operation {
        let mut pairs = vec![(Some(their_first), Some(our_first))];
        pairs.extend(partners(their_rest, our_rest));
        return pairs;
    }
    // Skip on the side where the other's operation comes up sooner; one request more or fewer is all that is expected.
    let next = |requests: &[Normal], operation| requests.iter().position(|other| other.operation == operation);
    let theirs_later = next(their_rest, our_first.operation).unwrap_or(usize::MAX);
    let ours_later = next(our_rest, their_first.operation).unwrap_or(usize::MAX);
    let (first, rest) = if theirs_later <= ours_later {
        ((Some(their_first), None), partners(their_rest, ours))
    } else {
        ((None, Some(our_first)), partners(theirs, our_rest))
    };
    std::iter::once(first).chain(rest).collect()
}

fn of_requests(theirs: &Normal, ours: &Normal) -> Vec<Difference> {
    let mut found = Found { operation: theirs.operation, differences: Vec::new() };
    found.compare(Place::Method, Some(theirs.method.clone()), Some(ours.method.clone()));
    found.compare(Place::Path, Some(theirs.path.clone()), Some(ours.path.clone()));
    let names: BTreeSet<_> = theirs.query.keys().chain(ours.query.keys()).collect();
    for name in names {
        if let (Some(Some(theirs)), Some(None)) = (theirs.query.get(name), ours.query.get(name))
            && theirs.is_empty()
        {
            found.compare(Place::NameAlone, Some("name=".to_owned()), Some("name".to_owned()));
            continue;
        }
        let shown = |value: Option<&Option<String>>| match value {
            Some(Some(value)) => Some(format!("{name}={value}")),
            Some(None) => Some(name.clone()),
            None => None,
        };
        found.compare(Place::Parameter(name.clone()), shown(theirs.query.get(name)), shown(ours.query.get(name)));
    }
    let names: BTreeSet<_> = theirs.headers.keys().chain(ours.headers.keys()).collect();
    for name in names {
        let follows_body = name == "content-md5" && theirs.body != ours.body;
        if follows_body && theirs.headers.contains_key(name) && ours.headers.contains_key(name) {
            continue;
        }
        found.compare(Place::Header(name.clone()), theirs.headers.get(name).cloned(), ours.headers.get(name).cloned());
    }
    found.compare(Place::Framing, framing(theirs.framing), framing(ours.framing));
    if !theirs.has_body_of(ours) {
        let place = if same_xml(&theirs.body, &ours.body) { Place::XmlSpelling } else { Place::Body };
        let (theirs, ours) = excerpts(&theirs.body, &ours.body);
        found.compare(place, Some(theirs), Some(ours));
    }
    found.differences
}

struct Found {
    operation: &'static str,
    differences: Vec<Difference>,
}

impl Found {
    fn compare(&mut self, at: Place, theirs: Option<String>, ours: Option<String>) {
        if theirs != ours {
            let code = |side: Option<String>| side.map(|side| format!("`{side}`"));
            self.differences.push(Difference { operation: self.operation, at, theirs: code(theirs), ours: code(ours) });
        }
    }
}

fn framing(framing: Framing) -> Option<String> {
    match framing {
        Framing::None => None,
        Framing::Length => Some("Content-Length".to_owned()),
        Framing::Chunked => Some("chunked".to_owned()),
    }
}

/// Whether two documents differ in declaration, escapes and line ends only.
fn same_xml(theirs: &[u8], ours: &[u8]) -> bool {
    let plain = |body: &[u8]| {
        let text = String::from_utf8(body.to_vec()).ok()?;
        let text =
            text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map_or(text.as_str(), |(_, rest)| rest);
        let text = text.trim_start();
        text.starts_with('<').then(|| without_short_ends(&text.replace("&quot;", "\"").replace("&#34;", "\"")))
    };
    plain(theirs).is_some_and(|theirs| plain(ours) == Some(theirs))
}

/// Writes `<A />` and `<A/>` as `<A></A>`.
fn without_short_ends(document: &str) -> String {
    let mut pieces = document.split('<');
    let mut long = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once("/>") {
            Some((name, rest)) => {
                let name = name.trim_end();
                long.push_str(&format!("<{name}></{name}>{rest}"));
            }
            None => long.push_str(&format!("<{piece}")),
        }
    }
    long
}

/// A text with `<md5>` for every digest in hex; `None` if it is no text.
fn without_digests(body: &[u8]) -> Option<String> {
    let is_hex = |c: char| c.is_ascii_hexdigit();
    let mut rest = std::str::from_utf8(body).ok()?;
    let mut text = String::new();
    while let Some(start) = rest.find(is_hex) {
        let (before, from) = rest.split_at(start);
        let (digits, after) = from.split_at(from.find(|c| !is_hex(c)).unwrap_or(from.len()));
        text.push_str(before);
        text.push_str(if digits.len() == 32 { "<md5>" } else { digits });
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// Both texts around the place where they part; of what is no text, the sizes.
fn excerpts(theirs: &[u8], ours: &[u8]) -> (String, String) {
    let (Some(theirs_text), Some(ours_text)) = (without_digests(theirs), without_digests(ours)) else {
        return (format!("{} bytes", theirs.len()), format!("{} bytes", ours.len()));
    };
    let parting = theirs_text.chars().zip(ours_text.chars()).take_while(|(theirs, ours)| theirs == ours).count();
    let start = parting.saturating_sub(10);
    let excerpt = |text: &str| {
        let mut excerpt: String = text.chars().skip(start).take(30).collect();
        if start > 0 {
            excerpt.insert(0, '…');
        }
        if text.chars().nth(start + 30).is_some() {
            excerpt.push('…');
        }
        excerpt.replace(['\r', '\n'], " ")
    };
    (excerpt(&theirs_text), excerpt(&ours_text))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn request(operation: &'static str) -> Normal {
        Normal {
            operation,
            method: "PUT".to_owned(),
            path: "/b/k".to_owned(),
            query: BTreeMap::new(),
            headers: BTreeMap::new(),
            framing: Framing::Length,
            body: Vec::new(),
            whole: true,
        }
    }

    fn places(theirs: &[Normal], ours: &[Normal]) -> Vec<String> {
        between(theirs, ours).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn equal_requests_have_no_difference() {
        assert_eq!(places(&[request("A"), request("B")], &[request("A"), request("B")]), Vec::<String>::new());
    }

    #[test]
    fn each_place_that_differs_is_named_once() {
        let mut theirs = request("A");
        theirs.query.insert("acl".to_owned(), Some(String::new()));
        theirs.headers.insert("content-md5".to_owned(), "x".to_owned());
        theirs.body = b"<A>\"<B /></A>".to_vec();
        let mut ours = request("A");
        ours.query.insert("acl".to_owned(), None);
        ours.framing = Framing::Chunked;
        ours.body = b"<?xml version=\"1.0\"?>\n<A>&quot;<B></B></A>".to_vec();
        assert_eq!(
            places(&[theirs], &[ours]),
            [
                "A, parameter without a value: SDK `name=`, ours `name`",
                "A, header `content-md5`: SDK `x`, ours nothing",
                "A, framing of the body: SDK `Content-Length`, ours `chunked`",
                "A, spelling of the XML: SDK `<A>\"<B /></A>`, ours `<?xml version=\"1.0\"?> <A>&quot…`",
            ]
        );
    }

    #[test]
    fn a_request_that_only_one_sends_does_not_confuse_the_rest() {
        let theirs = [request("A"), request("C"), request("D")];
        let ours = [request("A"), request("B"), request("C"), request("D"), request("E")];
        assert_eq!(
            places(&theirs, &ours),
            [
                "B, the request itself: SDK nothing, ours `PUT /b/k`",
                "E, the request itself: SDK nothing, ours `PUT /b/k`",
            ]
        );
        assert_eq!(places(&ours, &theirs).len(), 2);
    }
}
