//! Everything that crosses the C boundary, as C lays it out: structs, unions, enums, function types,
//! constants. `tools/headers` turns this file into the declarations of `include/quickjs.h`; sizes and
//! offsets are asserted at the end against QuickJS-NG 0.17.0 on 64-bit machines.
//!
//! Two conventions:
//! - A C function type such as `JSCFunction` is here a *nullable pointer* to it (`Option<fn>`), since
//!   that is all that ever crosses; the header generator writes `JSCFunction *` in its place.
//! - Enums that C passes in arrive as plain integers (`RawCFunctionEnum`, …): a C caller may pass any
//!   value, and a Rust enum must not hold one it does not name.
//!
//! Who owns a value is written in its type, as in the header: a `JSValue` argument is taken over, a
//! `JSValueConst` argument is borrowed, a returned `JSValue` belongs to the caller.
#![allow(non_camel_case_types, non_upper_case_globals)]
#![allow(clippy::identity_op, clippy::erasing_op)] // flags are written as shifts, as in the header

use core::ffi::{c_char, c_int, c_uint, c_void};

// ---------------------------------------------------------------------------------------------------
// Opaque types
// ---------------------------------------------------------------------------------------------------

/// A runtime: heap, atoms, classes, jobs. Belongs to one thread at a time.
#[repr(C)]
pub struct JSRuntime {
    _opaque: [u8; 0],
    _pinned: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// A realm: global object and intrinsics, inside a runtime.
#[repr(C)]
pub struct JSContext {
    _opaque: [u8; 0],
    _pinned: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// Never dereferenced by C; present because the header names it.
#[repr(C)]
pub struct JSObject {
    _opaque: [u8; 0],
    _pinned: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// A module record.
#[repr(C)]
pub struct JSModuleDef {
    _opaque: [u8; 0],
    _pinned: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

/// What a `gc_mark` callback is handed through `JS_MarkFunc`.
#[repr(C)]
pub struct JSGCObjectHeader {
    _opaque: [u8; 0],
    _pinned: core::marker::PhantomData<(*mut u8, core::marker::PhantomPinned)>,
}

// ---------------------------------------------------------------------------------------------------
// Values
// ---------------------------------------------------------------------------------------------------

/// Index of a class in its runtime; `JS_INVALID_CLASS_ID` is none.
pub type JSClassID = u32;

/// An interned property key; `JS_ATOM_NULL` is none.
pub type JSAtom = u32;

/// Payload of a [`JSValue`]; its tag says which field.
#[repr(C)]
#[derive(Clone, Copy)]
pub union JSValueUnion {
    pub int32: i32,
    pub float64: f64,
    pub ptr: *mut c_void,
    pub short_big_int: i32,
}

/// A JavaScript value as C sees it: 8 bytes of payload, 8 bytes of tag.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSValue {
    pub u: JSValueUnion,
    pub tag: i64,
}

/// A borrowed [`JSValue`]: the callee must not free it. The same type to C unless `JS_CHECK_JSVALUE`.
pub type JSValueConst = JSValue;

/// All tags of values with a reference count are negative; this is the lowest.
pub const JS_TAG_FIRST: i64 = -9;
pub const JS_TAG_BIG_INT: i64 = -9;
pub const JS_TAG_SYMBOL: i64 = -8;
pub const JS_TAG_STRING: i64 = -7;
pub const JS_TAG_STRING_ROPE: i64 = -6;
pub const JS_TAG_MODULE: i64 = -3;
pub const JS_TAG_FUNCTION_BYTECODE: i64 = -2;
pub const JS_TAG_OBJECT: i64 = -1;
pub const JS_TAG_INT: i64 = 0;
pub const JS_TAG_BOOL: i64 = 1;
pub const JS_TAG_NULL: i64 = 2;
pub const JS_TAG_UNDEFINED: i64 = 3;
pub const JS_TAG_UNINITIALIZED: i64 = 4;
pub const JS_TAG_CATCH_OFFSET: i64 = 5;
pub const JS_TAG_EXCEPTION: i64 = 6;
pub const JS_TAG_SHORT_BIG_INT: i64 = 7;
pub const JS_TAG_FLOAT64: i64 = 8;

impl JSValue {
    /// A value whose payload is a 32-bit integer (`JS_MKVAL`). The upper half of the payload is zero, so
    /// that the whole union is initialised.
    #[inline]
    pub const fn mkval(tag: i64, val: i32) -> JSValue {
        JSValue { u: JSValueUnion { ptr: val as u32 as usize as *mut c_void }, tag }
    }

    /// A value whose payload is a pointer (`JS_MKPTR`).
    #[inline]
    pub const fn mkptr(tag: i64, ptr: *mut c_void) -> JSValue {
        JSValue { u: JSValueUnion { ptr }, tag }
    }

    /// A double, never narrowed to an integer (`JS_NewFloat64`).
    #[inline]
    pub const fn float64(d: f64) -> JSValue {
        JSValue { u: JSValueUnion { float64: d }, tag: JS_TAG_FLOAT64 }
    }

    /// An integer (`JS_NewInt32`).
    #[inline]
    pub const fn int32(i: i32) -> JSValue {
        JSValue::mkval(JS_TAG_INT, i)
    }

    /// A boolean (`JS_NewBool`).
    #[inline]
    pub const fn bool(b: bool) -> JSValue {
        JSValue::mkval(JS_TAG_BOOL, b as i32)
    }

    /// The tag, without what a C caller may have left in its upper half: C compares 32 bits of it.
    #[inline]
    pub const fn norm_tag(self) -> i64 {
        self.tag as i32 as i64
    }

    /// Whether the value owns a count (`JS_VALUE_HAS_REF_COUNT`).
    #[inline]
    pub const fn has_ref_count(self) -> bool {
        (self.tag as i32 as u32) >= (JS_TAG_FIRST as i32 as u32)
    }

    #[inline]
    pub const fn is_exception(self) -> bool {
        self.tag as i32 == JS_TAG_EXCEPTION as i32
    }
}

pub const JS_NULL: JSValue = JSValue::mkval(JS_TAG_NULL, 0);
pub const JS_UNDEFINED: JSValue = JSValue::mkval(JS_TAG_UNDEFINED, 0);
pub const JS_FALSE: JSValue = JSValue::mkval(JS_TAG_BOOL, 0);
pub const JS_TRUE: JSValue = JSValue::mkval(JS_TAG_BOOL, 1);
pub const JS_EXCEPTION: JSValue = JSValue::mkval(JS_TAG_EXCEPTION, 0);
pub const JS_UNINITIALIZED: JSValue = JSValue::mkval(JS_TAG_UNINITIALIZED, 0);

// ---------------------------------------------------------------------------------------------------
// Constants
// ---------------------------------------------------------------------------------------------------

/* flags of a property */
pub const JS_PROP_CONFIGURABLE: c_int = 1 << 0;
pub const JS_PROP_WRITABLE: c_int = 1 << 1;
pub const JS_PROP_ENUMERABLE: c_int = 1 << 2;
pub const JS_PROP_C_W_E: c_int = 7;
/// Used internally in arrays.
pub const JS_PROP_LENGTH: c_int = 1 << 3;
/// Mask of NORMAL, GETSET, VARREF and AUTOINIT.
pub const JS_PROP_TMASK: c_int = 3 << 4;
pub const JS_PROP_NORMAL: c_int = 0 << 4;
pub const JS_PROP_GETSET: c_int = 1 << 4;
/// Used internally.
pub const JS_PROP_VARREF: c_int = 2 << 4;
/// Used internally.
pub const JS_PROP_AUTOINIT: c_int = 3 << 4;

/* flags of JS_DefineProperty: which fields of the descriptor are present */
pub const JS_PROP_HAS_SHIFT: c_int = 8;
pub const JS_PROP_HAS_CONFIGURABLE: c_int = 1 << 8;
pub const JS_PROP_HAS_WRITABLE: c_int = 1 << 9;
pub const JS_PROP_HAS_ENUMERABLE: c_int = 1 << 10;
pub const JS_PROP_HAS_GET: c_int = 1 << 11;
pub const JS_PROP_HAS_SET: c_int = 1 << 12;
pub const JS_PROP_HAS_VALUE: c_int = 1 << 13;
/// Throw where false would be returned.
pub const JS_PROP_THROW: c_int = 1 << 14;
/// Throw where false would be returned, in strict mode only.
pub const JS_PROP_THROW_STRICT: c_int = 1 << 15;
/// Internal use.
pub const JS_PROP_NO_ADD: c_int = 1 << 16;
/// Internal use.
pub const JS_PROP_NO_EXOTIC: c_int = 1 << 17;
/// Internal use.
pub const JS_PROP_DEFINE_PROPERTY: c_int = 1 << 18;
/// Internal use.
pub const JS_PROP_REFLECT_DEFINE_PROPERTY: c_int = 1 << 19;

/// Bytes of native stack a runtime may use until JS_SetMaxStackSize says otherwise.
pub const JS_DEFAULT_STACK_SIZE: c_int = 1024 * 1024;

/* flags of JS_Eval */
/// Global code (default).
pub const JS_EVAL_TYPE_GLOBAL: c_int = 0 << 0;
/// Module code.
pub const JS_EVAL_TYPE_MODULE: c_int = 1 << 0;
/// Direct call (internal use).
pub const JS_EVAL_TYPE_DIRECT: c_int = 2 << 0;
/// Indirect call (internal use).
pub const JS_EVAL_TYPE_INDIRECT: c_int = 3 << 0;
pub const JS_EVAL_TYPE_MASK: c_int = 3 << 0;
/// Force strict mode.
pub const JS_EVAL_FLAG_STRICT: c_int = 1 << 3;
pub const JS_EVAL_FLAG_UNUSED: c_int = 1 << 4;
/// Compile but do not run: the result has the tag JS_TAG_FUNCTION_BYTECODE or JS_TAG_MODULE, for
/// JS_EvalFunction.
pub const JS_EVAL_FLAG_COMPILE_ONLY: c_int = 1 << 5;
/// Leave the frames before this eval out of backtraces.
pub const JS_EVAL_FLAG_BACKTRACE_BARRIER: c_int = 1 << 6;
/// Allow await at the top level of a script; JS_Eval returns a promise. Only with
/// JS_EVAL_TYPE_GLOBAL.
pub const JS_EVAL_FLAG_ASYNC: c_int = 1 << 7;

/* flags of JS_SetDumpFlags: what is written to stdout */
pub const JS_DUMP_BYTECODE_FINAL: c_int = 0x01;
pub const JS_DUMP_BYTECODE_PASS2: c_int = 0x02;
pub const JS_DUMP_BYTECODE_PASS1: c_int = 0x04;
pub const JS_DUMP_BYTECODE_HEX: c_int = 0x10;
pub const JS_DUMP_BYTECODE_PC2LINE: c_int = 0x20;
pub const JS_DUMP_BYTECODE_STACK: c_int = 0x40;
pub const JS_DUMP_BYTECODE_STEP: c_int = 0x80;
/// Serialized objects as they are read.
pub const JS_DUMP_READ_OBJECT: c_int = 0x100;
/// Every object freed.
pub const JS_DUMP_FREE: c_int = 0x200;
/// Every automatic collection.
pub const JS_DUMP_GC: c_int = 0x400;
/// Objects freed by the collector.
pub const JS_DUMP_GC_FREE: c_int = 0x800;
pub const JS_DUMP_MODULE_RESOLVE: c_int = 0x1000;
pub const JS_DUMP_PROMISE: c_int = 0x2000;
/// Objects and strings leaked, in JS_FreeRuntime.
pub const JS_DUMP_LEAKS: c_int = 0x4000;
/// Atoms leaked, in JS_FreeRuntime.
pub const JS_DUMP_ATOM_LEAKS: c_int = 0x8000;
/// Memory usage, in JS_FreeRuntime.
pub const JS_DUMP_MEM: c_int = 0x10000;
/// Objects, in JS_FreeRuntime.
pub const JS_DUMP_OBJECTS: c_int = 0x20000;
/// Atoms, in JS_FreeRuntime.
pub const JS_DUMP_ATOMS: c_int = 0x40000;
/// Shapes, in JS_FreeRuntime.
pub const JS_DUMP_SHAPES: c_int = 0x80000;
/// Abort when an atom, object or string leaks; for tests.
pub const JS_ABORT_ON_LEAKS: c_int = 0x10C000;

pub const JS_ATOM_NULL: JSAtom = 0;

/// Given to JSClassCall when it is called by `new`; `this_val` is then new.target.
pub const JS_CALL_FLAG_CONSTRUCTOR: c_int = 1 << 0;

pub const JS_EVAL_OPTIONS_VERSION: c_int = 1;

pub const JS_INVALID_CLASS_ID: JSClassID = 0;

/* flags of JS_GetOwnPropertyNames */
pub const JS_GPN_STRING_MASK: c_int = 1 << 0;
pub const JS_GPN_SYMBOL_MASK: c_int = 1 << 1;
pub const JS_GPN_PRIVATE_MASK: c_int = 1 << 2;
/// Enumerable properties only.
pub const JS_GPN_ENUM_ONLY: c_int = 1 << 4;
/// Fill JSPropertyEnum.is_enumerable.
pub const JS_GPN_SET_ENUM: c_int = 1 << 5;

/* flags of JS_WriteObject */
/// Allow functions and modules.
pub const JS_WRITE_OBJ_BYTECODE: c_int = 1 << 0;
/// Obsolete.
pub const JS_WRITE_OBJ_BSWAP: c_int = 0;
/// Allow SharedArrayBuffer.
pub const JS_WRITE_OBJ_SAB: c_int = 1 << 2;
/// Encode an arbitrary graph: one object may be met twice.
pub const JS_WRITE_OBJ_REFERENCE: c_int = 1 << 3;
/// Leave source text out.
pub const JS_WRITE_OBJ_STRIP_SOURCE: c_int = 1 << 4;
/// Leave debug information out.
pub const JS_WRITE_OBJ_STRIP_DEBUG: c_int = 1 << 5;

/* flags of JS_ReadObject */
/// Allow functions and modules. Only for input whose writer is trusted.
pub const JS_READ_OBJ_BYTECODE: c_int = 1 << 0;
/// Obsolete.
pub const JS_READ_OBJ_ROM_DATA: c_int = 0;
/// Allow SharedArrayBuffer, which is written as an address: only for input from this process.
pub const JS_READ_OBJ_SAB: c_int = 1 << 2;
pub const JS_READ_OBJ_REFERENCE: c_int = 1 << 3;

/* JSCFunctionListEntry.def_type */
pub const JS_DEF_CFUNC: c_int = 0;
pub const JS_DEF_CGETSET: c_int = 1;
pub const JS_DEF_CGETSET_MAGIC: c_int = 2;
pub const JS_DEF_PROP_STRING: c_int = 3;
pub const JS_DEF_PROP_INT32: c_int = 4;
pub const JS_DEF_PROP_INT64: c_int = 5;
pub const JS_DEF_PROP_DOUBLE: c_int = 6;
pub const JS_DEF_PROP_UNDEFINED: c_int = 7;
pub const JS_DEF_OBJECT: c_int = 8;
pub const JS_DEF_ALIAS: c_int = 9;
pub const JS_DEF_PROP_SYMBOL: c_int = 10;
pub const JS_DEF_PROP_BOOL: c_int = 11;

pub const QJS_VERSION_MAJOR: c_int = 0;
pub const QJS_VERSION_MINOR: c_int = 17;
pub const QJS_VERSION_PATCH: c_int = 0;

// ---------------------------------------------------------------------------------------------------
// Enums: named for C; what C passes in arrives as the Raw… integer beside each
// ---------------------------------------------------------------------------------------------------

/// Element type of a typed array.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JSTypedArrayEnum {
    JS_TYPED_ARRAY_UINT8C = 0,
    JS_TYPED_ARRAY_INT8 = 1,
    JS_TYPED_ARRAY_UINT8 = 2,
    JS_TYPED_ARRAY_INT16 = 3,
    JS_TYPED_ARRAY_UINT16 = 4,
    JS_TYPED_ARRAY_INT32 = 5,
    JS_TYPED_ARRAY_UINT32 = 6,
    JS_TYPED_ARRAY_BIG_INT64 = 7,
    JS_TYPED_ARRAY_BIG_UINT64 = 8,
    JS_TYPED_ARRAY_FLOAT16 = 9,
    JS_TYPED_ARRAY_FLOAT32 = 10,
    JS_TYPED_ARRAY_FLOAT64 = 11,
}
/// A [`JSTypedArrayEnum`] as C passes it: any integer.
pub type RawTypedArrayEnum = c_uint;

/// State of a promise.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JSPromiseStateEnum {
    /// The argument of JS_PromiseState was no promise.
    JS_PROMISE_NOT_A_PROMISE = -1,
    JS_PROMISE_PENDING = 0,
    JS_PROMISE_FULFILLED = 1,
    JS_PROMISE_REJECTED = 2,
}

/// When a promise hook is called.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JSPromiseHookType {
    /// A promise was created.
    JS_PROMISE_HOOK_INIT = 0,
    /// Right before promise.then is invoked.
    JS_PROMISE_HOOK_BEFORE = 1,
    /// Right after promise.then was invoked.
    JS_PROMISE_HOOK_AFTER = 2,
    /// Not for rejected promises.
    JS_PROMISE_HOOK_RESOLVE = 3,
}

/// Prototype of a C function: which field of [`JSCFunctionType`] is called.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JSCFunctionEnum {
    JS_CFUNC_generic = 0,
    JS_CFUNC_generic_magic = 1,
    JS_CFUNC_constructor = 2,
    JS_CFUNC_constructor_magic = 3,
    JS_CFUNC_constructor_or_func = 4,
    JS_CFUNC_constructor_or_func_magic = 5,
    JS_CFUNC_f_f = 6,
    JS_CFUNC_f_f_f = 7,
    JS_CFUNC_getter = 8,
    JS_CFUNC_setter = 9,
    JS_CFUNC_getter_magic = 10,
    JS_CFUNC_setter_magic = 11,
    JS_CFUNC_iterator_next = 12,
}
/// A [`JSCFunctionEnum`] as C passes it: any integer.
pub type RawCFunctionEnum = c_uint;

impl JSCFunctionEnum {
    /// The prototype C named, or none when the integer names none.
    pub fn from_raw(raw: RawCFunctionEnum) -> Option<JSCFunctionEnum> {
        use JSCFunctionEnum::*;
        Some(match raw {
            0 => JS_CFUNC_generic,
            1 => JS_CFUNC_generic_magic,
            2 => JS_CFUNC_constructor,
            3 => JS_CFUNC_constructor_magic,
            4 => JS_CFUNC_constructor_or_func,
            5 => JS_CFUNC_constructor_or_func_magic,
            6 => JS_CFUNC_f_f,
            7 => JS_CFUNC_f_f_f,
            8 => JS_CFUNC_getter,
            9 => JS_CFUNC_setter,
            10 => JS_CFUNC_getter_magic,
            11 => JS_CFUNC_setter_magic,
            12 => JS_CFUNC_iterator_next,
            _ => return None,
        })
    }
}

// ---------------------------------------------------------------------------------------------------
// Function types
// ---------------------------------------------------------------------------------------------------

pub type JSCFunction = Option<
    unsafe extern "C" fn(
        ctx: *mut JSContext,
        this_val: JSValueConst,
        argc: c_int,
        argv: *mut JSValueConst,
    ) -> JSValue,
>;

pub type JSCFunctionMagic = Option<
    unsafe extern "C" fn(
        ctx: *mut JSContext,
        this_val: JSValueConst,
        argc: c_int,
        argv: *mut JSValueConst,
        magic: c_int,
    ) -> JSValue,
>;

pub type JSCFunctionData = Option<
    unsafe extern "C" fn(
        ctx: *mut JSContext,
        this_val: JSValueConst,
        argc: c_int,
        argv: *mut JSValueConst,
        magic: c_int,
        func_data: *mut JSValueConst,
    ) -> JSValue,
>;

pub type JSCClosure = Option<
    unsafe extern "C" fn(
        ctx: *mut JSContext,
        this_val: JSValueConst,
        argc: c_int,
        argv: *mut JSValueConst,
        magic: c_int,
        opaque: *mut c_void,
    ) -> JSValue,
>;

/// Frees what a [`JSCClosure`]'s `opaque` points to.
pub type JSCClosureFinalizerFunc = Option<unsafe extern "C" fn(opaque: *mut c_void)>;

/// Run last in first out at the very end of JS_FreeRuntime; the runtime itself is no longer usable.
pub type JSRuntimeFinalizer = Option<unsafe extern "C" fn(rt: *mut JSRuntime, arg: *mut c_void)>;

pub type JS_MarkFunc = Option<unsafe extern "C" fn(rt: *mut JSRuntime, gp: *mut JSGCObjectHeader)>;

pub type JSClassFinalizer = Option<unsafe extern "C" fn(rt: *mut JSRuntime, val: JSValueConst)>;

pub type JSClassGCMark =
    Option<unsafe extern "C" fn(rt: *mut JSRuntime, val: JSValueConst, mark_func: JS_MarkFunc)>;

pub type JSClassCall = Option<
    unsafe extern "C" fn(
        ctx: *mut JSContext,
        func_obj: JSValueConst,
        this_val: JSValueConst,
        argc: c_int,
        argv: *mut JSValueConst,
        flags: c_int,
    ) -> JSValue,
>;

/// Manages the memory of an ArrayBuffer that C created. With `size` 0, `ptr` is to be freed and NULL
/// returned; otherwise the block is to be resized, and NULL means that it could not be and is as before.
pub type JSReallocArrayBufferDataFunc = Option<
    unsafe extern "C" fn(
        rt: *mut JSRuntime,
        opaque: *mut c_void,
        ptr: *mut c_void,
        size: usize,
    ) -> *mut c_void,
>;

/// `parent_promise` is a promise only with JS_PROMISE_HOOK_INIT and for promises made by promise.then.
pub type JSPromiseHook = Option<
    unsafe extern "C" fn(
        ctx: *mut JSContext,
        r#type: JSPromiseHookType,
        promise: JSValueConst,
        parent_promise: JSValueConst,
        opaque: *mut c_void,
    ),
>;

/// `is_handled` says that the rejection has been handled after all.
pub type JSHostPromiseRejectionTracker = Option<
    unsafe extern "C" fn(
        ctx: *mut JSContext,
        promise: JSValueConst,
        reason: JSValueConst,
        is_handled: bool,
        opaque: *mut c_void,
    ),
>;

/// Returns nonzero to interrupt the running script.
pub type JSInterruptHandler = Option<unsafe extern "C" fn(rt: *mut JSRuntime, opaque: *mut c_void) -> c_int>;

/// Returns the module's specifier, allocated by js_malloc, or NULL with an exception pending.
pub type JSModuleNormalizeFunc = Option<
    unsafe extern "C" fn(
        ctx: *mut JSContext,
        module_base_name: *const c_char,
        module_name: *const c_char,
        opaque: *mut c_void,
    ) -> *mut c_char,
>;

pub type JSModuleNormalizeFunc2 = Option<
    unsafe extern "C" fn(
        ctx: *mut JSContext,
        module_base_name: *const c_char,
        module_name: *const c_char,
        attributes: JSValueConst,
        opaque: *mut c_void,
    ) -> *mut c_char,
>;

pub type JSModuleLoaderFunc = Option<
    unsafe extern "C" fn(
        ctx: *mut JSContext,
        module_name: *const c_char,
        opaque: *mut c_void,
    ) -> *mut JSModuleDef,
>;

/// A module loader that is told the import attributes.
pub type JSModuleLoaderFunc2 = Option<
    unsafe extern "C" fn(
        ctx: *mut JSContext,
        module_name: *const c_char,
        opaque: *mut c_void,
        attributes: JSValueConst,
    ) -> *mut JSModuleDef,
>;

/// Returns -1 with an exception pending, or 0.
pub type JSModuleCheckSupportedImportAttributes =
    Option<unsafe extern "C" fn(ctx: *mut JSContext, opaque: *mut c_void, attributes: JSValueConst) -> c_int>;

pub type JSModuleInitFunc = Option<unsafe extern "C" fn(ctx: *mut JSContext, m: *mut JSModuleDef) -> c_int>;

pub type JSJobFunc =
    Option<unsafe extern "C" fn(ctx: *mut JSContext, argc: c_int, argv: *mut JSValueConst) -> JSValue>;

// ---------------------------------------------------------------------------------------------------
// Structs
// ---------------------------------------------------------------------------------------------------

/// The runtime's allocator. `opaque` is what JS_NewRuntime2 was given.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSMallocFunctions {
    pub js_calloc:
        Option<unsafe extern "C" fn(opaque: *mut c_void, count: usize, size: usize) -> *mut c_void>,
    pub js_malloc: Option<unsafe extern "C" fn(opaque: *mut c_void, size: usize) -> *mut c_void>,
    pub js_free: Option<unsafe extern "C" fn(opaque: *mut c_void, ptr: *mut c_void)>,
    pub js_realloc:
        Option<unsafe extern "C" fn(opaque: *mut c_void, ptr: *mut c_void, size: usize) -> *mut c_void>,
    pub js_malloc_usable_size: Option<unsafe extern "C" fn(ptr: *const c_void) -> usize>,
}

/// What JS_ComputeMemoryUsage reports: counts, and sizes in bytes.
#[repr(C)]
#[derive(Clone, Copy, Default, Debug)]
pub struct JSMemoryUsage {
    pub malloc_size: i64,
    pub malloc_limit: i64,
    pub memory_used_size: i64,
    pub malloc_count: i64,
    pub memory_used_count: i64,
    pub atom_count: i64,
    pub atom_size: i64,
    pub str_count: i64,
    pub str_size: i64,
    pub obj_count: i64,
    pub obj_size: i64,
    pub prop_count: i64,
    pub prop_size: i64,
    pub shape_count: i64,
    pub shape_size: i64,
    pub js_func_count: i64,
    pub js_func_size: i64,
    pub js_func_code_size: i64,
    pub js_func_pc2line_count: i64,
    pub js_func_pc2line_size: i64,
    pub c_func_count: i64,
    pub array_count: i64,
    pub fast_array_count: i64,
    pub fast_array_elements: i64,
    pub binary_object_count: i64,
    pub binary_object_size: i64,
}

/// One key of JS_GetOwnPropertyNames; the atom belongs to the table (JS_FreePropertyEnum).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSPropertyEnum {
    /// C may leave any byte here where the field is ignored.
    pub is_enumerable: bool,
    pub atom: JSAtom,
}

/// An own property. The values belong to whoever holds the descriptor.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSPropertyDescriptor {
    pub flags: c_int,
    pub value: JSValue,
    pub getter: JSValue,
    pub setter: JSValue,
}

/// Overrides of an exotic class's internal methods; NULL means the ordinary one. Those returning int
/// return -1 with an exception pending, 0 for false, 1 for true.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSClassExoticMethods {
    /// Whether the property exists; if so, fills `desc` unless it is NULL.
    pub get_own_property: Option<
        unsafe extern "C" fn(
            ctx: *mut JSContext,
            desc: *mut JSPropertyDescriptor,
            obj: JSValueConst,
            prop: JSAtom,
        ) -> c_int,
    >,
    /// Sets `*ptab` (allocated by js_malloc) to the `*plen` keys and returns 0; `is_enumerable` is ignored.
    pub get_own_property_names: Option<
        unsafe extern "C" fn(
            ctx: *mut JSContext,
            ptab: *mut *mut JSPropertyEnum,
            plen: *mut u32,
            obj: JSValueConst,
        ) -> c_int,
    >,
    pub delete_property:
        Option<unsafe extern "C" fn(ctx: *mut JSContext, obj: JSValueConst, prop: JSAtom) -> c_int>,
    pub define_own_property: Option<
        unsafe extern "C" fn(
            ctx: *mut JSContext,
            this_obj: JSValueConst,
            prop: JSAtom,
            val: JSValueConst,
            getter: JSValueConst,
            setter: JSValueConst,
            flags: c_int,
        ) -> c_int,
    >,
    /// This and the two below can be emulated by the ones above, so they are seldom needed.
    pub has_property:
        Option<unsafe extern "C" fn(ctx: *mut JSContext, obj: JSValueConst, atom: JSAtom) -> c_int>,
    pub get_property: Option<
        unsafe extern "C" fn(
            ctx: *mut JSContext,
            obj: JSValueConst,
            atom: JSAtom,
            receiver: JSValueConst,
        ) -> JSValue,
    >,
    pub set_property: Option<
        unsafe extern "C" fn(
            ctx: *mut JSContext,
            obj: JSValueConst,
            atom: JSAtom,
            value: JSValueConst,
            receiver: JSValueConst,
            flags: c_int,
        ) -> c_int,
    >,
}

/// A class as C defines it, for JS_NewClass.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSClassDef {
    /// Pure ASCII.
    pub class_name: *const c_char,
    pub finalizer: JSClassFinalizer,
    pub gc_mark: JSClassGCMark,
    /// If set, objects of the class are functions. With JS_CALL_FLAG_CONSTRUCTOR in `flags` the call is a
    /// construction and `this_val` is new.target; that only happens when JS_SetConstructorBit has been
    /// used.
    pub call: JSClassCall,
    pub exotic: *mut JSClassExoticMethods,
}

/// Options of JS_Eval2 and JS_EvalThis2.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSEvalOptions {
    /// JS_EVAL_OPTIONS_VERSION.
    pub version: c_int,
    pub eval_flags: c_int,
    pub filename: *const c_char,
    /// Number of the first line.
    pub line_num: c_int,
}

/// Memory of SharedArrayBuffers, which runtimes on several threads share.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSSharedArrayBufferFunctions {
    pub sab_alloc: Option<unsafe extern "C" fn(opaque: *mut c_void, size: usize) -> *mut c_void>,
    pub sab_free: Option<unsafe extern "C" fn(opaque: *mut c_void, ptr: *mut c_void)>,
    pub sab_dup: Option<unsafe extern "C" fn(opaque: *mut c_void, ptr: *mut c_void)>,
    pub sab_opaque: *mut c_void,
}

/// The SharedArrayBuffers met by JS_WriteObject2 or JS_ReadObject2.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSSABTab {
    pub tab: *mut *mut u8,
    pub len: usize,
}

/// A C function; its prototype is a [`JSCFunctionEnum`].
#[repr(C)]
#[derive(Clone, Copy)]
pub union JSCFunctionType {
    pub generic: JSCFunction,
    pub generic_magic: JSCFunctionMagic,
    pub constructor: JSCFunction,
    pub constructor_magic: JSCFunctionMagic,
    pub constructor_or_func: JSCFunction,
    pub f_f: Option<unsafe extern "C" fn(f64) -> f64>,
    pub f_f_f: Option<unsafe extern "C" fn(f64, f64) -> f64>,
    pub getter: Option<unsafe extern "C" fn(ctx: *mut JSContext, this_val: JSValueConst) -> JSValue>,
    pub setter: Option<
        unsafe extern "C" fn(ctx: *mut JSContext, this_val: JSValueConst, val: JSValueConst) -> JSValue,
    >,
    pub getter_magic:
        Option<unsafe extern "C" fn(ctx: *mut JSContext, this_val: JSValueConst, magic: c_int) -> JSValue>,
    pub setter_magic: Option<
        unsafe extern "C" fn(
            ctx: *mut JSContext,
            this_val: JSValueConst,
            val: JSValueConst,
            magic: c_int,
        ) -> JSValue,
    >,
    pub iterator_next: Option<
        unsafe extern "C" fn(
            ctx: *mut JSContext,
            this_val: JSValueConst,
            argc: c_int,
            argv: *mut JSValueConst,
            pdone: *mut c_int,
            magic: c_int,
        ) -> JSValue,
    >,
}

/// `u.func` of a [`JSCFunctionListEntry`].
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSCFunctionListFunc {
    pub length: u8,
    pub cproto: u8,
    pub cfunc: JSCFunctionType,
}

/// `u.getset` of a [`JSCFunctionListEntry`].
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSCFunctionListGetSet {
    pub get: JSCFunctionType,
    pub set: JSCFunctionType,
}

/// `u.alias` of a [`JSCFunctionListEntry`].
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSCFunctionListAlias {
    pub name: *const c_char,
    /// -1: the object itself, 0: the global object, 1: Array.prototype.
    pub base: c_int,
}

/// `u.prop_list` of a [`JSCFunctionListEntry`].
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSCFunctionListObject {
    pub tab: *const JSCFunctionListEntry,
    pub len: c_int,
}

/// `u` of a [`JSCFunctionListEntry`]; `def_type` says which.
#[repr(C)]
#[derive(Clone, Copy)]
pub union JSCFunctionListUnion {
    pub func: JSCFunctionListFunc,
    pub getset: JSCFunctionListGetSet,
    pub alias: JSCFunctionListAlias,
    pub prop_list: JSCFunctionListObject,
    /// ASCII or UTF-8.
    pub str: *const c_char,
    pub i32: i32,
    pub i64: i64,
    pub u64: u64,
    pub f64: f64,
}

/// One property that JS_SetPropertyFunctionList defines.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSCFunctionListEntry {
    /// ASCII or UTF-8.
    pub name: *const c_char,
    pub prop_flags: u8,
    /// One of JS_DEF_*.
    pub def_type: u8,
    pub magic: i16,
    pub u: JSCFunctionListUnion,
}

// ---------------------------------------------------------------------------------------------------
// Layout, asserted
// ---------------------------------------------------------------------------------------------------

/// Asserts size and alignment of a type, then the offset of fields, all in bytes.
macro_rules! layout {
    ($($t:ident: $size:literal, $align:literal { $($f:ident: $off:literal),* $(,)? })*) => {
        $(const _: () = {
            assert!(core::mem::size_of::<$t>() == $size);
            assert!(core::mem::align_of::<$t>() == $align);
            $(assert!(core::mem::offset_of!($t, $f) == $off);)*
        };)*
    };
}

layout! {
    JSValueUnion: 8, 8 { int32: 0, float64: 0, ptr: 0, short_big_int: 0 }
    JSValue: 16, 8 { u: 0, tag: 8 }
    JSMallocFunctions: 40, 8 {
        js_calloc: 0, js_malloc: 8, js_free: 16, js_realloc: 24, js_malloc_usable_size: 32,
    }
    JSMemoryUsage: 208, 8 {
        malloc_size: 0, malloc_limit: 8, memory_used_size: 16, malloc_count: 24, memory_used_count: 32,
        atom_count: 40, atom_size: 48, str_count: 56, str_size: 64, obj_count: 72, obj_size: 80,
        prop_count: 88, prop_size: 96, shape_count: 104, shape_size: 112, js_func_count: 120,
        js_func_size: 128, js_func_code_size: 136, js_func_pc2line_count: 144, js_func_pc2line_size: 152,
        c_func_count: 160, array_count: 168, fast_array_count: 176, fast_array_elements: 184,
        binary_object_count: 192, binary_object_size: 200,
    }
    JSPropertyEnum: 8, 4 { is_enumerable: 0, atom: 4 }
    JSPropertyDescriptor: 56, 8 { flags: 0, value: 8, getter: 24, setter: 40 }
    JSClassExoticMethods: 56, 8 {
        get_own_property: 0, get_own_property_names: 8, delete_property: 16, define_own_property: 24,
        has_property: 32, get_property: 40, set_property: 48,
    }
    JSClassDef: 40, 8 { class_name: 0, finalizer: 8, gc_mark: 16, call: 24, exotic: 32 }
    JSEvalOptions: 24, 8 { version: 0, eval_flags: 4, filename: 8, line_num: 16 }
    JSSharedArrayBufferFunctions: 32, 8 { sab_alloc: 0, sab_free: 8, sab_dup: 16, sab_opaque: 24 }
    JSSABTab: 16, 8 { tab: 0, len: 8 }
    JSCFunctionType: 8, 8 { generic: 0 }
    JSCFunctionListEntry: 32, 8 { name: 0, prop_flags: 8, def_type: 9, magic: 10, u: 16 }
}

// An enum of C is an int, or unsigned int where no value is negative; either crosses as 32 bits.
const _: () = assert!(core::mem::size_of::<JSCFunctionEnum>() == 4);
const _: () = assert!(core::mem::size_of::<JSPromiseStateEnum>() == 4);
