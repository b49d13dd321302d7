use std::path::PathBuf;

use clap::ValueEnum;

use crate::{debian, failure::Failure, program, tools};

/// A browser engine. The variable `ENGINE` gives its name to the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Chromium with ChromeDriver.
    Chromium,
    /// Chromium with upstream's default for third-party storage, which Debian changes. For the tests in frames.
    ChromiumUpstream,
    /// Firefox with geckodriver.
    Firefox,
    /// WebKitGTK with WebKitWebDriver. It exists on Linux only, and needs Xvfb.
    #[value(name = "webkit")]
    WebKit,
}

/// A program that the tests need.
struct Need {
    /// The possible file names of the program.
    names: &'static [&'static str],
    /// The environment variable with its path, for the tests.
    variable: &'static str,
    /// Whether the driver finds it on macOS and Windows, where browsers are not on PATH.
    found_by_driver: bool,
}

const fn driver(names: &'static [&'static str], variable: &'static str) -> Need {
    Need { names, variable, found_by_driver: false }
}

const fn browser(names: &'static [&'static str], variable: &'static str) -> Need {
    Need { names, variable, found_by_driver: true }
}

/// Environment variables for the tests, with the paths of the programs.
pub(crate) type Programs = Vec<(&'static str, PathBuf)>;

impl Engine {
    pub(crate) const ALL: [Self; 4] = [Self::Chromium, Self::ChromiumUpstream, Self::Firefox, Self::WebKit];

    /// The name of the engine in the variable `ENGINE`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::ChromiumUpstream => "chromium-upstream",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    /// The name of the engine for readers.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium, as Debian ships it",
            Self::ChromiumUpstream => "Chromium, as upstream ships it",
            Self::Firefox => "Firefox ESR",
            Self::WebKit => "WebKitGTK",
        }
    }

    /// Finds browser and driver, or installs them if that needs no confirmation.
    ///
    /// # Errors
    ///
    /// [`Failure::Missing`] with the missing programs: a test that cannot run has failed.
    pub(crate) fn ensure(self) -> Result<Programs, Failure> {
        let mut programs = match self.find() {
            Ok(programs) => programs,
            Err(_) => {
                debian::install(self.packages())?;
                self.find()?
            }
        };
        if self == Self::Firefox {
            programs.push(("GECKODRIVER", tools::geckodriver()?));
        }
        Ok(programs)
    }

    fn find(self) -> Result<Programs, Failure> {
        let mut found = Programs::new();
        let mut missing = Vec::new();
        for need in self.needs() {
            match program::find(need.names) {
                Some(program) => found.push((need.variable, program)),
                None if need.found_by_driver && !cfg!(target_os = "linux") => {}
                None => missing.extend(need.names.first()),
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(Failure::Missing { programs: missing, remedy: self.remedy() }) }
    }

    fn needs(self) -> &'static [Need] {
        const CHROMIUM: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
        match self {
            Self::Chromium | Self::ChromiumUpstream => {
                const { &[browser(CHROMIUM, "CHROMIUM"), driver(&["chromedriver"], "CHROMEDRIVER")] }
            }
            Self::Firefox => const { &[browser(&["firefox-esr", "firefox"], "FIREFOX")] },
            Self::WebKit => const { &[driver(&["WebKitWebDriver"], "WEBKITWEBDRIVER"), driver(&["Xvfb"], "XVFB")] },
        }
    }

    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Chromium | Self::ChromiumUpstream => &["chromium", "chromium-driver"],
            Self::Firefox => &["firefox-esr"],
            Self::WebKit => &["webkit2gtk-driver", "xvfb"],
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Chromium | Self::ChromiumUpstream => {
                "install Chromium and the ChromeDriver of the same version: on Debian as root \
                 `apt-get install chromium chromium-driver`, on Fedora `dnf install chromium chromedriver`, \
                 elsewhere from https://googlechromelabs.github.io/chrome-for-testing/ onto PATH"
            }
            Self::Firefox => {
                "install Firefox: on Debian as root `apt-get install firefox-esr`, elsewhere from https://www.mozilla.org/"
            }
            Self::WebKit => {
                "install WebKitGTK's driver and Xvfb: on Debian as root `apt-get install webkit2gtk-driver xvfb`; where \
                 they do not exist, leave this engine out with `--engine chromium`"
            }
        }
    }
}
