//! Values and compiled code as bytes: what JS_WriteObject and JS_ReadObject do, and messages to workers.
//!
//! # The format
//! ```text
//! "QJR"          3 bytes
//! version        1 byte: VERSION; any other is refused, by number
//! checksum       4 bytes: CRC-32 of all that follows
//! contents       1 byte: bits of `contents`
//! value          one tagged value (`format::tag`)
//! ```
//! Numbers are little-endian or varints (7 bits a byte, low ones first). There are no pointers, but for
//! the addresses of SharedArrayBuffers' memory, which are written and read only when both sides ask for it. The same
//! value, made the same way, gives the same bytes: nothing depends on addresses, hash seeds or time.
//!
//! *Strings* that may come again (property keys, names, long texts) are written where they are first met and then
//! called by number. So are *shapes*: the keys of an object are written once, objects alike give a number and
//! their values. Objects are numbered in the order in which they are met, a parent before its members; with
//! `references` one met again is its number, which allows cycles.
//!
//! *Code* has its strings in a table, so that a function can be read without those before it:
//! ```text
//! tag            FUNCTION or MODULE
//! operations     the most frequent pairs of operation and flags, which have a byte each
//! source         file name, first line, text or lengths of lines
//! strings        how many, and each with its length
//! module         (of a MODULE) name, tables
//! head           of the outermost function: name, flags, counts, captures, size of the body
//! body           constants, keys, tables, instructions; the heads of the functions inside; names of variables and
//!                positions; the bodies of the functions inside
//! ```
//! A module that is JSON, a text or bytes (DATA) is these bytes as they are.
//!
//! Reading makes the outermost function. One inside it is a head until it is called, which reads its body
//! ([`stored`]). Until then the runtime keeps a copy of the bytes; names and positions are looked up there later on too.
//!
//! # Trust
//! A reader believes nothing: counts are held against the bytes that are left, numbers against the tables, code is
//! verified (`bytecode::check`), and what is made is charged to the runtime. Bytes that are no such value throw a
//! SyntaxError: when they are read or, if a function inside is to blame, whenever that is called. No code runs before it
//! is verified. The checksum finds accidents, not attackers, and nothing relies on it.

#![deny(unsafe_code)]

pub(crate) mod code_read;
mod code_write;
mod format;
pub mod quick;
mod read;
pub(crate) mod stored;
mod write;

pub use format::{HEADER, VERSION, seal};

use crate::builtins::{json, typed_array};
use crate::context::Context;
use crate::embed;
use crate::heap::Gc;
use crate::object::Object;
use crate::object::buffer::{self, SharedEnd};
use crate::object::function::FunctionData;
use crate::text::names::Name;
use crate::value::{Result, Value};
use crate::vm::module::Module;

/// The properties of errors that are written though they are not enumerable.
const ERROR_PROPERTIES: [Name; 5] = [Name::message, Name::cause, Name::errors, Name::error, Name::suppressed];

/// What a writer is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct WriteOptions {
    /// SharedArrayBuffers are allowed: their memory's address is written. The caller keeps each block of
    /// [`Written::shared`] alive until the bytes have been read (or are thrown away).
    pub shared: bool,
    /// An object met again is a reference to the first; cycles are allowed. Without, it is written again, and
    /// a cycle is a TypeError.
    pub references: bool,
    /// Structured clone (HTML 2.7.3): getters are called, and what cannot be written throws a DOMException
    /// "DataCloneError" rather than a TypeError.
    pub clone: bool,
    /// Leave out the source text of functions.
    pub strip_source: bool,
    /// Leave out positions, names of variables and the source text.
    pub strip_debug: bool,
}

impl WriteOptions {
    /// What a message to a worker is written with.
    pub const MESSAGE: WriteOptions =
        WriteOptions { shared: true, references: true, clone: true, strip_source: false, strip_debug: false };
}

/// What a reader allows.
#[derive(Clone, Copy, Default)]
pub struct ReadOptions<'a> {
    /// Compiled code.
    pub bytecode: bool,
    /// Every function is read, and thus checked, at once rather than when it is first called.
    pub all: bool,
    /// SharedArrayBuffers: the bytes must then come from this process, for they hold addresses.
    pub shared: bool,
    /// If given, the only blocks that such an address may be of.
    pub shared_blocks: Option<&'a [SharedBlock]>,
    /// References to objects met before.
    pub references: bool,
    /// What the ArrayBuffers of [`write_message`]'s transfer list have become.
    pub transferred: &'a [Gc<Object>],
}

impl<'a> ReadOptions<'a> {
    /// What a message to a worker is read with.
    pub fn message(blocks: &'a [SharedBlock]) -> ReadOptions<'a> {
        ReadOptions {
            bytecode: false,
            all: false,
            shared: true,
            shared_blocks: Some(blocks),
            references: true,
            transferred: &[],
        }
    }
}

/// The address of the end of a SharedArrayBuffer's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedBlock(pub *mut SharedEnd);

/// What a writer made.
#[derive(Debug, Default)]
pub struct Written {
    /// No longer charged to the runtime, and free to go to another thread.
    pub bytes: Vec<u8>,
    /// The SharedArrayBuffers met, each once; not held by `bytes`.
    pub shared: Vec<SharedBlock>,
    /// Holds of these, in the same order; with [`WriteOptions::clone`] only.
    pub held: Vec<buffer::SharedBlock>,
}

/// What sort of thing a reader made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoadedKind {
    #[default]
    Value,
    /// A function that runs a script, as `vm::script::compile_script` makes it.
    Function,
    /// A module, of code or data, entered in the realm's module map; its imports are not loaded yet.
    Module,
}

/// What a reader made.
#[derive(Debug, Default)]
pub struct Loaded {
    pub value: Value,
    pub kind: LoadedKind,
    /// The SharedArrayBuffers met.
    pub shared: Vec<SharedBlock>,
}

/// Writes a value.
///
/// ```
/// # use qjs_engine::serialize::*;
/// # fn f(cx: &qjs_engine::Context, v: &qjs_engine::Value) -> qjs_engine::Result<()> {
/// let message = write(cx, v, &WriteOptions::MESSAGE)?;
/// // … in another thread's runtime:
/// let v = read(cx, &message.bytes, &ReadOptions::message(&message.shared))?;
/// # Ok(()) }
/// ```
pub fn write(cx: &Context, value: &Value, options: &WriteOptions) -> Result<Written> {
    write::write(cx, value, options, &[])
}

/// Writes a message, in which the ArrayBuffers of `transfer` are called by their number there. The caller moves
/// their memory once this has gone well.
pub fn write_message(cx: &Context, value: &Value, transfer: &[Gc<Object>]) -> Result<Written> {
    write::write(cx, value, &WriteOptions::MESSAGE, transfer)
}

/// Writes the code of a function: one that runs a script, as `vm::script::compile_script` makes it.
pub fn write_function(cx: &Context, function: &Object, options: &WriteOptions) -> Result<Written> {
    match function.data::<FunctionData>() {
        Some(f) if f.captures.is_empty() => write::write_function(cx, &f.template, options),
        _ => Err(cx.throw_type("bytecode function expected")),
    }
}

/// Writes a module of source text, whatever its status.
pub fn write_module(cx: &Context, module: &Module, options: &WriteOptions) -> Result<Written> {
    write::write_module(cx, module, options)
}

/// What the bytes of a module without code are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DataKind {
    Json,
    Text,
    Bytes,
}

impl DataKind {
    /// Every kind, as it is numbered in what is written.
    const ALL: [DataKind; 3] = [DataKind::Json, DataKind::Text, DataKind::Bytes];
    /// The import attribute `type` that asks for it.
    pub fn name(self) -> &'static str {
        match self {
            DataKind::Json => "json",
            DataKind::Text => "text",
            DataKind::Bytes => "bytes",
        }
    }
    /// The value of the default export.
    pub fn value(self, cx: &Context, bytes: &[u8], name: &str) -> Result {
        Ok(match self {
            DataKind::Json => json::parse_utf8(cx, bytes, Some(name))?,
            DataKind::Text => embed::decode_utf8(cx.rt(), bytes)?.into(),
            DataKind::Bytes => typed_array::new_bytes(cx, bytes, true)?.into(),
        })
    }
}

/// Writes a module without code, for an import of `name`; with `typed` one that asks for its kind by the attribute
/// `type`.
pub fn write_data_module(
    cx: &Context,
    name: &str,
    kind: DataKind,
    typed: bool,
    bytes: &[u8],
) -> Result<Written> {
    write::write_data_module(cx, name, kind, typed, bytes)
}

/// Reads a value, no compiled code. Everything the bytes say is checked; those that make no sense throw a SyntaxError.
pub fn read(cx: &Context, bytes: &[u8], options: &ReadOptions<'_>) -> Result<Value> {
    read_all(cx, bytes, &ReadOptions { bytecode: false, ..*options }).map(|l| l.value)
}

/// Reads a value or compiled code, and lists the SharedArrayBuffers met.
pub fn read_all(cx: &Context, bytes: &[u8], options: &ReadOptions<'_>) -> Result<Loaded> {
    read::read(cx, bytes, options)
}
