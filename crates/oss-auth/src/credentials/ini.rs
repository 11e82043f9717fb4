//! Just enough of the ini format for two kinds of credentials files.

/// A section: its name and its `key = value` lines, all trimmed, in order.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Section<'a> {
    pub(super) name: &'a str,
    entries: Vec<(&'a str, &'a str)>,
}

impl Section<'_> {
    /// The last value of the first of `keys` that is there and not empty. Keys are compared without case, `-` and `_`.
    pub(super) fn value(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|wanted| {
            let found = self.entries.iter().rev().find(|(key, _)| normal(key) == normal(wanted));
            found.map(|(_, value)| (*value).to_owned()).filter(|value| !value.is_empty())
        })
    }
}

fn normal(key: &str) -> String {
    key.chars().filter(|char| !matches!(char, '-' | '_')).collect::<String>().to_ascii_lowercase()
}

/// Reads all sections. Lines that are neither a section, an entry nor a comment are skipped; a `#` or `;` begins a
/// comment at the start of a line, a `#` also after a blank.
pub(super) fn parse(text: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            sections.push(Section { name: name.trim(), entries: Vec::new() });
        } else if let (Some(section), Some((key, value))) = (sections.last_mut(), line.split_once('=')) {
            section.entries.push((key.trim(), without_comment(value).trim()));
        }
    }
    sections
}

fn without_comment(value: &str) -> &str {
    let end = value.match_indices('#').map(|(index, _)| index).find(|index| {
        let before = value.get(..*index).unwrap_or_default();
        before.ends_with([' ', '\t'])
    });
    end.and_then(|end| value.get(..end)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_entries_and_comments() {
        let text = "stray = 1\n# c\n[default]\ntype = access_key # why\n key=a#b\n\n[ other ] ; x\nAccess-Key_ID = 1\nno entry\n";
        let sections = parse(text);
        assert_eq!(sections.iter().map(|section| section.name).collect::<Vec<_>>(), ["default", "other"]);
        assert_eq!(sections[0].value(&["type"]).as_deref(), Some("access_key"));
        assert_eq!(sections[0].value(&["key"]).as_deref(), Some("a#b"));
        assert_eq!(sections[1].value(&["nothing", "accessKeyID"]).as_deref(), Some("1"));
        assert_eq!(sections[1].value(&["nothing"]), None);
    }
}
