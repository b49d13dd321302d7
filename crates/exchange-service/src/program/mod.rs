//! The program without the serving: arguments, signals, and commands.

pub(crate) mod assignments;
pub(crate) mod command_line;
pub(crate) mod core_dumps;
pub(crate) mod notify;
pub(crate) mod reach;
pub(crate) mod signals;
