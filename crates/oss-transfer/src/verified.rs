/// How far the content of a transfer was verified.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verified {
    /// The server's CRC64 of the whole object is that of the bytes read from the source, or written to the target.
    Crc64,
    /// The server's CRC64 was compared for parts, but not for the whole object, or parts of an earlier run were taken
    /// on trust.
    PartsOnly,
    /// The server gave no CRC64.
    No,
}
