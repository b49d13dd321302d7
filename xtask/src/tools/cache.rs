use std::{
    env,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    process, thread,
    time::Duration,
};

use crate::{failure::Failure, interrupt, report::note};

const POLL: Duration = Duration::from_millis(200);

/// The directory of tools that all checkouts of this user share.
pub(crate) struct Cache {
    tools: PathBuf,
}

impl Cache {
    pub(crate) fn locate() -> Result<Self, Failure> {
        let directory = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let user = directory("ACS_SIGN_IN_CACHE")
            .or_else(|| directory("XDG_CACHE_HOME"))
            .or_else(|| if cfg!(windows) { directory("LOCALAPPDATA") } else { None })
            .or_else(|| {
                directory("HOME")
                    .map(|home| home.join(if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" }))
            })
            .ok_or(Failure::NoCache)?;
        Ok(Self { tools: user.join("acs-sign-in").join("tools") })
    }

    /// The directory of one tool. `install` fills another directory first, which takes this name only when it is
    /// whole: an interrupted installation is never taken for a finished one.
    pub(crate) fn install_once(
        &self,
        name: &str,
        install: impl FnOnce(&Path) -> Result<(), Failure>,
    ) -> Result<PathBuf, Failure> {
        let finished = self.tools.join(name);
        if finished.is_dir() {
            return Ok(finished);
        }
        let _alone = self.lock(name)?;
        // The command that held the lock before has installed it.
        if finished.is_dir() {
            return Ok(finished);
        }
        let unfinished = Unfinished(self.tools.join(format!(".{name}.{}", process::id())));
        fs::create_dir_all(&unfinished.0).map_err(Failure::io(format!("making {}", unfinished.0.display())))?;
        install(&unfinished.0)?;
        fs::rename(&unfinished.0, &finished).map_err(Failure::io(format!("finishing the installation of {name}")))?;
        Ok(finished)
    }

    /// Where tools are compiled.
    pub(crate) fn build(&self) -> PathBuf {
        self.tools.join(".build")
    }

    /// Waits until no other command installs the same tool, so that none is built twice. The lock ends with the file, and
    /// with the process.
    fn lock(&self, name: &str) -> Result<File, Failure> {
        fs::create_dir_all(&self.tools).map_err(Failure::io(format!("making {}", self.tools.display())))?;
        let path = self.tools.join(format!(".{name}.lock"));
        let file = File::create(&path).map_err(Failure::io(format!("making {}", path.display())))?;
        let mut is_reported = false;
        while let Err(TryLockError::WouldBlock) = file.try_lock() {
            if interrupt::requested() {
                return Err(Failure::Interrupted);
            }
            if !is_reported {
                note(&format!("waiting for another command that installs {name}"));
                is_reported = true;
            }
            thread::sleep(POLL);
        }
        Ok(file)
    }
}

/// Removes what an installation left behind that did not come to its end.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Gone already after a success; a rest that cannot be removed is harmless, since nothing ever looks at it.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn cache(name: &str) -> Cache {
        let tools = env::temp_dir().join(format!("acs-sign-in-cache-{}-{name}", process::id()));
        let _ = fs::remove_dir_all(&tools);
        Cache { tools }
    }

    #[test]
    fn a_failed_installation_leaves_nothing_that_looks_finished() {
        let cache = cache("failed");
        let outcome = cache.install_once("tool-1", |directory| {
            fs::write(directory.join("half"), "").unwrap();
            Err(Failure::Interrupted)
        });
        assert!(outcome.is_err());
        assert!(!cache.tools.join("tool-1").exists());
        // The lock is all that stays.
        assert_eq!(fs::read_dir(&cache.tools).unwrap().count(), 1);
        fs::remove_dir_all(cache.tools).unwrap();
    }

    #[test]
    fn two_commands_at_once_install_a_tool_once() {
        let cache = cache("at-once");
        let installations = AtomicU32::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let install = |_: &Path| {
                        installations.fetch_add(1, Ordering::SeqCst);
                        Ok(())
                    };
                    cache.install_once("tool-1", install).unwrap();
                });
            }
        });
        assert_eq!(installations.into_inner(), 1);
        fs::remove_dir_all(cache.tools).unwrap();
    }

    #[test]
    fn what_is_installed_is_not_installed_again() {
        let cache = cache("twice");
        let install = |directory: &Path| fs::write(directory.join("tool"), "").map_err(Failure::io("writing"));
        let first = cache.install_once("tool-1", install).unwrap();
        let second = cache.install_once("tool-1", |_| panic!("installed twice")).unwrap();
        assert_eq!(first, second);
        assert!(second.join("tool").is_file());
        fs::remove_dir_all(cache.tools).unwrap();
    }
}
