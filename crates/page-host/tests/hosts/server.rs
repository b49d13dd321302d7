use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    thread,
};

/// A web server that ends with its test.
pub(crate) struct Server(Child);

impl Server {
    /// Starts a program and waits until it writes a line with this text to its log.
    pub(crate) fn start(command: &mut Command, ready: &str) -> Self {
        let mut process =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap_or_else(|error| {
                panic!("{command:?}: {error}. `cargo xtask test` installs it on Debian, as root")
            });
        let (stdout, stderr) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
        // Programs differ in where they write.
        let (sender, lines) = std::sync::mpsc::channel();
        for stream in [Box::new(stdout) as Box<dyn Read + Send>, Box::new(stderr)] {
            let sender = sender.clone();
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    // After the start, the lines are read only so that the pipe does not fill.
                    drop(sender.send(line));
                }
            });
        }
        drop(sender);
        let mut log = vec![];
        let is_ready = lines.iter().any(|line| {
            log.push(line);
            log.last().is_some_and(|line| line.contains(ready))
        });
        assert!(is_ready, "{log:#?}");
        Self(process)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
