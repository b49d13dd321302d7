use std::{fs, io::Write, path::Path};

use flate2::{Compression, write::GzEncoder};

use super::{FilesError, SiteFiles};

/// Without compressed copies: an edit without a new build would leave those of the former configuration.
const CONFIG: &str = "/config.json";

impl SiteFiles {
    /// Writes all files into a folder, and a `.br` and a `.gz` next to each that is not `config.json`. The same files are
    /// the same bytes each time.
    ///
    /// # Errors
    ///
    /// If the folder has files, or cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), FilesError> {
        if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(FilesError::NotEmpty(folder.to_owned()));
        }
        for (path, bytes) in &self.contents {
            let file = folder.join(path.trim_start_matches('/'));
            write(&file, bytes)?;
            if path != CONFIG {
                write(&file.with_added_extension("br"), &brotli(bytes))?;
                write(&file.with_added_extension("gz"), &gzip(bytes))?;
            }
        }
        Ok(())
    }
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), FilesError> {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(file, bytes))
        .map_err(|error| FilesError::Write { path: file.to_owned(), error })
}

/// At the highest level, because it is done once.
fn brotli(bytes: &[u8]) -> Vec<u8> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    let mut compressed = Vec::new();
    let mut bytes = bytes;
    brotli::BrotliCompress(&mut bytes, &mut compressed, &parameters).expect("memory can be read and written");
    compressed
}

/// Without name and time.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory can be written")
}
