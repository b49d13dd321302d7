//! Removes tokens and misleading characters from the text of a peer, before the text is stored, shown or sent (REP-21).
//!
//! Peers quote tokens in their error messages: Microsoft's hero sample quotes the whole response body of ACS. People
//! pass error messages on to others, so the messages must not contain tokens.
//!
//! A token is found by its form: a JWT, a client secret of Entra, or a long random text in base64, base64url or base32.
//! Identifiers, paths, GUIDs and short hexadecimal ids stay. Escapes and line breaks inside a token do not hide it.

use std::{iter, mem, ops::Range};

use base64::{Engine, engine::general_purpose::STANDARD};

/// Replaces a token.
const REPLACEMENT: &str = "[removed]";

/// The length from which a random text counts as a token: 24 bytes in base64, or 20 in base32. 128-bit ids are shorter.
const MIN_TOKEN_LENGTH: usize = 32;

/// More letters than the longest words of any language have.
const MAX_WORD_LENGTH: usize = 80;

/// The length of a SHA-1 thumbprint. Hexadecimal up to it is an id. Longer hexadecimal can be a key, unless a label
/// says that it is a digest.
const MAX_HEX_ID_LENGTH: usize = 40;

/// The form of a GUID, for [`has_form`].
const GUID: &[u8] = b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

/// Removes the characters that mislead readers, and replaces everything that looks like a token by `[removed]`.
pub fn sanitized(text: &str) -> String {
    without_tokens(visible(text))
}

/// Does the same for the name of a person. Names need some invisible characters: joiners in Persian or Sinhala,
/// variation selectors in Japanese. Each is kept once, after a character that no token contains.
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
        text.replace_range(token, REPLACEMENT);
    }
    text
}

/// Whether a part of the text looks like a token.
pub fn has_token(text: &str) -> bool {
    !tokens(&visible(text)).is_empty()
}

/// The text without characters that mislead. They are removed first: between the letters of a token they would hide it.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !misleads(*c)).collect()
}

/// Whether a character is invisible, or changes the order of others (Trojan Source, CVE-2021-42574).
fn misleads(c: char) -> bool {
    // Unicode's Default_Ignorable_Code_Point, and a few more characters that show nothing.
    let is_invisible = matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{16FE4}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D159}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}');
    is_invisible || (c.is_control() && !c.is_whitespace())
}

/// Whether names need this invisible character: U+200C, U+200D, and the variation selectors.
fn is_of_names(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Consecutive characters that tokens can consist of, with escapes decoded.
#[derive(Default)]
struct Run {
    characters: Vec<u8>,
    /// The place of each character in the text, in bytes. An escaped character has several.
    places: Vec<Range<usize>>,
    /// The index of the first character after the last line break.
    line_start: usize,
}

/// The text from this place on, which is where a character begins. A slice in brackets would add the code of a panic that
/// prints the text.
fn rest(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

/// What separates two lines of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Break {
    None,
    /// A line break and indentation.
    Plain,
    /// A line break with quotation marks, or with the `>` of a quoted mail.
    Decorated,
}

/// The places of the tokens in a text, in order.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut run = Run::default();
    // The line that is being read, and what separates it from the run.
    let mut broken = Break::None;
    let mut line = Run::default();
    let mut at = 0;
    while let Some((character, mut length)) = read(rest(text, at)) {
        match character {
            Character::Token(byte) => {
                line.characters.push(byte);
                line.places.push(at..at + length);
            }
            Character::Invisible => {}
            Character::LineBreak | Character::Space | Character::Mark | Character::Other => {
                let kind;
                (kind, length) = separator(rest(text, at), character, length);
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

/// The separator at the beginning of this text, and its length in bytes. A line break, with its indentation and
/// quotation marks, can be inside a token. A space alone cannot.
fn separator(text: &str, first: Character, length: usize) -> (Break, usize) {
    if matches!(first, Character::Other) {
        return (Break::None, length);
    }
    let (mut kind, mut is_broken, mut at) = (Break::Plain, false, 0);
    while let Some((character, length)) = read(rest(text, at)) {
        match character {
            Character::LineBreak => is_broken = true,
            Character::Space | Character::Invisible => {}
            Character::Mark => kind = Break::Decorated,
            // The operator that joins two string literals.
            Character::Token(b'+')
                if rest(text, at + length).starts_with(char::is_whitespace) && kind == Break::Decorated => {}
            Character::Token(_) | Character::Other => break,
        }
        at += length;
    }
    (if is_broken { kind } else { Break::None }, at)
}

#[derive(Clone, Copy)]
enum Character {
    /// A character of base64, base64url, a JWT or a client secret.
    Token(u8),
    LineBreak,
    Space,
    /// A quotation mark, or another mark around the lines of a quoted text.
    Mark,
    /// An escaped character that misleads.
    Invisible,
    Other,
}

/// Reads the first character, and its length in bytes. JSON, URLs and HTML escape characters of base64, and nested ones
/// escape them several times.
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

/// Reads an escape: `%2B`, `%252B`; `\/`, `\"`, `\u002b`, `\\u002b`, `\n`; `&#43;`, `&#x2b;`, `&gt;`.
fn escaped(text: &str) -> Option<(char, usize)> {
    let hex = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    let (escape, value, length) = match text.as_bytes().first()? {
        b'%' => {
            let mut digits = rest(text, 1);
            while digits.get(2..4).is_some_and(|next| hex(next).is_some()) && digits.starts_with("25") {
                digits = rest(digits, 2);
            }
            (digits, hex(digits.get(..2)?)?, 2)
        }
        b'\\' => {
            // JSON in JSON doubles the backslashes.
            let backslashes = text.bytes().take(9).take_while(|byte| *byte == b'\\').count();
            let escape = rest(text, backslashes);
            match escape.as_bytes().first()? {
                b'/' => (escape, '/', 1),
                b'"' | b'\'' => (escape, '"', 1),
                b'n' | b'r' => (escape, '\n', 1),
                b't' => (escape, '\t', 1),
                b'u' => (escape, hex(escape.get(1..5)?)?, 5),
                _ => return None,
            }
        }
        b'&' if text.starts_with("&gt;") => (rest(text, 1), '>', 3),
        b'&' if text.starts_with("&quot;") || text.starts_with("&apos;") => (rest(text, 1), '"', 5),
        b'&' => {
            let entity = text.strip_prefix("&#")?;
            let (number, _) = entity.split_once(';').filter(|(number, _)| number.len() <= 5)?;
            let value = match number.strip_prefix(['x', 'X']) {
                Some(digits) => hex(digits)?,
                None => char::from_u32(number.parse().ok()?)?,
            };
            (entity, value, number.len() + 1)
        }
        _ => return None,
    };
    Some((value, text.len() - escape.len() + length))
}

impl Run {
    /// Adds a line. Plain text is no part of a token, so such a line begins a new run.
    fn join(&mut self, line: &mut Self, broken: Break, text: &str, found: &mut Vec<Range<usize>>) {
        let line = mem::take(line);
        if line.characters.is_empty() {
            return;
        }
        let can_continue = match broken {
            Break::None => true,
            Break::Plain => !is_plain(&line.characters),
            // Names of JSON members are in quotation marks, too.
            Break::Decorated => is_fragment(&line.characters),
        };
        // Padding ends a token, so even a short line with it can belong to one.
        let can_continue = can_continue || line.characters.ends_with(b"=");
        if !can_continue || (broken != Break::None && is_plain(&self.characters[self.line_start..])) {
            self.search(text, found);
            *self = Self::default();
        }
        self.line_start = self.characters.len();
        self.characters.extend(line.characters);
        self.places.extend(line.places);
    }

    /// Finds the tokens in this run, and adds their places.
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
                    let before = text.get(..self.places[from].start).unwrap_or_default();
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

/// The length of the JWT at the beginning of this text: signed or encrypted, whole or cut. `eyJ` is the base64 of `{"`.
fn jwt(text: &[u8], before: Option<u8>) -> Option<usize> {
    if !text.starts_with(b"eyJ") || before.is_some_and(|before| before.is_ascii_alphanumeric()) {
        return None;
    }
    let length = length_without_full_stops(text);
    (length >= 8).then_some(length)
}

/// The length of the client secret of Entra at the beginning of this text: three characters, a digit, `Q~`, and about
/// 30 more.
fn client_secret(text: &[u8]) -> Option<usize> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let marker = text.get(3..6)?;
    if !marker[0].is_ascii_digit() || &marker[1..] != b"Q~" || !text[..3].iter().all(is_part) {
        return None;
    }
    let length = length_without_full_stops(&text[..text.iter().take_while(|byte| is_part(byte)).count()]);
    (length >= MIN_TOKEN_LENGTH / 2).then_some(length)
}

/// The length without full stops at the end, which belong to the sentence around a token.
fn length_without_full_stops(text: &[u8]) -> usize {
    text.iter().rposition(|byte| *byte != b'.').map_or(0, |last| last + 1)
}

/// The length of the next piece that can be one base64 text. Padding ends it, and so does the `=` of a parameter.
fn piece(text: &[u8]) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_~".contains(byte);
    let body = text.iter().take_while(|byte| is_part(byte)).count();
    // A JWT or a client secret can begin inside, after a slash.
    let known =
        (1..body).find(|at| jwt(&text[*at..], Some(text[at - 1])).or_else(|| client_secret(&text[*at..])).is_some());
    let padding = text[body..].iter().take_while(|byte| **byte == b'=').count();
    known.unwrap_or((body + padding).max(1))
}

/// The random part of a piece, if there is one.
fn random(piece: &[u8]) -> Option<Range<usize>> {
    let parts: Vec<Range<usize>> = parts(piece).filter(|part| !is_plain(&piece[part.clone()])).collect();
    // A slash can be a separator of a path. Any other separator belongs to the token.
    let (first, last) = (parts.first()?.start, parts.last()?.end);
    let start = piece[..first].iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    let end = piece[last..].iter().position(|byte| *byte == b'/').map_or(piece.len(), |slash| last + slash);
    let is_random = is_mixed(&piece[start..end]) && size(&piece[start..end]) >= MIN_TOKEN_LENGTH;
    let is_one = |part: &Range<usize>| part.len() >= MAX_WORD_LENGTH || is_base32(&piece[part.clone()]);
    (is_random || parts.iter().any(is_one)).then_some(start..end)
}

/// Whether letter case and digits change about every second character, as in random text, and not only between the
/// words of an identifier or a path.
fn is_mixed(text: &[u8]) -> bool {
    let parts: Vec<&[u8]> = parts(text).map(|part| &text[part]).filter(|part| !is_plain(part)).collect();
    let length = |parts: &[&[u8]]| parts.iter().map(|part| part.len()).sum::<usize>();
    // Short parts are names and numbers in a path or an id. In random text, a separator comes once in 32 characters.
    let long: Vec<&[u8]> = parts.iter().copied().filter(|part| part.len() >= 8).collect();
    let words: usize = long.iter().map(|part| words(part)).sum();
    2 * length(&long) >= length(&parts) && 7 * words > 2 * length(&long)
}

/// Whether a line can be a part of random text. The name of a JSON member, which has a few words, cannot.
fn is_fragment(line: &[u8]) -> bool {
    let parts = || parts(line).map(|part| &line[part]).filter(|part| !is_plain(part));
    let words: usize = parts().map(words).sum();
    words >= 4 && 7 * words > 2 * parts().map(<[u8]>::len).sum::<usize>()
}

/// The length of a text without the words and ids in it. Random text contains short words by chance, so they count.
fn size(text: &[u8]) -> usize {
    let words = parts(text).filter(|part| part.len() >= 8 && is_plain(&text[part.clone()]));
    text.len() - words.map(|part| part.len()).sum::<usize>()
}

/// Whether a part is long and can be base32: letters of one case, with digits among them.
fn is_base32(part: &[u8]) -> bool {
    let is_lower = part.iter().any(u8::is_ascii_lowercase);
    let is_upper = part.iter().any(u8::is_ascii_uppercase);
    part.len() >= MIN_TOKEN_LENGTH && is_lower != is_upper && words(part) >= 4 && !is_plain(part)
}

/// Whether a piece identifies a request or a file. Such a piece is long, but no secret.
fn is_reference(before: &str, piece: &[u8]) -> bool {
    is_digest(before, piece) || is_azure_ref(piece)
}

/// Whether a piece is a SHA-256 digest with its label: `sha256:` and hexadecimal, of an image or a file; `sha256-` and
/// base64, of a script. Without the label it could be a key, and after `hmac-sha256` it is a signature.
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

/// Whether a piece is an `X-Azure-Ref` of Azure Front Door, by which operators find a request: `0` and base64 that ends
/// with the text of a GUID, or a time and an id.
fn is_azure_ref(piece: &[u8]) -> bool {
    if let Some(encoded) = piece.strip_prefix(b"0") {
        let bytes = STANDARD.decode(encoded).unwrap_or_default();
        return encoded.len() <= 128 && bytes.len() > GUID.len() && has_form(&bytes[bytes.len() - GUID.len()..], GUID);
    }
    let Some((time, id)) = piece.split_at_checked(17) else { return false };
    let is_id = id.len() <= 64 && id.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
    has_form(time, b"99999999T999999Z-") && is_id
}

/// The places of the runs of letters and digits in a piece. A GUID is one part.
fn parts(piece: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    iter::from_fn(move || {
        let begin = at + piece[at..].iter().position(u8::is_ascii_alphanumeric)?;
        let is_guid = piece.get(begin..begin + GUID.len()).is_some_and(|part| has_form(part, GUID));
        let length = || piece[begin..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        at = begin + if is_guid { GUID.len() } else { length() };
        Some(begin..at)
    })
}

/// Whether a text has a form, in which `9` is any digit, `x` is any hexadecimal digit, and other bytes are themselves.
fn has_form(text: &[u8], form: &[u8]) -> bool {
    let fits = |(byte, form): (&u8, &u8)| match form {
        b'9' => byte.is_ascii_digit(),
        b'x' => byte.is_ascii_hexdigit(),
        _ => byte == form,
    };
    text.len() == form.len() && text.iter().zip(form).all(fits)
}

/// Whether a text consists of words, numbers, GUIDs and hexadecimal ids, with any separators.
fn is_plain(text: &[u8]) -> bool {
    parts(text).all(|part| {
        let part = &text[part];
        (words(part) <= 1 && part.len() < MAX_WORD_LENGTH)
            || (is_hex(part) && part.len() <= MAX_HEX_ID_LENGTH)
            || has_form(part, GUID)
    })
}

/// Whether a text is hexadecimal, with letters of one case.
fn is_hex(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        || text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
}

/// The number of words and numbers in an identifier: `Base64UrlEncoder` has four.
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
