//! Writes whole lines to an output that may fail.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Writes whole lines. If a line was cut off, for example on a full disk, the next one begins on a new line.
#[derive(Debug)]
pub(super) struct Lines<W> {
    output: W,
    is_torn: bool,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(output: W) -> Self {
        Self { output, is_torn: false }
    }

    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let begin: &[u8] = if self.is_torn { b"\n" } else { b"" };
        let line = [begin, line].concat();
        let mut rest = line.as_slice();
        while !rest.is_empty() {
            match self.output.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    rest = rest.get(written..).unwrap_or_default();
                    self.is_torn = !rest.is_empty();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Drops and counts lines that cannot be written. `tracing-appender` does not count these.
#[derive(Debug)]
pub(super) struct LossyLines<W> {
    lines: Lines<W>,
    lost: Arc<AtomicU64>,
}

impl<W: Write> LossyLines<W> {
    pub(super) fn new(lines: Lines<W>, lost: Arc<AtomicU64>) -> Self {
        Self { lines, lost }
    }
}

impl<W: Write> Write for LossyLines<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.lines.write(line).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with room for this many bytes.
    struct Disk {
        room: usize,
        kept: Vec<u8>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let fits = bytes.len().min(self.room);
            if fits == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.room -= fits;
            self.kept.extend_from_slice(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_after_a_torn_one_is_whole_and_the_torn_one_is_counted() {
        // REV-04
        let lost = Arc::new(AtomicU64::new(0));
        let disk = Disk { room: 6, kept: vec![] };
        let mut lossy = LossyLines::new(Lines::new(disk), lost.clone());
        for line in ["one\n", "two\n", "three\n"] {
            lossy.write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(lost.load(Ordering::Relaxed), 2);
        lossy.lines.output.room = 100;
        lossy.write_all(b"four\n").unwrap();
        lossy.write_all(b"five\n").unwrap();
        assert_eq!(lossy.lines.output.kept, b"one\ntw\nfour\nfive\n");
    }
}
