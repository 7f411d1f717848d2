//! The module `bjson`: values to bytes and back, in the engine's own format.

use super::args::{Beyond, chosen_bytes, new_buffer, room};
use crate::capi::ffi;
use qjs_engine::object::function::Call;
use qjs_engine::object::lazy::{Def, int, method};
use qjs_engine::serialize::{self, ReadOptions, WriteOptions};
use qjs_engine::{Result, Value};

/// What the module exports.
pub const TABLE: &[Def] = &[
    method("write", write, 2),
    method("read", read, 4),
    int("READ_OBJ_BYTECODE", ffi::JS_READ_OBJ_BYTECODE),
    int("READ_OBJ_REFERENCE", ffi::JS_READ_OBJ_REFERENCE),
    int("WRITE_OBJ_BYTECODE", ffi::JS_WRITE_OBJ_BYTECODE),
    int("WRITE_OBJ_REFERENCE", ffi::JS_WRITE_OBJ_REFERENCE),
    int("WRITE_OBJ_STRIP_DEBUG", ffi::JS_WRITE_OBJ_STRIP_DEBUG),
    int("WRITE_OBJ_STRIP_SOURCE", ffi::JS_WRITE_OBJ_STRIP_SOURCE),
];

/// write(obj, flags = 0): an ArrayBuffer.
fn write(c: &Call<'_>) -> Result {
    let flags = c.cx.to_int32(c.arg(1))?;
    let has = |bit| flags & bit != 0;
    let o = WriteOptions {
        // An address in bytes that a script keeps would outlive the memory.
        shared: false,
        references: has(ffi::JS_WRITE_OBJ_REFERENCE),
        clone: false,
        strip_source: has(ffi::JS_WRITE_OBJ_STRIP_SOURCE),
        strip_debug: has(ffi::JS_WRITE_OBJ_STRIP_DEBUG),
    };
    let w = serialize::write(c.cx, c.arg(0), &o)?;
    new_buffer(c.cx, &w.bytes).map(Value::from)
}

/// read(buffer, position = 0, length = the rest, flags = 0)
fn read(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let flags = cx.to_int32(c.arg(3))?;
    let b = chosen_bytes(cx, c.arg(0), c.arg(1), c.arg(2), false, Beyond::Throws)?;
    // A copy: what is read may be a SharedArrayBuffer, which others write to.
    let mut bytes = Vec::new();
    room(cx, &mut bytes, b.len)?;
    bytes.resize(b.len, 0);
    b.block.read_bytes(b.start, &mut bytes);
    let o = ReadOptions {
        // (JS_READ_OBJ_BYTECODE makes no difference: code is no value.)
        bytecode: false,
        all: false,
        shared: false,
        shared_blocks: None,
        transferred: &[],
        references: flags & ffi::JS_READ_OBJ_REFERENCE != 0,
    };
    serialize::read(cx, &bytes, &o)
}
