//! Request types: what a caller fills in, and how it becomes a [`Request`](crate::Request).

/// A request type: public fields, `new` with the required ones, a setter for each optional one, and [`Operation`].
///
/// After the types come the facts of the operation, the method with the query parameters that are always there, and
/// perhaps `then` with a method of `Draft` to call last.
///
/// [`Operation`]: crate::Operation
macro_rules! request {
    (
        $(#[$attr:meta])*
        $request:ident -> $result:ident = $info:expr;
        $method:ident [$($query:literal)*] $(then $finish:ident)?;
        required [$($required_groups:ident)*] { $($required:tt)* }
        optional [$($before:ident)*] { $($optional:tt)* } $([$($after:ident)*])?
    ) => {
        with_groups! { request_with_required
            { [$(#[$attr])*] $request $result ($info) $method [$($query)*] [$($finish)?] [$($before)* { $($optional)* } $($($after)*)?] }
            [$($required_groups)* { $($required)* }]
        }
    };
}

macro_rules! request_with_required {
    ({ $attrs:tt $request:ident $result:ident $info:tt $method:ident $query:tt $finish:tt $optional:tt } $required:tt) => {
        with_groups! { request_type { $attrs $request $result $info $method $query $finish $required } $optional }
    };
}

macro_rules! request_type {
    (
        {
            [$(#[$attr:meta])*] $request:ident $result:ident ($info:expr) $method:ident [$($query:literal)*] [$($finish:ident)?]
            { $($(#[$required_doc:meta])* $required:ident: $required_type:ident = $required_place:ident($($required_name:literal)?),)* }
        }
        { $($(#[$optional_doc:meta])* $optional:ident: $optional_type:ident = $optional_place:ident($($optional_name:literal)?),)* }
    ) => {
        $(#[$attr])*
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub struct $request {
            $($(#[$required_doc])* pub $required: $required_type,)*
            $($(#[$optional_doc])* pub $optional: Option<$optional_type>,)*
            /// Further headers, by name; see [`Self::header`].
            pub headers: Vec<(String, String)>,
            /// Further query parameters, by name; see [`Self::query`].
            pub queries: Vec<(String, String)>,
            /// How this one call is to be carried out.
            pub options: crate::CallOptions,
        }

        impl $request {
            /// A request with what every one needs. Nothing is checked until it is sent.
            #[allow(clippy::new_without_default, reason = "a request is made of what it is about, which may be nothing")]
            pub fn new($($required: parameter!($required_type)),*) -> Self {
                Self {
                    $($required: $required.into(),)*
                    $($optional: None,)*
                    headers: Vec::new(),
                    queries: Vec::new(),
                    options: crate::CallOptions::default(),
                }
            }

            $(
                $(#[$optional_doc])*
                #[must_use]
                pub fn $optional(mut self, $optional: parameter!($optional_type)) -> Self {
                    self.$optional = Some($optional.into());
                    self
                }
            )*

            /// Adds a header for which there is no field. Headers that the library writes itself are refused.
            #[must_use]
            pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.headers.push((name.into(), value.into()));
                self
            }

            /// Adds a query parameter for which there is no field; not encoded, an empty value is a name alone.
            #[must_use]
            pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.queries.push((name.into(), value.into()));
                self
            }

            /// Sets how this one call is to be carried out.
            #[must_use]
            pub fn options(mut self, options: crate::CallOptions) -> Self {
                self.options = options;
                self
            }
        }

        impl crate::Operation for $request {
            type Output = $result;

            const INFO: &'static crate::OperationInfo = &$info;

            fn into_request(self) -> Result<crate::Request, crate::InvalidRequest> {
                let mut draft = crate::draft::Draft::new(Self::INFO, http::Method::$method, &[$($query),*]);
                $(draft.$required_place(stringify!($required), $($required_name,)? &self.$required)?;)*
                $(if let Some(value) = &self.$optional {
                    draft.$optional_place(stringify!($optional), $($optional_name,)? value)?;
                })*
                draft.custom(&self.headers, &self.queries)?;
                $(draft.$finish();)?
                Ok(draft.finish(&self.options))
            }

            fn read(response: crate::Response) -> Result<$result, crate::CallErrorKind> {
                crate::response::read::read(Self::INFO, response)
            }
        }
    };
}

/// What a setter takes: anything that becomes the type, but a number as it is, so that `max_keys(7)` says enough.
macro_rules! parameter {
    (u16) => { u16 };
    (u64) => { u64 };
    ($type:ident) => { impl Into<$type> };
}
