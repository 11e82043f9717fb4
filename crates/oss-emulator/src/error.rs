//! The error responses of OSS: symbolic code, status, fine-grained EC code, extra elements, XML.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};

use http::{HeaderName, HeaderValue, StatusCode};

use crate::xml::XmlWriter;

pub(crate) mod code;

pub(crate) use code::Code;

/// A refused request, as the client is told. Boxed, since every step of the server may return it.
#[derive(Clone, Debug)]
pub(crate) struct OssError(Box<Refusal>);

/// What an [`OssError`] says.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: Cow<'static, str>,
    pub(crate) ec: Option<Cow<'static, str>>,
    pub(crate) extra: Vec<(Cow<'static, str>, String)>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// What is left of the request cannot be understood: end the connection.
    pub(crate) close: bool,
    /// Why an internal error happened; never sent.
    pub(crate) cause: Option<String>,
}

impl Deref for OssError {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

impl DerefMut for OssError {
    fn deref_mut(&mut self) -> &mut Refusal {
        &mut self.0
    }
}

/// Result of a server-side step.
pub(crate) type Outcome<T> = Result<T, OssError>;

impl From<Code> for OssError {
    fn from(code: Code) -> Self {
        Self(Box::new(Refusal {
            status: StatusCode::from_u16(code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            code: Cow::Borrowed(code.name),
            message: Cow::Borrowed(code.message),
            ec: code.ec.map(Cow::Borrowed),
            extra: Vec::new(),
            headers: Vec::new(),
            close: false,
            cause: None,
        }))
    }
}

impl OssError {
    /// Something failed in this server; the cause goes to the log, not to the client.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        let mut error = Self::from(code::INTERNAL_ERROR);
        error.cause = Some(cause.to_string());
        error
    }

    /// `InvalidArgument` with the two elements that name the argument.
    pub(crate) fn invalid_argument(name: &str, value: &str) -> Self {
        Self::from(code::INVALID_ARGUMENT).with("ArgumentName", name).with("ArgumentValue", value)
    }

    pub(crate) fn no_such_bucket(name: &str) -> Self {
        Self::from(code::NO_SUCH_BUCKET).with("BucketName", name)
    }

    pub(crate) fn with(mut self, element: &'static str, text: impl Into<String>) -> Self {
        self.extra.push((element.into(), text.into()));
        self
    }

    pub(crate) fn ec(mut self, ec: impl Into<Cow<'static, str>>) -> Self {
        self.ec = Some(ec.into());
        self
    }

    pub(crate) fn message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    pub(crate) fn closing(mut self) -> Self {
        self.close = true;
        self
    }

    /// The XML document; `host` is the request's Host.
    pub(crate) fn to_xml(&self, request_id: &str, host: &str) -> String {
        let mut xml = XmlWriter::document();
        xml.open("Error");
        xml.text("Code", &self.code);
        xml.text("Message", &self.message);
        xml.text("RequestId", request_id);
        xml.text("HostId", host);
        for (name, text) in &self.extra {
            xml.text(name, text);
        }
        if let Some(ec) = &self.ec {
            xml.text("EC", ec);
            xml.text("RecommendDoc", &format!("https://api.aliyun.com/troubleshoot?q={ec}"));
        }
        xml.close("Error");
        xml.finish()
    }
}

impl From<OssError> for std::io::Error {
    fn from(error: OssError) -> Self {
        let cause = error.cause.as_deref().unwrap_or(&error.message);
        Self::other(format!("{}: {cause}", error.code))
    }
}

impl From<std::io::Error> for OssError {
    fn from(cause: std::io::Error) -> Self {
        Self::internal(cause)
    }
}

macro_rules! internal_from {
    ($($cause:ty),+ $(,)?) => {
        $(impl From<$cause> for OssError {
            fn from(cause: $cause) -> Self {
                Self::internal(cause)
            }
        })+
    };
}

internal_from!(
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    serde_json::Error,
    tokio::task::JoinError,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_document_has_the_elements_in_the_documented_order() {
        let xml = OssError::from(code::NO_SUCH_KEY).with("Key", "a<b").to_xml("ID", "h:1");
        assert_eq!(
            xml,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>\
             <Message>The specified key does not exist.</Message><RequestId>ID</RequestId><HostId>h:1</HostId>\
             <Key>a&lt;b</Key><EC>0026-00000001</EC>\
             <RecommendDoc>https://api.aliyun.com/troubleshoot?q=0026-00000001</RecommendDoc></Error>"
        );
    }
}
