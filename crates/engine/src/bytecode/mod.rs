//! Bytecode: instructions, the emitter's output, the emitter, function templates.

pub mod code;
pub mod op;
