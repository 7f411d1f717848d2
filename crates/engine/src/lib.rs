//! The machine of qjs-rs.

pub mod bytecode;
