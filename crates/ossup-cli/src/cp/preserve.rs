//! The time and the mode of a file: kept in the metadata of its object, and given back to the file that is made of it.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use clap::ValueEnum;
use ossup::PutObjectRequest;
use ossup::http::HeaderMap;

use crate::output::Output;

/// What is kept of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Attribute {
    Mtime,
    Mode,
}

/// Which attributes are kept.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Preserve {
    mtime: bool,
    mode: bool,
}

/// Seconds since 1970 with nine decimals.
const MTIME: &str = "ossup-mtime";
/// Permissions in octal, as chmod takes them.
const MODE: &str = "ossup-mode";
/// Permissions alone: an object must not make a file run as another user.
const PERMISSIONS: u32 = 0o777;

impl Preserve {
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        Self { mtime: attributes.contains(&Attribute::Mtime), mode: attributes.contains(&Attribute::Mode) }
    }

    /// The request with the attributes of the file. One that cannot be looked at is the upload's to report.
    pub(crate) fn with_attributes_of(self, path: &Path, mut request: PutObjectRequest) -> PutObjectRequest {
        if self == Self::default() {
            return request;
        }
        let Ok(file) = std::fs::metadata(path) else { return request };
        let mut metadata = request.metadata.take().unwrap_or_default();
        if let Some(time) = file.modified().ok().filter(|_| self.mtime) {
            metadata.insert(MTIME, seconds(time));
        }
        if let Some(mode) = mode(&file.permissions()).filter(|_| self.mode) {
            metadata.insert(MODE, format!("{:04o}", mode & PERMISSIONS));
        }
        request.metadata = Some(metadata);
        request
    }

    /// Gives the file what the headers of its object say. That it cannot be done is a warning: the content is there.
    pub(super) fn give_back(self, path: &Path, headers: &HeaderMap, output: &Output) {
        let value = |name: &str| headers.get(format!("x-oss-meta-{name}"))?.to_str().ok();
        let time = value(MTIME).filter(|_| self.mtime);
        let mode = value(MODE).filter(|_| self.mode);
        let unusable = |name: &str, text: &str| io::Error::other(format!("{name} of the object is {text:?}"));
        // The time first: it may take a permission that the mode takes away.
        let given = time
            .map_or(Ok(()), |text| {
                let time = moment(text).ok_or_else(|| unusable(MTIME, text))?;
                // Windows sets the times of a file that is open for writing alone.
                let file: File = OpenOptions::new().read(true).write(cfg!(windows)).open(path)?;
                file.set_modified(time)
            })
            .and_then(|()| {
                mode.map_or(Ok(()), |text| {
                    let mode = u32::from_str_radix(text, 8).map_err(|_| unusable(MODE, text))?;
                    set_mode(path, mode & PERMISSIONS)
                })
            });
        if let Err(error) = given {
            output.warn(format!("{} has its content, but not its time and mode: {error}", path.display()));
        }
    }
}

fn seconds(time: SystemTime) -> String {
    let (sign, distance) = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => ("", since),
        Err(before) => ("-", before.duration()),
    };
    format!("{sign}{}.{:09}", distance.as_secs(), distance.subsec_nanos())
}

fn moment(text: &str) -> Option<SystemTime> {
    let (is_before, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 9 || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let nanos = format!("{fraction:0<9}").parse().ok()?;
    let distance = Duration::new(whole.parse().ok()?, nanos);
    match is_before {
        true => SystemTime::UNIX_EPOCH.checked_sub(distance),
        false => SystemTime::UNIX_EPOCH.checked_add(distance),
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn mode(permissions: &Permissions) -> Option<u32> {
    Some(std::os::unix::fs::PermissionsExt::mode(permissions))
}

#[cfg(not(unix))]
fn mode(_: &Permissions) -> Option<u32> {
    None
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_back_as_it_was_written() {
        let epoch = SystemTime::UNIX_EPOCH;
        for (time, text) in [
            (epoch, "0.000000000"),
            (epoch + Duration::new(1_700_000_000, 123_456_789), "1700000000.123456789"),
            (epoch - Duration::new(1, 500_000_000), "-1.500000000"),
        ] {
            assert_eq!((seconds(time).as_str(), moment(text)), (text, Some(time)));
        }
        assert_eq!(moment("5"), Some(epoch + Duration::from_secs(5)));
        assert_eq!(moment("5.5"), Some(epoch + Duration::from_millis(5500)));
        for bad in
            ["", "-", ".5", "1.1234567890", "x", "1.x", "+1", "1e3", "99999999999999999999", "18446744073709551615"]
        {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }
}
