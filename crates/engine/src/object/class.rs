//! Classes: what an object carries beyond its properties.

use crate::context::Context;
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::object::Object;
use crate::object::exotic::Exotic;
use crate::runtime::Runtime;
use crate::value::{Result, Value};

/// A class's number, as C's JSClassID. Zero is invalid.
pub type ClassId = u16;

macro_rules! classes {
    ($($id:ident = $n:literal $name:literal,)+) => {
        /// The classes of the engine itself.
        #[allow(missing_docs)]
        pub mod id { $(pub const $id: super::ClassId = $n;)+ }
        /// Their names, by number.
        pub const NAMES: &[(ClassId, &str)] = &[$(($n, $name),)+];
    };
}

classes! {
    OBJECT = 1 "Object", ARRAY = 2 "Array", ERROR = 3 "Error", NUMBER = 4 "Number", STRING = 5 "String",
    BOOLEAN = 6 "Boolean", SYMBOL = 7 "Symbol", ARGUMENTS = 8 "Arguments", MAPPED_ARGUMENTS = 9 "Arguments",
    DATE = 10 "Date", MODULE_NS = 11 "Module", NATIVE_FUNCTION = 12 "Function", FUNCTION = 13 "Function",
    BOUND_FUNCTION = 14 "Function", FOR_IN = 15 "ForInIterator", REGEXP = 16 "RegExp",
    ARRAY_BUFFER = 17 "ArrayBuffer", SHARED_ARRAY_BUFFER = 18 "SharedArrayBuffer",
    UINT8C_ARRAY = 19 "Uint8ClampedArray", INT8_ARRAY = 20 "Int8Array", UINT8_ARRAY = 21 "Uint8Array",
    INT16_ARRAY = 22 "Int16Array", UINT16_ARRAY = 23 "Uint16Array", INT32_ARRAY = 24 "Int32Array",
    UINT32_ARRAY = 25 "Uint32Array", BIG_INT64_ARRAY = 26 "BigInt64Array",
    BIG_UINT64_ARRAY = 27 "BigUint64Array", FLOAT16_ARRAY = 28 "Float16Array",
    FLOAT32_ARRAY = 29 "Float32Array", FLOAT64_ARRAY = 30 "Float64Array", DATAVIEW = 31 "DataView",
    BIGINT = 32 "BigInt", MAP = 33 "Map", SET = 34 "Set", WEAK_MAP = 35 "WeakMap", WEAK_SET = 36 "WeakSet",
    WEAK_REF = 37 "WeakRef", FINALIZATION_REGISTRY = 38 "FinalizationRegistry",
    MAP_ITERATOR = 39 "Map Iterator", SET_ITERATOR = 40 "Set Iterator", ARRAY_ITERATOR = 41 "Array Iterator",
    STRING_ITERATOR = 42 "String Iterator", REGEXP_STRING_ITERATOR = 43 "RegExp String Iterator",
    GENERATOR = 44 "Generator", PROXY = 45 "Object", PROMISE = 46 "Promise",
    ASYNC_GENERATOR = 47 "AsyncGenerator", ITERATOR = 48 "Iterator", ITERATOR_HELPER = 49 "Iterator Helper",
    ITERATOR_WRAP = 50 "Iterator Wrap", ITERATOR_CONCAT = 51 "Iterator Concat", RAW_JSON = 52 "RawJSON",
    DISPOSABLE_STACK = 53 "DisposableStack", ASYNC_DISPOSABLE_STACK = 54 "AsyncDisposableStack",
    DOM_EXCEPTION = 55 "DOMException", CALL_SITE = 56 "CallSite",
    ASYNC_FROM_SYNC_ITERATOR = 57 "Async-from-Sync Iterator", INTERNAL = 58 "Internal", SLOW_ARGUMENTS = 59 "Arguments",
    HOST_FILE = 60 "FILE", HOST_WORKER = 61 "Worker",
}

/// The first number that embedders' classes get.
pub const FIRST_FOREIGN: ClassId = 64;

/// A payload that objects of some classes carry, dropped with them.
pub trait Payload: Sized {
    /// The classes whose objects carry it.
    const CLASSES: std::ops::RangeInclusive<ClassId>;
    /// Visits every value that the payload owns.
    fn trace(&self, tracer: &mut Tracer<'_>);
    /// How many bytes the payload holds outside of its cell, for JS_ComputeMemoryUsage.
    fn heap_bytes(&self) -> usize {
        0
    }
    /// A weakly held target (see `heap::weak`) has died.
    fn weak_dead(&self, _rt: &Runtime, _target: usize) {}
    /// The collector has reached this holder and now the target: visits the value kept for it (an ephemeron's;
    /// `trace` visits it by `Tracer::visit_ephemeron`).
    fn weak_trace(&self, _rt: &Runtime, _target: usize, _tracer: &mut Tracer<'_>) {}
}

/// How the engine treats a class.
pub struct ClassVt {
    pub(crate) drop: unsafe fn(*mut u8),
    pub(crate) trace: unsafe fn(*const u8, &mut Tracer<'_>),
    pub(crate) weak_dead: unsafe fn(*const u8, &Runtime, usize),
    pub(crate) weak_trace: unsafe fn(*const u8, &Runtime, usize, &mut Tracer<'_>),
    pub(crate) heap_bytes: unsafe fn(*const u8) -> usize,
}

struct VtOf<T>(std::marker::PhantomData<T>);
impl<T: Payload> VtOf<T> {
    const VT: ClassVt = ClassVt {
        // SAFETY: (all) called with the payload of an object made with this vtable's payload type.
        drop: |p| unsafe { std::ptr::drop_in_place(p as *mut T) },
        trace: |p, t| unsafe { (*(p as *const T)).trace(t) },
        weak_dead: |p, rt, a| unsafe { (*(p as *const T)).weak_dead(rt, a) },
        weak_trace: |p, rt, a, t| unsafe { (*(p as *const T)).weak_trace(rt, a, t) },
        heap_bytes: |p| unsafe { (*(p as *const T)).heap_bytes() },
    };
}
/// The vtable of payload T.
pub const fn vt_of<T: Payload + 'static>() -> &'static ClassVt {
    &VtOf::<T>::VT
}

/// An embedder's class: implemented by the C API.
pub trait ForeignClass {
    /// The object is dying.
    fn finalize(&self, rt: &Runtime, obj: &Object);
    /// Report what the object's opaque data holds.
    fn mark(&self, rt: &Runtime, obj: &Object, tracer: &mut Tracer<'_>);
    /// Is it callable?
    fn is_callable(&self) -> bool;
    /// [[Call]] and [[Construct]] (`new_target` is undefined for a call).
    fn call(&self, cx: &Context, func: &Object, this: &Value, args: &[Value], new_target: &Value) -> Result;
    /// Exotic behaviour, if any.
    fn exotic(&self) -> Option<&dyn Exotic>;
}

/// A class as a runtime knows it.
pub struct Class {
    pub name: Gc<crate::text::Str>,
    pub(crate) vt: Option<&'static ClassVt>,
    pub(crate) exotic: Option<&'static dyn Exotic>,
    pub(crate) foreign: Option<Box<dyn ForeignClass>>,
}
