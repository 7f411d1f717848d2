//! The machine of qjs-rs: values, heap, text, objects, bytecode, the loop and the builtins.

pub mod builtins;
pub mod bytecode;
pub mod context;
pub mod embed;
pub mod heap;
pub mod iteration;
pub mod object;
pub mod ops;
pub mod runtime;
pub mod serialize;
pub mod sys;
pub mod text;
pub mod value;
pub mod vm;

pub use context::{Context, Intrinsic};
pub use heap::Gc;
pub use object::Object;
pub use runtime::Runtime;
pub use value::{Result, Thrown, Value};
