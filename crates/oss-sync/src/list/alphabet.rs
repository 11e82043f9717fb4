//! Keys as numbers, by the characters that were seen at each of their places: how much of a range a page covers, and where its
//! middle is.

/// So many characters of a key are looked at.
const PLACES: usize = 96;
/// A number may be so large; the places behind that are too fine to matter.
const LARGEST: u128 = 1 << 100;

/// The characters that were seen at each place, sorted. Of digits, and of hexadecimal letters beside digits, the others are taken
/// for seen: they come sooner or later.
#[derive(Debug, Default)]
pub(super) struct Alphabets(Vec<Vec<char>>);

/// The places of a range in which its ends differ, each a digit of a number.
struct Scale<'a> {
    alphabets: &'a Alphabets,
    /// How many characters the ends have in common.
    common: usize,
    /// How many values the digit of each place has; 0 is the end of the text.
    radices: Vec<u128>,
}

/// A guess about a part of the keys.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Estimate {
    /// How many pages it has.
    pub(super) pages: f64,
    /// A text that is likely to be in its middle, and certainly inside.
    pub(super) middle: String,
}

impl Alphabets {
    /// Learns from a key.
    pub(super) fn see(&mut self, key: &str) {
        for (place, character) in key.chars().take(PLACES).enumerate() {
            if place == self.0.len() {
                self.0.push(Vec::new());
            }
            if let Some(alphabet) = self.0.get_mut(place)
                && alphabet.binary_search(&character).is_err()
            {
                alphabet.push(character);
                complete(alphabet);
            }
        }
    }

    /// What is after `low` and before `high`, if a page of so many keys lies between `first` and `last`. `None` if nothing may be
    /// there. The first `common` characters of all are the same.
    pub(super) fn estimate(
        &self,
        common: usize,
        (low, high): (&str, Option<&str>),
        (first, last): (&str, &str),
    ) -> Option<Estimate> {
        let scale = Scale::new(self, common, low, high);
        let begin = scale.value(low);
        let end = high.map_or_else(|| scale.end(), |high| scale.value(high));
        let width = end.checked_sub(begin).filter(|width| *width > 1)?;
        let page = scale.value(last).saturating_sub(scale.value(first)).max(1);
        let middle = begin + width / 2;
        let text = scale.text(middle, low);
        let is_inside = |text: &&str| *text > low && high.is_none_or(|high| *text < high);
        // As short as it may be: what follows says less than it seems.
        let is_near = |text: &&str| scale.value(text).abs_diff(middle) < width / 8;
        let shorter = text.char_indices().skip(scale.common + 1).filter_map(|(end, _)| text.get(..end));
        let middle = shorter.filter(is_inside).find(is_near).or_else(|| Some(text.as_str()).filter(is_inside))?;
        #[expect(clippy::cast_precision_loss, reason = "a guess")]
        let pages = width as f64 / page as f64;
        Some(Estimate { pages, middle: middle.to_owned() })
    }

    fn at(&self, place: usize) -> &[char] {
        self.0.get(place).map(Vec::as_slice).unwrap_or_default()
    }
}

fn complete(alphabet: &mut Vec<char>) {
    if alphabet.iter().any(char::is_ascii_digit) {
        alphabet.extend('0'..='9');
        if alphabet.iter().any(|character| matches!(character, 'a'..='f')) {
            alphabet.extend('a'..='f');
        }
    }
    alphabet.sort_unstable();
    alphabet.dedup();
}

impl<'a> Scale<'a> {
    fn new(alphabets: &'a Alphabets, common: usize, low: &str, high: Option<&str>) -> Self {
        let same = high.map_or(0, |high| low.chars().zip(high.chars()).take_while(|(low, high)| low == high).count());
        let common = common.max(same);
        let (mut radices, mut all) = (Vec::new(), 1_u128);
        for place in common..common + PLACES {
            if all >= LARGEST {
                break;
            }
            let radix = alphabets.at(place).len() as u128 + 1;
            all *= radix;
            radices.push(radix);
        }
        Self { alphabets, common, radices }
    }

    /// The number of the last text.
    fn end(&self) -> u128 {
        self.radices.iter().product::<u128>() - 1
    }

    fn value(&self, key: &str) -> u128 {
        let mut characters = key.chars().skip(self.common);
        let (mut value, mut place) = (0, self.common);
        let mut is_exact = true;
        for radix in &self.radices {
            let character = if is_exact { characters.next() } else { None };
            let digit = character.map_or(0, |character| {
                let found = self.alphabets.at(place).binary_search(&character);
                // A character that was not seen begins where the next one does that was, and nothing behind it counts.
                is_exact = found.is_ok();
                found.unwrap_or_else(|index| index) as u128 + 1
            });
            value = value * radix + digit;
            place += 1;
        }
        value
    }

    /// The text with this number; what the ends have in common is that of `low`.
    fn text(&self, mut value: u128, low: &str) -> String {
        let mut digits: Vec<u128> = Vec::new();
        for radix in self.radices.iter().rev() {
            digits.push(value % radix);
            value /= radix;
        }
        let mut text: String = low.chars().take(self.common).collect();
        for (place, digit) in (self.common..).zip(digits.into_iter().rev()) {
            let index = usize::try_from(digit).ok().and_then(|digit| digit.checked_sub(1));
            match index.and_then(|index| self.alphabets.at(place).get(index)) {
                Some(character) => text.push(*character),
                None => break,
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn alphabets(keys: &[&str]) -> Alphabets {
        let mut alphabets = Alphabets::default();
        keys.iter().for_each(|key| alphabets.see(key));
        alphabets
    }

    #[test]
    fn numbers_are_divided_evenly_whatever_was_seen_of_them() {
        let seen = alphabets(&["0000000000", "0000000999"]);
        let estimate = |low, high| seen.estimate(0, (low, high), ("0000000000", "0000000999")).unwrap();
        let Estimate { pages, middle } = estimate("0000000999", None);
        assert!(pages > 1e6, "{pages}");
        assert_eq!(middle, "5");
        assert_eq!(estimate("0000000999", Some("0000100999")).middle, "000005");
        assert_eq!(seen.estimate(0, ("a", Some("a")), ("a", "a")), None);
        let hexadecimal = alphabets(&["0a", "a1"]).estimate(0, ("00", None), ("00", "0f")).unwrap();
        assert_eq!(hexadecimal.middle, "8");
    }

    #[test]
    fn the_rest_of_a_folder_is_divided_within_it() {
        let seen = alphabets(&["hot/000000000", "hot/000000999", "rest-1/00"]);
        let middle =
            seen.estimate(0, ("hot/000000999", Some("hot0")), ("hot/000000000", "hot/000000999")).unwrap().middle;
        assert!(middle.starts_with("hot/5"), "{middle}");
    }

    /// Digests, such as those of files that are stored by their content.
    #[test]
    fn of_keys_without_end_the_first_places_tell() {
        let digest = |first: &str| format!("{first:0<96}");
        let seen = alphabets(&[&"0a".repeat(48), &"f9".repeat(48)]);
        let estimate = |low: &str, high: Option<&str>| {
            seen.estimate(0, (&digest(low), high), (&digest("0"), &digest("01"))).unwrap()
        };
        let Estimate { pages, middle } = estimate("0", None);
        assert_eq!(middle, "8");
        assert!((100.0..1_000.0).contains(&pages), "a page is one of 17 * 17 parts: {pages}");
        assert_eq!(estimate("0", Some("4")).middle, "2");
    }

    proptest! {
        #[test]
        fn a_middle_is_inside(
            keys in proptest::collection::vec("[a-f0-9/\u{e9}]{1,6}", 1..6), low in "[a-f0-9/\u{e9}z]{0,6}", high in "[a-f0-9/\u{e9}z]{1,6}",
        ) {
            let seen = alphabets(&keys.iter().map(String::as_str).collect::<Vec<_>>());
            for high in [None, Some(high.as_str()).filter(|high| *high > low.as_str())] {
                if let Some(Estimate { pages, middle }) = seen.estimate(0, (&low, high), (&low, &low)) {
                    prop_assert!(middle > low && high.is_none_or(|high| middle.as_str() < high), "{middle:?}");
                    prop_assert!(pages > 0.0);
                }
            }
        }
    }
}
