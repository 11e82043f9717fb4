use std::collections::BTreeMap;

use oss_models::{Crc64, Crc64Fold, Etag, PartNumber, UploadPartResult};

use super::proof::compare_part;
use super::{Part, PartFailure};

/// What the server gave for one stored part.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PartReceipt {
    pub(crate) part: Part,
    pub(crate) etag: Etag,
    /// CRC64 of the part's bytes as they were read here; `None` if the part was adopted on trust.
    pub(crate) crc64: Option<Crc64>,
    /// Whether the server's CRC64 of this part was compared with ours.
    pub(crate) compared: bool,
    /// Whether an earlier run sent it.
    pub(crate) reused: bool,
}

impl PartReceipt {
    /// Of a part that was sent with this CRC64.
    ///
    /// # Errors
    /// The server stored other bytes.
    pub(crate) fn of_sent(part: Part, sent: Crc64, response: UploadPartResult) -> Result<Self, PartFailure> {
        let compared = compare_part(sent, response.hash_crc64)?;
        Ok(Self { part, etag: response.etag, crc64: Some(sent), compared, reused: false })
    }
}

/// Receipts in the order of their parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Receipts {
    parts: BTreeMap<PartNumber, PartReceipt>,
    /// CRC64 of the whole, where it is known though those of the parts are not.
    whole: Option<Crc64>,
}

impl Receipts {
    /// Adds a receipt; a later one for the same part replaces it, as on the server.
    pub(crate) fn insert(&mut self, receipt: PartReceipt) {
        self.parts.insert(receipt.part.number, receipt);
    }

    /// Sets the CRC64 that the whole is to have: of an object that is copied.
    pub(crate) fn expect(&mut self, whole: Option<Crc64>) {
        self.whole = whole;
    }

    pub(crate) fn contains(&self, number: PartNumber) -> bool {
        self.parts.contains_key(&number)
    }

    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &PartReceipt> {
        self.parts.values()
    }

    /// Bytes of all parts.
    pub(crate) fn size(&self) -> u64 {
        self.iter().map(|receipt| receipt.part.len).sum()
    }

    /// Parts that an earlier run sent.
    pub(crate) fn reused(&self) -> usize {
        self.iter().filter(|receipt| receipt.reused).count()
    }

    /// Whether parts of an earlier run were adopted without a comparison with the local bytes.
    pub(crate) fn any_trusted(&self) -> bool {
        self.whole.is_none() && self.iter().any(|receipt| receipt.reused && !receipt.compared)
    }

    /// Whether the server's CRC64 of each part was compared with ours.
    pub(crate) fn all_compared(&self) -> bool {
        self.iter().all(|receipt| receipt.compared)
    }

    /// CRC64 of the whole object: the one it is to have, or folded from the parts; `None` if one of them has none.
    pub(crate) fn crc64(&self) -> Option<Crc64> {
        if self.whole.is_some() {
            return self.whole;
        }
        let mut fold = Crc64Fold::new();
        for receipt in self.iter() {
            fold.push(receipt.crc64?, receipt.part.len);
        }
        Some(fold.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn receipt(index: usize, len: u64, crc64: Option<u64>) -> PartReceipt {
        PartReceipt {
            part: Part { number: PartNumber::from_index(index).unwrap(), offset: 0, len },
            etag: Etag::new("e").unwrap(),
            crc64: crc64.map(Crc64::from_u64),
            compared: true,
            reused: false,
        }
    }

    proptest! {
        /// Rows: W18, W20, R32.
        #[test]
        fn the_fold_equals_combining_one_by_one(parts in proptest::collection::vec((any::<u64>(), prop::sample::select(vec![1, 7, 102_400, 6_291_456, 5 << 30])), 0..40)) {
            let mut receipts = Receipts::default();
            // In any order: the numbers decide.
            for (index, (crc, len)) in parts.iter().enumerate().rev() {
                receipts.insert(receipt(index, *len, Some(*crc)));
            }
            let one_by_one = parts.iter().fold(Crc64::EMPTY, |sum, (crc, len)| sum.combine(Crc64::from_u64(*crc), *len));
            prop_assert_eq!(receipts.crc64(), Some(one_by_one));
        }

        #[test]
        fn folding_pieces_gives_the_whole(bytes in proptest::collection::vec(any::<u8>(), 0..5000), piece in 1..900_usize) {
            let mut receipts = Receipts::default();
            for (index, chunk) in bytes.chunks(piece).enumerate() {
                receipts.insert(receipt(index, chunk.len() as u64, Some(Crc64::of(chunk).to_u64())));
            }
            prop_assert_eq!(receipts.crc64(), Some(Crc64::of(&bytes)));
        }
    }

    /// Rows: W18, W20, R54.
    #[test]
    fn one_part_without_crc_leaves_the_whole_unknown() {
        let mut receipts = Receipts::default();
        receipts.insert(receipt(0, 5, Some(1)));
        receipts.insert(receipt(1, 5, None));
        assert_eq!(receipts.crc64(), None);
        receipts.expect(Some(Crc64::from_u64(9)));
        assert_eq!(receipts.crc64(), Some(Crc64::from_u64(9)));
        assert_eq!(Receipts::default().crc64(), Some(Crc64::EMPTY));
    }
}
