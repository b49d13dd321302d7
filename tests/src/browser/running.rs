use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::Program;

/// How many tests use a browser before another one takes its place.
const MAX_USES: u32 = 25;

/// The browsers that no test uses now. All are of the engine that `ENGINE` names.
static IDLE: Mutex<Vec<Running>> = Mutex::new(Vec::new());

/// A driver, and its browser where tests share it. It belongs to no test's runtime.
pub(super) struct Running {
    // Dropped in this order: the programs use the profile.
    _programs: Vec<Program>,
    /// Where the driver listens.
    pub(super) driver: String,
    /// What a session for a test asks of the driver.
    pub(super) capabilities: Value,
    /// What tests share.
    pub(super) sharing: Sharing,
    /// The last test's session.
    pub(super) session: Option<String>,
    uses: u32,
    /// What driver and browser keep on disk.
    pub(super) profile: TempDir,
}

/// What tests share, and how each one is isolated from the one before.
pub(super) enum Sharing {
    /// Nothing: the driver starts a browser for its session.
    Nothing,
    /// Chromium, at this address of its debugger. Each test has a browser context of its own.
    Contexts(String),
    /// Firefox, and its session, as the driver described it. What a test leaves is cleared away.
    Session(Value),
}

impl Sharing {
    /// Whether a test can have all certificates trusted. A session is made with the decision.
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

    /// One that another test has used, if there is one.
    pub(super) fn idle(trusting: bool) -> Option<Self> {
        let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = idle.iter().position(|running| !trusting || running.sharing.can_trust())?;
        Some(idle.swap_remove(fitting))
    }

    /// Leaves it to the next test. One that tests cannot share, or that was used often, ends here.
    pub(super) fn give_back(mut self, session: String) {
        self.uses += 1;
        self.session = Some(session);
        if !matches!(self.sharing, Sharing::Nothing) && self.uses < MAX_USES {
            IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(self);
        }
    }
}
