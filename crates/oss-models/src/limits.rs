//! Limits that the service sets: stated here once, for all code that plans, checks or describes a request.
//!
//! They are those of the OSS documentation at the time of writing; a region or an account may have others, and what the
//! service says to a request counts.

use std::ops::RangeInclusive;

/// Smallest part of a multipart upload, in bytes: 100 KiB. The last part may be smaller.
pub const MIN_PART_SIZE: u64 = 100 << 10;

/// Largest part of a multipart upload, in bytes: 5 GiB.
pub const MAX_PART_SIZE: u64 = 5 << 30;

/// Most parts of a multipart upload: 10,000, the greatest [`PartNumber`](crate::PartNumber).
pub const MAX_PARTS: u64 = 10_000;

/// Largest object, in bytes: 10,000 parts of 5 GiB, about 48.8 TiB.
pub const MAX_OBJECT_SIZE: u64 = MAX_PARTS * MAX_PART_SIZE;

/// Largest object of one PutObject, AppendObject or POST form, in bytes: 5 GiB.
pub const MAX_PUT_OBJECT_SIZE: u64 = 5 << 30;

/// Range of `x-oss-traffic-limit`, in bits per second: 245,760 (30 KiB/s) to 838,860,800 (100 MiB/s).
///
/// Older documents name 819,200 as the lower end; the official SDKs allow 245,760.
pub const TRAFFIC_LIMIT: RangeInclusive<u64> = 245_760..=838_860_800;

/// Range of the entries that one page of a list may have (`max-keys`, `max-parts`, `max-uploads`).
pub const PAGE_SIZE: RangeInclusive<u16> = 1..=1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_part_number_is_the_most_parts() {
        assert_eq!(u64::from(crate::PartNumber::MAX.get()), MAX_PARTS);
    }
}
