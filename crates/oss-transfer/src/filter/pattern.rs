//! A pattern as a regular expression.

use std::iter::Peekable;
use std::str::Chars;

use regex::Regex;

/// A pattern that was read.
pub(super) struct Pattern {
    /// Matches the paths of files.
    pub(super) path: String,
    /// Matches the folders that the pattern is about with everything in them.
    pub(super) folder: Option<Regex>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        let whole = text.strip_suffix('/').map_or_else(|| text.to_owned(), |folder| format!("{folder}/**"));
        let path = translate(&whole)?;
        Regex::new(&path).map_err(|error| error.to_string())?;
        let folder = match (&*whole, whole.strip_suffix("/**")) {
            ("**" | "/**", _) => Some("**"),
            (_, folder) => folder,
        };
        let folder = folder.map(|folder| Regex::new(&translate(folder)?).map_err(|error| error.to_string()));
        Ok(Self { path, folder: folder.transpose()? })
    }
}

fn translate(pattern: &str) -> Result<String, String> {
    let (start, rest) = match pattern.strip_prefix('/') {
        Some(rest) => (r"\A", rest),
        None => (r"(?:\A|/)", pattern),
    };
    let mut expression = format!("(?s){start}");
    let mut chars = rest.chars().peekable();
    let mut depth = 0_usize;
    while let Some(next) = chars.next() {
        match next {
            '\\' => literal(&mut expression, chars.next().ok_or("it ends in `\\`")?),
            '*' => expression.push_str(stars(&mut chars)?),
            '?' => expression.push_str("[^/]"),
            '[' => class(&mut expression, &mut chars)?,
            ']' => return Err("`]` without `[`".to_owned()),
            '{' if chars.next_if_eq(&'{').is_some() => regular_expression(&mut expression, &mut chars)?,
            '{' => {
                depth += 1;
                expression.push_str("(?:");
            }
            ',' if depth > 0 => expression.push('|'),
            '}' => {
                depth = depth.checked_sub(1).ok_or("`}` without `{`")?;
                expression.push(')');
            }
            other => literal(&mut expression, other),
        }
    }
    if depth > 0 {
        return Err("`{` without `}`".to_owned());
    }
    expression.push_str(r"\z");
    Ok(expression)
}

fn literal(expression: &mut String, character: char) {
    expression.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
}

/// What one or two `*` match; the first has been read.
fn stars(chars: &mut Peekable<Chars<'_>>) -> Result<&'static str, String> {
    if chars.next_if_eq(&'*').is_none() {
        return Ok("[^/]*");
    }
    if chars.peek() == Some(&'*') { Err("more than two `*` in a row".to_owned()) } else { Ok(".*") }
}

/// A class of characters; its `[` has been read.
fn class(expression: &mut String, chars: &mut Peekable<Chars<'_>>) -> Result<(), String> {
    if chars.peek() == Some(&'!') {
        return Err("`[!` is ambiguous: `[^` negates a class, and `[\\!` matches the character".to_owned());
    }
    let negated = chars.next_if_eq(&'^').is_some();
    let mut members = String::new();
    loop {
        match chars.next().ok_or("`[` without `]`")? {
            ']' if members.is_empty() => return Err("`[]` has no characters".to_owned()),
            ']' => break,
            '-' => members.push('-'),
            '\\' => class_literal(&mut members, chars.next().ok_or("`[` without `]`")?),
            member => class_literal(&mut members, member),
        }
    }
    // A `-` at either end stands for itself; doubled it would be an operator.
    if members.contains("--") {
        return Err("`--` in a class; `\\-` is the character".to_owned());
    }
    let negation = if negated { "^" } else { "" };
    expression.push_str(&format!("[[{negation}{members}]&&[^/]]"));
    Ok(())
}

/// A character that stands for itself in a class, also if it is an operator there.
fn class_literal(members: &mut String, member: char) {
    if matches!(member, '[' | ']' | '&' | '~' | '^' | '\\' | '-') {
        members.push('\\');
    }
    members.push(member);
}

/// A regular expression; its `{{` has been read.
fn regular_expression(expression: &mut String, chars: &mut Peekable<Chars<'_>>) -> Result<(), String> {
    let mut inner = String::new();
    loop {
        match chars.next().ok_or("`{{` without `}}`")? {
            '}' if chars.next_if_eq(&'}').is_some() => break,
            other => inner.push(other),
        }
    }
    Regex::new(&inner).map_err(|error| error.to_string())?;
    expression.push_str(&format!("(?:{inner})"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let pattern = Pattern::read(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        Regex::new(&pattern.path).unwrap().is_match(path)
    }

    #[test]
    fn patterns_match_as_those_of_rclone_do() {
        for (pattern, yes, no) in [
            ("file.jpg", &["file.jpg", "directory/file.jpg"][..], &["afile.jpg", "file.jpg/x", "fileXjpg"][..]),
            ("/file.jpg", &["file.jpg"], &["afile.jpg", "directory/file.jpg"]),
            ("*.jpg", &["file.jpg", "directory/file.jpg", ".jpg"], &["file.jpg/another.txt", "file.jpgx"]),
            ("/*.jpg", &["file.jpg"], &["directory/file.jpg"]),
            ("*.{jpg,png}", &["a.jpg", "d/a.png"], &["a.gif"]),
            ("**.jpg", &["a.jpg", "d/e/a.jpg"], &["a.jpeg"]),
            ("/a*/b", &["ax/b", "a/b"], &["a/x/b"]),
            ("/a**/b", &["ax/b", "a/x/b", "a/x/y/b"], &["b"]),
            ("dir/", &["dir/a", "x/dir/a/b"], &["dir", "dir2/a"]),
            ("/dir/**", &["dir/a", "dir/a/b"], &["x/dir/a", "dir"]),
            ("file?.jpg", &["file1.jpg", "fileé.jpg"], &["file.jpg", "file/.jpg", "file12.jpg"]),
            ("d[cd]e", &["dce", "x/dde"], &["dee", "dcde"]),
            ("d[^c]e", &["dde"], &["dce", "d/e"]),
            ("[a-c-].x", &["b.x", "-.x"], &["d.x"]),
            (r"[\]\\^&~!].x", &["].x", r"\.x", "^.x", "&.x", "~.x", "!.x"], &["a.x"]),
            (r"\*.jpg", &["*.jpg"], &["a.jpg"]),
            (r"a\{b\}.c\+d", &["a{b}.c+d"], &["ab.cd"]),
            ("*.{{jpe?g}}", &["a.jpg", "d/a.jpeg"], &["a.jpe"]),
            ("{a,b{c,d}}.x", &["a.x", "bc.x", "bd.x"], &["b.x", "c.x"]),
            ("a,b", &["a,b"], &["a"]),
            ("*", &["a", "d/a", "line\nbreak"], &[]),
            ("a\nb", &["a\nb"], &["a", "b"]),
            ("/", &["a", "d/a"], &[]),
        ] {
            assert!(yes.iter().all(|path| matches(pattern, path)), "{pattern}: {yes:?}");
            assert!(!no.iter().any(|path| matches(pattern, path)), "{pattern}: {no:?}");
        }
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        let of = |pattern: &str| Pattern::read(pattern).err().unwrap_or_else(|| panic!("{pattern}"));
        for (pattern, reason) in [
            ("", "it is empty"),
            ("a\\", "it ends in `\\`"),
            ("a***", "more than two `*` in a row"),
            ("a[b", "`[` without `]`"),
            ("a]", "`]` without `[`"),
            ("[]a", "`[]` has no characters"),
            ("{a", "`{` without `}`"),
            ("a}", "`}` without `{`"),
            ("{{a", "`{{` without `}}`"),
            ("[a--z]", "`--` in a class; `\\-` is the character"),
        ] {
            assert_eq!(of(pattern), reason, "{pattern}");
        }
        assert!(of("[!a]").contains("`[^`") && of("{{(}}").contains("unclosed group") && of("[z-a]").contains("range"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_pattern_or_says_why_not(text in "(\\PC|[*?\\[\\]{}\\\\!^/,-]){0,12}", path in "\\PC{0,8}") {
            if let Ok(pattern) = Pattern::read(&text) {
                Regex::new(&pattern.path).unwrap().is_match(&path);
            }
        }

        #[test]
        fn a_name_whose_every_character_is_escaped_matches_itself_alone(name in "[^/]{1,12}", other in "[^/]{1,12}") {
            let pattern: String = name.chars().flat_map(|character| ['\\', character]).collect();
            let deeper = format!("d/{name}");
            prop_assert!(matches(&pattern, &name) && matches(&pattern, &deeper));
            prop_assert_eq!(matches(&format!("/{pattern}"), &other), name == other);
        }
    }
}
