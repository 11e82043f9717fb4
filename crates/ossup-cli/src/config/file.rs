//! The configuration file of ossutil, `~/.ossutilconfig`: read by sections and keys, and written without touching anything else.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A file in the ini format, kept line by line.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConfigFile {
    lines: Vec<String>,
}

impl ConfigFile {
    /// Reads it; a file that is missing is empty.
    ///
    /// # Errors
    /// It cannot be read, or is not text.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(Self::of(&text)),
            // A home of /dev/null, which services without one have, holds no files.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(Self::default())
            }
            Err(error) => Err(error),
        }
    }

    fn of(text: &str) -> Self {
        Self { lines: text.lines().map(str::to_owned).collect() }
    }

    /// The names of the profiles, in the order of the file; the default one is `default`.
    pub(crate) fn profiles(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for section in self.lines.iter().filter_map(|line| section_of(line)) {
            let name = match profile_of(section) {
                Some(name) => name.to_owned(),
                None => continue,
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The last value of a key in a profile. Keys are compared without case, `-` and `_`.
    pub(crate) fn value(&self, profile: &str, key: &str) -> Option<String> {
        self.last(key, |section| profile_of(section) == Some(profile))
    }

    /// The last value of a key in the section of a bucket, `[buckets NAME]`.
    pub(crate) fn value_of_bucket(&self, bucket: &str, key: &str) -> Option<String> {
        self.last(key, |section| bucket_of(section) == Some(bucket))
    }

    fn last(&self, key: &str, is_wanted: impl Fn(&str) -> bool) -> Option<String> {
        let found = self.entries(is_wanted).filter(|(_, have, _)| normal(have) == normal(key)).last();
        found.map(|(_, _, value)| value.to_owned()).filter(|value| !value.is_empty())
    }

    /// Sets a key of a profile; both are made if they are missing.
    pub(crate) fn set(&mut self, profile: &str, key: &str, value: &str) {
        let line = format!("{key}={value}");
        let of_profile = |section: &str| profile_of(section) == Some(profile);
        let last = self.entries(of_profile).filter(|(_, have, _)| normal(have) == normal(key)).last();
        if let Some(at) = last.map(|(at, ..)| at) {
            if let Some(old) = self.lines.get_mut(at) {
                *old = line;
            }
            return;
        }
        // Behind the last line of the section that says something.
        if let Some(head) = self.lines.iter().position(|line| section_of(line).is_some_and(of_profile)) {
            let end = self.lines.iter().skip(head + 1).position(|line| section_of(line).is_some());
            let end = end.map_or(self.lines.len(), |more| head + 1 + more);
            let blanks = self.lines.iter().take(end).rev().take_while(|line| line.trim().is_empty()).count();
            self.lines.insert(end - blanks, line);
            return;
        }
        if self.lines.last().is_some_and(|line| !line.trim().is_empty()) {
            self.lines.push(String::new());
        }
        self.lines.push(if profile == DEFAULT { format!("[{DEFAULT}]") } else { format!("[profile {profile}]") });
        self.lines.push(line);
    }

    /// Writes it beside its place and puts it there at once, for this user alone.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let beside: PathBuf = folder.join(format!(".{name}.{}.new", std::process::id()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&beside).and_then(|mut file| {
            file.write_all((self.lines.join("\n") + "\n").as_bytes())?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
            let _ = fs::remove_file(&beside);
        })
    }

    /// The entries of some sections: number of the line, key, value.
    fn entries(&self, is_wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = (usize, &str, &str)> {
        let mut inside = false;
        self.lines.iter().enumerate().filter_map(move |(at, line)| {
            if let Some(section) = section_of(line) {
                inside = is_wanted(section);
                return None;
            }
            let line = line.trim();
            if !inside || line.starts_with(['#', ';']) {
                return None;
            }
            let (key, value) = line.split_once('=')?;
            // A comment behind a blank.
            let value = value.split(" #").next().unwrap_or_default();
            Some((at, key.trim(), value.trim()))
        })
    }
}

/// The name of the default profile.
pub(crate) const DEFAULT: &str = "default";

/// The name of a section, if the line begins one.
fn section_of(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[')?.split(']').next().map(str::trim)
}

/// The profile that a section is; `[Credentials]` was the default one in ossutil 1.
fn profile_of(section: &str) -> Option<&str> {
    if section.eq_ignore_ascii_case(DEFAULT) || section.eq_ignore_ascii_case("credentials") {
        return Some(DEFAULT);
    }
    let (kind, name) = section.split_once(char::is_whitespace)?;
    kind.eq_ignore_ascii_case("profile").then(|| name.trim())
}

/// The bucket that a section is about.
fn bucket_of(section: &str) -> Option<&str> {
    let (kind, name) = section.split_once(char::is_whitespace)?;
    kind.eq_ignore_ascii_case("buckets").then(|| name.trim())
}

fn normal(key: &str) -> String {
    key.chars().filter(|char| !matches!(char, '-' | '_')).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# mine\n[default]\naccessKeyID = a # old\nregion=cn-hangzhou\n\n[profile b]\nregion = cn-beijing\n[buckets x]\nendpoint=e\n";

    #[test]
    fn values_are_found_by_profile_and_key_in_any_spelling() {
        let file = ConfigFile::of(FILE);
        assert_eq!(file.profiles(), ["default", "b"]);
        assert_eq!(file.value("default", "access-key-id").as_deref(), Some("a"));
        assert_eq!(file.value("b", "Region").as_deref(), Some("cn-beijing"));
        assert_eq!((file.value("b", "endpoint"), file.value("x", "endpoint")), (None, None));
        assert_eq!(file.value_of_bucket("x", "Endpoint").as_deref(), Some("e"));
        assert_eq!((file.value_of_bucket("b", "region"), file.value_of_bucket("y", "endpoint")), (None, None));
    }

    #[test]
    fn setting_a_value_changes_one_line() {
        let mut file = ConfigFile::of(FILE);
        file.set("default", "region", "cn-shanghai");
        file.set("default", "endpoint", "e2");
        file.set("b", "mode", "AK");
        file.set("c", "region", "r");
        assert_eq!(
            file.lines.join("\n"),
            "# mine\n[default]\naccessKeyID = a # old\nregion=cn-shanghai\nendpoint=e2\n\n[profile b]\nregion = cn-beijing\n\
             mode=AK\n[buckets x]\nendpoint=e\n\n[profile c]\nregion=r"
        );
    }
}
