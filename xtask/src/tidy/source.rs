//! Rust text without its comments, strings and tests, so that a word found in it is code.

/// The lines of `text` up to its test module, comments and string contents blanked out.
pub(super) fn code_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("#[cfg(test)]") {
            break;
        }
        lines.push(strip(line));
    }
    lines
}

/// One line without its line comment and the contents of its strings.
fn strip(line: &str) -> String {
    let mut code = String::new();
    let mut characters = line.chars().peekable();
    let mut in_string = false;
    while let Some(c) = characters.next() {
        match (in_string, c) {
            (true, '\\') => {
                characters.next();
            }
            (_, '"') => {
                in_string = !in_string;
                code.push('"');
            }
            (true, _) => {}
            (false, '/') if characters.peek() == Some(&'/') => break,
            (false, _) => code.push(c),
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_tests_are_not_code() {
        let text = "let a = \"async \\\" x\"; // tokio\nfn b() {}\n#[cfg(test)]\nmod tests { tokio }";
        assert_eq!(code_lines(text), ["let a = \"\"; ", "fn b() {}"]);
    }
}
