//! The queue of audit records. A place is reserved before an exchange, so that no token is issued without a record.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Sender as EndSender, channel as end_channel},
    },
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{self, OwnedPermit, Receiver, Sender};

use super::lines::Lines;

/// The number of records in the queue: four for each exchange that can be in flight.
const CAPACITY: usize = 1024;

/// The pause before a record that could not be written is tried again.
const RETRY: Duration = Duration::from_millis(100);

/// What happens to an exchange whose audit record cannot be queued or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum WhenFull {
    /// The exchange is refused, so that no token is issued without a record.
    #[default]
    Refuse,
    /// The exchange is made, and its record may be lost.
    Drop,
}

/// There is no place for a record, so the exchange must be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoPlace;

/// A place in the queue, which is freed when dropped.
#[derive(Debug)]
pub(crate) struct RecordPlace(OwnedPermit<Message>);

impl RecordPlace {
    pub(super) fn fill(self, line: Vec<u8>) {
        self.0.send(Message::Line(line));
    }
}

#[derive(Debug)]
enum Message {
    Line(Vec<u8>),
    End(EndSender<()>),
}

/// The sending side of the queue of records.
#[derive(Debug, Clone)]
pub(super) struct Records {
    queue: Sender<Message>,
    when_full: WhenFull,
    /// Whether the last record could not be written. The thread retries it.
    is_failing: Arc<AtomicBool>,
}

/// The handle of the writer thread.
#[derive(Debug)]
pub(super) struct RecordsEnd {
    /// Reserved from the start, so that the message that ends the thread fits into a full queue.
    place: OwnedPermit<Message>,
    is_ending: Arc<AtomicBool>,
}

struct Writing<W> {
    queue: Receiver<Message>,
    lines: Lines<W>,
    when_full: WhenFull,
    is_failing: Arc<AtomicBool>,
    is_ending: Arc<AtomicBool>,
    lost: Arc<AtomicU64>,
}

impl Records {
    pub(super) fn start<W: Write + Send + 'static>(
        when_full: WhenFull,
        lines: Lines<W>,
        lost: Arc<AtomicU64>,
    ) -> io::Result<(Self, RecordsEnd)> {
        let (sender, queue) = mpsc::channel(CAPACITY + 1);
        let place = sender.clone().try_reserve_owned().map_err(io::Error::other)?;
        let (is_failing, is_ending) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let end = RecordsEnd { place, is_ending: is_ending.clone() };
        let writing = Writing { queue, lines, when_full, is_failing: is_failing.clone(), is_ending, lost };
        thread::Builder::new().name("log-records".to_owned()).spawn(move || writing.run())?;
        Ok((Self { queue: sender, when_full, is_failing }, end))
    }

    pub(super) fn reserve(&self) -> Result<Option<RecordPlace>, NoPlace> {
        let place = match self.is_failing.load(Ordering::Acquire) {
            true => None,
            false => self.queue.clone().try_reserve_owned().ok(),
        };
        match (place, self.when_full) {
            (None, WhenFull::Refuse) => Err(NoPlace),
            (place, _) => Ok(place.map(RecordPlace)),
        }
    }
}

impl RecordsEnd {
    /// Waits until all records are written, but not longer than this.
    pub(super) fn finish(self, within: Duration) {
        let (done, ended) = end_channel();
        self.is_ending.store(true, Ordering::Release);
        self.place.send(Message::End(done));
        let _ = ended.recv_timeout(within);
    }
}

impl<W: Write> Writing<W> {
    fn run(mut self) {
        loop {
            match self.queue.blocking_recv() {
                Some(Message::Line(line)) => self.write(&line),
                Some(Message::End(done)) => {
                    let _ = done.send(());
                    return;
                }
                None => return,
            }
        }
    }

    fn write(&mut self, line: &[u8]) {
        while self.lines.write(line).is_err() {
            if self.when_full == WhenFull::Drop || self.is_ending.load(Ordering::Acquire) {
                self.lost.fetch_add(1, Ordering::Relaxed);
                break;
            }
            // No places are given until it is written, so that no token is issued without a record.
            self.is_failing.store(true, Ordering::Release);
            thread::sleep(RETRY);
        }
        self.is_failing.store(false, Ordering::Release);
    }
}
