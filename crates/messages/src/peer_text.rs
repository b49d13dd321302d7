//! Text that a peer wrote: made safe before it is stored, shown or sent (REP-21).
//!
//! Peers quote tokens in their error messages: Microsoft's hero sample puts the whole response body of ACS into one. A
//! text that people pass on to others must not carry them.

use std::ops::Range;

/// What takes the place of a token.
const REMOVED: &str = "[removed]";

/// A run of this many characters is long: 24 random bytes in base64, or 20 in base32. 128-bit ids stay below it.
const LONG: usize = 32;

/// No word of any language has this many letters.
const LONGER_THAN_ANY_WORD: usize = 80;

/// Hexadecimal up to the length of a SHA-1 thumbprint is an id. What is longer may be a key, unless a label says that it
/// is a digest.
const LONGEST_HEX_ID: usize = 40;

/// A GUID with its hyphens.
const GUID: usize = 36;

/// The text without characters that mislead readers, and with `[removed]` in the place of everything that looks like a
/// token: a JWT, a client secret of Entra, or a long run of base64, base64url or base32.
pub fn sanitized(text: &str) -> String {
    // Invisible characters first: between the letters of a token they would hide it from the search.
    let mut text = text.to_owned();
    text.retain(|c| !misleads(c));
    without_tokens(text)
}

/// The same for the name of a person, which needs some invisible characters: joiners in Persian or Sinhala, variation
/// selectors in Japanese. Each is kept once, behind a character that no token has.
pub fn sanitized_name(name: &str) -> String {
    let mut before = ' ';
    let mut text = name.to_owned();
    text.retain(|c| {
        let joins = is_of_names(c) && !before.is_ascii() && !misleads(before) && !before.is_whitespace();
        let is_kept = joins || !misleads(c);
        if is_kept {
            before = c;
        }
        is_kept
    });
    without_tokens(text)
}

fn without_tokens(mut text: String) -> String {
    for token in tokens(&text).into_iter().rev() {
        text.replace_range(token, REMOVED);
    }
    text
}

/// Whether a part of the text looks like a token.
pub fn has_token(text: &str) -> bool {
    let visible: String = text.chars().filter(|c| !misleads(*c)).collect();
    !tokens(&visible).is_empty()
}

/// Characters that are not seen, or that change the order of others (Trojan Source, CVE-2021-42574).
fn misleads(c: char) -> bool {
    // Default_Ignorable_Code_Point of Unicode, and those beside it that show nothing.
    let is_invisible = matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{16FE4}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D159}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}');
    is_invisible || (c.is_control() && !c.is_whitespace())
}

/// U+200C and U+200D, and the variation selectors.
fn is_of_names(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Consecutive characters of tokens, each with its place in the text. An escaped character takes several bytes there.
#[derive(Default)]
struct Run {
    characters: Vec<u8>,
    places: Vec<Range<usize>>,
    /// How many of them there are up to the last line break.
    line_start: usize,
}

/// What came between the lines of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Break {
    None,
    /// A line break and indentation.
    Plain,
    /// The same, with quotation marks or the `>` of a quoted mail.
    Decorated,
}

/// Where the tokens are, in order.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut run = Run::default();
    // Of a line that has not been joined to the run yet.
    let mut broken = Break::None;
    let mut line = Run::default();
    let mut at = 0;
    while let Some((character, mut length)) = read(&text[at..]) {
        match character {
            Character::Token(byte) => {
                line.characters.push(byte);
                line.places.push(at..at + length);
            }
            Character::Invisible => {}
            Character::LineBreak | Character::Space | Character::Mark | Character::Other => {
                let kind;
                (kind, length) = separator(&text[at..], character, length);
                run.join(&mut line, broken, text, &mut found);
                broken = kind;
                if kind == Break::None {
                    run.search(text, &mut found);
                    run = Run::default();
                }
            }
        }
        at += length;
    }
    run.join(&mut line, broken, text, &mut found);
    run.search(text, &mut found);
    found
}

/// What this character begins, and how long that is: a line break, with all that surrounds it, may have been put into a
/// token. A space alone was not.
fn separator(text: &str, first: Character, length: usize) -> (Break, usize) {
    if matches!(first, Character::Other) {
        return (Break::None, length);
    }
    let (mut kind, mut is_broken, mut at) = (Break::Plain, false, 0);
    while let Some((character, length)) = read(&text[at..]) {
        match character {
            Character::LineBreak => is_broken = true,
            Character::Space | Character::Invisible => {}
            Character::Mark => kind = Break::Decorated,
            // Programs join texts with it.
            Character::Token(b'+')
                if text[at + length..].starts_with(char::is_whitespace) && kind == Break::Decorated => {}
            Character::Token(_) | Character::Other => break,
        }
        at += length;
    }
    (if is_broken { kind } else { Break::None }, at)
}

#[derive(Clone, Copy)]
enum Character {
    /// Of base64, base64url, the compact form of a JWT or a client secret.
    Token(u8),
    LineBreak,
    Space,
    /// Quotation marks and what else stands around the lines of a quoted text.
    Mark,
    /// Misleads, and was escaped.
    Invisible,
    Other,
}

/// The first character, and how many bytes it takes: JSON, URLs and HTML write characters of base64 as escapes, some of
/// them twice.
fn read(text: &str) -> Option<(Character, usize)> {
    let first = text.chars().next()?;
    let (value, length) = escaped(text).unwrap_or((first, first.len_utf8()));
    let character = match value {
        'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' | '-' | '_' | '=' | '.' | '~' => Character::Token(value as u8),
        ' ' | '\t' => Character::Space,
        '"' | '\'' | '`' | '>' | '|' | ',' | '\u{2018}'..='\u{201F}' | '«' | '»' | '‹' | '›' => Character::Mark,
        _ if value.is_whitespace() => Character::LineBreak,
        _ if misleads(value) => Character::Invisible,
        _ => Character::Other,
    };
    Some((character, length))
}

/// `%2B`, `%252B`; `\/`, `\"`, `\u002b`, `\\u002b`, `\n`; `&#43;`, `&#x2b;`, `&gt;`.
fn escaped(text: &str) -> Option<(char, usize)> {
    let hex = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    let (rest, value, length) = match text.as_bytes().first()? {
        b'%' => {
            let mut rest = &text[1..];
            while rest.get(2..4).is_some_and(|next| hex(next).is_some()) && rest.starts_with("25") {
                rest = &rest[2..];
            }
            (rest, hex(rest.get(..2)?)?, 2)
        }
        b'\\' => {
            // JSON in JSON doubles them.
            let backslashes = text.bytes().take(9).take_while(|byte| *byte == b'\\').count();
            let rest = &text[backslashes..];
            match rest.as_bytes().first()? {
                b'/' => (rest, '/', 1),
                b'"' | b'\'' => (rest, '"', 1),
                b'n' | b'r' => (rest, '\n', 1),
                b't' => (rest, '\t', 1),
                b'u' => (rest, hex(rest.get(1..5)?)?, 5),
                _ => return None,
            }
        }
        b'&' if text.starts_with("&gt;") => (&text[1..], '>', 3),
        b'&' if text.starts_with("&quot;") || text.starts_with("&apos;") => (&text[1..], '"', 5),
        b'&' => {
            let rest = text.strip_prefix("&#")?;
            let end = rest.find(';').filter(|end| *end <= 5)?;
            let value = match rest.strip_prefix(['x', 'X']) {
                Some(_) => hex(&rest[1..end])?,
                None => char::from_u32(rest[..end].parse().ok()?)?,
            };
            (rest, value, end + 1)
        }
        _ => return None,
    };
    Some((value, text.len() - rest.len() + length))
}

impl Run {
    /// Adds a line. One that is plain text begins a run of its own: it was not broken out of a token.
    fn join(&mut self, line: &mut Self, broken: Break, text: &str, found: &mut Vec<Range<usize>>) {
        let line = std::mem::take(line);
        let continues = match broken {
            Break::None => true,
            Break::Plain => !is_plain(&line.characters) && !is_plain(&self.characters[self.line_start..]),
            // Names of members stand in quotation marks, too.
            Break::Decorated => is_fragment(&line.characters) && !is_plain(&self.characters[self.line_start..]),
        };
        // Padding ends a token, however short its last line is.
        let continues =
            continues || (line.characters.ends_with(b"=") && !is_plain(&self.characters[self.line_start..]));
        if !continues && !line.characters.is_empty() {
            self.search(text, found);
            *self = Self::default();
        }
        if !line.characters.is_empty() {
            self.line_start = self.characters.len();
        }
        self.characters.extend(line.characters);
        self.places.extend(line.places);
    }

    /// Adds the places of the tokens in this run.
    fn search(&self, text: &str, found: &mut Vec<Range<usize>>) {
        let mut from = 0;
        while from < self.characters.len() {
            let rest = &self.characters[from..];
            let before = from.checked_sub(1).map(|before| self.characters[before]);
            let (token, length) = match jwt(rest, before).or_else(|| client_secret(rest)) {
                Some(length) => (Some(0..length), length),
                None => {
                    let length = piece(rest);
                    let token = random(&rest[..length]);
                    let before = &text[..self.places[from].start];
                    (token.filter(|_| !is_reference(before, &rest[..length])), length)
                }
            };
            if let Some(Range { start, end }) = token {
                found.push(self.places[from + start].start..self.places[from + end - 1].end);
            }
            from += length;
        }
    }
}

/// How long the JWT at this place is, signed or encrypted, whole or cut: `eyJ` is the base64 of `{"`.
fn jwt(text: &[u8], before: Option<u8>) -> Option<usize> {
    if !text.starts_with(b"eyJ") || before.is_some_and(|before| before.is_ascii_alphanumeric()) {
        return None;
    }
    // The full stop of a sentence is not a part of it.
    let length = text.len() - text.iter().rev().take_while(|byte| **byte == b'.').count();
    (length >= 8).then_some(length)
}

/// How long the client secret of Entra at this place is: three characters, a digit, `Q~`, and some thirty more.
fn client_secret(text: &[u8]) -> Option<usize> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let marker = text.get(3..6)?;
    if !marker[0].is_ascii_digit() || &marker[1..] != b"Q~" || !text[..3].iter().all(is_part) {
        return None;
    }
    let length = text.iter().take_while(|byte| is_part(byte)).count();
    let length = length - text[..length].iter().rev().take_while(|byte| **byte == b'.').count();
    (length >= LONG / 2).then_some(length)
}

/// How far the next piece goes that could be one base64 text. Padding ends it, and so does the `=` of a parameter.
fn piece(text: &[u8]) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_~".contains(byte);
    let body = text.iter().take_while(|byte| is_part(byte)).count();
    // Both may begin in the middle, after a slash.
    let known =
        (1..body).find(|at| jwt(&text[*at..], Some(text[at - 1])).or_else(|| client_secret(&text[*at..])).is_some());
    let padding = text[body..].iter().take_while(|byte| **byte == b'=').count();
    known.unwrap_or((body + padding).max(1))
}

/// The part of a piece that is random, as tokens are.
fn random(piece: &[u8]) -> Option<Range<usize>> {
    let parts: Vec<Range<usize>> = parts(piece).filter(|part| !is_plain(&piece[part.clone()])).collect();
    // A slash may be one of a path; any other separator belongs to the token.
    let (first, last) = (parts.first()?.start, parts.last()?.end);
    let start = piece[..first].iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    let end = piece[last..].iter().position(|byte| *byte == b'/').map_or(piece.len(), |slash| last + slash);
    let is_random = is_mixed(&piece[start..end]) && size(&piece[start..end]) >= LONG;
    let is_one = |part: &Range<usize>| part.len() >= LONGER_THAN_ANY_WORD || is_base32(&piece[part.clone()]);
    (is_random || parts.iter().any(is_one)).then_some(start..end)
}

/// Whether changes between cases and digits come every other character, as in random text, and not between the words of
/// an identifier or a path.
fn is_mixed(text: &[u8]) -> bool {
    let parts: Vec<&[u8]> = parts(text).map(|part| &text[part]).filter(|part| !is_plain(part)).collect();
    let length = |parts: &[&[u8]]| parts.iter().map(|part| part.len()).sum::<usize>();
    // Short parts are names and numbers in a path or an id; random text has a separator in 32 characters.
    let long: Vec<&[u8]> = parts.iter().copied().filter(|part| part.len() >= 8).collect();
    let words: usize = long.iter().map(|part| words(part)).sum();
    2 * length(&long) >= length(&parts) && 7 * words > 2 * length(&long)
}

/// Whether a line can be a part of random text: one of a few words, as the name of a member, is not.
fn is_fragment(line: &[u8]) -> bool {
    let parts = || parts(line).map(|part| &line[part]).filter(|part| !is_plain(part));
    let words: usize = parts().map(words).sum();
    words >= 4 && 7 * words > 2 * parts().map(<[u8]>::len).sum::<usize>()
}

/// How long a text is without the words and ids in it. Short words come about in random text by chance.
fn size(text: &[u8]) -> usize {
    let words = parts(text).filter(|part| part.len() >= 8 && is_plain(&text[part.clone()]));
    text.len() - words.map(|part| part.len()).sum::<usize>()
}

/// Letters of one case with digits among them.
fn is_base32(part: &[u8]) -> bool {
    let is_lower = part.iter().any(u8::is_ascii_lowercase);
    let is_upper = part.iter().any(u8::is_ascii_uppercase);
    part.len() >= LONG && is_lower != is_upper && words(part) >= 4 && !is_plain(part)
}

/// Whether a piece is an id of a request or of a file, which is long and no secret.
fn is_reference(before: &str, piece: &[u8]) -> bool {
    is_digest(before, piece) || is_front_door_reference(piece)
}

/// A SHA-256 digest behind its label: `sha256:` and hexadecimal, of an image or a file; `sha256-` and base64, of a script.
/// Without the label it could be a key, and behind `hmac-sha256` a signature.
fn is_digest(before: &str, piece: &[u8]) -> bool {
    if let Some(encoded) = piece.strip_prefix(b"sha256-") {
        return encoded.len() == 44 && encoded.ends_with(b"=");
    }
    let quotes = ['"', '\'', '\\', ' '];
    let before = before.trim_end_matches(quotes);
    let Some(before) = before.strip_suffix([':', '=']) else { return false };
    let before = before.trim_end_matches(quotes).to_ascii_lowercase();
    let Some(before) = before.strip_suffix("sha256").or_else(|| before.strip_suffix("sha-256")) else { return false };
    let is_whole = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'));
    is_whole && piece.len() == 64 && is_hex(piece)
}

/// `X-Azure-Ref` of Azure Front Door, which its operators look up: `0` and base64 that ends in the text of a GUID, or a time
/// and an id.
fn is_front_door_reference(piece: &[u8]) -> bool {
    if let Some(encoded) = piece.strip_prefix(b"0") {
        return encoded.len() <= 128
            && decoded(encoded).is_some_and(|bytes| bytes.len() > GUID && is_guid(&bytes[bytes.len() - GUID..]));
    }
    // 20260411T072230Z-
    let is_time = |(at, byte): (usize, &u8)| match at {
        8 => *byte == b'T',
        15 => *byte == b'Z',
        16 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    let Some((time, id)) = piece.split_at_checked(17) else { return false };
    let is_id = id.len() <= 64 && id.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
    time.iter().enumerate().all(is_time) && is_id
}

/// Base64, decoded.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in text.iter().filter(|byte| **byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

/// The letters and digits between separators. A GUID is one part.
fn parts(piece: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let begin = at + piece[at..].iter().position(u8::is_ascii_alphanumeric)?;
        let is_id = piece.get(begin..begin + GUID).is_some_and(is_guid);
        let length = || piece[begin..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        at = begin + if is_id { GUID } else { length() };
        Some(begin..at)
    })
}

fn is_guid(text: &[u8]) -> bool {
    let hyphens = [8, 13, 18, 23];
    let is_right =
        |(at, byte): (usize, &u8)| if hyphens.contains(&at) { *byte == b'-' } else { byte.is_ascii_hexdigit() };
    text.len() == GUID && text.iter().enumerate().all(is_right)
}

/// Words, numbers, GUIDs and hexadecimal ids, whatever separates them.
fn is_plain(text: &[u8]) -> bool {
    parts(text).all(|part| {
        let part = &text[part];
        (words(part) <= 1 && part.len() < LONGER_THAN_ANY_WORD)
            || (is_hex(part) && part.len() <= LONGEST_HEX_ID)
            || is_guid(part)
    })
}

/// Of one case.
fn is_hex(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        || text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
}

/// How many words and numbers an identifier is written with: `Base64UrlEncoder` with four.
fn words(part: &[u8]) -> usize {
    let begins = |at: usize| {
        let (before, byte) = (part[at - 1], part[at]);
        let next_is_lower = part.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        match (before, byte) {
            (b'A'..=b'Z', b'a'..=b'z') => false,
            (b'A'..=b'Z', b'A'..=b'Z') => next_is_lower,
            (b'a'..=b'z', b'a'..=b'z') | (b'0'..=b'9', b'0'..=b'9') => false,
            _ => true,
        }
    };
    usize::from(!part.is_empty()) + (1..part.len()).filter(|at| begins(*at)).count()
}

#[cfg(test)]
mod tests;
