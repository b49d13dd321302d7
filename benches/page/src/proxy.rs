//! A TCP proxy that delays, so that everything in a browser is delayed alike: documents, Workers, TLS handshakes. What
//! a browser's own throttling delays leaves Workers out.
//!
//! It imitates a line between a person and the internet: a round-trip time, and a bandwidth that all connections share.
//! A new connection takes one round trip more, as the handshake of TCP does. There is no loss and no slow start.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    time::{Instant, sleep_until},
};

/// The number of bytes that a connection sends before another one has its turn.
const CHUNK: usize = 4_096;

/// The number of chunks that can be between reader and writer. It is more than any line holds.
const IN_FLIGHT: usize = 1_024;

/// A kind of line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Speed {
    pub(crate) round_trip: Duration,
    /// In each direction. `None` if it is not limited.
    pub(crate) bits_per_second: Option<u32>,
}

/// A line that all connections share.
#[derive(Clone)]
pub(crate) struct Line(Arc<Mutex<Arc<Lanes>>>);

struct Lanes {
    speed: Speed,
    up: Lane,
    down: Lane,
}

impl Line {
    pub(crate) fn new(speed: Speed) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(Lanes::new(speed)))))
    }

    /// Changes the speed for connections that begin from now on.
    pub(crate) fn set(&self, speed: Speed) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(Lanes::new(speed));
    }

    fn lanes(&self) -> Arc<Lanes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forwards the connections of a listener to a port of this machine, until the listener fails.
    pub(crate) async fn forward(self, listener: TcpListener, port: u16) -> io::Result<()> {
        loop {
            let (near, _) = listener.accept().await?;
            let lanes = self.lanes();
            tokio::spawn(async move {
                // Ends when a side closes or breaks, as a connection does.
                let _ = connect(near, port, lanes).await;
            });
        }
    }
}

impl Lanes {
    fn new(speed: Speed) -> Self {
        let lane = || Lane { bits_per_second: speed.bits_per_second, free: Mutex::new(Instant::now()) };
        Self { speed, up: lane(), down: lane() }
    }
}

/// One direction of a line.
struct Lane {
    bits_per_second: Option<u32>,
    /// When the last byte that waits for its turn has left.
    free: Mutex<Instant>,
}

impl Lane {
    /// Waits until these bytes have left.
    async fn send(&self, bytes: usize) {
        let Some(bits_per_second) = self.bits_per_second else { return };
        let duration = Duration::from_secs_f64(bytes as f64 * 8.0 / f64::from(bits_per_second));
        let end = {
            let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            *free = (*free).max(Instant::now()) + duration;
            *free
        };
        sleep_until(end).await;
    }
}

async fn connect(near: TcpStream, port: u16, lanes: Arc<Lanes>) -> io::Result<()> {
    let round_trip = lanes.speed.round_trip;
    let open = Instant::now() + round_trip;
    let far = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    let up = async {
        sleep_until(open).await;
        pump(from_near, to_far, &lanes.up, round_trip / 2).await
    };
    let down = pump(from_far, to_near, &lanes.down, round_trip / 2);
    tokio::try_join!(up, down).map(drop)
}

/// Copies one direction until it ends.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, lane: &Lane, delay: Duration) -> io::Result<()> {
    let (sender, mut receiver) = mpsc::channel::<(Instant, Vec<u8>)>(IN_FLIGHT);
    let read = async move {
        loop {
            let mut chunk = vec![0; CHUNK];
            let length = from.read(&mut chunk).await?;
            chunk.truncate(length);
            lane.send(length).await;
            if length == 0 || sender.send((Instant::now() + delay, chunk)).await.is_err() {
                return Ok(());
            }
        }
    };
    let write = async move {
        while let Some((arrives, chunk)) = receiver.recv().await {
            if !delay.is_zero() {
                sleep_until(arrives).await;
            }
            to.write_all(&chunk).await?;
        }
        to.shutdown().await
    };
    tokio::try_join!(read, write).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The time that a request and a response take, on tokio's clock, which advances when all tasks wait.
    async fn round_trip(speed: Speed, response: usize) -> Duration {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = server.accept().await.unwrap();
            stream.read_exact(&mut [0; 4]).await.unwrap();
            stream.write_all(&vec![7; response]).await.unwrap();
        });
        let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = proxy.local_addr().unwrap();
        tokio::spawn(Line::new(speed).forward(proxy, port));
        let start = Instant::now();
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"ping").await.unwrap();
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, vec![7; response]);
        start.elapsed()
    }

    #[tokio::test]
    async fn a_new_connection_takes_two_round_trips_and_a_body_the_time_of_its_bits() {
        let speed = Speed { round_trip: Duration::from_millis(40), bits_per_second: Some(1_000_000) };
        // 10 000 bytes are 80 milliseconds. A busy machine adds to that, and nothing can take away.
        assert!(round_trip(speed, 10_000).await >= Duration::from_millis(160));
    }

    #[tokio::test]
    async fn without_a_delay_all_bytes_arrive() {
        round_trip(Speed { round_trip: Duration::ZERO, bits_per_second: None }, 1_000_000).await;
    }
}
