//! The module `bjson`: values to bytes and back, in the engine's own format.

use super::args::{Export, Exporter, export_table, table_names};
use crate::capi::ffi;
use qjs_engine::{Context, Result};

use Export::N;

const TABLE: &[Export] = &[
    N("READ_OBJ_BYTECODE", ffi::JS_READ_OBJ_BYTECODE),
    N("READ_OBJ_REFERENCE", ffi::JS_READ_OBJ_REFERENCE),
    N("WRITE_OBJ_BYTECODE", ffi::JS_WRITE_OBJ_BYTECODE),
    N("WRITE_OBJ_REFERENCE", ffi::JS_WRITE_OBJ_REFERENCE),
    N("WRITE_OBJ_STRIP_DEBUG", ffi::JS_WRITE_OBJ_STRIP_DEBUG),
    N("WRITE_OBJ_STRIP_SOURCE", ffi::JS_WRITE_OBJ_STRIP_SOURCE),
];

/// What the module exports.
pub fn names() -> impl Iterator<Item = &'static str> {
    table_names(TABLE)
}
/// Hands over the module's exports.
pub fn export(cx: &Context, to: Exporter<'_>) -> Result<()> {
    export_table(cx, TABLE, to)
}
