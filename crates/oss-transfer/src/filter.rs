mod pattern;
mod shard;

pub use shard::{InvalidShard, Shard};

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use regex::RegexSet;

use pattern::Pattern;

/// Chooses among the files of a folder or the objects of a prefix, by name, size, time, and place in the order of keys.
/// The default admits everything.
///
/// A path is relative to the folder or the prefix, with `/` between its names. Of the rules, the first whose pattern
/// matches it decides; a path that none matches is admitted. Patterns are those of rclone:
///
/// | pattern | matches |
/// |---|---|
/// | `*` | any text within a name |
/// | `**` | any text, `/` included |
/// | `?` | one character other than `/` |
/// | `[a-z]`, `[^a-z]` | one character of this class, or not of it, but never `/` |
/// | `{jpg,png}` | one of these |
/// | `{{jpe?g}}` | a regular expression |
/// | `\*` | the character itself |
/// | `/a` | only at the root; without the `/`, at the beginning of any name |
/// | `a/` | everything in a folder: the same as `a/**` |
///
/// ```
/// use oss_transfer::{Candidate, Filter};
///
/// let filter = Filter::builder().exclude("tmp/").include("*.{jpg,png}").max_size(10 << 20).build()?;
/// assert!(filter.admits(Candidate::new("2024/cat.jpg").size(5_000)));
/// assert!(!filter.admits(Candidate::new("tmp/cat.jpg")) && !filter.admits(Candidate::new("notes.txt")));
/// # Ok::<(), oss_transfer::InvalidFilter>(())
/// ```
#[derive(Clone, Debug)]
pub struct Filter {
    rules: Vec<Rule>,
    patterns: RegexSet,
    limits: Limits,
    scope: Scope,
}

/// Which paths there are at all, whatever the rules say of them.
#[derive(Clone, Debug, Default)]
struct Scope {
    names: Option<Arc<HashSet<String>>>,
    shard: Option<Shard>,
}

/// What becomes of the paths that a pattern matches.
#[derive(Clone, Debug)]
struct Rule {
    admits: bool,
    /// The folders that such a rule leaves out with everything in them.
    folder: Option<regex::Regex>,
}

#[derive(Clone, Debug, Default)]
struct Limits {
    min_size: Option<u64>,
    max_size: Option<u64>,
    min_mtime: Option<SystemTime>,
    max_mtime: Option<SystemTime>,
    start_after: Option<String>,
    end_with: Option<String>,
}

/// What a filter is asked about: a file or an object.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    path: &'a str,
    size: Option<u64>,
    modified: Option<SystemTime>,
}

impl<'a> Candidate<'a> {
    /// By its path alone, relative to the folder or the prefix, with `/` between its names.
    pub fn new(path: &'a str) -> Self {
        Self { path, size: None, modified: None }
    }

    /// Sets its size in bytes. A size that is not known is not compared.
    #[must_use]
    pub fn size(mut self, size: impl Into<Option<u64>>) -> Self {
        self.size = size.into();
        self
    }

    /// Sets when it was last written. A time that is not known is not compared.
    #[must_use]
    pub fn modified(mut self, modified: impl Into<Option<SystemTime>>) -> Self {
        self.modified = modified.into();
        self
    }
}

impl Filter {
    /// A filter to add rules and limits to.
    pub fn builder() -> FilterBuilder {
        FilterBuilder::default()
    }

    /// Whether it is chosen.
    pub fn admits(&self, candidate: Candidate<'_>) -> bool {
        let Candidate { path, size, modified } = candidate;
        let Limits { min_size, max_size, min_mtime, max_mtime, start_after, end_with } = &self.limits;
        let in_limits = size.is_none_or(|size| at_least(&size, min_size) && at_most(&size, max_size))
            && modified.is_none_or(|time| at_least(&time, min_mtime) && at_most(&time, max_mtime))
            && start_after.as_deref().is_none_or(|start| path > start)
            && end_with.as_deref().is_none_or(|end| path <= end);
        in_limits && self.scope.contains(path) && self.admits_name(path)
    }

    /// The same without limits of sizes and times: which paths are meant, whatever they hold.
    #[must_use]
    pub fn of_paths(&self) -> Self {
        let Limits { start_after, end_with, .. } = self.limits.clone();
        Self { limits: Limits { start_after, end_with, ..Limits::default() }, ..self.clone() }
    }

    /// Without rules and limits of sizes and times: only the range, the paths that are listed and the shard are left.
    #[must_use]
    pub fn of_scope(&self) -> Self {
        Self { limits: self.of_paths().limits, scope: self.scope.clone(), ..Self::default() }
    }

    /// Whether something in this folder may be chosen, as far as the rules tell without looking into it. The root, whose
    /// path is empty, always may.
    pub fn may_admit_below(&self, folder: &str) -> bool {
        let rules = self.rules.iter().take_while(|rule| !rule.admits);
        folder.is_empty() || !rules.filter_map(|rule| rule.folder.as_ref()).any(|pattern| pattern.is_match(folder))
    }

    /// What every path that is chosen comes after, by bytes.
    pub fn start_after(&self) -> Option<&str> {
        self.limits.start_after.as_deref()
    }

    /// What no path that is chosen comes after, by bytes.
    pub fn end_with(&self) -> Option<&str> {
        self.limits.end_with.as_deref()
    }

    /// Whether anything depends on sizes.
    pub fn compares_sizes(&self) -> bool {
        self.limits.min_size.is_some() || self.limits.max_size.is_some()
    }

    /// Whether anything depends on times.
    pub fn compares_times(&self) -> bool {
        self.limits.min_mtime.is_some() || self.limits.max_mtime.is_some()
    }

    fn admits_name(&self, path: &str) -> bool {
        // No rule is the rule, and to ask an empty set costs as much as to ask a small one.
        if self.rules.is_empty() {
            return true;
        }
        let first = self.patterns.matches(path).into_iter().next();
        first.and_then(|index| self.rules.get(index)).is_none_or(|rule| rule.admits)
    }
}

impl Default for Filter {
    fn default() -> Self {
        let (limits, scope) = (Limits::default(), Scope::default());
        Self { rules: Vec::new(), patterns: RegexSet::empty(), limits, scope }
    }
}

impl Scope {
    fn contains(&self, path: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.contains(path))
            && self.shard.is_none_or(|shard| shard.contains(path))
    }
}

fn at_least<T: PartialOrd>(value: &T, limit: &Option<T>) -> bool {
    limit.as_ref().is_none_or(|limit| value >= limit)
}

fn at_most<T: PartialOrd>(value: &T, limit: &Option<T>) -> bool {
    limit.as_ref().is_none_or(|limit| value <= limit)
}

/// Rules and limits of a [`Filter`], in the order in which they are added.
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is filtered until it is built"]
pub struct FilterBuilder {
    /// Whether each admits, and its pattern.
    rules: Vec<(bool, String)>,
    has_includes: bool,
    /// The first line that is not a rule.
    invalid: Option<InvalidFilter>,
    limits: Limits,
    scope: Scope,
}

impl FilterBuilder {
    /// Admits what this pattern matches, and nothing that no rule matches: the same as `+ pattern`, and `- **` behind the
    /// last rule.
    pub fn include(mut self, pattern: impl Into<String>) -> Self {
        self.rules.push((true, pattern.into()));
        self.has_includes = true;
        self
    }

    /// Leaves out what this pattern matches: the same as `- pattern`.
    pub fn exclude(mut self, pattern: impl Into<String>) -> Self {
        self.rules.push((false, pattern.into()));
        self
    }

    /// Adds a rule in text: `+ pattern` admits, `- pattern` leaves out, and `!` forgets all rules before it.
    pub fn rule(mut self, rule: &str) -> Self {
        let text = rule.trim();
        if let Some(pattern) = text.strip_prefix("+ ") {
            self.rules.push((true, pattern.trim_start().to_owned()));
        } else if let Some(pattern) = text.strip_prefix("- ") {
            self.rules.push((false, pattern.trim_start().to_owned()));
        } else if text == "!" {
            (self.rules, self.has_includes) = (Vec::new(), false);
        } else if self.invalid.is_none() {
            self.invalid = Some(InvalidFilter::Rule { rule: rule.to_owned() });
        }
        self
    }

    /// Adds a rule for each line of a text. Empty lines and those that begin with `#` or `;` are left out.
    pub fn rules(self, text: &str) -> Self {
        lines(text).fold(self, Self::rule)
    }

    /// Includes the pattern on each line of a text, as [`FilterBuilder::rules`] reads lines.
    pub fn include_lines(self, text: &str) -> Self {
        lines(text).fold(self, |filter, line| filter.include(line))
    }

    /// Excludes the pattern on each line of a text, as [`FilterBuilder::rules`] reads lines.
    pub fn exclude_lines(self, text: &str) -> Self {
        lines(text).fold(self, |filter, line| filter.exclude(line))
    }

    /// Leaves out what has fewer bytes. Default: none.
    pub fn min_size(mut self, bytes: u64) -> Self {
        self.limits.min_size = Some(bytes);
        self
    }

    /// Leaves out what has more bytes. Default: none.
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.limits.max_size = Some(bytes);
        self
    }

    /// Leaves out what was last written before this time. Default: none.
    pub fn min_mtime(mut self, time: SystemTime) -> Self {
        self.limits.min_mtime = Some(time);
        self
    }

    /// Leaves out what was last written after this time. Default: none.
    pub fn max_mtime(mut self, time: SystemTime) -> Self {
        self.limits.max_mtime = Some(time);
        self
    }

    /// Leaves out what is younger than this at `now`: as [`FilterBuilder::max_mtime`].
    pub fn min_age(self, age: Duration, now: SystemTime) -> Self {
        self.max_mtime(now.checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH))
    }

    /// Leaves out what is older than this at `now`: as [`FilterBuilder::min_mtime`].
    pub fn max_age(self, age: Duration, now: SystemTime) -> Self {
        self.min_mtime(now.checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH))
    }

    /// Leaves out this path and every one before it, by bytes. Default: none.
    pub fn start_after(mut self, path: impl Into<String>) -> Self {
        self.limits.start_after = Some(path.into());
        self
    }

    /// Leaves out every path after this one, by bytes. Default: none.
    pub fn end_with(mut self, path: impl Into<String>) -> Self {
        self.limits.end_with = Some(path.into());
        self
    }

    /// Only paths among these. Default: all.
    pub fn names(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.scope.names = Some(Arc::new(names.into_iter().collect()));
        self
    }

    /// Only paths in this shard. Default: all.
    pub fn shard(mut self, shard: impl Into<Option<Shard>>) -> Self {
        self.scope.shard = shard.into();
        self
    }

    /// Checks the rules and limits.
    ///
    /// # Errors
    /// [`InvalidFilter`] names the first rule that is none, or limits that no size or time is within.
    pub fn build(self) -> Result<Filter, InvalidFilter> {
        let Self { mut rules, has_includes, invalid, limits, scope } = self;
        if let Some(invalid) = invalid {
            return Err(invalid);
        }
        limits.check()?;
        if has_includes {
            rules.push((false, "**".to_owned()));
        }
        let (mut compiled, mut patterns) = (Vec::with_capacity(rules.len()), Vec::with_capacity(rules.len()));
        for (admits, text) in rules {
            let read = Pattern::read(&text);
            let Pattern { path, folder } = read.map_err(|reason| InvalidFilter::Pattern { pattern: text, reason })?;
            compiled.push(Rule { admits, folder });
            patterns.push(path);
        }
        // Each pattern was compiled by itself; together they may still be too large.
        let patterns = RegexSet::new(patterns).map_err(|error| InvalidFilter::Limits { reason: error.to_string() })?;
        Ok(Filter { rules: compiled, patterns, limits, scope })
    }
}

impl Limits {
    fn check(&self) -> Result<(), InvalidFilter> {
        if let (Some(min), Some(max)) = (self.min_size, self.max_size)
            && min > max
        {
            return Err(InvalidFilter::Limits { reason: format!("no size is from {min} to {max} bytes") });
        }
        match (self.min_mtime, self.max_mtime) {
            (Some(min), Some(max)) if min > max => {
                Err(InvalidFilter::Limits { reason: "the earliest time is after the latest".to_owned() })
            }
            _ => Ok(()),
        }
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']))
}

/// What is wrong with a filter.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum InvalidFilter {
    /// A text is not a rule.
    Rule {
        /// The text.
        rule: String,
    },
    /// A text is not a pattern.
    Pattern {
        /// The text.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No size or time is within the limits, or the patterns are too large together.
    Limits {
        /// What is wrong with them.
        reason: String,
    },
}

impl fmt::Display for InvalidFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule { rule } => {
                write!(f, "`{}` is not a rule, which is `+ pattern`, `- pattern` or `!`", rule.escape_debug())
            }
            Self::Pattern { pattern, reason } => write!(f, "`{}` is not a pattern: {reason}", pattern.escape_debug()),
            Self::Limits { reason } => write!(f, "no such filter: {reason}"),
        }
    }
}

impl std::error::Error for InvalidFilter {}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted<'a>(filter: FilterBuilder, paths: &[&'a str]) -> Vec<&'a str> {
        let filter = filter.build().unwrap();
        paths.iter().copied().filter(|path| filter.admits(Candidate::new(path))).collect()
    }

    const PATHS: &[&str] = &["a.jpg", "b.txt", "raw/c.jpg", "raw/keep/d.jpg", "tmp/e.jpg"];

    #[test]
    fn the_first_rule_that_matches_decides() {
        let filter = Filter::builder;
        assert_eq!(admitted(filter(), PATHS), PATHS);
        assert_eq!(admitted(filter().exclude("*.jpg"), PATHS), ["b.txt"]);
        assert_eq!(admitted(filter().include("*.jpg").exclude("tmp/"), PATHS), ["a.jpg", PATHS[2], PATHS[3], PATHS[4]]);
        assert_eq!(admitted(filter().exclude("tmp/").include("*.jpg"), PATHS), ["a.jpg", PATHS[2], PATHS[3]]);
        let keep = filter().rule("+ /raw/keep/**").rule("- raw/**");
        assert_eq!(admitted(keep, PATHS), ["a.jpg", "b.txt", "raw/keep/d.jpg", "tmp/e.jpg"], "no rule is no exclusion");
        assert_eq!(admitted(filter().rule("+ *.txt").rule("- **"), PATHS), ["b.txt"]);
        assert_eq!(admitted(filter().exclude("**").rule("!").rule("- *.jpg"), PATHS), ["b.txt"]);
    }

    #[test]
    fn rules_come_from_lines() {
        let text = "# photos\n; and nothing else\n\n+ *.jpg\r\n-  **  \n";
        assert_eq!(admitted(Filter::builder().rules(text), PATHS).len(), 4);
        assert_eq!(admitted(Filter::builder().include_lines("*.txt\n#*.jpg\n"), PATHS), ["b.txt"]);
        assert_eq!(admitted(Filter::builder().exclude_lines("*.jpg\n"), PATHS), ["b.txt"]);
    }

    #[test]
    fn limits_hold_at_their_ends_and_leave_out_nothing_unknown() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let at = |ago| now - Duration::from_secs(ago);
        let size = Filter::builder().min_size(2).max_size(4).build().unwrap();
        let sizes: Vec<_> = (0..6).filter(|size_of| size.admits(Candidate::new("a").size(*size_of))).collect();
        assert!(sizes == [2, 3, 4] && size.admits(Candidate::new("a")) && size.compares_sizes());
        let age = Duration::from_secs;
        let time = Filter::builder().min_age(age(10), now).max_age(age(20), now).build().unwrap();
        let ages = [9, 10, 20, 21].map(|ago| time.admits(Candidate::new("a").modified(at(ago))));
        assert!(ages == [false, true, true, false] && time.admits(Candidate::new("a")) && time.compares_times());
        let ordered = Filter::builder().start_after("a.jpg").end_with("raw/c.jpg");
        assert_eq!(admitted(ordered, PATHS), ["b.txt", "raw/c.jpg"]);
        assert!(Filter::builder().min_age(Duration::MAX, now).build().is_ok());
    }

    #[test]
    fn a_folder_is_passed_over_only_if_nothing_in_it_can_be_admitted() {
        let below = |filter: FilterBuilder, folder| filter.build().unwrap().may_admit_below(folder);
        let filter = Filter::builder;
        assert!(!below(filter().exclude("tmp/"), "tmp") && !below(filter().exclude("tmp/**"), "a/tmp"));
        assert!(below(filter().exclude("tmp/"), "tmp2") && below(filter().exclude("/tmp/"), "a/tmp"));
        assert!(!below(filter().exclude("**"), "a") && below(filter().exclude("**"), ""));
        assert!(below(filter().include("*.jpg").exclude("tmp/"), "tmp"), "an earlier rule may admit");
        assert!(below(filter().exclude("*"), "tmp"), "files of that name");
        assert!(!below(filter().exclude("build/*/").exclude("x"), "build/1") && below(filter().exclude("a/*/"), "a"));
    }

    #[test]
    fn what_is_no_filter_is_named() {
        let error = |filter: FilterBuilder| filter.build().unwrap_err().to_string();
        let filter = Filter::builder;
        assert_eq!(error(filter().rule("*.jpg")), "`*.jpg` is not a rule, which is `+ pattern`, `- pattern` or `!`");
        assert_eq!(error(filter().include("b").exclude("a[")), "`a[` is not a pattern: `[` without `]`");
        assert_eq!(error(filter().min_size(5).max_size(4)), "no such filter: no size is from 5 to 4 bytes");
        let now = SystemTime::now();
        assert!(filter().min_age(Duration::from_secs(5), now).max_age(Duration::from_secs(4), now).build().is_err());
    }
}
