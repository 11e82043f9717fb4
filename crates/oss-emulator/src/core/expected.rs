//! A secret text to compare with what a caller sent: a signature or a token.

use ring::hmac;

/// A text that can only be compared in constant time: it has no `PartialEq`, and `Debug` does not show it.
#[derive(Clone)]
pub(crate) struct Expected(String);

impl Expected {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether a caller sent exactly this, in a time that does not depend on where the two differ.
    pub(crate) fn is(&self, provided: &str) -> bool {
        // Tags of equal length are compared by the library, which takes the same time for all of them.
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        let tag = hmac::sign(&key, self.0.as_bytes());
        hmac::verify(&key, provided.as_bytes(), tag.as_ref()).is_ok()
    }
}

impl std::fmt::Debug for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Expected").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn only_the_very_same_text_is_right(a in "[ab]{0,4}", b in "[ab]{0,4}") {
            prop_assert_eq!(Expected::new(a.clone()).is(&b), a == b);
        }
    }

    #[test]
    fn it_does_not_show_itself() {
        assert!(!format!("{:?}", Expected::new("token")).contains("token"));
    }

    /// Rows: R89.
    #[test]
    fn signatures_and_tokens_are_compared_in_this_way_only() {
        // Were there a `PartialEq`, both traits would apply and this would not compile.
        trait NotComparable<A> {
            fn holds() {}
        }
        struct Comparable;
        impl<T: ?Sized> NotComparable<()> for T {}
        impl<T: ?Sized + PartialEq> NotComparable<Comparable> for T {}
        <Expected as NotComparable<_>>::holds();

        let sources = [
            include_str!("account.rs"),
            include_str!("../verify.rs"),
            include_str!("../verify/checks.rs"),
            include_str!("../verify/v1.rs"),
            include_str!("../verify/v4_signature.rs"),
            include_str!("../verify/policy.rs"),
        ];
        let code = sources.map(|source| source.split("#[cfg(test)]").next().unwrap_or_default()).concat();
        // Whatever is signed here goes straight into an `Expected`.
        let signing = code.lines().filter(|line| line.contains(".sign(") || line.contains("hmac::sign("));
        let signing: Vec<_> = signing.collect();
        assert_eq!(signing.len(), 4, "{signing:#?}");
        for line in signing {
            assert!(line.contains("Expected::new("), "{line}");
        }
        assert!(code.contains("security_token: Option<Expected>"));
    }
}
