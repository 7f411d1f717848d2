//! Bytecode: instructions, the emitter's output, the emitter, function templates.

pub mod check;
pub mod code;
pub mod dis;
#[cfg(feature = "parser")]
pub mod emit;
pub mod info;
pub mod op;
pub mod template;
pub mod verify;
