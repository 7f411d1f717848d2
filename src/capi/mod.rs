//! The C ABI: one file per section of `quickjs.h`. The only place that sees a 16-byte `JSValue`.
//!
//! # Safety of everything here
//! Each exported function trusts its C caller for what `quickjs.h` says, and nothing beyond: that `JSRuntime *`
//! and `JSContext *` are live and used on one thread at a time; that a `JSValue` argument owns the count it
//! stands for and a `JSValueConst` borrows one that lives through the call; that `argv` holds `argc` values,
//! strings end in NUL or have the length given, and pointers to results can be written. "SAFETY: C's contract"
//! below means exactly this. Nothing unwinds into C: panics abort.
//!
//! A `JSRuntime *` is a leaked `Box<Runtime>`, a `JSContext *` one count of a `Context` cell.

// The module documentation above is the safety section of every function.
#![allow(clippy::missing_safety_doc)]

pub mod atoms;
pub mod buffers;
pub mod classes;
pub mod context;
pub(crate) mod convert;
pub mod errors;
pub mod eval;
pub mod ffi;
pub mod functions;
pub mod jobs;
pub mod json;
pub mod lists;
pub mod memory;
pub mod modules;
pub mod objects;
pub mod promises;
pub mod properties;
pub mod runtime;
pub mod serialize;
pub mod strings;
pub mod values;
