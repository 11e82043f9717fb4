use std::fmt;

use oss_models::{Crc64, Etag, PartNumber, UploadId};
use serde::{Deserialize, Serialize};

use crate::plan::{MAX_PART_SIZE, MIN_PART_SIZE};

/// Proof that one part of a [`MultipartSession`](super::MultipartSession) is stored; goes from the worker that sent the part to
/// the one that completes the upload, as JSON or in any other format of serde.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct PartReceipt {
    /// The session that the part belongs to.
    pub upload_id: UploadId,
    /// Part number.
    #[serde(rename = "part")]
    pub number: PartNumber,
    /// Where its bytes begin in the object.
    pub offset: u64,
    /// Its length in bytes.
    pub len: u64,
    /// Entity tag that the server gave.
    pub etag: Etag,
    /// CRC64 of the bytes as they were sent.
    pub crc64: Crc64,
    /// Whether the server's CRC64 of the part was there and equal.
    pub compared: bool,
}

impl PartReceipt {
    /// The receipt of a part that was sent by a request of the caller's own: `len` bytes from `offset` in the object, whose
    /// CRC64 is `crc64`. It has not been compared with the server's; set [`compared`](Self::compared) if it has.
    pub fn new(upload_id: UploadId, number: PartNumber, offset: u64, len: u64, etag: Etag, crc64: Crc64) -> Self {
        Self { upload_id, number, offset, len, etag, crc64, compared: false }
    }
}

/// Why receipts do not make an object.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ReceiptError {
    /// There are none.
    Empty,
    /// One is of another upload.
    OtherUpload {
        /// Its number.
        number: PartNumber,
    },
    /// Two for the same number differ, and only one of them can be what the server has.
    Ambiguous {
        /// The number.
        number: PartNumber,
    },
    /// Bytes are missing.
    Gap {
        /// The part behind the gap.
        number: PartNumber,
        /// First missing byte.
        from: u64,
        /// First byte that is there again.
        to: u64,
    },
    /// Bytes are there twice, or the numbers are in another order than the ranges.
    Overlap {
        /// The later part.
        number: PartNumber,
        /// Where it begins.
        offset: u64,
        /// Where the parts before it end.
        end: u64,
    },
    /// A part has a length that the service refuses.
    PartSize {
        /// Its number.
        number: PartNumber,
        /// Its length.
        len: u64,
    },
    /// The parts are not as long as the object was to be.
    Size {
        /// What was announced.
        expected: u64,
        /// Sum of the parts.
        found: u64,
    },
}

impl fmt::Display for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there are no parts"),
            Self::OtherUpload { number } => write!(f, "part {number} belongs to another upload"),
            Self::Ambiguous { number } => write!(
                f,
                "part {number} was sent twice with different outcomes; send it again and keep only that receipt"
            ),
            Self::Gap { number, from, to } => write!(f, "bytes {from} to {to} are missing before part {number}"),
            Self::Overlap { number, offset, end } => write!(
                f,
                "part {number} begins at byte {offset}, before byte {end}, where the parts with smaller numbers end"
            ),
            Self::PartSize { number, len } => write!(
                f,
                "part {number} has {len} bytes; {MIN_PART_SIZE} to {MAX_PART_SIZE} are allowed, fewer only in the last part"
            ),
            Self::Size { expected, found } => {
                write!(f, "the parts have {found} bytes, the object should have {expected}")
            }
        }
    }
}

impl std::error::Error for ReceiptError {}

/// Puts receipts in order and checks that they cover the object once, from its first byte to its last. Receipts that
/// are there twice count once.
pub(super) fn arrange(
    mut receipts: Vec<PartReceipt>,
    upload_id: &UploadId,
    size: Option<u64>,
) -> Result<Vec<PartReceipt>, ReceiptError> {
    receipts.sort_by_key(|receipt| receipt.number);
    receipts.dedup();
    let last = receipts.last().ok_or(ReceiptError::Empty)?.number;
    let mut end = 0_u64;
    let mut before = None;
    for receipt in &receipts {
        let PartReceipt { number, offset, len, .. } = *receipt;
        if receipt.upload_id != *upload_id {
            return Err(ReceiptError::OtherUpload { number });
        }
        if before.replace(number) == Some(number) {
            return Err(ReceiptError::Ambiguous { number });
        }
        if offset > end {
            return Err(ReceiptError::Gap { number, from: end, to: offset });
        }
        if offset < end {
            return Err(ReceiptError::Overlap { number, offset, end });
        }
        let least = if number == last { 0 } else { MIN_PART_SIZE };
        if !(least..=MAX_PART_SIZE).contains(&len) {
            return Err(ReceiptError::PartSize { number, len });
        }
        end = end.saturating_add(len);
    }
    match size {
        Some(expected) if expected != end => Err(ReceiptError::Size { expected, found: end }),
        _ => Ok(receipts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LEN: u64 = MIN_PART_SIZE;

    fn id() -> UploadId {
        UploadId::new("ID").unwrap()
    }

    fn receipt(number: u16, offset: u64, len: u64) -> PartReceipt {
        PartReceipt {
            upload_id: id(),
            number: PartNumber::new(number).unwrap(),
            offset,
            len,
            etag: Etag::new(format!("E{number}")).unwrap(),
            crc64: Crc64::from_u64(number.into()),
            compared: true,
        }
    }

    /// Numbers with a hole, a short last part.
    fn whole() -> Vec<PartReceipt> {
        vec![receipt(1, 0, LEN), receipt(2, LEN, 2 * LEN), receipt(7, 3 * LEN, 1)]
    }

    fn error(receipts: Vec<PartReceipt>) -> ReceiptError {
        arrange(receipts, &id(), None).unwrap_err()
    }

    fn number(number: u16) -> PartNumber {
        PartNumber::new(number).unwrap()
    }

    #[test]
    fn receipts_come_in_any_order_and_more_than_once() {
        let mut receipts = whole();
        receipts.reverse();
        receipts.push(receipt(2, LEN, 2 * LEN));
        assert_eq!(arrange(receipts, &id(), Some(3 * LEN + 1)), Ok(whole()));
        let empty = vec![receipt(1, 0, 0)];
        assert_eq!(arrange(empty.clone(), &id(), Some(0)), Ok(empty));
    }

    #[test]
    fn gaps_overlaps_and_wrong_sizes_are_found() {
        assert_eq!(error(vec![]), ReceiptError::Empty);
        assert_eq!(error(vec![receipt(1, 1, LEN)]), ReceiptError::Gap { number: number(1), from: 0, to: 1 });
        let gap = vec![receipt(1, 0, LEN), receipt(2, LEN + 5, LEN)];
        assert_eq!(error(gap), ReceiptError::Gap { number: number(2), from: LEN, to: LEN + 5 });
        let overlap = vec![receipt(1, 0, LEN), receipt(2, LEN - 1, LEN)];
        assert_eq!(error(overlap), ReceiptError::Overlap { number: number(2), offset: LEN - 1, end: LEN });
        let out_of_order = vec![receipt(1, LEN, LEN), receipt(2, 0, LEN)];
        assert_eq!(error(out_of_order), ReceiptError::Gap { number: number(1), from: 0, to: LEN });
        let small = vec![receipt(1, 0, LEN - 1), receipt(2, LEN - 1, LEN)];
        assert_eq!(error(small), ReceiptError::PartSize { number: number(1), len: LEN - 1 });
        let large = vec![receipt(1, 0, MAX_PART_SIZE + 1)];
        assert_eq!(error(large), ReceiptError::PartSize { number: number(1), len: MAX_PART_SIZE + 1 });
        let found = 3 * LEN + 1;
        assert_eq!(arrange(whole(), &id(), Some(5)), Err(ReceiptError::Size { expected: 5, found }));
    }

    #[test]
    fn receipts_of_another_upload_or_with_two_outcomes_are_refused() {
        let mut receipts = whole();
        receipts[1].upload_id = UploadId::new("OTHER").unwrap();
        assert_eq!(error(receipts), ReceiptError::OtherUpload { number: number(2) });
        let mut receipts = whole();
        receipts.push(PartReceipt { etag: Etag::new("other").unwrap(), ..receipts[0].clone() });
        assert_eq!(error(receipts), ReceiptError::Ambiguous { number: number(1) });
    }

    #[test]
    fn an_error_says_which_bytes_and_parts_do_not_fit() {
        for (error, text) in [
            (ReceiptError::Empty, "there are no parts"),
            (ReceiptError::OtherUpload { number: number(2) }, "part 2 belongs to another upload"),
            (
                ReceiptError::Ambiguous { number: number(3) },
                "part 3 was sent twice with different outcomes; send it again and keep only that receipt",
            ),
            (ReceiptError::Gap { number: number(4), from: 5, to: 9 }, "bytes 5 to 9 are missing before part 4"),
            (
                ReceiptError::Overlap { number: number(5), offset: 6, end: 8 },
                "part 5 begins at byte 6, before byte 8, where the parts with smaller numbers end",
            ),
            (
                ReceiptError::PartSize { number: number(6), len: 7 },
                "part 6 has 7 bytes; 102400 to 5368709120 are allowed, fewer only in the last part",
            ),
            (ReceiptError::Size { expected: 8, found: 9 }, "the parts have 9 bytes, the object should have 8"),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn receipts_travel_as_json() {
        let receipt = PartReceipt { crc64: Crc64::from_u64(u64::MAX), ..receipt(3, 5, 7) };
        let json = serde_json::to_string(&receipt).unwrap();
        let expected = r#"{"upload_id":"ID","part":3,"offset":5,"len":7,"etag":"E3","crc64":"18446744073709551615","compared":true}"#;
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<PartReceipt>(&json).unwrap(), receipt);
        for bad in [json.replace(":3", ":0"), json.replace("E3", ""), json.replace("ID", ""), json.replace("184", "x")]
        {
            assert!(serde_json::from_str::<PartReceipt>(&bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_cut_of_an_object_is_accepted_and_without_one_part_it_is_not(
            lens in proptest::collection::vec(MIN_PART_SIZE..MIN_PART_SIZE * 3, 2..40),
            seed in any::<u64>(),
            missing in any::<prop::sample::Index>(),
        ) {
            let mut receipts = Vec::new();
            let mut end = 0;
            for (number, len) in (1..).zip(&lens) {
                receipts.push(receipt(number, end, *len));
                end += len;
            }
            let whole = receipts.clone();
            fastrand::Rng::with_seed(seed).shuffle(&mut receipts);
            prop_assert_eq!(arrange(receipts.clone(), &id(), Some(end)), Ok(whole));
            receipts.swap_remove(missing.index(receipts.len()));
            prop_assert!(arrange(receipts, &id(), Some(end)).is_err());
        }
    }
}
