//! One page of a list: prefix, delimiter, limit, and where the next page starts. Pure.

use crate::error::Outcome;
use crate::store::Walk;

/// An entry of a page.
#[derive(Debug, PartialEq)]
pub(super) enum Listed<T> {
    Entry(T),
    /// Names folded at the delimiter.
    Prefix(String),
}

/// A page being filled in order of names.
#[derive(Debug)]
pub(super) struct Page<T> {
    prefix: String,
    delimiter: Option<String>,
    limit: usize,
    pub(super) listed: Vec<Listed<T>>,
    /// There is more than fits.
    pub(super) truncated: bool,
}

impl<T> Page<T> {
    pub(super) fn new(prefix: &str, delimiter: Option<&str>, limit: usize) -> Self {
        let delimiter = delimiter.map(str::to_owned);
        Self { prefix: prefix.to_owned(), delimiter, limit, listed: Vec::new(), truncated: false }
    }

    /// Takes the next name in order, and says where to look for the one after.
    pub(super) fn offer(&mut self, key: &[u8], entry: impl FnOnce(String) -> T) -> Outcome<Walk> {
        let key = String::from_utf8_lossy(key).into_owned();
        if !key.starts_with(&self.prefix) {
            return Ok(Walk::Stop);
        }
        if self.listed.len() >= self.limit {
            // A page that was asked to be empty has no successor, or a client would page for ever.
            self.truncated = self.limit > 0;
            return Ok(Walk::Stop);
        }
        match folded(&key, &self.prefix, self.delimiter.as_deref()) {
            Some(prefix) => {
                let next = successor(prefix.as_bytes());
                self.listed.push(Listed::Prefix(prefix.to_owned()));
                Ok(Walk::Seek(next))
            }
            None => {
                self.listed.push(Listed::Entry(entry(key)));
                Ok(Walk::Next)
            }
        }
    }

    /// The last name given, for the marker of the next page.
    pub(super) fn last_name<'a>(&'a self, name: impl FnOnce(&'a T) -> &'a str) -> Option<&'a str> {
        match self.listed.last()? {
            Listed::Entry(entry) => Some(name(entry)),
            Listed::Prefix(prefix) => Some(prefix),
        }
    }
}

/// The name up to and including the first delimiter after the prefix.
fn folded<'a>(name: &'a str, prefix: &str, delimiter: Option<&str>) -> Option<&'a str> {
    let delimiter = delimiter?;
    let at = name.strip_prefix(prefix)?.find(delimiter)?;
    name.get(..prefix.len() + at + delimiter.len())
}

/// The first key that may be on the page after the (exclusive) marker.
pub(super) fn start_after(prefix: &str, delimiter: Option<&str>, marker: Option<&str>) -> Vec<u8> {
    let Some(marker) = marker.filter(|marker| *marker >= prefix) else { return prefix.as_bytes().to_vec() };
    if folded(marker, prefix, delimiter) == Some(marker) {
        // The last page ended with this folded prefix: all of it is done.
        successor(marker.as_bytes())
    } else {
        [marker.as_bytes(), b"\0"].concat()
    }
}

/// The smallest text greater than every text with this prefix. UTF-8 has no byte 0xFF, so the last byte can grow.
fn successor(prefix: &[u8]) -> Vec<u8> {
    let mut next = prefix.to_vec();
    if let Some(last) = next.last_mut() {
        *last = last.saturating_add(1);
    }
    next
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// A walk over sorted names, as the store does it.
    fn walk(
        names: &BTreeSet<String>,
        prefix: &str,
        delimiter: Option<&str>,
        limit: usize,
        marker: Option<&str>,
    ) -> Page<String> {
        let mut page = Page::new(prefix, delimiter, limit);
        let mut from = start_after(prefix, delimiter, marker);
        'seek: loop {
            for name in names.iter().filter(|name| name.as_bytes() >= from.as_slice()) {
                match page.offer(name.as_bytes(), |name| name).unwrap() {
                    Walk::Next => {}
                    Walk::Seek(key) => {
                        from = key;
                        continue 'seek;
                    }
                    Walk::Stop => return page,
                }
            }
            return page;
        }
    }

    proptest! {
        #[test]
        fn pages_together_are_the_list_without_gaps_or_repeats(
            names in proptest::collection::btree_set("[ab/é]{1,6}", 0..40),
            prefix in "[ab/]{0,2}",
            delimiter in proptest::option::of("/|ab"),
            limit in 1_usize..6,
        ) {
            let delimiter = delimiter.as_deref();
            let want: Vec<Listed<String>> = {
                let mut out: Vec<Listed<String>> = Vec::new();
                for name in names.iter().filter(|name| name.starts_with(&prefix)) {
                    let listed = match folded(name, &prefix, delimiter) {
                        Some(prefix) => Listed::Prefix(prefix.to_owned()),
                        None => Listed::Entry(name.clone()),
                    };
                    if !out.contains(&listed) {
                        out.push(listed);
                    }
                }
                out
            };
            let mut got = Vec::new();
            let mut marker: Option<String> = None;
            for _ in 0..100 {
                let page = walk(&names, &prefix, delimiter, limit, marker.as_deref());
                let truncated = page.truncated;
                marker = page.last_name(|name| name).map(str::to_owned);
                prop_assert!(page.listed.len() <= limit);
                got.extend(page.listed);
                if !truncated {
                    break;
                }
            }
            prop_assert_eq!(got, want);
        }
    }
}
