//! The access keys in use: a primary and an optional secondary one, so that either can be replaced while the service
//! runs.
//!
//! A key file is read again when the last read is ten seconds old, so a rotation needs no restart. If ACS refuses one
//! key, the request is sent again with the other. The key that ACS accepted last is tried first.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::access_key::{AccessKey, NoAccessKey};
use crate::{clock::Clock, text_file::warn_if_others_may_read};

const READ_AGAIN_AFTER: Duration = Duration::from_secs(10);
/// The timeout of reading the files: a file system that hangs must not block the exchange.
const READ_TIMEOUT: Duration = Duration::from_secs(1);

/// A key and its source.
#[derive(Debug)]
pub(crate) struct PlacedKey {
    pub(crate) key: AccessKey,
    /// The configuration key or the environment variable that the key came from.
    pub(crate) source: &'static str,
    /// The file to read again. `None` if the key is read only once.
    pub(crate) file: Option<PathBuf>,
}

/// The primary key, and the secondary one if it is configured.
#[derive(Debug)]
pub(crate) struct KeyPair {
    pub(crate) primary: PlacedKey,
    pub(crate) secondary: Option<PlacedKey>,
}

pub(super) struct AccessKeys {
    clock: Arc<dyn Clock>,
    origins: Vec<KeyOrigin>,
    loaded: Mutex<LoadedKeys>,
    /// The read in progress. There is one at most.
    reading: tokio::sync::Mutex<Option<oneshot::Receiver<Vec<ReadKey>>>>,
    read: fn(&Path) -> Result<AccessKey, NoAccessKey>,
}

/// The result of reading the file at one position; `None` if the key at that position has no file.
type ReadKey = Option<Result<AccessKey, NoAccessKey>>;

struct KeyOrigin {
    source: &'static str,
    file: Option<PathBuf>,
}

struct LoadedKeys {
    /// One key for each position: the primary one, then the secondary one.
    keys: Vec<Arc<AccessKey>>,
    /// The position of the key that ACS accepted last.
    first: usize,
    read_at: Duration,
}

impl AccessKeys {
    pub(super) fn new(pair: KeyPair, clock: Arc<dyn Clock>) -> Self {
        let (mut origins, mut keys) = (vec![], vec![]);
        for PlacedKey { key, source, file } in [Some(pair.primary), pair.secondary].into_iter().flatten() {
            file.iter().for_each(|file| warn_if_others_may_read(source, file));
            origins.push(KeyOrigin { source, file });
            keys.push(Arc::new(key));
        }
        let loaded = Mutex::new(LoadedKeys { keys, first: 0, read_at: clock.monotonic() });
        Self { clock, origins, loaded, reading: tokio::sync::Mutex::default(), read: AccessKey::from_file }
    }

    /// The keys with their positions, in the order in which to try them.
    pub(super) async fn in_order(&self) -> Vec<(usize, Arc<AccessKey>)> {
        if self.is_time_to_read() {
            self.read_again().await;
        }
        let loaded = self.loaded.lock();
        let mut keys: Vec<_> = loaded.keys.iter().cloned().enumerate().collect();
        keys.rotate_left(loaded.first);
        keys
    }

    /// Records that ACS accepted the key at this position.
    pub(super) fn was_good(&self, place: usize) {
        let mut loaded = self.loaded.lock();
        if loaded.first != place {
            tracing::warn!(key = self.origins[place].source, "ACS refused the other access key and takes this one");
            loaded.first = place;
        }
    }

    /// Whether a read is due. Returns `true` at most once in ten seconds.
    fn is_time_to_read(&self) -> bool {
        let now = self.clock.monotonic();
        let mut loaded = self.loaded.lock();
        let due = self.origins.iter().any(|place| place.file.is_some())
            && now.saturating_sub(loaded.read_at) >= READ_AGAIN_AFTER;
        if due {
            loaded.read_at = now;
        }
        due
    }

    /// Reads the files, or continues to wait for the read in progress: a file system that hangs blocks one thread at
    /// most, however often this is called.
    pub(super) async fn read_again(&self) {
        let Ok(mut reading) = self.reading.try_lock() else { return };
        let in_progress = reading.get_or_insert_with(|| {
            read_in_a_thread(self.origins.iter().map(|place| place.file.clone()).collect(), self.read)
        });
        match tokio::time::timeout(READ_TIMEOUT, in_progress).await {
            Ok(read) => {
                *reading = None;
                // If no thread could be started, nothing was read.
                self.take(read.unwrap_or_default());
            }
            Err(_elapsed) => tracing::warn!("reading the access keys takes too long; the last ones stay"),
        }
    }

    /// Replaces the keys by those that were read, one for each position; `None` for a key without a file.
    fn take(&self, read: Vec<ReadKey>) {
        let mut loaded = self.loaded.lock();
        for (at, (KeyOrigin { source, .. }, read)) in self.origins.iter().zip(read).enumerate() {
            match read {
                Some(Ok(key)) if !loaded.keys[at].is_same_as(&key) => {
                    loaded.keys[at] = Arc::new(key);
                    tracing::info!(key = source, "an access key was replaced");
                }
                None | Some(Ok(_)) => {}
                // The file may be half written, so the last good key stays.
                Some(Err(_)) => tracing::warn!(key = source, "the file has no usable access key; the last one stays"),
            }
        }
    }
}

/// Reads in a separate thread. The threads of the runtime are few, and the end of the process waits for them.
fn read_in_a_thread(
    files: Vec<Option<PathBuf>>,
    read: fn(&Path) -> Result<AccessKey, NoAccessKey>,
) -> oneshot::Receiver<Vec<ReadKey>> {
    let (sender, receiver) = oneshot::channel();
    let work = move || {
        let keys = files.iter().map(|file| file.as_deref().map(read)).collect();
        // The receiver is gone only if the process is about to end.
        let _ = sender.send(keys);
    };
    if thread::Builder::new().name("access-keys".to_owned()).spawn(work).is_err() {
        tracing::warn!("no thread to read the access keys with; the last ones stay");
    }
    receiver
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::clock::Seconds;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

    #[tokio::test(start_paused = true)]
    async fn a_hanging_mount_blocks_one_thread_and_no_request() {
        // SEC-107, SEC-111
        static READERS: AtomicUsize = AtomicUsize::new(0);
        let key = AccessKey::from_base64(KEY).unwrap();
        let primary = PlacedKey { key, source: "primary", file: Some(PathBuf::from("/hung")) };
        let clock = Arc::new(Seconds::default());
        let mut keys = AccessKeys::new(KeyPair { primary, secondary: None }, clock.clone());
        keys.read = |_| {
            READERS.fetch_add(1, Ordering::SeqCst);
            loop {
                thread::park();
            }
        };
        for round in 1..=5 {
            clock.set(10 * round);
            assert_eq!(keys.in_order().await.len(), 1, "the last key stays");
        }
        while READERS.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        assert_eq!(READERS.load(Ordering::SeqCst), 1);
    }
}
