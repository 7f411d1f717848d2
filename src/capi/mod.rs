//! The C ABI: one file per section of `quickjs.h`. The only place that sees a 16-byte `JSValue`.

pub mod ffi;
