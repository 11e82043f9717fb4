//! What the types that are checked text have in common.

/// Implements the conversions of a type `T` that has `T::new(text) -> Result<T, InvalidRequest>` and `T::as_str`.
macro_rules! text_newtype {
    ($type:ident) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::str::FromStr for $type {
            type Err = crate::InvalidRequest;

            /// As `new`.
            fn from_str(text: &str) -> Result<Self, crate::InvalidRequest> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $type {
            type Error = crate::InvalidRequest;

            /// As `new`.
            fn try_from(text: String) -> Result<Self, crate::InvalidRequest> {
                Self::new(text)
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.as_str().to_owned()
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::{BucketName, Etag, InvalidRequest, ObjectKey, UploadId};

    #[test]
    fn checked_text_is_read_back_from_how_it_is_displayed() {
        fn check<T>(good: &str, bad: &str)
        where
            T: std::str::FromStr<Err = InvalidRequest> + TryFrom<String, Error = InvalidRequest> + std::fmt::Display,
            T: Into<String> + AsRef<str> + std::fmt::Debug + PartialEq,
        {
            let value: T = good.parse().unwrap();
            assert_eq!((value.to_string().as_str(), value.as_ref()), (good, good));
            assert_eq!(T::try_from(good.to_owned()), Ok(value));
            assert_eq!(Into::<String>::into(good.parse::<T>().unwrap()), good);
            assert_eq!(bad.parse::<T>().unwrap_err(), T::try_from(bad.to_owned()).unwrap_err());
        }
        check::<BucketName>("demo", "Demo");
        check::<ObjectKey>("a/ü", "/a");
        check::<UploadId>("0004B9", "");
        check::<Etag>("AB-1", "\"\"");
    }
}
