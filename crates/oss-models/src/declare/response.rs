//! Result types: what is read from a successful response.

/// A result type: public fields, status and headers.
macro_rules! response {
    ($(#[$attr:meta])* $result:ident [$($before:ident)*] { $($fields:tt)* } $([$($after:ident)*])?) => {
        with_groups! { response_type { [$(#[$attr])*] $result } [$($before)* { $($fields)* } $($($after)*)?] }
    };
}

macro_rules! response_type {
    (
        { [$(#[$attr:meta])*] $result:ident }
        { $($(#[$doc:meta])* $field:ident: $type:ty = $($place:ident).+($($name:literal)?),)* }
    ) => {
        $(#[$attr])*
        #[derive(Debug, serde::Serialize)]
        #[non_exhaustive]
        pub struct $result {
            $($(#[$doc])* pub $field: $type,)*
            /// HTTP status.
            #[serde(serialize_with = "crate::serialize::status")]
            pub status: http::StatusCode,
            /// All headers of the response.
            #[serde(serialize_with = "crate::serialize::headers")]
            pub headers: http::HeaderMap,
        }

        impl $result {
            /// The server's id of the request (`x-oss-request-id`).
            pub fn request_id(&self) -> Option<&str> {
                self.headers.get(crate::response::X_OSS_REQUEST_ID)?.to_str().ok()
            }
        }

        impl crate::response::read::FromResponse for $result {
            fn from_response(response: &mut crate::response::read::Reader<'_>) -> Result<Self, crate::response::read::Unreadable> {
                Ok(Self {
                    $($field: response.$($place).+($($name)?)?,)*
                    status: response.status,
                    headers: std::mem::take(&mut response.headers),
                })
            }
        }
    };
}
