use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::Duration,
};

use crate::failure::Failure;

/// Ctrl-C, SIGTERM or SIGHUP: whoever waits, waits on this, so that every wait can be ended.
pub(crate) struct Interrupt(Receiver<()>);

static REQUESTED: AtomicBool = AtomicBool::new(false);

impl Interrupt {
    /// Takes the signals over. From here on they end nothing by themselves, so that children can be ended first.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let (sender, receiver) = channel();
        ctrlc::set_handler(move || {
            REQUESTED.store(true, Ordering::SeqCst);
            // Nobody listening any more means that the end has begun already.
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

/// Whether the signal has come. For steps that wait on a program, not on the [`Interrupt`].
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}
