//! `oss://BUCKET/KEY`, as the command line writes the place of an object.

use std::ffi::OsStr;
use std::fmt;
use std::str::FromStr;

use ossup::{BucketName, ObjectKey};

use crate::failure::{Failure, Kind};

/// A bucket and what follows it: a key, the beginning of keys, or nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Address {
    pub(crate) bucket: BucketName,
    /// Everything after the slash that ends the bucket; may be empty.
    pub(crate) rest: String,
}

impl Address {
    /// The key for a file called `name`: the rest itself, or the name below it if the rest is empty or a folder.
    pub(crate) fn key_for(&self, name: Option<&OsStr>) -> Result<String, Failure> {
        let folder = self.rest.is_empty() || self.rest.ends_with('/');
        let key = match (folder, name) {
            (false, _) => self.rest.clone(),
            (true, Some(name)) => {
                let not_text = || {
                    let name = name.to_string_lossy();
                    Failure::new(
                        Kind::Source,
                        format!("the name {name:?} is not UTF-8, which a key must be: write {self}KEY"),
                    )
                };
                format!("{}{}", self.rest, name.to_str().ok_or_else(not_text)?)
            }
            (true, None) => {
                return Err(Failure::usage(format!("{self} names no object: write oss://{}/KEY", self.bucket)));
            }
        };
        ObjectKey::new(key.as_str())?;
        Ok(key)
    }
}

impl FromStr for Address {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let Some(place) = text.strip_prefix("oss://") else {
            anyhow::bail!("{text:?} is not a place in OSS: write oss://BUCKET/KEY");
        };
        let (bucket, rest) = place.split_once('/').unwrap_or((place, ""));
        Ok(Self { bucket: BucketName::new(bucket)?, rest: rest.to_owned() })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "oss://{}/{}", self.bucket, self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(address: &str, name: Option<&str>) -> String {
        address.parse::<Address>().unwrap().key_for(name.map(OsStr::new)).unwrap()
    }

    #[test]
    fn a_folder_takes_the_name_of_the_file() {
        assert_eq!(key("oss://demo/a/b.txt", Some("c.txt")), "a/b.txt");
        assert_eq!(key("oss://demo/a/", Some("c.txt")), "a/c.txt");
        assert_eq!(key("oss://demo", Some("c.txt")), "c.txt");
        assert_eq!(key("oss://demo/a//../b", None), "a//../b");
    }

    #[test]
    fn what_is_no_place_is_refused_with_the_form_to_write() {
        for bad in ["demo/a", "s3://demo/a", "oss://De/a", "oss://"] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
        let error = "oss://demo/".parse::<Address>().unwrap().key_for(None).unwrap_err();
        assert!(error.to_string().contains("oss://demo/KEY"), "{error}");
    }
}
