//! Sums of folders, from keys in order: a folder is done when a key outside of it comes.

/// How many objects there are, and how large they are together.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Sum {
    pub(super) objects: u64,
    pub(super) bytes: u64,
}

impl Sum {
    pub(super) fn add(&mut self, size: u64) {
        self.objects += 1;
        self.bytes += size;
    }

    fn merge(&mut self, other: Self) {
        self.objects += other.objects;
        self.bytes += other.bytes;
    }
}

/// The folders that lead to the last key, outermost first, and the total.
#[derive(Debug)]
pub(super) struct Folders {
    /// Where the keys' relative part begins.
    root: usize,
    depth: usize,
    open: Vec<(String, Sum)>,
    total: Sum,
}

impl Folders {
    /// Sums of folders that are at most `depth` levels below the first `root` bytes of the keys.
    pub(super) fn new(root: usize, depth: usize) -> Self {
        Self { root, depth, open: Vec::new(), total: Sum::default() }
    }

    /// Adds the next key, and returns the folders that are done, innermost first.
    pub(super) fn add(&mut self, key: &str, size: u64) -> Vec<(String, Sum)> {
        let done = self.close(|folder| !key.starts_with(folder));
        let begin = self.open.last().map_or(self.root, |(folder, _)| folder.len());
        let slashes = key.bytes().enumerate().skip(begin).filter(|(_, byte)| *byte == b'/').map(|(at, _)| at);
        for at in slashes.take(self.depth - self.open.len()) {
            // A slash is a byte of its own in UTF-8.
            self.open.push((key.get(..=at).unwrap_or_default().to_owned(), Sum::default()));
        }
        self.open.last_mut().map_or(&mut self.total, |(_, sum)| sum).add(size);
        done
    }

    /// The folders that are still open, innermost first, and the total.
    pub(super) fn finish(&mut self) -> (Vec<(String, Sum)>, Sum) {
        let open = self.close(|_| true);
        (open, self.total)
    }

    fn close(&mut self, is_done: impl Fn(&str) -> bool) -> Vec<(String, Sum)> {
        let mut done = Vec::new();
        while let Some((folder, sum)) = self.open.pop_if(|(folder, _)| is_done(folder)) {
            self.open.last_mut().map_or(&mut self.total, |(_, outer)| outer).merge(sum);
            done.push((folder, sum));
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(root: &str, depth: usize, keys: &[&str]) -> Vec<String> {
        let mut folders = Folders::new(root.len(), depth);
        let mut rows: Vec<_> = keys.iter().flat_map(|key| folders.add(key, 10)).collect();
        let (rest, total) = folders.finish();
        rows.extend(rest);
        rows.push(("total".to_owned(), total));
        rows.into_iter().map(|(folder, sum)| format!("{folder} {} {}", sum.objects, sum.bytes)).collect()
    }

    #[test]
    fn a_folder_has_what_is_below_it_at_any_level() {
        let keys = ["a", "a/", "a/b/c", "a/b/d/e", "a/f", "b//c", "c"];
        assert_eq!(sums("", 0, &keys), ["total 7 70"]);
        assert_eq!(sums("", 1, &keys), ["a/ 4 40", "b/ 1 10", "total 7 70"]);
        assert_eq!(sums("", 2, &keys), ["a/b/ 2 20", "a/ 4 40", "b// 1 10", "b/ 1 10", "total 7 70"]);
        assert_eq!(sums("a/", 1, &["a/", "a/b/c", "a/b/d/e", "a/f"]), ["a/b/ 2 20", "total 4 40"]);
    }
}
