//! `libqjs`: a JavaScript engine with the C ABI of QuickJS-NG 0.17.0.
//!
//! The engine itself is the crate `qjs_engine`; this package is its C face ([`capi`]). Everything that
//! C sees is declared in `include/quickjs.h` and `include/quickjs-libc.h`, which `tools/headers`
//! generates from the sources here.

pub mod capi;
pub mod libc;
