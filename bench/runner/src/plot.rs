//! The figures as bars.

use std::fmt::Write as _;

use crate::report::{Measured, Report, Role};
use crate::statistics::Spread;

const WIDTH: f64 = 960.0;
/// Room for the names of the clients.
const LABEL: f64 = 118.0;
/// Width of a column with its figures, and of its longest bar.
const COLUMN: f64 = (WIDTH - LABEL) / 2.0;
const BAR: f64 = COLUMN - 84.0;
const ROW: f64 = 19.0;
const TITLE: f64 = 30.0;
/// Bars that would dwarf the others are cut at so many times ours (without ours: the least).
const CUT: f64 = 6.0;

/// An SVG with one panel for each case, and in it two bars for each client: CPU time and peak memory. The client that
/// needs the least CPU time comes first.
pub(crate) fn svg(report: &Report) -> String {
    let mut body = String::new();
    let mut y = 10.0;
    for (case, tables) in report.cases(false) {
        let Some((_, measured)) = tables.first() else { continue };
        let baseline = y + 16.0;
        let (title, unit) = (escape(&case.title), case.unit());
        let _ = writeln!(
            body,
            "<text x=\"8\" y=\"{baseline:.0}\" class=\"title\">{title}</text>\n\
             <text x=\"{:.0}\" y=\"{baseline:.0}\" text-anchor=\"end\" class=\"unit\">{unit}</text>\n\
             <text x=\"{:.0}\" y=\"{baseline:.0}\" text-anchor=\"end\" class=\"unit\">peak MiB</text>",
            LABEL + COLUMN - 12.0,
            WIDTH - 12.0,
        );
        y = panel(&mut body, measured, y + TITLE) + 12.0;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {y:.0}\" role=\"img\" \
         aria-label=\"CPU time and peak memory of each client\">\n<style>{STYLE}</style>\n\
         <rect width=\"100%\" height=\"100%\" class=\"ground\"/>\n{body}</svg>\n"
    )
}

const STYLE: &str = "
text { font: 12px sans-serif; fill: #1f2328 }
.title { font-weight: bold }
.unit { fill: #59636e }
.ground { fill: #ffffff }
.limit { fill: #a8b1bb }
.ours { fill: #1a7f37 }
.peer { fill: #6e9bd8 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .unit { fill: #9198a1 }
  .ground { fill: #0d1117 }
  .limit { fill: #656c76 }
  .ours { fill: #3fb950 }
  .peer { fill: #3f6fb0 }
}
";

fn panel(body: &mut String, measured: &[Measured], mut y: f64) -> f64 {
    let mut rows: Vec<(&Measured, Spread, Spread)> =
        measured.iter().filter_map(|m| Some((m, m.cpu()?, m.peak()?))).collect();
    rows.sort_by(|(_, a, _), (_, b, _)| a.median.total_cmp(&b.median));
    let ours = rows.iter().find(|(m, ..)| m.role() == Role::Ours);
    let cpu = Scale::of(rows.iter().map(|(_, cpu, _)| cpu.median), ours.map(|(_, cpu, _)| cpu.median));
    let peak = Scale::of(rows.iter().map(|(.., peak)| peak.median), ours.map(|(.., peak)| peak.median));
    for (m, cpu_here, peak_here) in &rows {
        let class = match m.role() {
            Role::Limit | Role::SameCalls | Role::Reference => "limit",
            Role::Ours => "ours",
            Role::Peer => "peer",
        };
        let (right, baseline) = (LABEL - 8.0, y + 12.0);
        let _ = writeln!(
            body,
            "<text x=\"{right:.0}\" y=\"{baseline:.0}\" text-anchor=\"end\">{}</text>",
            escape(&m.client)
        );
        cpu.bar(body, class, (LABEL, y), cpu_here.median, 3);
        peak.bar(body, class, (LABEL + COLUMN, y), peak_here.median, 1);
        y += ROW;
    }
    y
}

/// How long the bars of a column are.
struct Scale {
    longest: f64,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64> + Clone, ours: Option<f64>) -> Self {
        let base = ours.unwrap_or_else(|| values.clone().fold(f64::INFINITY, f64::min));
        Self { longest: values.fold(0.0, f64::max).min(CUT * base) }
    }

    fn bar(&self, body: &mut String, class: &str, (x, y): (f64, f64), value: f64, digits: usize) {
        let length = value.min(self.longest) / self.longest * BAR;
        let cut = if value > self.longest { " →" } else { "" };
        let _ = writeln!(
            body,
            "<rect x=\"{x:.0}\" y=\"{y:.0}\" width=\"{length:.1}\" height=\"15\" rx=\"2\" class=\"{class}\"/>\
             <text x=\"{:.1}\" y=\"{:.0}\">{value:.digits$}{cut}</text>",
            x + length + 6.0,
            y + 12.0,
        );
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
