use std::{
    io::{self, BufRead, BufReader, Write},
    net::TcpStream,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use crate::{failure::Failure, interrupt, stopwatch::Stopwatch};

/// The time after which a missing response fails the measurement.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A request that a connection repeats.
#[derive(Clone)]
pub(crate) struct Request {
    /// The host and the port, as in `localhost:8403`.
    pub(crate) address: String,
    pub(crate) path: String,
    pub(crate) bearer: String,
    pub(crate) body: String,
}

/// The result of a measurement.
#[derive(Default)]
pub(crate) struct Measurement {
    /// The latency of each request, in ascending order.
    latencies: Vec<Duration>,
    /// The duration of the whole measurement.
    took: Duration,
}

impl Measurement {
    pub(crate) fn len(&self) -> usize {
        self.latencies.len()
    }

    /// Adds the requests and the duration of another measurement.
    pub(crate) fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.latencies.sort_unstable();
        self.took += other.took;
    }

    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        self.latencies[(self.latencies.len() - 1) * percent / 100]
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }
}

/// Sends this number of requests in total. Each of `requests` has its own connection, which sends it again after each
/// response.
///
/// # Errors
///
/// Any status but 200 fails the measurement: a rejection is faster than an exchange.
pub(crate) fn send(requests: &[Request], count: usize) -> Result<Measurement, Failure> {
    let left = AtomicUsize::new(count);
    let stopwatch = Stopwatch::start();
    let outcomes = thread::scope(|scope| {
        let senders: Vec<_> = requests.iter().map(|request| scope.spawn(|| repeat(request, &left))).collect();
        senders.into_iter().map(|sender| sender.join().expect("a sender does not panic")).collect::<Vec<_>>()
    });
    let took = stopwatch.elapsed();
    let mut latencies = Vec::new();
    for outcome in outcomes {
        latencies.extend(outcome.map_err(Failure::io("measuring"))?);
    }
    if interrupt::requested() {
        return Err(Failure::Interrupted);
    }
    latencies.sort_unstable();
    Ok(Measurement { latencies, took })
}

/// Sends a request over one connection, while requests are left. Returns the latencies.
fn repeat(request: &Request, left: &AtomicUsize) -> io::Result<Vec<Duration>> {
    let stream = TcpStream::connect(&request.address)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_nodelay(true)?;
    let mut responses = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    let Request { address, path, bearer, body } = request;
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {bearer}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut latencies = Vec::new();
    while !interrupt::requested()
        && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok()
    {
        let stopwatch = Stopwatch::start();
        stream.write_all(request.as_bytes())?;
        read_response(&mut responses)?;
        latencies.push(stopwatch.elapsed());
    }
    Ok(latencies)
}

/// Reads one response that has a `Content-Length`.
fn read_response(responses: &mut impl BufRead) -> io::Result<()> {
    let bad = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let (mut status, mut length) = (String::new(), None);
    responses.read_line(&mut status)?;
    loop {
        let mut line = String::new();
        responses.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.trim().parse().ok(),
            Some(_) => {}
            None => break,
        }
    }
    let length = length.filter(|length| *length < 1 << 20).ok_or_else(|| bad(format!("no length: {status}")))?;
    let mut body = vec![0; length];
    responses.read_exact(&mut body)?;
    if status.split(' ').nth(1) == Some("200") {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&body);
    Err(bad(format!("{} {}", status.trim_end(), text.chars().take(200).collect::<String>())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_other_than_200_is_no_measurement() {
        let ok = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        assert!(read_response(&mut &ok[..]).is_ok());
        for bad in [
            "",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}",
            "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\n{}",
        ] {
            assert!(read_response(&mut bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_percentile_is_one_of_the_measurements() {
        let latencies = (1..=100).map(Duration::from_millis).collect();
        let measurement = Measurement { latencies, took: Duration::from_secs(2) };
        assert_eq!(measurement.percentile(50), Duration::from_millis(50));
        assert_eq!(measurement.percentile(99), Duration::from_millis(99));
        assert!((measurement.per_second() - 50.0).abs() < 1e-9);
    }
}
