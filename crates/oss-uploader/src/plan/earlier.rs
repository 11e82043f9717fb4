//! What the record of an earlier run leads to: whether it fits the source and the request, and how far its parts are trusted.

use oss_models::UploadId;

use super::{CopiedObject, PartLayout};
use crate::Settings;
use crate::checkpoint::{Loaded, OpenUpload, Phase, Record, SdkRecord, StampChange};

/// What the record of an earlier run leads to.
#[derive(Debug)]
pub(crate) enum Previous {
    /// Nothing of it can be used.
    None { warning: Option<String> },
    /// Its upload stores something else: it is aborted, and everything is sent again.
    Obsolete { upload_id: UploadId, reason: &'static str },
    /// The server is asked what it has of its upload.
    Resumable(Box<Resumable>),
}

/// An earlier run that fits the source and the request.
#[derive(Debug)]
pub(crate) struct Resumable {
    /// Its record, to be continued.
    pub(crate) record: Record,
    pub(crate) upload: OpenUpload,
    pub(crate) layout: PartLayout,
    pub(crate) comparison: Comparison,
    pub(crate) warning: Option<String>,
}

/// Whether stored parts are compared with the local bytes before they are adopted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Comparison {
    /// They are.
    Bytes,
    /// They are taken on trust.
    Trust,
}

/// Decides what becomes of what was `loaded`. `now` is the record of this run, of a source of `size` bytes; `verify`
/// whether the caller asked for stored parts to be compared.
pub(crate) fn examine(loaded: Loaded, now: &Record, size: u64, verify: bool) -> Previous {
    let none = |warning: String| Previous::None { warning: Some(warning) };
    match loaded {
        Loaded::Record(record) => examine_record(*record, now, size, verify),
        Loaded::SdkRecord(sdk) => match PartLayout::exact(size, sdk.part_size) {
            Some(layout) => Previous::Resumable(Box::new(take_over(sdk, now, layout, verify))),
            None => Previous::None { warning: None },
        },
        Loaded::Quarantined { reason, moved_to } => {
            none(format!("the record of an earlier run is unusable, now at {}: {reason}", moved_to.display()))
        }
        Loaded::UnusableSdkRecord { path, reason } => none(format!("{} was not taken over: {reason}", path.display())),
        Loaded::Nothing => Previous::None { warning: None },
    }
}

/// As [`examine`], of a copy of `object`: the parts of an earlier run were made of the object that its record names. They are
/// adopted if that is still the source; the CRC64 of the whole proves them in the end.
pub(crate) fn examine_copy(loaded: Loaded, now: &Record, object: &CopiedObject) -> Previous {
    let is_same = matches!(&loaded, Loaded::Record(record) if record.source == now.source);
    match examine(loaded, now, object.size, false) {
        Previous::Resumable(mut run) if is_same => {
            if object.crc64.is_none() {
                // Nothing could prove that an object that is there is the one that was completed.
                run.record.phase = Phase::Uploading(run.upload.clone());
            }
            Previous::Resumable(run)
        }
        Previous::Resumable(run) => Previous::Obsolete { upload_id: run.upload.id, reason: ANOTHER_OBJECT },
        Previous::Obsolete { upload_id, .. } => Previous::Obsolete { upload_id, reason: ANOTHER_OBJECT },
        none @ Previous::None { .. } => none,
    }
}

/// How many parts are read at a time, to be compared: as many as are sent, and no more than can be summed up.
pub(crate) fn readers(settings: &Settings, processors: usize) -> usize {
    settings.parallel_num.expected().min(processors)
}

/// Why nothing of an earlier copy can be used.
const ANOTHER_OBJECT: &str = "the source changed since the earlier run, or is to be stored in another way";

fn examine_record(mut record: Record, now: &Record, size: u64, verify: bool) -> Previous {
    let Some(upload) = record.upload().cloned() else {
        let warning = "an earlier run ended while it initiated an upload; an empty upload may be left of it";
        return Previous::None { warning: Some(warning.to_owned()) };
    };
    match fits(&record, now, size) {
        Ok(layout) => {
            let comparison = comparison(record.source.compare(&now.source), verify);
            if record.requested.is_some() && record.requested != now.requested {
                // An object that is there has the ACL of the earlier run, and HeadObject shows none.
                record.phase = Phase::Uploading(upload.clone());
            }
            record.requested.clone_from(&now.requested);
            Previous::Resumable(Box::new(Resumable { record, upload, layout, comparison, warning: None }))
        }
        Err(reason) => Previous::Obsolete { upload_id: upload.id, reason },
    }
}

fn take_over(sdk: SdkRecord, now: &Record, layout: PartLayout, verify: bool) -> Resumable {
    let upload = OpenUpload::new(sdk.upload_id, None);
    let mut record = now.clone();
    record.part_size = sdk.part_size;
    record.phase = Phase::Uploading(upload.clone());
    record.imported_from = Some(sdk.path);
    let warning = "resuming the upload of another program; metadata, storage class and the like are what it set";
    let comparison = comparison(StampChange::Same, verify);
    Resumable { record, upload, layout, comparison, warning: Some(warning.to_owned()) }
}

/// The layout of the earlier run, if `now` is the same source to be stored in the same way.
fn fits(earlier: &Record, now: &Record, size: u64) -> Result<PartLayout, &'static str> {
    if earlier.source.compare(&now.source) == StampChange::Different {
        return Err("the file changed since the earlier run");
    }
    if earlier.initiate != now.initiate {
        return Err("the earlier run stored the object in another way (metadata, storage class or the like)");
    }
    PartLayout::exact(size, earlier.part_size).ok_or("the parts of the earlier run do not fit the file")
}

/// Trust is for a file that nothing speaks against: a change whose modification time was set back leaves a trace in that of
/// the attributes, and then only the bytes can tell.
fn comparison(change: StampChange, verify: bool) -> Comparison {
    match change {
        StampChange::Same if !verify => Comparison::Trust,
        _ => Comparison::Bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UploadOptions;
    use crate::checkpoint::{RequestedProperties, SdkKind};
    use crate::plan::testing::{copied_object, id, record, uploading};
    use expect_test::expect;
    use std::fmt::Write as _;

    /// Rows: W26, W39, R26, R28.
    #[test]
    fn an_earlier_run_fits_only_with_the_same_file_and_the_same_initiate() {
        let earlier = record(100, 10, "a");
        assert_eq!(fits(&earlier, &record(100, 99, "a"), 100).map(PartLayout::part_size), Ok(10));
        assert!(fits(&earlier, &record(100, 10, "b"), 100).is_err());
        assert!(fits(&earlier, &record(101, 10, "a"), 101).is_err());
        assert!(fits(&record(100_000, 1, "a"), &record(100_000, 1, "a"), 100_000).is_err());
    }

    /// What is asked for only when the upload is completed may differ: HeadObject does not show it, so that an object which is
    /// there proves nothing.
    #[test]
    fn another_acl_continues_the_upload_and_trusts_no_object() {
        let asked = |digest: &str| {
            let names = vec!["x-oss-object-acl".to_owned()];
            Some(RequestedProperties { names, digest: digest.to_owned() })
        };
        for (earlier, now, is_completing) in
            [(asked("1"), asked("1"), true), (asked("1"), asked("2"), false), (None, asked("1"), true)]
        {
            let loaded = Record { requested: earlier, ..uploading(100, 10, "a", Phase::Completing) };
            let now = Record { requested: now, ..record(100, 10, "a") };
            let Previous::Resumable(run) = examine(Loaded::Record(Box::new(loaded)), &now, 100, true) else {
                panic!("it fits")
            };
            assert_eq!(matches!(run.record.phase, Phase::Completing(_)), is_completing);
            assert_eq!(run.record.requested, now.requested);
        }
    }

    /// Rows: W38, W39, R26, R28.
    #[test]
    fn what_was_loaded_decides_whether_to_resume_and_how_parts_are_compared() {
        let now = record(100, 20, "a");
        let own = |record| Loaded::Record(Box::new(record));
        let sdk = |part_size| {
            let (kind, path) = (SdkKind::GoSdkV2, "/r.ucp".into());
            Loaded::SdkRecord(SdkRecord { kind, path, upload_id: id(), part_size })
        };
        let touched = |mut record: Record| {
            record.source.changed_ns = Some(1);
            record
        };
        let mut table = String::new();
        for (name, loaded) in [
            ("nothing", Loaded::Nothing),
            ("intent", own(record(100, 10, "a"))),
            ("same", own(uploading(100, 10, "a", Phase::Uploading))),
            ("attributes changed", own(touched(uploading(100, 10, "a", Phase::Uploading)))),
            ("another file", own(uploading(101, 10, "a", Phase::Uploading))),
            ("another initiate", own(uploading(100, 10, "b", Phase::Completing))),
            ("unusable", Loaded::Quarantined { reason: "cut short".into(), moved_to: "/q".into() }),
            ("of another program", sdk(10)),
            ("of another program, in no parts", sdk(0)),
            ("unusable, of another", Loaded::UnusableSdkRecord { path: "/r.ucp".into(), reason: "cut".into() }),
        ] {
            let outcome = |verify| match examine(loaded.clone(), &now, 100, verify) {
                Previous::None { warning } => format!("none, warning {}", warning.is_some()),
                Previous::Obsolete { reason, .. } => format!("abort: {reason}"),
                Previous::Resumable(run) => {
                    format!(
                        "parts of {}, {:?}, warning {}",
                        run.layout.part_size(),
                        run.comparison,
                        run.warning.is_some()
                    )
                }
            };
            writeln!(table, "{name}: {}; unverified: {}", outcome(true), outcome(false)).unwrap();
        }
        expect![[r#"
            nothing: none, warning false; unverified: none, warning false
            intent: none, warning true; unverified: none, warning true
            same: parts of 10, Bytes, warning false; unverified: parts of 10, Trust, warning false
            attributes changed: parts of 10, Bytes, warning false; unverified: parts of 10, Bytes, warning false
            another file: abort: the file changed since the earlier run; unverified: abort: the file changed since the earlier run
            another initiate: abort: the earlier run stored the object in another way (metadata, storage class or the like); unverified: abort: the earlier run stored the object in another way (metadata, storage class or the like)
            unusable: none, warning true; unverified: none, warning true
            of another program: parts of 10, Bytes, warning true; unverified: parts of 10, Trust, warning true
            of another program, in no parts: none, warning false; unverified: none, warning false
            unusable, of another: none, warning true; unverified: none, warning true
        "#]].assert_eq(&table);
    }

    #[test]
    fn an_earlier_copy_is_continued_only_of_the_very_same_object() {
        let (object, now) = (copied_object(100), record(100, 20, "a"));
        let unknown = CopiedObject { crc64: None, ..copied_object(100) };
        let own = |record| Loaded::Record(Box::new(record));
        let completing = || uploading(100, 10, "a", Phase::Completing);
        let mut touched = completing();
        touched.source.inode = Some(1);
        let sdk = SdkRecord { kind: SdkKind::GoSdkV2, path: "/r.ucp".into(), upload_id: id(), part_size: 10 };
        let mut table = String::new();
        for (name, loaded, object) in [
            ("nothing", Loaded::Nothing, &object),
            ("intent", own(record(100, 10, "a")), &object),
            ("same", own(completing()), &object),
            ("same, without CRC64", own(completing()), &unknown),
            ("another of the same size and time", own(touched), &object),
            ("another size", own(uploading(101, 10, "a", Phase::Completing)), &object),
            ("another initiate", own(uploading(100, 10, "b", Phase::Completing)), &object),
            ("of another program", Loaded::SdkRecord(sdk), &object),
        ] {
            let outcome = match examine_copy(loaded, &now, object) {
                Previous::None { warning } => format!("none, warning {}", warning.is_some()),
                Previous::Obsolete { reason, .. } => {
                    assert_eq!(reason, ANOTHER_OBJECT);
                    "abort".to_owned()
                }
                Previous::Resumable(run) => {
                    let is_completing = matches!(run.record.phase, Phase::Completing(_));
                    format!("{:?}, completing {is_completing}", run.comparison)
                }
            };
            writeln!(table, "{name}: {outcome}").unwrap();
        }
        expect![[r#"
            nothing: none, warning false
            intent: none, warning true
            same: Trust, completing true
            same, without CRC64: Trust, completing false
            another of the same size and time: abort
            another size: abort
            another initiate: abort
            of another program: abort
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn no_more_parts_are_compared_at_a_time_than_are_sent_or_can_be_summed_up() {
        let settings = Settings::check(&UploadOptions::default().parallel_num(4)).unwrap();
        assert_eq!([1, 4, 8].map(|processors| readers(&settings, processors)), [1, 4, 4]);
    }
}
