//! REP-21: a token inside a peer's message is never stored, shown or sent.

use super::*;

const HEADER: &str =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEwNCIsIng1dCI6IlJDM0NPdTV6UENIWlVKaVBlclM0SUl4Szh3ZyIsInR5cCI6IkpXVCJ9";
const PAYLOAD: &str = "eyJza3lwZWlkIjoib3JnaWQ6MzJjMGE1ZGItMDVlYy03OGVhLTUxYWItM2YwNmIzMjkzOTdlIiwic2NwIjoxMDI0LCJjc2kiOiIxNzk1MjQ4MDAwIn0";
const SIGNATURE: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk7Qf0kYx2Lr9sTzPq3nVwHcJg8";
/// 64 bytes in base64 with padding, as the access key of an ACS resource is written.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
/// A client secret of Entra.
const CLIENT_SECRET: &str = "aB.8Q~x-k_Lm2nOp.qRs~Tu4vWxYz1aB3cDe5FgH";
/// 20 bytes in base32.
const BASE32: &str = "JBSWY3DPEHPK3PXP7QW2A5TZ6MNC4RKV";
/// An Entra code or refresh token: no JWT.
const OPAQUE: &str = "1.AXoAq7Y0QkT3f0-Zp9r_1uKc4BDEzQ8bRxJMnUq5hX2vW0aGd7s.AgABBAIAAADnfolhJpSnRYB1SVj-Hgd8AgDs_wUA9P";

fn jwt() -> String {
    format!("{HEADER}.{PAYLOAD}.{SIGNATURE}")
}

/// No part of a secret that is long enough to be worth anything.
fn is_clean(text: &str, secret: &str) -> bool {
    let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let (text, secret) = (letters(text), letters(secret));
    (0..=secret.len() - 12).all(|at| !text.contains(&secret[at..at + 12]))
}

#[test]
fn a_response_body_that_the_hero_sample_quotes_loses_its_token() {
    // What `@azure/core-client` says of a body that is not JSON, behind the prefix of the sample.
    let sentence = format!(
        "An error occurred when exchanging an AAD token: Error \"SyntaxError: Unexpected end of JSON input\" occurred \
         while parsing the response body - {{\"token\":\"{}\",\"expiresOn\":\"2026-11-21T09:04:04.5998266+00:00\".",
        jwt()
    );
    let safe = sanitized(&sentence);
    assert_eq!(safe, sentence.replace(&jwt(), "[removed]"));
    assert!(has_token(&sentence));
    assert!(!has_token(&safe));
}

#[test]
fn tokens_are_removed_in_every_form_that_peers_write_them_in() {
    let (jwt, jwe) = (jwt(), format!("{HEADER}..{OPAQUE}.{PAYLOAD}.{SIGNATURE}"));
    for secret in
        [&jwt, &jwe, KEY, OPAQUE, SIGNATURE, CLIENT_SECRET, BASE32, &jwt[..600.min(jwt.len())], &jwt[..40], &jwt[30..]]
    {
        let percent = |text: &str| -> String {
            let escape = |c: char| match c {
                '+' | '/' | '=' | '.' | '-' | '_' | '~' => format!("%{:02X}", c as u32),
                c => c.to_string(),
            };
            text.chars().map(escape).collect()
        };
        let unicode = |text: &str| text.replace('+', "\\u002B").replace('=', "\\u003d").replace('/', "\\/");
        let html = |text: &str| text.replace('+', "&#43;").replace('=', "&#61;").replace('/', "&#x2F;");
        for form in [
            secret.to_owned(),
            percent(secret),
            percent(secret).replace('%', "%25"),
            secret.chars().map(|c| format!("%{:02x}", c as u32)).collect(),
            unicode(secret),
            unicode(secret).replace('\\', "\\\\"),
            html(secret),
        ] {
            for text in [
                form.clone(),
                format!("the token {form} is bad"),
                format!("({form}). Trace ID: 1"),
                format!("Bearer {form}, and"),
                format!("token={form}&expires=1"),
                format!("{{\\\"token\\\":\\\"{form}\\\",\\\"expiresOn\\\":\\\"2026\\\"}}"),
                format!("%7B%22token%22%3A%22{form}%22%7D"),
                format!("body:\\n\\t{form}\\n at"),
                format!("https://host.example/path/{form}/rest?x=y"),
                format!("100% of {form}"),
            ] {
                let safe = sanitized(&text);
                assert!(is_clean(&safe, secret), "{text}\n→ {safe}");
                assert!(safe.contains(REPLACEMENT), "{text}\n→ {safe}");
            }
        }
    }
}

#[test]
fn tokens_are_removed_where_lines_and_invisible_characters_break_them() {
    for secret in [&jwt(), KEY, OPAQUE] {
        for between in ["\n", "\r\n", "\r\n\t", "\n    ", "\\n", "\\r\\n", "%0A", "%0D%0A", "\u{2028}", "&#10;"] {
            for width in [12, 20, 64, 76] {
                let lines: Vec<String> =
                    secret.as_bytes().chunks(width).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
                let safe = sanitized(&format!("quoted: {} end", lines.join(between)));
                assert!(is_clean(&safe, secret), "{between:?} {width} {safe}");
                assert!(safe.starts_with("quoted: "), "{safe}");
                assert!(safe.ends_with(" end"), "{safe}");
                assert!(has_token(&lines.join(between)), "{safe}");
            }
        }
        for between in [
            "\u{200B}",
            "\u{200D}",
            "\u{2060}",
            "\u{FEFF}",
            "\u{AD}",
            "\u{202E}",
            "\u{0}",
            "\u{FE0F}",
            "\u{34F}",
            "\u{115F}",
            "\u{1160}",
            "\u{17B4}",
            "\u{180B}",
            "\u{2800}",
            "\u{3164}",
            "\u{FFA0}",
            "\u{E0100}",
            "\u{E0FFF}",
            "\u{1D173}",
            "\\u200b",
            "&#8203;",
            "\\uFE0F",
        ] {
            let split: String = secret.chars().flat_map(|c| [c.to_string(), between.to_owned()]).collect();
            let safe = sanitized(&format!("quoted: {split} end"));
            assert!(is_clean(&safe, secret), "{between:?} {safe}");
            assert!(has_token(&split));
        }
    }
}

#[test]
fn random_tokens_of_any_length_are_removed() {
    const STANDARD: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const URL_SAFE: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // xorshift, always from the same seed.
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let mut missed = 0;
    for round in 0..6000 {
        let length = [43, 64, 88, 200][round % 4];
        let alphabet = if round % 8 < 4 { STANDARD } else { URL_SAFE };
        let secret: String = (0..length).map(|_| char::from(alphabet[(next() >> 20) as usize % 64])).collect();
        let safe = sanitized(&format!("key {secret} is wrong"));
        missed += usize::from(!is_clean(&safe, &secret));
        assert!(length == 43 || is_clean(&safe, &secret), "{secret} {safe}");
    }
    // 32 random bytes can look like an identifier by chance.
    assert!(missed <= 6, "{missed} of 1500");
}

#[test]
fn short_random_secrets_are_removed_with_a_separator_at_any_place() {
    let secret = "kQ7xW2mZp9Tf4RbL8vNc3YgH6sJd1AeU";
    assert_eq!(secret.len(), 32);
    for separator in ["-", "_", "~", "+", "/"] {
        for at in 1..31 {
            // A slash can be the separator of a path.
            if separator == "/" && !(9..=22).contains(&at) {
                continue;
            }
            let secret = format!("{}{separator}{}", &secret[..at], &secret[at + 1..]);
            let safe = sanitized(&format!("secret {secret} is wrong"));
            assert!(is_clean(&safe, &secret), "{secret} → {safe}");
        }
    }
    let secret = "JBSWY3DPEHPK3PXP7QW2A5TZ6MNC4RKV";
    for secret in [secret.to_owned(), secret.to_lowercase()] {
        assert_eq!(sanitized(&format!("secret {secret} is wrong")), "secret [removed] is wrong");
    }
}

#[test]
fn tokens_are_removed_from_quoted_lines() {
    let forms: [(&str, &str, &str); 12] = [
        ("> ", "\n> ", ""),
        (">", "\r\n>", ""),
        (">> ", "\n>> ", "\n"),
        ("&gt; ", "\n&gt; ", ""),
        ("| ", " |\n| ", " |"),
        ("\"", "\"\n\"", "\""),
        ("'", "' +\n    '", "';"),
        ("\"", "\",\n  \"", "\"]"),
        ("\\\"", "\\\"\\n\\\"", "\\\""),
        ("&quot;", "&quot;\n&quot;", "&quot;"),
        ("“", "”\n“", "”"),
        ("«", "»\n«", "»"),
    ];
    for secret in [&jwt(), KEY, OPAQUE] {
        for (begin, between, end) in forms {
            for width in [20, 64, 76] {
                let lines: Vec<&str> =
                    secret.as_bytes().chunks(width).map(|line| str::from_utf8(line).unwrap()).collect();
                let safe = sanitized(&format!("quoted:\n{begin}{}{end} end", lines.join(between)));
                assert!(is_clean(&safe, secret), "{between:?} {width} {safe}");
                assert!(safe.starts_with("quoted:"), "{safe}");
                assert!(safe.ends_with(" end"), "{safe}");
            }
        }
    }
    // The next member of an object is not a part of it.
    let body = format!("{{\n  \"token\": \"{}\",\n  \"expiresOn\": \"2026\"\n}}", jwt());
    assert_eq!(sanitized(&body), body.replace(&jwt(), REPLACEMENT));
}

#[test]
fn digests_and_references_that_operators_look_up_stay() {
    let hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let front_door =
        "0zxV+XAAAAABKMMOjBv2NT4TY6SQVjC0zV1NURURHRTA2MTkANDM3YzgyY2QtMzYwYS00YTU0LTk0YzMtNWZmNzA3NjQ3Nzgz";
    for text in [
        format!("acs.azurecr.example/exchange-service@sha256:{hex} was not found"),
        format!("sha256: {hex}, SHA-256={hex}"),
        format!("{{\"sha256\":\"{hex}\"}} {{\\\"sha256\\\":\\\"{hex}\\\"}}"),
        "blocked, its hash is 'sha256-n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg='".to_owned(),
        format!("X-Azure-Ref: {front_door}"),
        "x-azure-ref: 20261121T080000Z-w0v2w9fg9t6vz3sphrnbg2c7m00000000fh0000000000x7d".to_owned(),
        "Ref A: D4B5C0C8A26E4F1D8D8A1D1D7C5F2E1A Ref B: AMS04EDGE1806 Ref C: 2026-11-21T08:00:00Z".to_owned(),
        "thumbprint 3F2504E04F8941D39A0C0305E82C3301AB12CD34 kid CtTuhMJmD5M7DLdzD2v2x3QKSRY".to_owned(),
    ] {
        assert_eq!(sanitized(&text), text);
    }
    // Nothing says what these are, or it says that they are no digests.
    for text in [
        format!("key {hex}"),
        format!("hmac-sha256={hex}"),
        format!("sha256:{hex}{hex}"),
        format!("sha256:{KEY}"),
        format!("sha256-{KEY}"),
        format!("sha256 secret: {hex}"),
        format!("0{KEY}"),
        format!("20261121T080000Z-{SIGNATURE}"),
        format!("{front_door}.{SIGNATURE}"),
    ] {
        assert!(sanitized(&text).contains(REPLACEMENT), "{text}");
    }
}

#[test]
fn names_of_people_keep_the_joiners_that_they_need() {
    for name in
        ["محمد\u{200C}رضا", "ශ්\u{200D}රී ලංකා", "葛\u{E0100}城", "神\u{FE00}", "Zoë O’Neill-Großmann", "👩\u{200D}🚀 Ada"]
    {
        assert_eq!(sanitized_name(name), name);
        assert_ne!(sanitized(name).len() + usize::from(!name.contains(misleads)), name.len());
    }
    for (name, shown) in [
        ("Al\u{200D}ice", "Alice"),
        ("\u{200C}رضا\u{200C}\u{200C}\u{200D}", "رضا\u{200C}"),
        ("ö\u{202E}\u{200B}\u{3164}x", "öx"),
        (" \u{200D}x\u{2003}\u{200D}", " x\u{2003}"),
    ] {
        assert_eq!(sanitized_name(name), shown);
    }
    let hidden: String = jwt().chars().flat_map(|c| [c, '\u{200D}']).collect();
    assert_eq!(sanitized_name(&format!("ö {hidden}")), "ö [removed]");
}

#[test]
fn ordinary_text_stays_as_it_is() {
    for text in [
        "",
        "AADSTS50011: The redirect URI 'https://page.example/' specified in the request does not match.",
        "AADSTS700016: Application with identifier 'acc00000-0000-4000-8000-000000000010' was not found in the directory \
         'FAB00000-0000-4000-8000-000000000001'. Trace ID: 4bf92f35-77b3-4da6-a3ce-929d0e0e4736 Correlation ID: \
         00f067aa-0ba9-02b7-a3ce-929d0e0e4736 Timestamp: 2026-11-21 08:00:00Z",
        "fab00000-0000-4000-8000-000000000001\nc0700000-0000-4000-8000-000000000002\nacc00000-0000-4000-8000-000000000010",
        "fab00000-0000-4000-8000-000000000001/acc00000-0000-4000-8000-000000000010,c0700000-0000-4000-8000-000000000002",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "trace 4BF92F3577B34DA6A3CE929D0E0E4736, thumbprint 3F2504E04F8941D39A0C0305E82C3301AB12CD34",
        "MS-CV: y1R3Dk4gGkqT7pQ6bN2xVw.0.1.12, id 01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "https://login.microsoftonline.com/fab00000-0000-4000-8000-000000000001/v2.0/.well-known/openid-configuration",
        "https://login.microsoftonline.us/organizations/oauth2/v2.0/authorize?client_id=acc00000-0000-4000-8000-000000000010",
        "https://contoso.communication.azure.com/teamsUser/:exchangeAccessToken?api-version=2023-10-01",
        "https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes#handling-error-codes-in-your-application",
        "https://portal.azure.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Authentication/appId/acc00000-0000-4000-8000-000000000010/isMSAApp~/false",
        "/subscriptions/fab00000-0000-4000-8000-000000000001/resourceGroups/rg-acs-prod-01/providers/Microsoft.Communication/CommunicationServices/acsSignInProd01",
        "redirect_uri=https%3A%2F%2Fpage.example%2Fsign-in%2Freturn.html&scope=openid%20profile%20offline_access",
        "https://auth.msft.communication.azure.com/Teams.ManageCalls https://auth.msft.communication.azure.com/Teams.ManageChats",
        "Microsoft.IdentityModel.Tokens.SecurityTokenInvalidSignatureException: IDX10511",
        "at CommunicationIdentityClient.getTokenForTeamsUser (/srv/node_modules/@azure/communication-identity/dist/index.js:308:23)",
        "AzureCommunicationTokenCredentialOptionsWithProactiveRefresh urn:ietf:params:oauth:grant-type:jwt-bearer",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 RSASSA-PKCS1-v1_5",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        "Rindfleischetikettierungsueberwachungsaufgabenuebertragungsgesetz",
        "pneumonoultramicroscopicsilicovolcanoconiosis PNEUMONOULTRAMICROSCOPICSILICOVOLCANOCONIOSIS",
        "alice_fabrikam.onmicrosoft.com#EXT#@contoso.onmicrosoft.com",
        "8:acs:2dee53b4-368b-45b4-ab52-8493fb117652_00000012-aaaa-bbbb-cccc-0123456789ab",
        "100% of it, 50%ab and 7%, C:\\new\\readme.txt, a\\\\b, &#x; &#43 &#999999999;",
        "--------------------------------------------------------------------------------",
        "ö".repeat(500).as_str(),
        "2026-11-21T09:04:04.5998266+00:00 1795248000 123456789012345678901234567890123456",
        "{\"error\":{\"code\":\"InvalidAccessToken\",\"message\":\"Provided access token is not valid.\"}}",
    ] {
        assert_eq!(sanitized(text), text);
        assert!(!has_token(text), "{text}");
    }
}

#[test]
fn strips_bidi_and_zero_width_characters() {
    assert_eq!(sanitized("call \u{202E}0090\u{202C}\u{0} now\u{200B}\n,ö"), "call 0090 now\n,ö");
}

#[test]
fn hostile_text_of_64_kib_is_sanitized_without_a_panic() {
    for hostile in [
        "%25", "%", "\\", "\\u00", "&#", "eyJ", "eyJ.", "A/", "a%2", "=", "\n", "aB1\n", " ", "\"", "\" +\n", "aaa1Q~",
        "aaa1Q~.", "sha256:", "&gt;", "\\\"", "&#43;", "é%C3",
    ] {
        let text = hostile.repeat(65_536 / hostile.len());
        assert!(sanitized(&text).len() <= text.len() + REPLACEMENT.len() * 4);
    }
}
