//! Rows of text as an SVG: no script, no font and no image of its own.

use std::fmt::Write as _;

use super::terminal::{COLUMNS, Row};

const LINE: usize = 19;
const MARGIN: usize = 18;
/// Of a monospaced font of 13 pixels, a little more than the usual ones have.
const WIDTH_OF_A_CHARACTER: f64 = 7.9;

/// A picture that is being drawn.
pub(super) struct Picture {
    label: &'static str,
    rows: String,
    count: usize,
}

impl Picture {
    /// An empty one; `label` says to those who do not see it what it shows.
    pub(super) fn new(label: &'static str) -> Self {
        Self { label, rows: String::new(), count: 0 }
    }

    /// A line that someone typed.
    pub(super) fn prompt(&mut self, command: &str) {
        let text = escaped(command);
        self.line(&format!("<tspan fill=\"#8b949e\">$</tspan> <tspan font-weight=\"bold\">{text}</tspan>"));
    }

    /// A line that a program printed.
    pub(super) fn row(&mut self, row: &Row) {
        let mut text = String::new();
        for span in row {
            let _ = match span.colour.and_then(colour) {
                Some(colour) => write!(text, "<tspan fill=\"{colour}\">{}</tspan>", escaped(&span.text)),
                None => write!(text, "{}", escaped(&span.text)),
            };
        }
        self.line(&text);
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.count += 1;
    }

    fn line(&mut self, content: &str) {
        self.count += 1;
        let y = MARGIN + self.count * LINE - 5;
        let _ = writeln!(self.rows, "<text x=\"{MARGIN}\" y=\"{y}\" xml:space=\"preserve\">{content}</text>");
    }

    pub(super) fn to_svg(&self) -> String {
        let width = (f64::from(COLUMNS) * WIDTH_OF_A_CHARACTER).ceil() + 2.0 * 18.0;
        let height = 2 * MARGIN + self.count * LINE;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
             aria-label=\"{}\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n\
             <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, monospace\" font-size=\"13\" fill=\"#e6edf3\">\n{}</g>\n</svg>\n",
            escaped(self.label),
            self.rows
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The colours of a terminal on a dark ground.
fn colour(number: u8) -> Option<&'static str> {
    Some(match number {
        1 | 9 => "#f85149",
        2 | 10 => "#3fb950",
        3 | 11 => "#d29922",
        4 | 12 => "#58a6ff",
        5 | 13 => "#bc8cff",
        6 | 14 => "#39c5cf",
        0 | 8 => "#8b949e",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::terminal::Span;
    use super::*;

    #[test]
    fn text_is_drawn_as_it_is_read() {
        let mut picture = Picture::new("a & b");
        picture.prompt("ossup cp <x>");
        picture.row(&vec![
            Span { text: "done".to_owned(), colour: Some(2) },
            Span { text: " \"k\"".to_owned(), colour: None },
        ]);
        let svg = picture.to_svg();
        assert!(svg.contains("aria-label=\"a &amp; b\"") && svg.contains("ossup cp &lt;x&gt;"), "{svg}");
        assert!(svg.contains("<tspan fill=\"#3fb950\">done</tspan> &quot;k&quot;</text>"), "{svg}");
    }
}
