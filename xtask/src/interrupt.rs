use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::Duration,
};

use crate::failure::Failure;

/// Receives Ctrl-C, SIGTERM and SIGHUP. Every wait of these commands waits on it, so that it can be interrupted.
pub(crate) struct Interrupt(Receiver<()>);

static REQUESTED: AtomicBool = AtomicBool::new(false);

impl Interrupt {
    /// Installs the handler of the signals. They then no longer end this process, so that it can end its children
    /// first.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let (sender, receiver) = channel();
        ctrlc::set_handler(move || {
            REQUESTED.store(true, Ordering::SeqCst);
            // Fails only without a receiver, when the command is already ending.
            let _ = sender.send(());
        })
        .map_err(|error| Failure::Io { doing: "listening for Ctrl-C".into(), source: std::io::Error::other(error) })?;
        Ok(Self(receiver))
    }

    /// Waits this long, unless interrupted.
    pub(crate) fn pause(&self, duration: Duration) -> Result<(), Failure> {
        match self.0.recv_timeout(duration) {
            Err(RecvTimeoutError::Timeout) if !requested() => Ok(()),
            _ => Err(Failure::Interrupted),
        }
    }
}

/// Whether a signal was received. For steps that wait on a program, and not on the [`Interrupt`].
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}
