use std::{
    env,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    process, thread,
    time::Duration,
};

use crate::{failure::Failure, interrupt, report::note};

const POLL: Duration = Duration::from_millis(200);

/// A directory of tools, shared by all checkouts of this user.
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

    /// Installs a tool unless it is installed, and returns its directory. `install` fills a temporary directory, which
    /// is renamed when it is complete, so that an interrupted installation never looks complete.
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
        // Another command has installed it while this one waited for the lock.
        if finished.is_dir() {
            return Ok(finished);
        }
        let unfinished = Unfinished(self.tools.join(format!(".{name}.{}", process::id())));
        fs::create_dir_all(&unfinished.0).map_err(Failure::io(format!("making {}", unfinished.0.display())))?;
        install(&unfinished.0)?;
        fs::rename(&unfinished.0, &finished).map_err(Failure::io(format!("finishing the installation of {name}")))?;
        Ok(finished)
    }

    /// The directory in which tools are compiled.
    pub(crate) fn build(&self) -> PathBuf {
        self.tools.join(".build")
    }

    /// Locks a tool, so that two commands do not install it at the same time. Dropping the file, or the end of the
    /// process, unlocks it.
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

/// The temporary directory of an installation. Dropping it removes the directory.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a success the directory was renamed. Files that cannot be removed after a failure are never used.
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
        // Only the lock file remains.
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
    fn an_installed_tool_is_not_installed_again() {
        let cache = cache("twice");
        let install = |directory: &Path| fs::write(directory.join("tool"), "").map_err(Failure::io("writing"));
        let first = cache.install_once("tool-1", install).unwrap();
        let second = cache.install_once("tool-1", |_| panic!("installed twice")).unwrap();
        assert_eq!(first, second);
        assert!(second.join("tool").is_file());
        fs::remove_dir_all(cache.tools).unwrap();
    }
}
