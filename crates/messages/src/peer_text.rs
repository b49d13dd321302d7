//! Text that a peer wrote: made safe before it is stored, shown or sent (REP-21).
//!
//! Peers quote tokens in their error messages: Microsoft's hero sample puts the whole response body of ACS into one. A
//! text that people pass on to others must not carry them.

use std::ops::Range;

/// What takes the place of a token.
const REMOVED: &str = "[removed]";

/// A run of this many characters is long: 24 random bytes in base64. 128-bit ids stay below it.
const LONG: usize = 32;

/// No word of any language has this many letters.
const LONGER_THAN_ANY_WORD: usize = 80;

/// Hexadecimal up to the length of a SHA-1 thumbprint is an id.
const LONGEST_HEX_ID: usize = 40;

/// The text without characters that mislead readers, and with `[removed]` in the place of everything that looks like a
/// token: a JWT, or a long run of base64 or base64url.
pub fn sanitized(text: &str) -> String {
    // Invisible characters first: between the letters of a token they would hide it from the search.
    let mut text = text.to_owned();
    text.retain(|c| !misleads(c));
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

/// Invisible characters, and those that change the order of others (Trojan Source, CVE-2021-42574).
fn misleads(c: char) -> bool {
    let invisible = matches!(c,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}');
    invisible || (c.is_control() && !c.is_whitespace())
}

/// Consecutive characters of tokens, each with its place in the text. An escaped character takes several bytes there.
#[derive(Default)]
struct Run {
    characters: Vec<u8>,
    places: Vec<Range<usize>>,
    /// How many of them there are up to the last line break.
    line_start: usize,
}

/// Where the tokens are, in order.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut run = Run::default();
    // Lines that have not been joined to the run yet.
    let mut broken = false;
    let mut line = Run::default();
    let mut at = 0;
    while let Some((character, length)) = read(&text[at..]) {
        match character {
            Character::Token(byte) => {
                line.characters.push(byte);
                line.places.push(at..at + length);
            }
            // A line break, and the indentation after it, may have been put into a token. A space was not.
            Character::LineBreak => {
                run.join(&mut line, broken, &mut found);
                broken = true;
            }
            Character::Space if broken && line.characters.is_empty() => {}
            Character::Space | Character::Other => {
                run.join(&mut line, broken, &mut found);
                run.search(&mut found);
                run = Run::default();
                broken = false;
            }
        }
        at += length;
    }
    run.join(&mut line, broken, &mut found);
    run.search(&mut found);
    found
}

enum Character {
    /// Of base64, base64url or the compact form of a JWT.
    Token(u8),
    LineBreak,
    Space,
    Other,
}

/// The first character, and how many bytes it takes: JSON, URLs and HTML write characters of base64 as escapes, some of
/// them twice.
fn read(text: &str) -> Option<(Character, usize)> {
    let first = text.chars().next()?;
    let (value, length) = escaped(text).unwrap_or((first, first.len_utf8()));
    let character = match value {
        'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' | '-' | '_' | '=' | '.' => Character::Token(value as u8),
        ' ' | '\t' => Character::Space,
        _ if value.is_whitespace() => Character::LineBreak,
        _ => Character::Other,
    };
    Some((character, length))
}

/// `%2B`, `%252B`; `\/`, `\u002b`, `\\u002b`, `\n`; `&#43;`, `&#x2b;`.
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
                b'n' | b'r' => (rest, '\n', 1),
                b't' => (rest, '\t', 1),
                b'u' => (rest, hex(rest.get(1..5)?)?, 5),
                _ => return None,
            }
        }
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
    fn join(&mut self, line: &mut Self, broken: bool, found: &mut Vec<Range<usize>>) {
        let line = std::mem::take(line);
        // Padding ends a token, however short its last line is.
        let line_is_plain = is_plain(&line.characters) && !line.characters.ends_with(b"=");
        let continues = !broken || !(line_is_plain || is_plain(&self.characters[self.line_start..]));
        if !continues && !line.characters.is_empty() {
            self.search(found);
            *self = Self::default();
        }
        if !line.characters.is_empty() {
            self.line_start = self.characters.len();
        }
        self.characters.extend(line.characters);
        self.places.extend(line.places);
    }

    /// Adds the places of the tokens in this run.
    fn search(&self, found: &mut Vec<Range<usize>>) {
        let mut from = 0;
        while from < self.characters.len() {
            let rest = &self.characters[from..];
            let (token, length) = match jwt(rest, from.checked_sub(1).map(|before| self.characters[before])) {
                Some(length) => (Some(0..length), length),
                None => {
                    let length = piece(rest);
                    (random(&rest[..length]), length)
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

/// How far the next piece goes that could be one base64 text. Padding ends it, and so does the `=` of a parameter.
fn piece(text: &[u8]) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    let body = text.iter().take_while(|byte| is_part(byte)).count();
    // A JWT may begin in the middle, after a slash.
    let jwt = (1..body).find(|at| jwt(&text[*at..], Some(text[at - 1])).is_some());
    let padding = text[body..].iter().take_while(|byte| **byte == b'=').count();
    jwt.unwrap_or((body + padding).max(1))
}

/// The part of a piece that is random, as tokens are: changes between cases and digits come every other character, not
/// between the words of an identifier or a path.
fn random(piece: &[u8]) -> Option<Range<usize>> {
    let parts: Vec<Range<usize>> = parts(piece).filter(|part| !is_plain(&piece[part.clone()])).collect();
    let length = |parts: &[Range<usize>]| parts.iter().map(Range::len).sum::<usize>();
    let (all, mut long) = (length(&parts), parts.clone());
    // Short parts are names and numbers in a path or an id; random text has a separator in 32 characters.
    long.retain(|part| part.len() >= 8);
    let words: usize = long.iter().map(|part| words(&piece[part.clone()])).sum();
    let in_long = length(&long);
    let mixed = all >= LONG && 2 * in_long >= all && 7 * words > 2 * in_long;
    let endless = parts.iter().any(|part| part.len() >= LONGER_THAN_ANY_WORD);
    if !mixed && !endless {
        return None;
    }
    // A slash may be one of a path; any other separator belongs to the token.
    let (first, last) = (parts.first()?.start, parts.last()?.end);
    let start = piece[..first].iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    let end = piece[last..].iter().position(|byte| *byte == b'/').map_or(piece.len(), |slash| last + slash);
    Some(start..end)
}

/// The letters and digits between separators. A GUID is left out.
fn parts(piece: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let begin = at + piece[at..].iter().position(u8::is_ascii_alphanumeric)?;
            if piece.get(begin..begin + 36).is_some_and(is_guid) {
                at = begin + 36;
                continue;
            }
            at = begin + piece[begin..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            return Some(begin..at);
        }
    })
}

fn is_guid(text: &[u8]) -> bool {
    let hyphens = [8, 13, 18, 23];
    text.iter()
        .enumerate()
        .all(|(at, byte)| if hyphens.contains(&at) { *byte == b'-' } else { byte.is_ascii_hexdigit() })
}

/// Words, numbers and hexadecimal ids, whatever separates them.
fn is_plain(text: &[u8]) -> bool {
    parts(text).all(|part| {
        let part = &text[part];
        let is_hex = part.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            || part.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
        (words(part) <= 1 && part.len() < LONGER_THAN_ANY_WORD) || (is_hex && part.len() <= LONGEST_HEX_ID)
    })
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
