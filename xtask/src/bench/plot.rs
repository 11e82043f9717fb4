//! The figures as bars.

use std::fmt::Write as _;

use super::report::{Measured, Report, Role};

const WIDTH: f64 = 860.0;
const LABEL: f64 = 130.0;
/// Room for the figure behind the longest bar.
const FIGURE: f64 = 70.0;
const ROW: f64 = 20.0;
const TITLE: f64 = 34.0;

/// An SVG with one panel for each case and one bar for each client, shortest first.
///
/// Bars that would dwarf the others are cut at four times the limit's (or the least's) and marked.
pub(crate) fn svg(report: &Report) -> String {
    let mut body = String::new();
    let mut y = 8.0;
    for (case, measured) in &report.cases {
        let _ = writeln!(
            body,
            "<text x=\"8\" y=\"{:.0}\" class=\"title\">{} ({})</text>",
            y + 20.0,
            escape(&case.title),
            case.unit()
        );
        y += TITLE;
        y = panel(&mut body, measured, y) + 14.0;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {y:.0}\" role=\"img\" aria-label=\"CPU time of each client\">\n\
         <style>text{{font:12px sans-serif;fill:#24292f}}.title{{font-weight:bold}}.limit{{fill:#9aa4af}}.ours{{fill:#1a7f37}}.peer{{fill:#5b8def}}</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{body}</svg>\n"
    )
}

fn panel(body: &mut String, measured: &[Measured], mut y: f64) -> f64 {
    let mut bars: Vec<(&Measured, f64)> = measured.iter().filter_map(|m| Some((m, m.cpu()?.median))).collect();
    bars.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let Some((_, least)) = bars.first() else { return y };
    let base = bars.iter().find(|(m, _)| m.role() == Role::Limit).map_or(*least, |(_, cpu)| *cpu);
    let longest = bars.last().map_or(base, |(_, cpu)| *cpu).min(4.0 * base);
    for (m, cpu) in bars {
        let length = (cpu.min(longest) / longest) * (WIDTH - LABEL - FIGURE);
        let class = match m.role() {
            Role::Limit => "limit",
            Role::Ours => "ours",
            Role::Peer => "peer",
        };
        let cut = if cpu > longest { " →" } else { "" };
        let baseline = y + 13.0;
        let _ = writeln!(
            body,
            "<text x=\"{:.0}\" y=\"{baseline:.0}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{LABEL:.0}\" y=\"{y:.0}\" width=\"{length:.1}\" height=\"16\" class=\"{class}\"/>\
             <text x=\"{:.1}\" y=\"{baseline:.0}\">{cpu:.3}{cut}</text>",
            LABEL - 8.0,
            escape(&m.client),
            LABEL + length + 6.0,
        );
        y += ROW;
    }
    y
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
