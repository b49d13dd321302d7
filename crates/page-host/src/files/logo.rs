use std::{fs, path::Path};

use super::{Digest, FilesError, SiteFiles};

/// The most bytes of a logo, which is requested with every first visit.
const MAX_LOGO: usize = 64 * 1024;

/// The card of `index.html`.
const CARD: &str = "<section id=\"boot-card\" class=\"card\">";

/// The image that the page shows above its heading. Never an SVG: opened by itself, that would be a document of the
/// page's origin.
#[derive(Debug, Clone)]
pub struct Logo {
    name: &'static str,
    bytes: Vec<u8>,
}

impl Logo {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or does not begin as an image of the kind that its name says, or is too large.
    pub fn read(path: &Path) -> Result<Self, FilesError> {
        let bytes = fs::read(path).map_err(|error| FilesError::Read { path: path.to_owned(), error })?;
        let is_png = bytes.starts_with(b"\x89PNG\r\n\x1a\n");
        let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
        let name = match path.extension().and_then(|extension| extension.to_str()) {
            Some("png") if is_png => "logo.png",
            Some("webp") if is_webp => "logo.webp",
            _ => return Err(FilesError::Logo(path.to_owned())),
        };
        if bytes.len() > MAX_LOGO {
            return Err(FilesError::Logo(path.to_owned()));
        }
        Ok(Self { name, bytes })
    }
}

impl SiteFiles {
    /// Adds a logo. `index.html` names it with its hash, which `boot.js` compares.
    ///
    /// # Errors
    ///
    /// If `index.html` is not as Trunk writes it.
    pub fn add_logo(&mut self, logo: &Logo) -> Result<(), FilesError> {
        const END: &str = "</head>";
        let digest = Digest::of(&logo.bytes);
        self.add(logo.name, &digest, logo.bytes.clone());
        let link =
            format!("<link rel=\"logo\" href=\".{}\" integrity=\"{}\">\n", self.paths[logo.name], digest.integrity());
        let document = self.contents.get_mut("/index.html").ok_or(FilesError::Head)?;
        let text = super::text("index.html", std::mem::take(document))?;
        let (head, body) = text.split_once(END).ok_or(FilesError::Head)?;
        // Before the interface replaces it, the card has the logo, too, so that nothing moves.
        let image = format!("{CARD}<img class=\"logo\" src=\".{}\" alt=\"\">", self.paths[logo.name]);
        *document = format!("{head}{link}{END}{}", body.replacen(CARD, &image, 1)).into_bytes();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_a_raster_image_of_the_kind_that_its_name_says() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            Logo::read(&path).map(|logo| logo.name).map_err(|error| error.to_string())
        };
        let png = b"\x89PNG\r\n\x1a\n...";
        assert_eq!(read("mine.png", png).unwrap(), "logo.png");
        assert_eq!(read("mine.webp", b"RIFF\x04\0\0\0WEBP").unwrap(), "logo.webp");
        let large = [&png[..], &[0; MAX_LOGO]].concat();
        for (name, bytes) in
            [("a.webp", &png[..]), ("a.png", b"<svg/>"), ("a.svg", b"<svg/>"), ("b.png", b""), ("c.png", &large)]
        {
            let error = read(name, bytes).unwrap_err();
            assert!(error.ends_with("must be a PNG or WebP image, as its name says, of at most 64 KiB"), "{error}");
        }
        assert!(Logo::read(&folder.path().join("missing.png")).unwrap_err().to_string().starts_with("cannot read"));
    }
}
