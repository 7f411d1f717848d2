//! `-c FILE -o FILE`: a standalone executable, this program with the bytecode of a script behind it.
//!
//! Not there yet: it comes with the serialization of bytecode.

use crate::options::Compile;

/// Why it was not done.
pub enum Failed {
    NotThereYet,
}

/// Compiles a script into an executable.
pub fn compile(_: &Compile) -> Result<(), Failed> {
    Err(Failed::NotThereYet)
}
