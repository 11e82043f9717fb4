use std::fs::{self, DirEntry, ReadDir};
use std::io;

/// What a name stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    File,
    Folder,
    /// A symbolic link that is not followed.
    Link,
    /// A device, a socket, a FIFO.
    Special,
    /// The name, shown as far as it is text, is that of nothing that could have a key.
    NotUnicode {
        is_folder: bool,
    },
    /// A link to nothing, or what cannot be asked what it is.
    Unreadable,
}

/// The names in one folder in the order of keys. Those of folders end in `/`, since so do they in a key.
#[derive(Debug)]
pub(super) struct Names {
    /// All names, one after the other.
    text: String,
    /// Where each ends, and what it stands for; those that come last are first.
    places: Vec<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    begin: u32,
    len: u16,
    kind: Kind,
}

impl Names {
    pub(super) fn read(entries: ReadDir, follow_links: bool) -> io::Result<Self> {
        let mut names = Self { text: String::new(), places: Vec::new() };
        for entry in entries {
            let entry = entry?;
            let kind = kind(&entry, follow_links);
            let name = entry.file_name();
            match name.to_str() {
                Some(name) => names.add(name, kind)?,
                None => names.add(&name.to_string_lossy(), Kind::NotUnicode { is_folder: kind == Kind::Folder })?,
            }
        }
        let text = &names.text;
        names.places.sort_unstable_by(|a, b| b.of(text).cmp(a.of(text)));
        Ok(names)
    }

    fn add(&mut self, name: &str, kind: Kind) -> io::Result<()> {
        let begin = self.text.len();
        self.text.push_str(name);
        if matches!(kind, Kind::Folder | Kind::NotUnicode { is_folder: true }) {
            self.text.push('/');
        }
        let too_many = |_| io::Error::other("more than 4 GiB of names in one folder");
        let (begin, len) = (u32::try_from(begin), u16::try_from(self.text.len() - begin));
        self.places.push(Place { begin: begin.map_err(too_many)?, len: len.map_err(too_many)?, kind });
        Ok(())
    }
}

/// Each name once, in order.
impl Iterator for Names {
    type Item = (String, Kind);

    fn next(&mut self) -> Option<Self::Item> {
        let place = self.places.pop()?;
        Some((place.of(&self.text).to_owned(), place.kind))
    }
}

impl Place {
    fn of(self, text: &str) -> &str {
        let begin = usize::try_from(self.begin).unwrap_or(usize::MAX);
        text.get(begin..begin.saturating_add(usize::from(self.len))).unwrap_or_default()
    }
}

fn kind(entry: &DirEntry, follow_links: bool) -> Kind {
    let kind = match entry.file_type() {
        Ok(kind) if kind.is_symlink() && follow_links => {
            fs::metadata(entry.path()).map(|metadata| metadata.file_type())
        }
        kind => kind,
    };
    match kind {
        Ok(kind) if kind.is_file() => Kind::File,
        Ok(kind) if kind.is_dir() => Kind::Folder,
        Ok(kind) if kind.is_symlink() => Kind::Link,
        Ok(_) => Kind::Special,
        Err(_) => Kind::Unreadable,
    }
}
