//! What the documents claim about the code.

mod threat_model;
