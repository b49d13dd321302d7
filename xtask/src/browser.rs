use std::path::PathBuf;

use clap::ValueEnum;

use crate::{debian, failure::Failure, program, tools};

/// What draws pages and runs scripts. The tests know them by these names, in `ENGINE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Chromium, with its driver.
    Chromium,
    /// The same with its makers' treatment of other sites' storage, which Debian changes. For what is embedded.
    ChromiumUpstream,
    /// Firefox, with geckodriver.
    Firefox,
    /// WebKitGTK, with its driver. It exists on Linux only, and needs Xvfb.
    #[value(name = "webkit")]
    WebKit,
}

/// A program that a test has to find.
struct Need {
    /// What it may be called.
    names: &'static [&'static str],
    /// The variable that names it to the tests.
    variable: &'static str,
    /// Whether the driver finds it by itself on macOS and Windows, where it is on no PATH.
    found_by_driver: bool,
}

const fn driver(names: &'static [&'static str], variable: &'static str) -> Need {
    Need { names, variable, found_by_driver: false }
}

const fn browser(names: &'static [&'static str], variable: &'static str) -> Need {
    Need { names, variable, found_by_driver: true }
}

/// Variables for the tests, and what they name.
pub(crate) type Programs = Vec<(&'static str, PathBuf)>;

impl Engine {
    pub(crate) const ALL: [Self; 4] = [Self::Chromium, Self::ChromiumUpstream, Self::Firefox, Self::WebKit];

    /// What the tests call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::ChromiumUpstream => "chromium-upstream",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    /// What a reader calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium, as Debian ships it",
            Self::ChromiumUpstream => "Chromium, as upstream ships it",
            Self::Firefox => "Firefox ESR",
            Self::WebKit => "WebKitGTK",
        }
    }

    /// Finds browser and driver, or installs them where that takes no question. What then is missing is named: a test
    /// that cannot run has failed.
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
