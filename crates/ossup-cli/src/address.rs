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

/// What an address stands for where several objects may be meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Pattern<'a> {
    /// `oss://bucket`: everything in it.
    Bucket,
    /// `oss://bucket/key`: that object, and the folder of that name.
    Object(&'a str),
    /// `oss://bucket/folder/`: everything in it.
    Folder(&'a str),
    /// `oss://bucket/text*`: every key that begins with the text.
    Prefix(&'a str),
}

impl Address {
    /// What it stands for where several objects may be meant.
    pub(crate) fn pattern(&self) -> Pattern<'_> {
        match self.rest.as_str() {
            "" => Pattern::Bucket,
            rest if rest.ends_with('/') => Pattern::Folder(rest),
            rest => rest.strip_suffix('*').map_or(Pattern::Object(rest), Pattern::Prefix),
        }
    }

    /// The bucket, if there is nothing else.
    pub(crate) fn bucket_alone(&self) -> Result<&BucketName, Failure> {
        match self.rest.as_str() {
            "" => Ok(&self.bucket),
            _ => Err(Failure::usage(format!("{self} is more than a bucket: write oss://{}", self.bucket))),
        }
    }

    /// The key, where one object is meant.
    pub(crate) fn object(&self) -> Result<&str, Failure> {
        match self.pattern() {
            Pattern::Bucket => {
                Err(Failure::usage(format!("oss://{0} names no object: write oss://{0}/KEY", self.bucket)))
            }
            _ => {
                ObjectKey::new(self.rest.as_str())?;
                Ok(&self.rest)
            }
        }
    }

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

/// What to write in place of an address with a star before its end, where it stands for itself.
pub(crate) fn star_within(text: &str) -> Option<String> {
    let address: Address = text.parse().ok()?;
    let before = address.rest.find('*').filter(|star| star + 1 < address.rest.len())?;
    let folder = address.rest.get(..before)?.rfind('/').map_or(0, |slash| slash + 1);
    let (folder, pattern) = address.rest.split_at(folder);
    let bucket = &address.bucket;
    Some(format!(
        "in {text} the * stands for itself: -r oss://{bucket}/{folder} --include '{pattern}' is for every key that is like it"
    ))
}

/// An address as people read it: control characters, which would break a row or change the terminal, are escaped.
pub(crate) fn shown(bucket: &str, key: &str) -> String {
    let mut text = format!("oss://{bucket}/");
    for c in key.chars() {
        match c.is_control() || REORDERS.contains(&c) {
            true => text.extend(c.escape_default()),
            false => text.push(c),
        }
    }
    text
}

/// Marks that have a terminal show what follows in another order, so that a name looks like another one.
const REORDERS: [char; 12] = [
    '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}',
    '\u{2067}', '\u{2068}', '\u{2069}',
];

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
    fn a_folder_ends_in_a_slash_and_a_prefix_in_a_star() {
        let address = |text: &str| text.parse::<Address>().unwrap();
        for (text, pattern) in [
            ("oss://demo", Pattern::Bucket),
            ("oss://demo/", Pattern::Bucket),
            ("oss://demo/dir", Pattern::Object("dir")),
            ("oss://demo/dir/", Pattern::Folder("dir/")),
            ("oss://demo/dir*", Pattern::Prefix("dir")),
            ("oss://demo/*", Pattern::Prefix("")),
        ] {
            assert_eq!(address(text).pattern(), pattern, "{text}");
        }
    }

    #[test]
    fn a_star_within_an_address_stands_for_itself() {
        for (text, instead) in [
            ("oss://demo/*.gz", Some("-r oss://demo/ --include '*.gz'")),
            ("oss://demo/a/b*/c", Some("-r oss://demo/a/ --include 'b*/c'")),
            ("oss://demo/a*", None),
            ("oss://demo/a", None),
            ("a*b", None),
        ] {
            let told = star_within(text);
            assert_eq!(told.is_some(), instead.is_some(), "{text}");
            assert!(told.unwrap_or_default().contains(instead.unwrap_or_default()), "{text}");
        }
    }

    #[test]
    fn control_characters_are_escaped_and_nothing_else() {
        assert_eq!(shown("demo", "a\nb\u{1b}[1m/\u{e9} \u{1f600}"), "oss://demo/a\\nb\\u{1b}[1m/\u{e9} \u{1f600}");
        assert_eq!(shown("demo", "fdp.\u{202e}exe"), "oss://demo/fdp.\\u{202e}exe");
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
