//! Closes connections that make no progress. hyper limits the time of a head, and the routes that of a body. This
//! limits writing, and all other reading (REV-05).

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

/// How long a client can take to read a response, from when its buffers are full. The limit is for the whole response:
/// with a limit for each byte, a slow reader could hold a connection without end. The longest response, openapi.json, has about 50 KiB.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long nothing may be read: more than the timeout of a request (15 seconds) and then of its response.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) struct Progress {
    stream: TcpStream,
    reading: Deadline,
    writing: Deadline,
}

/// A timer that starts when a read or write must wait.
#[derive(Default)]
struct Deadline(Option<Pin<Box<Sleep>>>);

impl Progress {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, reading: Deadline::default(), writing: Deadline::default() }
    }

    fn written(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() { written } else { self.writing.passed(cx, WRITE_TIMEOUT) }
    }
}

impl Deadline {
    /// Returns an error once the time is over.
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
            Poll::Pending => this.reading.passed(cx, READ_TIMEOUT),
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

    /// hyper flushes after it has written everything.
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
        // The response was cut off. Resets the connection, because otherwise the kernel would keep its part of the
        // response in memory, and try to deliver it, for minutes.
        if self.writing.0.is_some() {
            let _ = self.stream.set_zero_linger();
        }
    }
}
