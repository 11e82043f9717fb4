//! What is to be done about each path. Pure: what the lists say comes in, actions go out.

use crate::{Cause, Comparison, DeleteLimits, DeleteRefusal, Direction, Entry, Equality, Pair, Reason, Side, Sides};

/// What is to be done about a path.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// It goes from the source to the destination.
    Transfer(Transfer),
    /// It is equal on both sides.
    Skip {
        /// As the source has it.
        source: Entry,
        /// What showed it.
        reason: Reason,
    },
    /// It is on the destination alone, which both lists prove, and goes away when everything else is done.
    Delete(Entry),
    /// It is on the destination, and not known to be on the source; it stays.
    Keep {
        /// As the destination has it.
        entry: Entry,
        /// Why it stays.
        why: Kept,
    },
    /// It cannot be transferred without harm.
    Refuse {
        /// As the source has it.
        source: Entry,
        /// Why.
        why: String,
    },
}

/// A file or object that goes to the destination.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Transfer {
    /// As the source has it.
    pub source: Entry,
    /// What the destination has at its path; `None` if it has nothing, as far as is known.
    pub replaces: Option<Entry>,
}

impl Transfer {
    /// From the source to a path at which the destination has this.
    pub fn new(source: Entry, replaces: Option<Entry>) -> Self {
        Self { source, replaces }
    }
}

/// Why an entry of the destination stays that the source did not show.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Kept {
    /// Nothing is to be deleted.
    NotAsked,
    /// The source could not tell whether it has it.
    Unknown(String),
}

/// What the planner says of a pair.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Decision {
    /// What to do.
    Act(Action),
    /// The contents have to be compared first: [`Planner::compared`].
    Compare {
        /// As the source has it.
        source: Entry,
        /// As the destination has it.
        destination: Entry,
        /// Whether by the MD5 of the file and the entity tag of the object, and not by CRC64.
        by_md5: bool,
    },
}

/// What a comparison of contents showed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// They are equal.
    Same,
    /// They are not.
    Different,
    /// The server does not know.
    Unknown,
}

/// Decides about each pair of a [`Merge`](crate::Merge), and at the end whether what is extra may be deleted.
#[derive(Clone, Debug)]
pub struct Planner {
    direction: Direction,
    comparison: Comparison,
    delete: bool,
    sides: Sides,
}

impl Planner {
    /// A planner that has seen nothing. Without `delete`, what is extra stays.
    pub fn new(direction: Direction, comparison: Comparison, delete: bool) -> Self {
        Self { direction, comparison, delete, sides: Sides::default() }
    }

    /// What to do about a pair. `ahead` is by how many seconds the server's clock is ahead of this machine's, if that is known.
    pub fn decide(&mut self, pair: Pair, ahead: Option<i64>) -> Decision {
        match pair {
            Pair::Both { source, destination } => {
                self.sides.source_entries += 1;
                self.sides.destination_entries += 1;
                match self.comparison.compare(self.direction, ahead, &source, &destination) {
                    Equality::Same(reason) => Decision::Act(Action::Skip { source, reason }),
                    Equality::Different(_) => transfer(source, Some(destination)),
                    equality => Decision::Compare { source, destination, by_md5: equality == Equality::ByMd5 },
                }
            }
            Pair::Missing(source) => {
                self.sides.source_entries += 1;
                transfer(source, None)
            }
            Pair::Extra(entry) => {
                self.sides.destination_entries += 1;
                if !self.delete {
                    return Decision::Act(Action::Keep { entry, why: Kept::NotAsked });
                }
                self.sides.extra += 1;
                Decision::Act(Action::Delete(entry))
            }
            Pair::Unknown { found: Side::Source, entry, unknown } => {
                self.sides.source_entries += 1;
                // What only lies between two names of the range is most likely not there.
                match unknown.cause != Cause::LeftOut && is_at_or_below(&entry.path, unknown.paths.first()) {
                    true => Decision::Act(self.refuse(entry, unknown.reason)),
                    false => transfer(entry, None),
                }
            }
            Pair::Unknown { found: Side::Destination, entry, unknown } => {
                self.sides.destination_entries += 1;
                Decision::Act(Action::Keep { entry, why: Kept::Unknown(unknown.reason) })
            }
        }
    }

    /// What to do once the contents of two entries were compared. Those that cannot be proven equal are transferred.
    pub fn compared(&self, source: Entry, destination: Entry, content: Content, by_md5: bool) -> Action {
        match content {
            Content::Same => Action::Skip { source, reason: if by_md5 { Reason::Etag } else { Reason::Crc64 } },
            Content::Different | Content::Unknown => Action::Transfer(Transfer::new(source, Some(destination))),
        }
    }

    /// An entry that cannot be transferred without harm.
    pub fn refuse(&mut self, source: Entry, why: impl Into<String>) -> Action {
        self.failed();
        Action::Refuse { source, why: why.into() }
    }

    /// Something was not done: a transfer or comparison that failed, or a part of a side that could not be read.
    pub fn failed(&mut self) {
        self.sides.failed += 1;
    }

    /// The list of a side came to its end without an error.
    pub fn complete(&mut self, side: Side) {
        match side {
            Side::Source => self.sides.source_complete = true,
            Side::Destination => self.sides.destination_complete = true,
        }
    }

    /// Whether what is extra may be deleted, now that everything else is done.
    ///
    /// # Errors
    /// The first reason against it.
    pub fn may_delete(&self, limits: &DeleteLimits) -> Result<(), DeleteRefusal> {
        limits.check(&self.sides)
    }

    /// What was counted up to now.
    pub fn sides(&self) -> Sides {
        self.sides
    }

    /// Continues with what an earlier run counted.
    pub(crate) fn with_sides(mut self, sides: Sides) -> Self {
        self.sides = sides;
        self
    }
}

fn transfer(source: Entry, replaces: Option<Entry>) -> Decision {
    Decision::Act(Action::Transfer(Transfer::new(source, replaces)))
}

/// Whether a path is this one, or below the folder of this name.
fn is_at_or_below(path: &str, name: &str) -> bool {
    let name = name.strip_suffix('/').unwrap_or(name);
    path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
