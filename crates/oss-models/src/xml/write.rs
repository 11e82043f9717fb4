use std::fmt::Write as _;

/// Writes a document element by element.
///
/// ```
/// let mut writer = oss_models::xml::XmlWriter::new();
/// writer.parent("Tag", |tag| tag.leaf("Key", "a<b"));
/// assert_eq!(writer.finish(), "<Tag><Key>a&lt;b</Key></Tag>");
/// ```
#[derive(Clone, Debug, Default)]
pub struct XmlWriter(String);

impl XmlWriter {
    /// An empty document.
    pub fn new() -> Self {
        Self::default()
    }

    /// An element with children, which `children` writes.
    pub fn parent(&mut self, name: &str, children: impl FnOnce(&mut Self)) {
        self.tag("<", name);
        children(self);
        self.tag("</", name);
    }

    /// An element with text.
    pub fn leaf(&mut self, name: &str, text: &str) {
        self.parent(name, |leaf| text.chars().for_each(|character| leaf.escape(character)));
    }

    /// The document.
    pub fn finish(self) -> String {
        self.0
    }

    fn tag(&mut self, open: &str, name: &str) {
        self.0.extend([open, name, ">"]);
    }

    fn escape(&mut self, character: char) {
        match character {
            '&' => self.0.push_str("&amp;"),
            '<' => self.0.push_str("&lt;"),
            '>' => self.0.push_str("&gt;"),
            '"' => self.0.push_str("&quot;"),
            // As themselves these are not allowed in XML 1.0 or do not survive its line-end rules; OSS reads the numbers.
            '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}' | '\u{fffe}' | '\u{ffff}' => {
                // Writing to a `String` cannot fail.
                let _ = write!(self.0, "&#{};", u32::from(character));
            }
            _ => self.0.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_numbers() {
        let mut writer = XmlWriter::new();
        writer.leaf("K", "\u{c}\n\"'é]]>&amp;");
        assert_eq!(writer.finish(), "<K>&#12;&#10;&quot;'é]]&gt;&amp;amp;</K>");
    }
}
