use std::{
    io::{self, BufRead, BufReader, Write},
    net::TcpStream,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use crate::{failure::Failure, interrupt, stopwatch::Stopwatch};

/// Longer than any answer takes that could still be counted.
const LONGEST: Duration = Duration::from_secs(10);

/// One request, again and again.
#[derive(Clone)]
pub(crate) struct Shot {
    /// `host:port`
    pub(crate) address: String,
    pub(crate) path: String,
    pub(crate) bearer: String,
    pub(crate) body: String,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Volley {
    /// In ascending order.
    latencies: Vec<Duration>,
    took: Duration,
}

impl Volley {
    pub(crate) fn len(&self) -> usize {
        self.latencies.len()
    }

    /// As if both had been one.
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

/// Fires so many requests in all, each shot over a connection of its own that fires the next when it has the answer. Any
/// status but 200 ends it: a refusal is quicker than an exchange and would flatter.
pub(crate) fn fire(shots: &[Shot], requests: usize) -> Result<Volley, Failure> {
    let left = AtomicUsize::new(requests);
    let stopwatch = Stopwatch::start();
    let gunners = thread::scope(|scope| {
        let gunners: Vec<_> = shots.iter().map(|shot| scope.spawn(|| gunner(shot, &left))).collect();
        gunners.into_iter().map(|gunner| gunner.join().expect("a gunner does not panic")).collect::<Vec<_>>()
    });
    let took = stopwatch.elapsed();
    let mut latencies = Vec::new();
    for outcome in gunners {
        latencies.extend(outcome.map_err(Failure::io("measuring"))?);
    }
    if interrupt::requested() {
        return Err(Failure::Interrupted);
    }
    latencies.sort_unstable();
    Ok(Volley { latencies, took })
}

fn gunner(shot: &Shot, left: &AtomicUsize) -> io::Result<Vec<Duration>> {
    let stream = TcpStream::connect(&shot.address)?;
    stream.set_read_timeout(Some(LONGEST))?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    let Shot { address, path, bearer, body } = shot;
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
        answer(&mut answers)?;
        latencies.push(stopwatch.elapsed());
    }
    Ok(latencies)
}

/// Reads one answer with a length to its end.
fn answer(answers: &mut impl BufRead) -> io::Result<()> {
    let bad = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let (mut status, mut length) = (String::new(), None);
    answers.read_line(&mut status)?;
    loop {
        let mut line = String::new();
        answers.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.trim().parse().ok(),
            Some(_) => {}
            None => break,
        }
    }
    let length = length.filter(|length| *length < 1 << 20).ok_or_else(|| bad(format!("no length: {status}")))?;
    let mut body = vec![0; length];
    answers.read_exact(&mut body)?;
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
    fn an_answer_other_than_200_is_no_measurement() {
        let ok = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        assert!(answer(&mut &ok[..]).is_ok());
        for bad in [
            "",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}",
            "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\n{}",
        ] {
            assert!(answer(&mut bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_percentile_is_one_of_the_measurements() {
        let latencies = (1..=100).map(Duration::from_millis).collect();
        let volley = Volley { latencies, took: Duration::from_secs(2) };
        assert_eq!(
            (volley.percentile(50), volley.percentile(99)),
            (Duration::from_millis(50), Duration::from_millis(99))
        );
        assert!((volley.per_second() - 50.0).abs() < 1e-9);
    }
}
