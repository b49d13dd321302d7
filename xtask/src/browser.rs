use std::path::PathBuf;

use crate::failure::Failure;
use crate::{debian, program};

const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const REMEDY: &str = "install Chromium and the ChromeDriver of the same version: on Debian as root \
                      `apt-get install chromium chromium-driver`, on Fedora `dnf install chromium chromedriver`, \
                      elsewhere from https://googlechromelabs.github.io/chrome-for-testing/ onto PATH";

/// A browser and what drives it.
pub(crate) struct Browser {
    /// Unknown where ChromeDriver finds the browser by itself, as on macOS and Windows.
    pub(crate) browser: Option<PathBuf>,
    pub(crate) driver: PathBuf,
}

/// Finds both, or installs them where that takes no question: on Debian and its like, as root. What then is missing
/// is named: a test that cannot run has failed.
pub(crate) fn ensure() -> Result<Browser, Failure> {
    if let Ok(found) = find() {
        return Ok(found);
    }
    debian::install(&["chromium", "chromium-driver"])?;
    find()
}

fn find() -> Result<Browser, Failure> {
    let browser = program::find(BROWSERS);
    let mut missing = Vec::new();
    if browser.is_none() && cfg!(target_os = "linux") {
        missing.push("chromium");
    }
    match program::find(&["chromedriver"]) {
        Some(driver) if missing.is_empty() => return Ok(Browser { browser, driver }),
        Some(_) => {}
        None => missing.push("chromedriver"),
    }
    Err(Failure::Missing { programs: missing, remedy: REMEDY })
}
