//! Bytecode: instructions, the emitter's output, the emitter, function templates.

pub mod code;
pub mod info;
pub mod op;
pub mod template;
