use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::Program;

/// The number of tests that use a browser before a new one replaces it.
const MAX_USES: u32 = 25;

/// The browsers that no test is using. All have the engine that `ENGINE` names.
static IDLE: Mutex<Vec<Running>> = Mutex::new(Vec::new());

/// A driver, with its browser if tests share it. It does not depend on the runtime of a test.
pub(super) struct Running {
    // Dropped in this order: the programs use the profile.
    _programs: Vec<Program>,
    /// The address of the driver.
    pub(super) driver: String,
    /// The capabilities of a session for a test.
    pub(super) capabilities: Value,
    /// What the sessions of several tests share.
    pub(super) sharing: Sharing,
    /// The session of the last test.
    pub(super) session: Option<String>,
    uses: u32,
    /// The files of driver and browser.
    pub(super) profile: TempDir,
}

/// What the sessions of several tests share, and how each test is isolated from the one before.
pub(super) enum Sharing {
    /// Nothing: each session starts a browser.
    Nothing,
    /// Chromium, with the address of its debugger. Each test has its own browser context.
    Contexts(String),
    /// Firefox, with the driver's description of its session. All data is cleared between tests.
    Session(Value),
}

impl Sharing {
    /// Whether a test can decide to trust all certificates, which is fixed when a session is created.
    fn can_trust(&self) -> bool {
        !matches!(self, Self::Session(_))
    }
}

impl Running {
    pub(super) fn new(
        programs: Vec<Program>,
        driver: String,
        capabilities: Value,
        sharing: Sharing,
        profile: TempDir,
    ) -> Self {
        Self { _programs: programs, driver, capabilities, sharing, session: None, uses: 0, profile }
    }

    /// An idle browser of an earlier test, if there is one.
    pub(super) fn idle(trusting: bool) -> Option<Self> {
        let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = idle.iter().position(|running| !trusting || running.sharing.can_trust())?;
        Some(idle.swap_remove(fitting))
    }

    /// Keeps it for the next test, unless tests cannot share it or it has been used often.
    pub(super) fn give_back(mut self, session: String) {
        self.uses += 1;
        self.session = Some(session);
        if !matches!(self.sharing, Sharing::Nothing) && self.uses < MAX_USES {
            IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(self);
        }
    }
}
