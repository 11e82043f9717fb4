use std::collections::{BTreeMap, BTreeSet};

use oss_models::Crc64;
use proptest::prelude::*;

use super::*;
use crate::{Item, MaxDelete, Merge, PathRange, Step, Unknown};

fn entry(path: &str, content: u8) -> Entry {
    Entry { crc64: Some(Crc64::of(&[content])), ..Entry::new(path, 1) }
}

fn planner(delete: bool) -> Planner {
    Planner::new(Direction::Up, Comparison::Auto, delete)
}

fn decide(planner: &mut Planner, pair: Pair) -> Action {
    match planner.decide(pair, Some(0)) {
        Decision::Act(action) => action,
        Decision::Compare { .. } => panic!("undecided"),
    }
}

#[test]
fn each_pair_has_one_action() {
    let mut planner = planner(true);
    let (old, new) = (entry("a", 1), entry("a", 2));
    let both =
        |source: &Entry, destination: &Entry| Pair::Both { source: source.clone(), destination: destination.clone() };
    let same = decide(&mut planner, both(&old, &old));
    assert_eq!(same, Action::Skip { source: old.clone(), reason: Reason::Crc64 });
    let changed = decide(&mut planner, both(&new, &old));
    assert_eq!(changed, Action::Transfer(Transfer::new(new.clone(), Some(old.clone()))));
    let missing = decide(&mut planner, Pair::Missing(new.clone()));
    assert_eq!(missing, Action::Transfer(Transfer::new(new, None)));
    assert_eq!(decide(&mut planner, Pair::Extra(old.clone())), Action::Delete(old.clone()));
    let unknown = Unknown::unreadable(PathRange::folder("a"), "unreadable");
    let kept = decide(&mut planner, Pair::Unknown { found: Side::Destination, entry: old.clone(), unknown });
    assert_eq!(kept, Action::Keep { entry: old, why: Kept::Unknown("unreadable".to_owned()) });
    let Sides { source_entries, destination_entries, extra, failed, .. } = planner.sides();
    assert_eq!((source_entries, destination_entries, extra, failed), (3, 4, 1, 0));
}

#[test]
fn nothing_is_deleted_that_was_not_asked_for() {
    let mut planner = planner(false);
    let kept = decide(&mut planner, Pair::Extra(entry("a", 1)));
    assert_eq!(kept, Action::Keep { entry: entry("a", 1), why: Kept::NotAsked });
    assert_eq!(planner.sides().extra, 0);
}

#[test]
fn what_the_destination_cannot_take_is_refused_and_counts_as_failed() {
    let link = || Unknown::unsupported(PathRange::folder("link"), "a symbolic link");
    for (path, refused) in [("link", true), ("link/a", true), ("link.txt", false)] {
        let mut planner = planner(true);
        let pair = Pair::Unknown { found: Side::Source, entry: entry(path, 1), unknown: link() };
        let is_refused = matches!(decide(&mut planner, pair), Action::Refuse { .. });
        assert_eq!((is_refused, planner.sides().failed), (refused, u64::from(refused)), "{path}");
    }
}

#[test]
fn contents_that_cannot_be_compared_are_transferred() {
    let planner = planner(true);
    let action = |content| planner.compared(entry("a", 1), entry("a", 1), content, false);
    assert!(matches!(action(Content::Same), Action::Skip { reason: Reason::Crc64, .. }));
    assert!(matches!(action(Content::Different), Action::Transfer(_)));
    assert!(matches!(action(Content::Unknown), Action::Transfer(_)));
}

/// The actions for two lists, in their order; lists come in pieces of any size.
fn plan(source: Vec<Item>, destination: Vec<Item>, planner: &mut Planner) -> Vec<Action> {
    let (mut source, mut destination) = (source.into_iter(), destination.into_iter());
    let (mut merge, mut actions) = (Merge::default(), Vec::new());
    loop {
        match merge.step() {
            Step::Need(side) => {
                let list = if side == Side::Source { &mut source } else { &mut destination };
                match list.next() {
                    Some(item) => merge.push(side, item).unwrap(),
                    None => {
                        merge.end(side);
                        planner.complete(side);
                    }
                }
            }
            Step::Pair(pair) => actions.push(decide(planner, pair)),
            Step::Done => return actions,
        }
    }
}

fn path_of(action: &Action) -> &str {
    match action {
        Action::Transfer(Transfer { source, .. }) | Action::Skip { source, .. } | Action::Refuse { source, .. } => {
            &source.path
        }
        Action::Delete(entry) | Action::Keep { entry, .. } => &entry.path,
    }
}

fn tree() -> impl Strategy<Value = BTreeMap<String, u8>> {
    proptest::collection::btree_map("[ab.0/]{1,4}", 0_u8..3, 0..12)
}

proptest! {
    /// Against a map: carrying the plan out makes the destination equal to the source wherever the source could be read, and
    /// nothing is deleted that the source has, or may have.
    #[test]
    fn a_plan_makes_both_sides_equal_and_deletes_nothing_that_exists(
        source in tree(), destination in tree(), lost in proptest::collection::btree_set("[ab]{1,2}", 0..3),
    ) {
        let ranges: Vec<_> = lost.iter().map(|folder| PathRange::folder(folder)).collect();
        let is_lost = |path: &str| ranges.iter().any(|range| range.contains(path));
        let mut items: BTreeMap<(String, u8), Item> = source
            .iter()
            .filter(|(path, _)| !is_lost(path))
            .map(|(path, content)| ((path.clone(), 1), Item::Entry(entry(path, *content))))
            .collect();
        items.extend(lost.iter().zip(&ranges).map(|(folder, range)| {
            ((folder.clone(), 0), Item::Unknown(Unknown::unreadable(range.clone(), "unreadable")))
        }));
        let there: Vec<_> = destination.iter().map(|(path, content)| Item::Entry(entry(path, *content))).collect();
        let mut planner = planner(true);
        let actions = plan(items.into_values().collect(), there, &mut planner);

        prop_assert!(actions.iter().map(path_of).is_sorted(), "{:?}", actions);
        let mut result = destination.clone();
        for action in &actions {
            match action {
                Action::Transfer(Transfer { source: entry, .. }) => {
                    result.insert(entry.path.clone(), source[&entry.path]);
                }
                Action::Delete(entry) => {
                    prop_assert!(!source.contains_key(&entry.path) && !is_lost(&entry.path), "{}", entry.path);
                    result.remove(&entry.path);
                }
                _ => {}
            }
        }
        let mut wanted: BTreeMap<_, _> = source.iter().filter(|(path, _)| !is_lost(path)).map(|(path, content)| (path.clone(), *content)).collect();
        wanted.extend(destination.iter().filter(|(path, _)| is_lost(path)).map(|(path, content)| (path.clone(), *content)));
        prop_assert_eq!(&result, &wanted);

        // A second run finds nothing to do.
        let again = |tree: &BTreeMap<String, u8>| tree.iter().map(|(path, content)| Item::Entry(entry(path, *content))).collect::<Vec<_>>();
        let mut second = Planner::new(Direction::Up, Comparison::Auto, true);
        let actions = plan(again(&wanted), again(&result), &mut second);
        prop_assert!(actions.iter().all(|action| matches!(action, Action::Skip { .. })), "{:?}", actions);
        prop_assert_eq!(second.sides().extra, 0);
        let everything = DeleteLimits::default().max_delete(MaxDelete::Percent(100)).allow_empty_source(true);
        prop_assert!(planner.may_delete(&everything).is_ok());
    }

    #[test]
    fn the_counts_are_those_of_the_lists(source in tree(), destination in tree()) {
        let items = |tree: &BTreeMap<String, u8>| tree.iter().map(|(path, content)| Item::Entry(entry(path, *content))).collect::<Vec<_>>();
        let mut planner = planner(true);
        plan(items(&source), items(&destination), &mut planner);
        let sides = planner.sides();
        let extra = destination.keys().collect::<BTreeSet<_>>().difference(&source.keys().collect()).count();
        prop_assert_eq!(
            (sides.source_entries, sides.destination_entries, sides.extra),
            (source.len() as u64, destination.len() as u64, extra as u64)
        );
        prop_assert!(sides.source_complete && sides.destination_complete);
    }
}
