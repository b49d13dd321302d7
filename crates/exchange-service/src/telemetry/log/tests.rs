//! Tests with real pipes, whose reader can stop or close.

use std::{
    io::{BufRead, BufReader, PipeWriter, Write, pipe},
    sync::Arc,
};

use super::*;

/// Starts a log whose two threads write to this pipe.
fn start(when_full: WhenFull, writer: PipeWriter) -> (Log, LogThreads) {
    let writer = Arc::new(writer);
    Log::start(when_full, || Shared(writer.clone())).unwrap()
}

struct Shared(Arc<PipeWriter>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(log: &Log, place: Option<RecordPlace>, line: &str) {
    in_place(place, || log.make_writer().write_all(line.as_bytes()).unwrap());
}

/// A line that soon fills the buffer of a pipe.
fn long() -> String {
    "x".repeat(4095) + "\n"
}

#[test]
fn a_reader_that_stops_blocks_no_caller_and_every_lost_line_is_counted() {
    // REV-04
    let (_reader, writer) = pipe().unwrap();
    let (log, threads) = start(WhenFull::Refuse, writer);
    // More than the pipe and the queue hold. A writer that blocks would never return.
    for _ in 0..3 * CAPACITY {
        write(&log, None, &long());
    }
    assert!(log.lines_lost() > u64::try_from(CAPACITY).unwrap(), "{}", log.lines_lost());
    threads.finish();
}

#[test]
fn without_a_place_refuses_exchanges_or_loses_records_as_configured() {
    // REV-04
    for when_full in [WhenFull::Refuse, WhenFull::Drop] {
        let (reader, writer) = pipe().unwrap();
        let (log, threads) = start(when_full, writer);
        let mut recorded = 0;
        // More than the pipe and the queue hold.
        let refused = loop {
            match log.reserve() {
                Ok(Some(place)) => write(&log, Some(place), &long()),
                full => break full.map(|place| assert!(place.is_none())),
            }
            recorded += 1;
        };
        assert_eq!(refused.is_err(), when_full == WhenFull::Refuse);
        assert_eq!(log.lines_lost(), 0);
        // Reserved records are written once the pipe is read again.
        let reading = thread::spawn(move || BufReader::new(reader).lines().map_while(Result::ok).count());
        threads.finish();
        drop(log);
        assert_eq!(reading.join().unwrap(), recorded, "{when_full:?}");
    }
}

#[test]
fn a_place_that_is_not_used_is_given_back() {
    // REV-04
    let (_reader, writer) = pipe().unwrap();
    let (log, threads) = start(WhenFull::Refuse, writer);
    for _ in 0..3 * CAPACITY {
        in_place(log.reserve().unwrap(), || {});
    }
    threads.finish();
}

#[test]
fn a_closed_pipe_refuses_exchanges_or_counts_their_records_as_configured() {
    // REV-04
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let (log, threads) = start(WhenFull::Refuse, writer);
    write(&log, log.reserve().unwrap(), "record\n");
    while log.reserve().is_ok() {
        thread::yield_now();
    }
    threads.finish();
    assert_eq!(log.lines_lost(), 1, "what could not be written until the end");

    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let (log, threads) = start(WhenFull::Drop, writer);
    for _ in 0..3 {
        write(&log, log.reserve().unwrap(), "record\n");
    }
    threads.finish();
    assert_eq!(log.lines_lost(), 3);
}
