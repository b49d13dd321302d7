//! The resource's keys at work: two, so that either can be replaced while the service runs.
//!
//! A key from a file is read again when ten seconds have passed since the last time, so a rotation needs no restart. A
//! key that ACS refuses is followed by the other one, and the one that was good is the first to be tried next time.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::access_key::{AccessKey, FileFault};
use crate::{clock::Clock, text_file::warn_if_others_may_read};

const READ_AGAIN_AFTER: Duration = Duration::from_secs(10);
/// A file system that hangs must not hang the exchange.
const READ_TIMEOUT: Duration = Duration::from_secs(1);

/// A key with the place it came from.
#[derive(Debug)]
pub(crate) struct PlacedKey {
    pub(crate) key: AccessKey,
    /// The key of the configuration, or the variable.
    pub(crate) source: &'static str,
    /// Without one the key is read once.
    pub(crate) file: Option<PathBuf>,
}

/// The primary key, and the secondary one if there is one.
#[derive(Debug)]
pub(crate) struct KeyPair {
    pub(crate) primary: PlacedKey,
    pub(crate) secondary: Option<PlacedKey>,
}

pub(super) struct AccessKeys {
    clock: Arc<dyn Clock>,
    places: Vec<Place>,
    loaded: Mutex<LoadedKeys>,
    /// The one read in progress.
    reading: tokio::sync::Mutex<Option<oneshot::Receiver<Vec<ReadKey>>>>,
    read: fn(&Path) -> Result<AccessKey, FileFault>,
}

/// What a place's file has; nothing where the place has no file.
type ReadKey = Option<Result<AccessKey, FileFault>>;

struct Place {
    source: &'static str,
    file: Option<PathBuf>,
}

struct LoadedKeys {
    /// One a place, in the order of the places.
    keys: Vec<Arc<AccessKey>>,
    /// The place whose key was the last to be good.
    first: usize,
    read_at: Duration,
}

impl AccessKeys {
    pub(super) fn new(pair: KeyPair, clock: Arc<dyn Clock>) -> Self {
        let (mut places, mut keys) = (vec![], vec![]);
        for PlacedKey { key, source, file } in [Some(pair.primary), pair.secondary].into_iter().flatten() {
            file.iter().for_each(|file| warn_if_others_may_read(source, file));
            places.push(Place { source, file });
            keys.push(Arc::new(key));
        }
        let loaded = Mutex::new(LoadedKeys { keys, first: 0, read_at: clock.monotonic() });
        Self { clock, places, loaded, reading: tokio::sync::Mutex::default(), read: AccessKey::from_file }
    }

    /// The keys, in the order in which they are to be tried, with their places.
    pub(super) async fn in_order(&self) -> Vec<(usize, Arc<AccessKey>)> {
        if self.is_time_to_read() {
            self.read_again().await;
        }
        let loaded = self.loaded.lock();
        let mut keys: Vec<_> = loaded.keys.iter().cloned().enumerate().collect();
        keys.rotate_left(loaded.first);
        keys
    }

    /// ACS took the key of this place.
    pub(super) fn was_good(&self, place: usize) {
        let mut loaded = self.loaded.lock();
        if loaded.first != place {
            tracing::warn!(key = self.places[place].source, "ACS refused the other access key and takes this one");
            loaded.first = place;
        }
    }

    /// Takes the one reading of these ten seconds.
    fn is_time_to_read(&self) -> bool {
        let now = self.clock.monotonic();
        let mut loaded = self.loaded.lock();
        let due = self.places.iter().any(|place| place.file.is_some())
            && now.saturating_sub(loaded.read_at) >= READ_AGAIN_AFTER;
        if due {
            loaded.read_at = now;
        }
        due
    }

    /// Reads the files, or continues to wait for the reading in progress: a file system that hangs holds one thread, however
    /// often it is asked.
    pub(super) async fn read_again(&self) {
        let Ok(mut reading) = self.reading.try_lock() else { return };
        let in_progress = reading.get_or_insert_with(|| {
            read_in_a_thread(self.places.iter().map(|place| place.file.clone()).collect(), self.read)
        });
        match tokio::time::timeout(READ_TIMEOUT, in_progress).await {
            Ok(read) => {
                *reading = None;
                // A thread that could not be had has read nothing.
                self.take(read.unwrap_or_default());
            }
            Err(_elapsed) => tracing::warn!("reading the access keys takes too long; the last ones stay"),
        }
    }

    /// What was read, one a place; nothing for a place without a file.
    fn take(&self, read: Vec<ReadKey>) {
        let mut loaded = self.loaded.lock();
        for (at, (Place { source, .. }, read)) in self.places.iter().zip(read).enumerate() {
            match read {
                Some(Ok(key)) if !loaded.keys[at].is_same_as(&key) => {
                    loaded.keys[at] = Arc::new(key);
                    tracing::info!(key = source, "an access key was replaced");
                }
                None | Some(Ok(_)) => {}
                // Perhaps half written: what was good stays.
                Some(Err(_)) => tracing::warn!(key = source, "the file has no usable access key; the last one stays"),
            }
        }
    }
}

/// In a thread of its own rather than one of the runtime's, which are few and which the end of the process waits for.
fn read_in_a_thread(
    files: Vec<Option<PathBuf>>,
    read: fn(&Path) -> Result<AccessKey, FileFault>,
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
    async fn a_mount_that_hangs_holds_one_thread_and_no_request() {
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
