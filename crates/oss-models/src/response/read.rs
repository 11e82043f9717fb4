//! What makes a response a success, and how its fields are read.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderMap, StatusCode};

use crate::quote::{brief, quote};
use crate::wire::WireText;
use crate::xml::{Document, Element, MAX_DOCUMENT, Tape};
use crate::{
    CallErrorKind, Crc64, Etag, Metadata, OperationInfo, Response, ResponseBody, ResponseShape, ServiceError, percent,
};

/// Looks at a response as it came and says why it is no success, if it is none.
///
/// A status other than 2xx is a refusal, and so are 203 where an upload callback is possible (the object is stored, the
/// callback failed) and an `<Error>` document with status 200. A response without what the operation needs, such as the
/// page of a proxy where an XML document was expected, is unreadable, and so is an `<Error>` document with a 203 that
/// can be no callback's. The content of an object ([`ResponseShape::Content`]) is not looked at.
///
/// Whether a callback is possible is up to the request, so its own facts ([`Request::facts`](crate::Request::facts)) are
/// the best `operation`.
///
/// # Errors
/// [`CallErrorKind::Service`] or [`CallErrorKind::InvalidResponse`].
pub fn check(
    operation: &OperationInfo,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), CallErrorKind> {
    examine(operation, status, headers, body, None).map(drop)
}

/// The same, giving the document of a success, if it has one. It is not read again if this is its `tape`.
pub(super) fn examine<'a>(
    operation: &OperationInfo,
    status: StatusCode,
    headers: &HeaderMap,
    body: &'a [u8],
    tape: Option<Tape>,
) -> Result<Option<Document<'a>>, CallErrorKind> {
    if !operation.is_success(status) {
        return Err(ServiceError::parse(status, headers, body).into());
    }
    let unreadable = |reason: String| CallErrorKind::InvalidResponse { status, reason };
    // Not left to the reading of the fields, which comes when no other attempt is made any more.
    header::<Crc64>(headers, "x-oss-hash-crc64ecma").map_err(|Unreadable(reason)| unreadable(reason))?;
    let empty = body.trim_ascii().is_empty();
    let document = match operation.response {
        ResponseShape::Content => return Ok(None),
        ResponseShape::XmlOrEmpty(_) if empty => None,
        ResponseShape::Xml(_) if operation.takes_callback && is_callback_response(headers, body) => None,
        ResponseShape::Headers if !looks_like_markup(body) => None,
        ResponseShape::Xml(root) if empty => return Err(unreadable(format!("nothing where <{root}> was expected"))),
        shape => {
            let document = match tape {
                Some(tape) => Document::read_before(body, MAX_DOCUMENT, tape),
                None => Document::parse(body, MAX_DOCUMENT),
            };
            let document = document.map_err(|error| unreadable(format!("{error}: {}", quote(body))))?;
            match (document.root().name(), shape) {
                // OSS uses 203 for callbacks alone; any other 203 is from someone between.
                ("Error", _) if status == StatusCode::NON_AUTHORITATIVE_INFORMATION => {
                    return Err(unreadable(format!("an error where no callback could fail: {}", quote(body))));
                }
                ("Error", _) => return Err(ServiceError::parse(status, headers, body).into()),
                (name, ResponseShape::Xml(expected) | ResponseShape::XmlOrEmpty(expected)) if name != expected => {
                    let name = brief(name);
                    return Err(unreadable(format!("<{name}> where <{expected}> was expected: {}", quote(body))));
                }
                (name, ResponseShape::Headers) if name.eq_ignore_ascii_case("html") => {
                    return Err(unreadable(format!("a page of HTML: {}", quote(body))));
                }
                _ => Some(document),
            }
        }
    };
    for need in operation.needs {
        let not_empty = |text: &&str| !text.trim_matches('"').is_empty();
        let element = document.as_ref().and_then(|document| document.root().find(need));
        let in_document = element.map(Element::text).filter(not_empty);
        let in_header = || headers.get(*need)?.to_str().ok().filter(not_empty);
        if in_document.or_else(in_header).is_none() {
            return Err(unreadable(format!("no {need}")));
        }
    }
    Ok(document)
}

/// OSS takes only JSON for the response of a callback, so it never looks like markup.
fn is_callback_response(headers: &HeaderMap, body: &[u8]) -> bool {
    let media_type = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    media_type.starts_with(b"application/json") && !looks_like_markup(body)
}

pub(crate) fn looks_like_markup(body: &[u8]) -> bool {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start().starts_with(b"<")
}

/// A type that is read from a successful response.
pub(crate) trait FromResponse: Sized {
    fn from_response(response: &mut Reader<'_>) -> Result<Self, Unreadable>;
}

/// A type that is read from an element.
pub(crate) trait FromXml: Sized {
    fn from_xml(node: Node<'_>) -> Result<Self, Unreadable>;
}

/// Why a field could not be read.
pub(crate) struct Unreadable(String);

pub(crate) fn read<T: FromResponse>(operation: &OperationInfo, response: Response) -> Result<T, CallErrorKind> {
    let bytes = match response.bytes_of_service() {
        Err(_) if operation.response == ResponseShape::Content => Bytes::new(),
        bytes => bytes?.clone(),
    };
    let Response { status, headers, body, checked, .. } = response;
    // Which request this responds to is not known here. The service did know, so that it would have made an error of the response
    // to a failed callback; without an error document, 203 responds to a request that asked for none.
    let facts =
        OperationInfo { takes_callback: operation.takes_callback && !is_other_203(status, &bytes), ..*operation };
    let tape = checked.and_then(|checked| checked.tape_of(&bytes));
    let document = examine(&facts, status, &headers, &bytes, tape)?;
    let has_document = document.is_some();
    let document = document.unwrap_or_default();
    let root = document.root();
    let url = root.find("EncodingType").is_some_and(|kind| kind.text().trim().eq_ignore_ascii_case("url"));
    let mut response = Reader { status, headers, body, has_document, xml: Node { element: root, url } };
    T::from_response(&mut response).map_err(|Unreadable(reason)| CallErrorKind::InvalidResponse { status, reason })
}

/// Whether the status is that of a failed callback, and the body is not.
fn is_other_203(status: StatusCode, body: &[u8]) -> bool {
    let is_error = || Document::parse(body, MAX_DOCUMENT).is_ok_and(|document| document.root().name() == "Error");
    status == StatusCode::NON_AUTHORITATIVE_INFORMATION && !is_error()
}

/// A successful response. Each method is a place where a field may come from.
pub(crate) struct Reader<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) xml: Node<'a>,
    body: ResponseBody,
    has_document: bool,
}

impl Reader<'_> {
    pub(crate) fn header<T: WireText>(&self, name: &str) -> Result<Option<T>, Unreadable> {
        header(&self.headers, name)
    }

    pub(crate) fn required_header<T: WireText>(&self, name: &str) -> Result<T, Unreadable> {
        self.header(name)?.ok_or_else(|| missing(name))
    }

    /// A header that is percent-encoded.
    pub(crate) fn encoded_header(&self, name: &str) -> Result<Option<String>, Unreadable> {
        text_header(&self.headers, name).map(|text| decode(name, &text)).transpose()
    }

    /// A header that is `true` or absent.
    pub(crate) fn header_flag(&self, name: &str) -> Result<bool, Unreadable> {
        Ok(self.header(name)?.unwrap_or(false))
    }

    /// The headers with a prefix.
    pub(crate) fn metadata(&self, prefix: &str) -> Result<Metadata, Unreadable> {
        let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            let name = name.as_str().strip_prefix(prefix)?.to_owned();
            Some((name, String::from_utf8_lossy(value.as_bytes()).into_owned()))
        };
        Ok(self.headers.iter().filter_map(pair).collect())
    }

    /// The entity tag of the document, or of the header when a callback's response took the document's place.
    pub(crate) fn etag(&self, element: &str) -> Result<Etag, Unreadable> {
        match self.xml.text(element)? {
            Some(etag) => Ok(etag),
            None => self.required_header(ETAG.as_str()),
        }
    }

    /// The response of an upload callback, byte for byte.
    pub(crate) fn callback_result(&self) -> Result<Option<Bytes>, Unreadable> {
        match &self.body {
            ResponseBody::Bytes(bytes) if !self.has_document && !bytes.is_empty() => Ok(Some(bytes.clone())),
            _ => Ok(None),
        }
    }

    /// The content of an object.
    pub(crate) fn content(&mut self) -> Result<ResponseBody, Unreadable> {
        Ok(std::mem::replace(&mut self.body, ResponseBody::Bytes(Bytes::new())))
    }
}

/// An element, and whether texts that may be are percent-encoded. Each method is a place where a field may come from.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    element: Element<'a>,
    url: bool,
}

impl<'a> Node<'a> {
    pub(crate) fn name(self) -> &'a str {
        self.element.name()
    }

    fn text_at(self, path: &str) -> Option<&'a str> {
        self.element.find(path).map(Element::text).filter(|text| !text.is_empty())
    }

    pub(crate) fn text<T: WireText>(self, path: &str) -> Result<Option<T>, Unreadable> {
        self.text_at(path).map(|text| parse(path, text)).transpose()
    }

    pub(crate) fn required<T: WireText>(self, path: &str) -> Result<T, Unreadable> {
        self.text(path)?.ok_or_else(|| missing(path))
    }

    /// A text that is percent-encoded if the document says so.
    pub(crate) fn encoded(self, path: &str) -> Result<Option<String>, Unreadable> {
        self.text_at(path).map(|text| if self.url { decode(path, text) } else { Ok(text.to_owned()) }).transpose()
    }

    pub(crate) fn required_encoded(self, path: &str) -> Result<String, Unreadable> {
        self.encoded(path)?.ok_or_else(|| missing(path))
    }

    /// `false` if absent.
    pub(crate) fn flag(self, path: &str) -> Result<bool, Unreadable> {
        Ok(self.text(path)?.unwrap_or(false))
    }

    /// The text of the element itself.
    pub(crate) fn own_text(self) -> Result<String, Unreadable> {
        Ok(self.element.text().to_owned())
    }

    /// The whole element as one value.
    pub(crate) fn itself<T: FromXml>(self) -> Result<T, Unreadable> {
        T::from_xml(self)
    }

    /// The first element at a path.
    pub(crate) fn at(self, path: &str) -> Option<Self> {
        self.element.find(path).map(|element| Node { element, ..self })
    }

    /// The texts of all elements at a path.
    pub(crate) fn texts<T: WireText>(self, path: &str) -> Result<Vec<T>, Unreadable> {
        self.element.all(path).map(|element| parse(path, element.text())).collect()
    }

    pub(crate) fn child<T: FromXml>(self, path: &str) -> Result<Option<T>, Unreadable> {
        self.at(path).map(T::from_xml).transpose()
    }

    pub(crate) fn required_child<T: FromXml>(self, path: &str) -> Result<T, Unreadable> {
        self.child(path)?.ok_or_else(|| missing(path))
    }

    pub(crate) fn list<T: FromXml>(self, path: &str) -> Result<Vec<T>, Unreadable> {
        self.list_by(path, T::from_xml)
    }

    /// All elements at a path, each as `read` reads it.
    pub(crate) fn list_by<T>(
        self,
        path: &str,
        read: impl FnMut(Node<'_>) -> Result<T, Unreadable>,
    ) -> Result<Vec<T>, Unreadable> {
        let elements = || self.element.all(path);
        // Room for all at once: entries are large, and a list has a thousand.
        let mut list = Vec::with_capacity(elements().count());
        for entry in elements().map(|element| Node { element, ..self }).map(read) {
            list.push(entry?);
        }
        Ok(list)
    }

    /// Children with one of the names that `|` joins, in document order.
    pub(crate) fn mixed_list<T: FromXml>(self, names: &str) -> Result<Vec<T>, Unreadable> {
        let named = |element: &Element<'_>| names.split('|').any(|name| name == element.name());
        self.element.children().filter(named).map(|element| T::from_xml(Node { element, ..self })).collect()
    }

    /// The `Prefix` of every child of that name.
    pub(crate) fn prefixes(self, path: &str) -> Result<Vec<String>, Unreadable> {
        self.element.all(path).map(|element| Node { element, ..self }.required_encoded("Prefix")).collect()
    }
}

fn text_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<Cow<'a, str>> {
    // Few headers: to compare each name takes less than to parse and hash this one.
    let (_, value) = headers.iter().find(|(header, _)| header.as_str() == name)?;
    let value = value.to_str().map_or_else(|_| String::from_utf8_lossy(value.as_bytes()), Cow::Borrowed);
    (!value.is_empty()).then_some(value)
}

fn header<T: WireText>(headers: &HeaderMap, name: &str) -> Result<Option<T>, Unreadable> {
    text_header(headers, name).map(|text| parse(name, &text)).transpose()
}

fn parse<T: WireText>(name: &str, text: &str) -> Result<T, Unreadable> {
    T::from_wire(text).ok_or_else(|| Unreadable(format!("{name} cannot be read: {}", quote(text.as_bytes()))))
}

fn decode(name: &str, text: &str) -> Result<String, Unreadable> {
    let decoded = percent::decode(text).map(Cow::into_owned);
    decoded.ok_or_else(|| Unreadable(format!("{name} is not UTF-8: {}", quote(text.as_bytes()))))
}

fn missing(name: &str) -> Unreadable {
    Unreadable(format!("no {name}"))
}
