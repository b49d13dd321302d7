//! A connection that has to get on. Its head has a limit of time in hyper and its body in the routes; here are the answer,
//! and whatever else might stand still (REV-05).

use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Sleep,
};

/// A client has this long to take an answer to its end, from when its buffers are full. Not for each byte: one that reads
/// a byte now and then would hold the answer for as long as it likes. The longest answer is 32 KiB.
const WRITE: Duration = Duration::from_secs(10);

/// Nothing is read for so long: more than a request may take altogether (15 seconds) and its answer after that.
const READ: Duration = Duration::from_secs(30);

pub(crate) struct Progress {
    stream: TcpStream,
    reading: Deadline,
    writing: Deadline,
}

/// Begins when something has to be waited for.
#[derive(Default)]
struct Deadline(Option<Pin<Box<Sleep>>>);

impl Progress {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, reading: Deadline::default(), writing: Deadline::default() }
    }

    fn written(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() { written } else { self.writing.passed(cx, WRITE) }
    }
}

impl Deadline {
    /// An error once the time is over.
    fn passed<T>(&mut self, cx: &mut Context<'_>, within: Duration) -> Poll<io::Result<T>> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep(within)));
        ready!(sleep.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn clear(&mut self) {
        self.0 = None;
    }
}

impl AsyncRead for Progress {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_read(cx, buffer) {
            Poll::Pending => this.reading.passed(cx, READ),
            read => {
                this.reading.clear();
                read
            }
        }
    }
}

impl AsyncWrite for Progress {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.written(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, bytes);
        this.written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes when it has written all that it had.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.writing.clear();
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // An answer was given up in its middle. Without a reset the kernel would go on offering its part of it for minutes,
        // and would keep the memory.
        if self.writing.0.is_some() {
            let _ = self.stream.set_zero_linger();
        }
    }
}
