//! Which of many files or objects are meant: rules in the order in which they are typed, the first that matches decides.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use ossup::directory::{Candidate, Filter, FilterBuilder};

use crate::failure::Failure;
use crate::shard::ShardChoice;
use crate::size::Size;
use crate::streams::standard_input;
use crate::time::{Moment, Time};

/// The filters of a command as they are typed; flatten it into the arguments of a command, and [`read`](Self::read) it once.
///
/// It is read from the matches by hand: derived arguments lose the order between different flags, which counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct FilterArguments {
    rules: Vec<Rule>,
    files_from: Option<List>,
    min_size: Option<Size>,
    max_size: Option<Size>,
    min_age: Option<Time>,
    max_age: Option<Time>,
    min_mtime: Option<Moment>,
    max_mtime: Option<Moment>,
    shard: Option<ShardChoice>,
}

#[derive(Clone, Debug)]
enum Rule {
    Include(String),
    Exclude(String),
    Filter(String),
    IncludeFrom(PathBuf),
    ExcludeFrom(PathBuf),
    FilterFrom(PathBuf),
}

/// A file with paths.
#[derive(Clone, Debug)]
struct List {
    path: PathBuf,
    /// Whether each line is a path as it stands.
    raw: bool,
}

/// The filters of a command, ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Filters {
    builder: FilterBuilder,
    filter: Filter,
    /// The only paths that are meant, if they are listed.
    named: Option<HashSet<String>>,
    /// Whether nothing in folders below is meant.
    is_one_level: bool,
}

impl FilterArguments {
    /// Whether there are any.
    pub(crate) fn are_given(&self) -> bool {
        let Self { rules, files_from, min_size, max_size, min_age, max_age, min_mtime, max_mtime, shard } = self;
        !rules.is_empty()
            || files_from.is_some()
            || min_size.is_some()
            || max_size.is_some()
            || min_age.is_some()
            || max_age.is_some()
            || min_mtime.is_some()
            || max_mtime.is_some()
            || shard.is_some()
    }

    /// Reads the files that are named, and checks everything. `now` is what ages are counted from.
    pub(crate) fn read(&self, now: SystemTime) -> Result<Filters, Failure> {
        self.read_for(now, false)
    }

    /// The same; with `is_one_level`, nothing in folders below is meant.
    pub(crate) fn read_for(&self, now: SystemTime, is_one_level: bool) -> Result<Filters, Failure> {
        let read = |path: &Path| std::fs::read_to_string(path).map_err(|error| Failure::unreadable(path, &error));
        let mut builder = Filter::builder();
        if is_one_level {
            // For walks, which pass the folders over; a rule that forgets it changes nothing else.
            builder = builder.exclude("*/**");
        }
        for rule in &self.rules {
            builder = match rule {
                Rule::Include(pattern) => builder.include(pattern),
                Rule::Exclude(pattern) => builder.exclude(pattern),
                Rule::Filter(rule) => builder.rule(rule),
                Rule::IncludeFrom(path) => builder.include_lines(&read(path)?),
                Rule::ExcludeFrom(path) => builder.exclude_lines(&read(path)?),
                Rule::FilterFrom(path) => builder.rules(&read(path)?),
            };
        }
        if let Some(Size(bytes)) = self.min_size {
            builder = builder.min_size(bytes);
        }
        if let Some(Size(bytes)) = self.max_size {
            builder = builder.max_size(bytes);
        }
        // An age and a moment are one limit; the narrower one counts.
        let ago = |age: Time| now.checked_sub(age.0).unwrap_or(SystemTime::UNIX_EPOCH);
        let latest = self.min_age.map(ago).into_iter().chain(self.max_mtime.map(|moment| moment.0)).min();
        let earliest = self.max_age.map(ago).into_iter().chain(self.min_mtime.map(|moment| moment.0)).max();
        if let Some(moment) = latest {
            builder = builder.max_mtime(moment);
        }
        if let Some(moment) = earliest {
            builder = builder.min_mtime(moment);
        }
        if let Some(shard) = self.shard {
            builder = builder.shard(shard.shard(|name| std::env::var(name).ok())?);
        }
        let named = self.files_from.as_ref().map(List::read).transpose()?;
        Filters::new(builder, named, is_one_level)
    }
}

impl Filters {
    fn new(builder: FilterBuilder, named: Option<HashSet<String>>, is_one_level: bool) -> Result<Self, Failure> {
        let filter = builder.clone().build().map_err(|error| Failure::usage(error.to_string()))?;
        Ok(Self { builder, filter, named, is_one_level })
    }

    /// Those within a range of paths too: after the first one, and up to the second one.
    pub(crate) fn within(self, range: &Range) -> Result<Self, Failure> {
        let mut builder = self.builder;
        if let Some(start) = &range.start_after {
            builder = builder.start_after(start);
        }
        if let Some(end) = &range.end_with {
            builder = builder.end_with(end);
        }
        Self::new(builder, self.named, self.is_one_level)
    }

    /// Whether a file or an object is meant: `path` is relative to the folder, with `/` between its names. What is not known
    /// of it is not compared.
    pub(crate) fn keeps(
        &self,
        path: &str,
        size: impl Into<Option<u64>>,
        modified: impl Into<Option<SystemTime>>,
    ) -> bool {
        self.is_named(path) && self.filter.admits(Candidate::new(path).size(size).modified(modified))
    }

    /// The same for what is to be deleted: what is not known of it, but compared, is a reason to leave it.
    pub(crate) fn surely_keeps(&self, path: &str, size: Option<u64>, modified: Option<SystemTime>) -> bool {
        let is_known =
            (size.is_some() || !self.filter.compares_sizes()) && (modified.is_some() || !self.filter.compares_times());
        is_known && self.keeps(path, size, modified)
    }

    /// Whether it is among the paths that are listed, if they are.
    pub(crate) fn is_named(&self, path: &str) -> bool {
        self.named.as_ref().is_none_or(|named| named.contains(path)) && !(self.is_one_level && path.contains('/'))
    }

    /// The rules and limits without the list of paths.
    pub(crate) fn builder(&self) -> FilterBuilder {
        self.builder.clone()
    }

    /// The rules and limits with the list of paths.
    pub(crate) fn whole(&self) -> FilterBuilder {
        match &self.named {
            Some(named) => self.builder().names(named.iter().cloned()),
            None => self.builder(),
        }
    }

    /// The paths that are listed.
    pub(crate) fn named(&self) -> Option<&HashSet<String>> {
        self.named.as_ref()
    }
}

impl List {
    /// The paths, each relative to the folder.
    fn read(&self) -> Result<HashSet<String>, Failure> {
        let mut text = String::new();
        let read = match self.path.as_os_str() == "-" {
            true => standard_input().and_then(|mut input| input.read_to_string(&mut text)),
            false => std::fs::File::open(&self.path).and_then(|mut file| file.read_to_string(&mut text)),
        };
        read.map_err(|error| Failure::unreadable(&self.path, &error))?;
        Ok(paths(&text, self.raw))
    }
}

/// A path on each line. Unless they are raw, space around them, `./` before them, empty lines and comments are left out.
fn paths(text: &str, raw: bool) -> HashSet<String> {
    let lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let path = |line: &str| match raw {
        true => line.to_owned(),
        false if line.trim_start().starts_with(['#', ';']) => String::new(),
        false => line.trim().trim_start_matches("./").trim_start_matches('/').to_owned(),
    };
    lines.map(path).filter(|path| !path.is_empty()).collect()
}

/// A range of keys, or of paths below a folder, by their bytes.
#[derive(Args, Clone, Debug, Default, Eq, PartialEq)]
#[command(next_help_heading = "Filters, by the path below the folder")]
pub(crate) struct Range {
    /// Only objects whose key comes after this one, or files whose path below the folder does.
    #[arg(long, value_name = "KEY")]
    pub(crate) start_after: Option<String>,
    /// Only up to this one, itself included.
    #[arg(long, value_name = "KEY")]
    pub(crate) end_with: Option<String>,
}

impl Range {
    pub(crate) fn is_given(&self) -> bool {
        *self != Self::default()
    }

    /// The range of keys as one of what follows the prefix.
    pub(crate) fn below(&self, prefix: &str) -> Result<Self, Failure> {
        let empty =
            || Failure::usage(format!("nothing in {prefix:?} is within --start-after and --end-with, which are keys"));
        let start_after = match &self.start_after {
            // Everything comes after it.
            Some(key) if key.as_str() < prefix => None,
            Some(key) => Some(key.strip_prefix(prefix).ok_or_else(empty)?.to_owned()),
            None => None,
        };
        let end_with = match &self.end_with {
            Some(key) if key.as_str() < prefix => return Err(empty()),
            // Without the prefix, it is after everything with it.
            Some(key) => key.strip_prefix(prefix).map(str::to_owned),
            None => None,
        };
        if let (Some(start), Some(end)) = (&start_after, &end_with)
            && start >= end
        {
            return Err(empty());
        }
        Ok(Self { start_after, end_with })
    }
}

/// The flags with rules: name, name of the value, help.
const RULES: [(&str, &str, &str); 6] = [
    (
        "include",
        "PATTERN",
        "Only what matches; may be repeated. Of all rules, in their order, the first that matches decides",
    ),
    ("exclude", "PATTERN", "Nothing that matches; may be repeated"),
    (
        "filter",
        "RULE",
        "A rule: '+ PATTERN' takes, '- PATTERN' leaves out, '!' forgets the rules before; may be repeated",
    ),
    ("include-from", "FILE", "Only what one of the patterns in FILE matches, one a line"),
    ("exclude-from", "FILE", "Nothing that one of the patterns in FILE matches, one a line"),
    ("filter-from", "FILE", "The rules in FILE, one a line"),
];

impl Args for FilterArguments {
    fn augment_args(mut command: Command) -> Command {
        for (name, value, help) in RULES {
            let flag = Arg::new(name).long(name).value_name(value).help(help).action(ArgAction::Append);
            let flag = if value == "FILE" { flag.value_parser(clap::value_parser!(PathBuf)) } else { flag };
            command = command.arg(flag.help_heading(HEADING).allow_hyphen_values(value != "FILE"));
        }
        let flag = |name: &'static str, value: &'static str, help: &'static str| {
            Arg::new(name).long(name).value_name(value).help(help).help_heading(HEADING)
        };
        let list = |name, help| {
            let others = RULES.iter().map(|(name, ..)| *name);
            flag(name, "FILE", help).value_parser(clap::value_parser!(PathBuf)).conflicts_with_all(others)
        };
        let size = |text: &str| text.parse::<Size>();
        let time = |text: &str| text.parse::<Time>();
        let moment = |text: &str| text.parse::<Moment>();
        command
            .arg(list("files-from", "Only the paths in FILE, one a line, # before a comment; - is standard input"))
            .arg(list("files-from-raw", "The same, with each line as it stands").conflicts_with("files-from"))
            .arg(flag("min-size", "SIZE", "Nothing smaller").value_parser(size))
            .arg(flag("max-size", "SIZE", "Nothing larger").value_parser(size))
            .arg(flag("min-age", "TIME", "Nothing that was written later than this ago, such as 1h").value_parser(time))
            .arg(
                flag("max-age", "TIME", "Nothing that was written longer ago than this, such as 30d")
                    .value_parser(time),
            )
            .arg(flag("min-mtime", "DATE", "Nothing that was written before, such as 2026-11-28").value_parser(moment))
            .arg(flag("max-mtime", "DATE", "Nothing that was written after").value_parser(moment))
            .arg(
                flag(
                    "shard",
                    "I/N|auto",
                    "Only the paths of this one of N machines, from 0; auto takes it from the environment",
                )
                .value_parser(|text: &str| text.parse::<ShardChoice>()),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// Of the flags in the help.
const HEADING: &str = "Filters, by the path below the folder";

impl FromArgMatches for FilterArguments {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut rules: Vec<(usize, Rule)> = Vec::new();
        for (name, value, _) in RULES {
            let places = matches.indices_of(name).into_iter().flatten();
            if value == "FILE" {
                let paths = matches.get_many::<PathBuf>(name).into_iter().flatten().cloned();
                let rule = match name {
                    "include-from" => Rule::IncludeFrom,
                    "exclude-from" => Rule::ExcludeFrom,
                    _ => Rule::FilterFrom,
                };
                rules.extend(places.zip(paths.map(rule)));
            } else {
                let texts = matches.get_many::<String>(name).into_iter().flatten().cloned();
                let rule = match name {
                    "include" => Rule::Include,
                    "exclude" => Rule::Exclude,
                    _ => Rule::Filter,
                };
                rules.extend(places.zip(texts.map(rule)));
            }
        }
        rules.sort_by_key(|(at, _)| *at);
        let list = |name, raw| matches.get_one::<PathBuf>(name).map(|path| List { path: path.clone(), raw });
        Ok(Self {
            rules: rules.into_iter().map(|(_, rule)| rule).collect(),
            files_from: list("files-from", false).or_else(|| list("files-from-raw", true)),
            min_size: matches.get_one("min-size").copied(),
            max_size: matches.get_one("max-size").copied(),
            min_age: matches.get_one("min-age").copied(),
            max_age: matches.get_one("max-age").copied(),
            min_mtime: matches.get_one("min-mtime").copied(),
            max_mtime: matches.get_one("max-mtime").copied(),
            shard: matches.get_one("shard").copied(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        filters: FilterArguments,
    }

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)
    }

    fn typed(flags: &[&str]) -> Result<Filters, String> {
        let typed = Typed::try_parse_from([&["ossup"], flags].concat()).map_err(|error| error.to_string())?;
        typed.filters.read(now()).map_err(|failure| failure.message)
    }

    #[test]
    fn rules_are_asked_in_the_order_in_which_they_are_typed() {
        let kept = |flags: &[&str]| {
            let filters = typed(flags).unwrap();
            ["a.jpg", "b.txt", "tmp/c.jpg"]
                .into_iter()
                .filter(|path| filters.keeps(path, None, None))
                .collect::<Vec<_>>()
        };
        for (flags, wanted) in [
            (&[][..], &["a.jpg", "b.txt", "tmp/c.jpg"][..]),
            (&["--include", "*.jpg", "--exclude", "tmp/"], &["a.jpg", "tmp/c.jpg"]),
            (&["--exclude", "tmp/", "--include", "*.jpg"], &["a.jpg"]),
            (&["--filter", "- tmp/", "--include", "*.jpg"], &["a.jpg"]),
            (&["--include", "*.jpg", "--filter", "- tmp/"], &["a.jpg", "tmp/c.jpg"]),
            (&["--filter=+ tmp/", "--filter=- *.jpg"], &["b.txt", "tmp/c.jpg"]),
            (&["--exclude", "*", "--filter", "!", "--exclude", "*.txt"], &["a.jpg", "tmp/c.jpg"]),
        ] {
            assert_eq!(kept(flags), wanted, "{flags:?}");
        }
    }

    #[test]
    fn limits_hold_and_the_narrower_of_two_counts() {
        let ago = |seconds| now() - Duration::from_secs(seconds);
        let keeps = |flags: &[&str], size, modified| typed(flags).unwrap().keeps("a", size, modified);
        for (flags, wanted) in [
            (&["--min-size", "2k"][..], [false, true, true]),
            (&["--max-size", "2k"], [true, true, false]),
            (&["--min-size", "2k", "--max-size", "2k"], [false, true, false]),
        ] {
            assert_eq!([1024, 2048, 4096].map(|size| keeps(flags, size, now())), wanted, "{flags:?}");
        }
        for (flags, wanted) in [
            (&["--min-age", "1m"][..], [false, true, true]),
            (&["--max-age", "1m"], [true, true, false]),
            (&["--min-mtime", "2001-09-09T01:45:40"], [true, true, false]),
            (&["--max-mtime", "2001-09-09T01:45:40Z"], [false, true, true]),
            (&["--max-age", "1h", "--min-mtime", "2001-09-09T01:45:40Z"], [true, true, false]),
            (&["--max-age", "1m", "--min-mtime", "2001-01-01"], [true, true, false]),
        ] {
            assert_eq!([0, 60, 120].map(|seconds| keeps(flags, 0, ago(seconds))), wanted, "{flags:?}");
        }
    }

    #[test]
    fn what_is_no_filter_is_told() {
        for (flags, says) in [
            (&["--include", "["][..], "is not a pattern"),
            (&["--filter", "a"], "is not a rule"),
            (&["--include-from", "/missing"], "/missing"),
            (&["--files-from", "/missing"], "/missing"),
            (&["--files-from", "a", "--include", "b"], "cannot be used with"),
            (&["--files-from", "a", "--files-from-raw", "b"], "cannot be used with"),
            (&["--min-size", "big"], "is not a size"),
            (&["--min-size", "2", "--max-size", "1"], "no size"),
            (&["--min-age", "old"], "is not a time"),
            (&["--max-mtime", "yesterday"], "is not a date"),
        ] {
            let error = typed(flags).unwrap_err();
            assert!(error.contains(says), "{flags:?}: {error}");
        }
    }

    #[test]
    fn listed_paths_are_the_only_ones() {
        let set = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<HashSet<_>>();
        let text = "a\r\n# b\n ./c d \n\n/e\n";
        assert_eq!(paths(text, false), set(&["a", "c d", "e"]));
        assert_eq!(paths(text, true), set(&["a", "# b", " ./c d ", "/e"]));
        let filters = Filters::new(Filter::builder(), Some(set(&["a"])), false).unwrap();
        assert!(filters.keeps("a", None, None) && !filters.keeps("b", None, None));
    }

    #[test]
    fn a_range_of_keys_is_one_below_the_prefix() {
        let below = |start: Option<&str>, end: Option<&str>| {
            let range = Range { start_after: start.map(str::to_owned), end_with: end.map(str::to_owned) };
            let below = range.below("dir/").ok()?;
            Some((
                below.start_after.unwrap_or_else(|| "-".to_owned()),
                below.end_with.unwrap_or_else(|| "-".to_owned()),
            ))
        };
        let pair = |start: &str, end: &str| Some((start.to_owned(), end.to_owned()));
        assert_eq!(below(None, None), pair("-", "-"));
        assert_eq!(below(Some("dir/b"), Some("dir/c")), pair("b", "c"));
        assert_eq!(below(Some("a"), Some("z")), pair("-", "-"));
        assert_eq!(below(Some("dir"), None), pair("-", "-"));
        for (start, end) in [(Some("e"), None), (None, Some("a")), (Some("dir/c"), Some("dir/b"))] {
            assert_eq!(below(start, end), None, "{start:?} {end:?}");
        }
    }
}
