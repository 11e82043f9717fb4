//! `encoding-type`: how names are written in a document.

use oss_auth::encoding;

use crate::error::{OssError, Outcome};
use crate::xml::XmlWriter;

/// How names are written in a list: plain, or percent-encoded after `encoding-type=url`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NameEncoding {
    Plain,
    Url,
}

impl NameEncoding {
    /// Reads the query parameter `encoding-type`.
    pub(crate) fn from_query(value: Option<&str>) -> Outcome<Self> {
        match value {
            None | Some("") => Ok(Self::Plain),
            Some("url") => Ok(Self::Url),
            Some(other) => Err(OssError::invalid_argument("encoding-type", other)),
        }
    }

    /// Every byte outside the unreserved set as `%XX`: the only form that all official clients read alike.
    pub(crate) fn apply(self, name: &str) -> String {
        match self {
            Self::Plain => name.to_owned(),
            Self::Url => encoding::encode(name),
        }
    }

    pub(crate) fn write(self, xml: &mut XmlWriter) {
        if self == Self::Url {
            xml.text("EncodingType", "url");
        }
    }
}
