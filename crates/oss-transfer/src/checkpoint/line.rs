use oss_models::Crc64;

use super::CheckpointError;

/// One line of a record: `<checksum> <content>`, the checksum being the CRC64 of the content as 16 hexadecimal digits.
///
/// It finds accidents, such as a line cut short by a crash; it is no protection against a user who may write the file.
///
/// # Errors
/// [`CheckpointError::TooLarge`] if the line would be longer than `limit` bytes.
pub fn encode_line(content: &str, limit: usize) -> Result<Vec<u8>, CheckpointError> {
    let line = format!("{:016x} {content}\n", Crc64::of(content.as_bytes()).to_u64());
    if line.len() > limit {
        return Err(CheckpointError::TooLarge { limit: limit as u64 });
    }
    Ok(line.into_bytes())
}

/// The content of a whole line, its end included, whose checksum fits.
pub fn decode_line(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (checksum, content) = line.split_once(' ')?;
    let expected = format!("{:016x}", Crc64::of(content.as_bytes()).to_u64());
    (checksum == expected).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_back_whole_or_not_at_all() {
        let line = encode_line("part 1", 64).unwrap();
        assert_eq!(decode_line(&line), Some("part 1"));
        for end in 0..line.len() {
            assert_eq!(decode_line(&line[..end]), None, "cut after {end}");
        }
        for at in 0..line.len() {
            let mut damaged = line.clone();
            damaged[at] ^= 1;
            assert_eq!(decode_line(&damaged), None, "damaged at {at}");
        }
    }

    #[test]
    fn a_line_past_its_limit_is_refused() {
        let len = encode_line("x", 64).unwrap().len();
        assert!(encode_line("x", len).is_ok());
        assert!(matches!(encode_line("x", len - 1), Err(CheckpointError::TooLarge { .. })));
    }
}
