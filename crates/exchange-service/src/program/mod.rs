//! What the program does besides serving.

pub(crate) mod assignments;
pub(crate) mod command_line;
pub(crate) mod core_dumps;
pub(crate) mod reach;
pub(crate) mod signals;
