//! Structs as serde writes and reads them: field by field, each under its name.
//!
//! What the derives of serde would write for the few structs of this crate, without a procedural macro in the tree of those
//! who depend on it.

use serde_core::de::value::UnitDeserializer;
use serde_core::de::{Deserialize, Error};

/// Implements `Serialize` and `Deserialize` for a struct, whose fields are given as `"name" => field` in the order in
/// which they are written. One that ends in a condition, such as `if is_some`, is left out where that does not hold.
macro_rules! impl_serde {
    ($($fields:tt)+) => {
        $crate::fields::impl_serialize!($($fields)+);
        $crate::fields::impl_deserialize!($($fields)+);
    };
}

/// The writing half of [`impl_serde`].
macro_rules! impl_serialize {
    ($type:ident { $($name:literal => $field:ident $(if $condition:ident)?),+ $(,)? }) => {
        impl serde_core::Serialize for $type {
            fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde_core::ser::SerializeStruct as _;
                let len = 0 $(+ usize::from(true $(&& self.$field.$condition())?))+;
                let mut fields = serializer.serialize_struct(stringify!($type), len)?;
                $($(if self.$field.$condition())? {
                    fields.serialize_field($name, &self.$field)?;
                })+
                fields.end()
            }
        }
    };
}

/// The reading half of [`impl_serde`]. Unknown fields are skipped, a field that is there twice is refused, and a missing
/// one too unless it is an `Option`. Formats without names have the fields in order.
macro_rules! impl_deserialize {
    ($type:ident { $($name:literal => $field:ident $(if $condition:ident)?),+ $(,)? }) => {
        impl<'de> serde_core::Deserialize<'de> for $type {
            fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use serde_core::de::{Error as _, IgnoredAny, MapAccess, SeqAccess};

                struct Visitor;

                impl<'de> serde_core::de::Visitor<'de> for Visitor {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("struct ", stringify!($type)))
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$type, A::Error> {
                        $(let mut $field = None;)+
                        while let Some(name) = map.next_key::<String>()? {
                            match name.as_str() {
                                $($name if $field.is_some() => return Err(A::Error::duplicate_field($name)),)+
                                $($name => $field = Some(map.next_value()?),)+
                                _ => {
                                    map.next_value::<IgnoredAny>()?;
                                }
                            }
                        }
                        Ok($type { $($field: $crate::fields::or_missing($field, $name)?),+ })
                    }

                    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<$type, A::Error> {
                        Ok($type { $($field: $crate::fields::or_missing(seq.next_element()?, $name)?),+ })
                    }
                }

                deserializer.deserialize_struct(stringify!($type), &[$($name),+], Visitor)
            }
        }
    };
}

pub(crate) use {impl_deserialize, impl_serde, impl_serialize};

/// The field that was read, or what stands for one that is not there: `None`, if it is an `Option`.
pub(crate) fn or_missing<'de, T: Deserialize<'de>, E: Error>(read: Option<T>, name: &'static str) -> Result<T, E> {
    match read {
        Some(field) => Ok(field),
        None => T::deserialize(UnitDeserializer::<E>::new()).map_err(|_| E::missing_field(name)),
    }
}

#[cfg(test)]
mod tests {
    use serde_core::de::value::{Error, MapDeserializer, SeqDeserializer};

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Sample {
        count: u64,
        left_out: Option<u64>,
        null: Option<u64>,
    }

    impl_serde!(Sample { "Count" => count, "left out" => left_out if is_some, "null" => null });

    /// The same by the derives.
    mod derived {
        #[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
        pub(super) struct Sample {
            #[serde(rename = "Count")]
            pub(super) count: u64,
            #[serde(rename = "left out", skip_serializing_if = "Option::is_none")]
            pub(super) left_out: Option<u64>,
            pub(super) null: Option<u64>,
        }
    }

    const WHOLE: Sample = Sample { count: 1, left_out: Some(2), null: Some(3) };
    const EMPTY: Sample = Sample { count: 1, left_out: None, null: None };

    #[test]
    fn fields_are_written_in_order_under_their_names() {
        for (sample, expected) in
            [(WHOLE, r#"{"Count":1,"left out":2,"null":3}"#), (EMPTY, r#"{"Count":1,"null":null}"#)]
        {
            assert_eq!(serde_json::to_string(&sample).unwrap(), expected);
            let Sample { count, left_out, null } = sample;
            assert_eq!(serde_json::to_string(&derived::Sample { count, left_out, null }).unwrap(), expected);
        }
    }

    #[test]
    fn json_is_read_or_refused_as_the_derives_would() {
        for json in [
            r#"{"null":3,"?":{"Count":9},"left out":2,"Count":1}"#,
            r#"{"Count":1}"#,
            r#"{"Count":1,"null":null}"#,
            "[1,2,3]",
            "[1,2,3,4]",
            "{}",
            r#"{"Count":1,"Count":1}"#,
            r#"{"Count":1,"Count":"x"}"#,
            r#"{"?":1,"?":1,"Count":1}"#,
            r#"{"Count":"1"}"#,
            r#"{"Count":-1}"#,
            r#"{"Count":null}"#,
            r#"{"Count":1"#,
            r#"{"Count":1} x"#,
            r#"{"Count":1,}"#,
            "1",
            "null",
            "\"Count\"",
        ] {
            let derived = serde_json::from_str::<derived::Sample>(json).map_err(|error| error.to_string());
            let derived = derived.map(|derived::Sample { count, left_out, null }| Sample { count, left_out, null });
            assert_eq!(serde_json::from_str::<Sample>(json).map_err(|error| error.to_string()), derived, "{json}");
        }
    }

    #[test]
    fn other_formats_are_read_too_even_without_names() {
        let names = [("Count", 1_u64), ("unknown", 9)].into_iter();
        assert_eq!(Sample::deserialize(MapDeserializer::<_, Error>::new(names)), Ok(EMPTY));
        let row = [1_u64].into_iter();
        assert_eq!(Sample::deserialize(SeqDeserializer::<_, Error>::new(row)), Ok(EMPTY));
    }
}
