use messages::{Branding, Color};

use super::{
    link,
    section::{ConfigError, Section},
    short_text,
};

/// The contrast that WCAG 2.2 requires of text (1.4.3), as a ratio to 1.
const TEXT_CONTRAST: f64 = 4.5;

/// The section `branding`, and the file name of the logo in it.
pub(super) fn parse(root: &mut Section) -> Result<(Branding, Option<String>), ConfigError> {
    if !root.has("branding") {
        return Ok((Branding::default(), None));
    }
    let mut section = root.section("branding")?;
    let branding = Branding {
        name: section.optional("name", short_text)?,
        accent: section.optional("accent", parse_accent)?,
        support_url: section.optional("supportUrl", link)?,
        support_email: section.optional("supportEmail", parse_email)?,
        privacy_url: section.optional("privacyUrl", link)?,
        terms_url: section.optional("termsUrl", link)?,
    };
    let logo = section.optional("logo", parse_logo)?;
    section.reject_unknown_keys()?;
    Ok((branding, logo))
}

/// The page puts white text on this color, and writes links with it on white. In dark colors it mixes the color with
/// white (`style/main.css`), which gives every color enough contrast there.
fn parse_accent(text: &str) -> Result<Color, &'static str> {
    let color = Color::parse(text.to_owned()).ok_or("must be a color like #0f6cbd")?;
    if contrast_with_white(color.channels()) < TEXT_CONTRAST {
        return Err("must be darker: its contrast with white must be 4.5:1 or more");
    }
    Ok(color)
}

/// The contrast ratio of WCAG 2.2. White has the relative luminance 1.
fn contrast_with_white(channels: [u8; 3]) -> f64 {
    1.05 / (luminance(channels) + 0.05)
}

/// The relative luminance of WCAG 2.2.
fn luminance([red, green, blue]: [u8; 3]) -> f64 {
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.04045 { value / 12.92 } else { to_power_of_2_4((value + 0.055) / 1.055) }
}

/// The square times the fifth root of the square, by Newton's method. `powf` would make the wasm larger.
fn to_power_of_2_4(value: f64) -> f64 {
    let square = value * value;
    let mut root = 1.0;
    for _ in 0..24 {
        let fourth = root * root * root * root;
        root -= (fourth * root - square) / (5.0 * fourth);
    }
    square * root
}

/// A file next to `config.json`. An SVG would be a document of the page's origin, so it must be a raster image.
fn parse_logo(text: &str) -> Result<String, &'static str> {
    let is_raster = text.ends_with(".png") || text.ends_with(".webp");
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if is_raster && is_plain && !text.starts_with('.') && text.len() <= 64 {
        Ok(text.to_owned())
    } else {
        Err("must be the name of a file, without a folder, that ends with .png or .webp")
    }
}

fn parse_email(text: &str) -> Result<String, &'static str> {
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_plain = |(name, domain): &(&str, &str)| {
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.+".contains(&b))
            && domain.contains('.')
            && domain.split('.').all(is_label)
            && text.len() <= 254
    };
    let parts = text.split_once('@').filter(is_plain);
    parts.map(|_| text.to_owned()).ok_or("must be an e-mail address like help@example.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contrast_is_that_of_wcag() {
        // Published values: https://webaim.org/resources/contrastchecker/
        for (color, expected) in [
            ([0, 0, 0], 21.0),
            ([255, 255, 255], 1.0),
            ([0x76, 0x76, 0x76], 4.54),
            ([0x77, 0x77, 0x77], 4.48),
            ([0, 0, 255], 8.59),
            ([255, 0, 0], 4.0),
        ] {
            let contrast = contrast_with_white(color);
            assert!((contrast - expected).abs() < 0.005, "{color:?}: {contrast}");
        }
        for step in 0..=100 {
            let value = f64::from(step) / 100.0;
            assert!((to_power_of_2_4(value.max(0.09)) - value.max(0.09).powf(2.4)).abs() < 1e-12, "{value}");
        }
    }

    #[test]
    fn every_accepted_accent_is_readable_in_dark_colors() {
        // style/main.css: 40 % of the color and 60 % of white, on #1f1f1f and under text of #141414.
        let mixed = |channel: u8| (f64::from(channel) * 0.4 + 255.0 * 0.6).round() as u8;
        let contrast = |one: [u8; 3], other: [u8; 3]| (luminance(one) + 0.05) / (luminance(other) + 0.05);
        for channels in (0..=255u8).step_by(5).flat_map(|r| (0..=255u8).step_by(5).map(move |g| (r, g))) {
            for blue in (0..=255u8).step_by(15) {
                let (red, green) = channels;
                if contrast_with_white([red, green, blue]) >= TEXT_CONTRAST {
                    let dark = [red, green, blue].map(mixed);
                    for other in [[0x1f; 3], [0x14; 3]] {
                        assert!(contrast(dark, other) >= TEXT_CONTRAST, "{dark:?} on {other:?}");
                    }
                }
            }
        }
    }
}
