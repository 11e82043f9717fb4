//! Types of XML elements: the entries of lists and whatever else a document holds.

/// Types for XML elements: public fields.
macro_rules! element {
    ($( $(#[$attr:meta])* $type:ident [$($before:ident)*] { $($fields:tt)* } $([$($after:ident)*])? )+) => {
        $( with_groups! { element_type { [$(#[$attr])*] $type } [$($before)* { $($fields)* } $($($after)*)?] } )+
    };
}

macro_rules! element_type {
    (
        { [$(#[$attr:meta])*] $type:ident }
        { $($(#[$doc:meta])* $field:ident: $field_type:ty = $place:ident($($name:literal)?),)* }
    ) => {
        $(#[$attr])*
        #[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
        #[non_exhaustive]
        pub struct $type {
            $($(#[$doc])* pub $field: $field_type,)*
        }

        impl crate::response::read::FromXml for $type {
            fn from_xml(node: crate::response::read::Node<'_>) -> Result<Self, crate::response::read::Unreadable> {
                Ok(Self { $($field: node.$place($($name)?)?,)* })
            }
        }
    };
}
