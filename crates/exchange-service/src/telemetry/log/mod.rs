//! Writes log lines to standard error through bounded queues, each with its own writer thread. So a reader that stops,
//! a closed pipe or a full disk blocks only the log (REV-04).
//!
//! There are two queues. Ordinary lines are dropped when theirs is full. The audit record of an exchange reserves its
//! place before the exchange; [`WhenFull`] decides what happens when that queue is full.

mod lines;
mod records;
mod sampling;

use std::{
    cell::Cell,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::MakeWriter;

pub use self::records::WhenFull;
use self::{
    lines::{Lines, LossyLines},
    records::{Records, RecordsEnd},
};
pub(crate) use self::{
    records::{NoPlace, RecordPlace},
    sampling::RefusalSampling,
};

/// The number of ordinary lines in the queue. Each has about half a kilobyte.
const CAPACITY: usize = 1024;

/// How long each queue can take to be written at the end of the process.
const FLUSH: Duration = Duration::from_secs(2);

/// Both queues. A `tracing` subscriber writes to it; [`ExchangeService`](crate::ExchangeService) reserves places in it.
#[derive(Clone, Debug)]
pub struct Log {
    ordinary: NonBlocking,
    dropped: ErrorCounter,
    records: Records,
    /// The number of lines that could not be written.
    unwritten: Arc<AtomicU64>,
}

/// The writer threads, which must be finished at the end of the process.
#[derive(Debug)]
pub struct LogThreads {
    ordinary: WorkerGuard,
    records: RecordsEnd,
}

thread_local! {
    /// The place of the record that this thread is logging. A subscriber requests its writer in the thread of the
    /// event.
    static PLACE: Cell<Option<RecordPlace>> = const { Cell::new(None) };
}

impl Log {
    /// Starts a thread for each queue. `output` is called once for each.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub fn start<W: io::Write + Send + 'static>(
        when_full: WhenFull,
        output: impl Fn() -> W,
    ) -> io::Result<(Self, LogThreads)> {
        let unwritten = Arc::new(AtomicU64::new(0));
        let (records, records_end) = Records::start(when_full, Lines::new(output()), unwritten.clone())?;
        let (ordinary, guard) = NonBlockingBuilder::default()
            .lossy(true)
            .buffered_lines_limit(CAPACITY)
            .thread_name("log")
            .finish(LossyLines::new(Lines::new(output()), unwritten.clone()));
        let log = Self { dropped: ordinary.error_counter(), ordinary, records, unwritten };
        Ok((log, LogThreads { ordinary: guard, records: records_end }))
    }

    /// Reserves a place for the record of an exchange. `None` if the queue is full and the operator allows lost
    /// records.
    pub(crate) fn reserve(&self) -> Result<Option<RecordPlace>, NoPlace> {
        self.records.reserve()
    }

    /// The number of lines of both queues that were dropped or could not be written.
    pub(crate) fn lines_lost(&self) -> u64 {
        let dropped = u64::try_from(self.dropped.dropped_lines()).unwrap_or(u64::MAX);
        self.unwritten.load(Ordering::Relaxed).saturating_add(dropped)
    }
}

/// Runs `log` so that its line uses this place in the queue of records. Without a place it is an ordinary line.
pub(crate) fn in_place(place: Option<RecordPlace>, log: impl FnOnce()) {
    PLACE.set(place);
    log();
    // Frees the place if no subscriber used it.
    drop(PLACE.take());
}

impl LogThreads {
    /// Waits until the queued lines are written, for some seconds at most, because the reader may have stopped.
    pub fn finish(self) {
        let Self { ordinary, records } = self;
        records.finish(FLUSH);
        // In a separate thread, because dropping the guard prints to standard output, which may block, too.
        let (done, ended) = mpsc::channel();
        let flush = thread::Builder::new().name("log-flush".to_owned()).spawn(move || {
            drop(ordinary);
            let _ = done.send(());
        });
        if flush.is_ok() {
            let _ = ended.recv_timeout(FLUSH);
        }
    }
}

impl<'log> MakeWriter<'log> for Log {
    type Writer = QueuedLine;

    fn make_writer(&'log self) -> QueuedLine {
        match PLACE.take() {
            Some(place) => QueuedLine(Destination::Record(Some(place))),
            None => QueuedLine(Destination::Ordinary(self.ordinary.clone())),
        }
    }
}

/// A writer for one line, which a subscriber writes at once.
#[derive(Debug)]
pub struct QueuedLine(Destination);

#[derive(Debug)]
enum Destination {
    Ordinary(NonBlocking),
    Record(Option<RecordPlace>),
}

impl io::Write for QueuedLine {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Destination::Ordinary(queue) => queue.write(line),
            Destination::Record(place) => {
                if let Some(place) = place.take() {
                    place.fill(line.to_vec());
                }
                Ok(line.len())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
