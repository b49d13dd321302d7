//! What the program does besides serving.

pub(crate) mod assignments;
pub(crate) mod command_line;
pub(crate) mod signals;
