//! The encoding of text files that people write with an editor (REP-03).

use std::{error::Error, fmt};

/// Why bytes are not UTF-8 text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotText {
    /// UTF-16, which some editors on Windows call "Unicode".
    Utf16,
    /// Neither UTF-8 nor UTF-16.
    NotUtf8,
}

/// Decodes UTF-8, and removes a byte order mark at the start, which editors on Windows write (RFC 8259 section 8.1
/// allows a reader of JSON to ignore it). The bytes are moved and not copied, because some texts are secrets.
///
/// # Errors
/// If the bytes are not UTF-8.
pub fn decode(bytes: Vec<u8>) -> Result<String, NotText> {
    // The first letter of UTF-16 without a byte order mark contains a zero byte.
    let has_zero = bytes.iter().take(2).any(|byte| *byte == 0);
    if has_zero || bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(NotText::Utf16);
    }
    let mut text = String::from_utf8(bytes).map_err(|_| NotText::NotUtf8)?;
    if text.starts_with('\u{FEFF}') {
        text.drain(..'\u{FEFF}'.len_utf8());
    }
    Ok(text)
}

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf16 => "the file is saved as UTF-16; save it as UTF-8",
            Self::NotUtf8 => "the file is not UTF-8 text",
        })
    }
}

impl Error for NotText {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rep_03_accepts_a_byte_order_mark_and_names_utf_16() {
        let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        for (bytes, expected) in [
            ("{}".into(), Ok("{}")),
            ("\u{FEFF}{}".into(), Ok("{}")),
            ("\u{FEFF}".into(), Ok("")),
            (Vec::new(), Ok("")),
            ("ö".into(), Ok("ö")),
            // Only the first mark is removed.
            ("\u{FEFF}\u{FEFF}a".into(), Ok("\u{FEFF}a")),
            (utf16("\u{FEFF}{}", u16::to_le_bytes), Err(NotText::Utf16)),
            (utf16("\u{FEFF}{}", u16::to_be_bytes), Err(NotText::Utf16)),
            (utf16("{}", u16::to_le_bytes), Err(NotText::Utf16)),
            (utf16("{}", u16::to_be_bytes), Err(NotText::Utf16)),
            (b"{\"a\":\"\xF6\"}".to_vec(), Err(NotText::NotUtf8)),
        ] {
            assert_eq!(decode(bytes.clone()), expected.map(str::to_owned), "{bytes:?}");
        }
    }
}
