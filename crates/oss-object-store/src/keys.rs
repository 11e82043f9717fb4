//! Keys that a path of the trait can name, and those that it cannot.

/// What an entry of a list is to a caller of the trait.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Listed {
    /// A path names it.
    Path,
    /// An object whose key ends in `/`, such as the console makes for a folder. No path ends so, so none names it: it is
    /// left out, as long as it stands for a folder.
    Marker,
    /// No path names it, since it has an empty segment (`a//b`, `/a`): an error rather than a path that leads elsewhere.
    Unnamed,
}

/// What the object with this key is to a caller of the trait. What else makes a path invalid, its own parser finds.
pub(crate) fn listed(key: &str) -> Listed {
    match key.strip_suffix('/') {
        _ if has_empty_segment(key.strip_suffix('/').unwrap_or(key)) => Listed::Unnamed,
        Some(_) => Listed::Marker,
        None => Listed::Path,
    }
}

/// Whether a common prefix, which ends in the delimiter, can be a path.
pub(crate) fn is_path(prefix: &str) -> bool {
    !has_empty_segment(prefix.strip_suffix('/').unwrap_or(prefix))
}

fn has_empty_segment(path: &str) -> bool {
    path.split('/').any(str::is_empty)
}

/// The prefix of the keys below a path: the path of the root has none, and every other ends in `/`, so that `foo` does not
/// mean `foobar`.
pub(crate) fn below(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_path_a_marker_or_neither() {
        for (key, expected) in [
            ("a", Listed::Path),
            ("a/b.parquet", Listed::Path),
            ("a/", Listed::Marker),
            ("a/b/", Listed::Marker),
            ("/a", Listed::Unnamed),
            ("a//b", Listed::Unnamed),
            ("a//", Listed::Unnamed),
            ("/", Listed::Unnamed),
        ] {
            assert_eq!(listed(key), expected, "{key}");
        }
        assert!(is_path("a/") && is_path("a/b/") && !is_path("a//") && !is_path("/"));
        assert_eq!((below(""), below("a/b")), (String::new(), "a/b/".to_owned()));
    }
}
