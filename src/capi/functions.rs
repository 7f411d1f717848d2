//! Functions: C functions of every prototype, and calls in both directions.

use super::convert::*;
use super::ffi::*;
use qjs_engine::object::function::{Call, NativeData, NativeFn};
use qjs_engine::text::Str;
use qjs_engine::{Context, Gc, Object, Result, Runtime, Value, embed, vm};
use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_void};
use std::mem::transmute;

// ---- C functions called by scripts

/// Words of a C function: the function and its prototype.
const FUNC: usize = 0;
const PROTO: usize = 1;
/// Words of a closure: the function, its pointer, the pointer's finalizer.
const OPAQUE: usize = 1;
const FINALIZER: usize = 2;

/// What the running function carries.
fn data<'a>(c: &Call<'a>) -> &'a NativeData {
    c.callee.data::<NativeData>().unwrap_or_else(|| unreachable!("the adapters are NativeData's own"))
}

/// Calls a C function of the generic prototype, the most frequent one.
fn call_generic(c: &Call<'_>) -> Result {
    let d = data(c);
    // SAFETY: the word is a JSCFunction (never NULL).
    let f: JSCFunction = unsafe { transmute(d.words[FUNC]) };
    let argc = c_int::try_from(c.args.len()).unwrap_or(c_int::MAX);
    let this = lend(if c.is_construct() { c.new_target } else { c.this });
    let v = with_c_args(c.cx, c.args, usize::try_from(d.length).unwrap_or(0), |argv| {
        // SAFETY: C's contract.
        f.map(|f| unsafe { f(ctx_ptr(c.cx), this, argc, argv) })
    })?;
    // SAFETY: C's contract.
    unsafe { returned(c.cx, v.unwrap_or(JS_UNDEFINED)) }
}

/// Calls a C function of any prototype.
fn call_c(c: &Call<'_>) -> Result {
    use JSCFunctionEnum::*;
    let cx = c.cx;
    let d = data(c);
    let Some(proto) = JSCFunctionEnum::from_raw(d.words[PROTO] as u32) else {
        return Err(cx.throw_not_a_function());
    };
    let constructing = c.is_construct();
    // What C gets as `this`: new.target in a constructor.
    let this = match proto {
        JS_CFUNC_constructor | JS_CFUNC_constructor_magic => {
            if !constructing {
                return Err(cx.throw_type("must be called with new"));
            }
            lend(c.new_target)
        }
        JS_CFUNC_constructor_or_func | JS_CFUNC_constructor_or_func_magic => {
            if constructing {
                lend(c.new_target)
            } else {
                JS_UNDEFINED
            }
        }
        _ if constructing => lend(c.new_target),
        _ => lend(c.this),
    };
    match proto {
        JS_CFUNC_f_f => {
            let x = cx.to_number(c.arg(0))?;
            // SAFETY: C said the function is of this prototype.
            let f: unsafe extern "C" fn(f64) -> f64 = unsafe { transmute(d.words[FUNC]) };
            // SAFETY: as above.
            return Ok(Value::number(unsafe { f(x) }));
        }
        JS_CFUNC_f_f_f => {
            let (x, y) = (cx.to_number(c.arg(0))?, cx.to_number(c.arg(1))?);
            // SAFETY: as above.
            let f: unsafe extern "C" fn(f64, f64) -> f64 = unsafe { transmute(d.words[FUNC]) };
            // SAFETY: as above.
            return Ok(Value::number(unsafe { f(x, y) }));
        }
        _ => {}
    }
    let f = JSCFunctionType {
        // SAFETY: the word is the function pointer C gave (never NULL); the prototype says which type it has.
        generic: unsafe { transmute::<usize, JSCFunction>(d.words[FUNC]) },
    };
    let (ctx, argc) = (ctx_ptr(cx), c_int::try_from(c.args.len()).unwrap_or(c_int::MAX));
    let magic = d.magic;
    let at_least = usize::try_from(d.length).unwrap_or(0).max(1);
    let mut done: c_int = 0;
    let v = with_c_args(cx, c.args, at_least, |argv| {
        // SAFETY: C's contract, as the prototype says. A NULL function was refused when it was made.
        unsafe {
            match proto {
                JS_CFUNC_generic | JS_CFUNC_constructor | JS_CFUNC_constructor_or_func => {
                    f.generic.map(|f| f(ctx, this, argc, argv))
                }
                JS_CFUNC_generic_magic | JS_CFUNC_constructor_magic | JS_CFUNC_constructor_or_func_magic => {
                    f.generic_magic.map(|f| f(ctx, this, argc, argv, magic))
                }
                JS_CFUNC_getter => f.getter.map(|f| f(ctx, this)),
                JS_CFUNC_setter => f.setter.map(|f| f(ctx, this, *argv)),
                JS_CFUNC_getter_magic => f.getter_magic.map(|f| f(ctx, this, magic)),
                JS_CFUNC_setter_magic => f.setter_magic.map(|f| f(ctx, this, *argv, magic)),
                JS_CFUNC_iterator_next => f.iterator_next.map(|f| f(ctx, this, argc, argv, &mut done, magic)),
                JS_CFUNC_f_f | JS_CFUNC_f_f_f => None,
            }
        }
    })?;
    // SAFETY: C's contract: the result is the caller's.
    let v = unsafe { returned(cx, v.unwrap_or(JS_UNDEFINED)) }?;
    // An iterator whose `done` is 2 made its result object itself.
    if proto == JS_CFUNC_iterator_next && done != 2 {
        return cx.iter_result(v, done != 0);
    }
    Ok(v)
}

/// Calls a C function with data.
fn call_c_data(c: &Call<'_>) -> Result {
    let d = data(c);
    // SAFETY: the word is a JSCFunctionData (never NULL).
    let f: JSCFunctionData = unsafe { transmute(d.words[FUNC]) };
    let argc = c_int::try_from(c.args.len()).unwrap_or(c_int::MAX);
    let this = if c.is_construct() { c.new_target } else { c.this };
    let v = with_c_args(c.cx, c.args, usize::try_from(d.length).unwrap_or(0), |argv| {
        with_c_args(c.cx, &d.captures, 0, |values| {
            // SAFETY: C's contract.
            f.map(|f| unsafe { f(ctx_ptr(c.cx), lend(this), argc, argv, d.magic, values) })
        })
    })??;
    // SAFETY: C's contract.
    unsafe { returned(c.cx, v.unwrap_or(JS_UNDEFINED)) }
}

/// Calls a C closure.
fn call_c_closure(c: &Call<'_>) -> Result {
    let d = data(c);
    // SAFETY: the word is a JSCClosure (never NULL).
    let f: JSCClosure = unsafe { transmute(d.words[FUNC]) };
    let argc = c_int::try_from(c.args.len()).unwrap_or(c_int::MAX);
    let this = if c.is_construct() { c.new_target } else { c.this };
    let v = with_c_args(c.cx, c.args, usize::try_from(d.length).unwrap_or(0), |argv| {
        // SAFETY: C's contract.
        f.map(|f| unsafe {
            f(ctx_ptr(c.cx), lend(this), argc, argv, d.magic, d.words[OPAQUE] as *mut c_void)
        })
    })?;
    // SAFETY: C's contract.
    unsafe { returned(c.cx, v.unwrap_or(JS_UNDEFINED)) }
}
fn finalize_closure(_: &Runtime, words: &[usize; 3]) {
    // SAFETY: the word is a JSCClosureFinalizerFunc, perhaps NULL.
    let f: JSCClosureFinalizerFunc = unsafe { transmute(words[FINALIZER]) };
    if let Some(f) = f {
        // SAFETY: C's contract: the finalizer takes the closure's pointer, once.
        unsafe { f(words[OPAQUE] as *mut c_void) }
    }
}

// ---- making them

struct New<'a> {
    f: NativeFn,
    name: &'a [u8],
    length: c_int,
    magic: c_int,
    constructor: bool,
    captures: Box<[Value]>,
    words: [usize; 3],
    finalize: Option<fn(&Runtime, &[usize; 3])>,
}

fn new_function(cx: &Context, n: New<'_>) -> Result<Gc<Object>> {
    if n.words[FUNC] == 0 {
        return Err(cx.throw_type("not a function"));
    }
    let name: Gc<Str> = embed::decode_utf8(cx.rt(), n.name)?;
    cx.new_native_data(
        NativeData {
            f: n.f,
            realm: cx.to_gc(),
            magic: n.magic,
            length: n.length,
            name: RefCell::new(Some(name)),
            captures: n.captures,
            words: n.words,
            finalize: n.finalize,
        },
        n.constructor,
    )
}

/// A C function of a prototype, as JS_NewCFunction2 makes it.
pub(crate) fn new_c_function(
    cx: &Context,
    func: JSCFunction,
    name: &[u8],
    length: c_int,
    cproto: RawCFunctionEnum,
    magic: c_int,
) -> Result<Gc<Object>> {
    use JSCFunctionEnum::*;
    let Some(proto) = JSCFunctionEnum::from_raw(cproto) else {
        return Err(cx.throw_type("unknown prototype of a C function"));
    };
    let constructor = matches!(
        proto,
        JS_CFUNC_constructor
            | JS_CFUNC_constructor_magic
            | JS_CFUNC_constructor_or_func
            | JS_CFUNC_constructor_or_func_magic
    );
    let words = [func.map_or(0, |f| f as usize), cproto as usize, 0];
    let n = New {
        f: if proto == JS_CFUNC_generic { call_generic } else { call_c },
        name,
        length,
        magic,
        constructor,
        captures: Box::default(),
        words,
        finalize: None,
    };
    new_function(cx, n)
}

/// A function object that calls `func`, whose prototype `cproto` names. NULL is an empty name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewCFunction2(
    ctx: *mut JSContext,
    func: JSCFunction,
    name: *const c_char,
    length: c_int,
    cproto: RawCFunctionEnum,
    magic: c_int,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, name) = unsafe { (enter(ctx), c_bytes(name)) };
    ret(cx, new_c_function(cx, func, name, length, cproto, magic))
}
/// The same with a prototype object of its own (null for what is no object); `n_fields` is how many properties
/// will be added.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewCFunction3(
    ctx: *mut JSContext,
    func: JSCFunction,
    name: *const c_char,
    length: c_int,
    cproto: RawCFunctionEnum,
    magic: c_int,
    proto_val: JSValueConst,
    n_fields: c_int,
) -> JSValue {
    let _ = n_fields;
    // SAFETY: C's contract.
    let (cx, name, proto) = unsafe { (enter(ctx), c_bytes(name), borrow_object(proto_val)) };
    let r = new_c_function(cx, func, name, length, cproto, magic).and_then(|f| {
        f.init_proto(proto)?;
        Ok(f)
    });
    ret(cx, r)
}
unsafe fn with_data(
    ctx: *mut JSContext,
    func: JSCFunctionData,
    name: *const c_char,
    length: c_int,
    magic: c_int,
    data_len: c_int,
    data: *mut JSValueConst,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, name) = unsafe { (enter(ctx), c_bytes(name)) };
    let words = [func.map_or(0, |f| f as usize), 0, 0];
    // SAFETY: C's contract: data holds data_len values.
    let r = unsafe {
        with_args(cx, data_len, data, |values| {
            let n = New {
                f: call_c_data,
                name,
                length,
                magic,
                constructor: false,
                captures: values.into(),
                words,
                finalize: None,
            };
            new_function(cx, n)
        })
    };
    ret(cx, r)
}
/// A function object that calls `func` with copies of these values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewCFunctionData(
    ctx: *mut JSContext,
    func: JSCFunctionData,
    length: c_int,
    magic: c_int,
    data_len: c_int,
    data: *mut JSValueConst,
) -> JSValue {
    // SAFETY: C's contract.
    unsafe { with_data(ctx, func, std::ptr::null(), length, magic, data_len, data) }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewCFunctionData2(
    ctx: *mut JSContext,
    func: JSCFunctionData,
    name: *const c_char,
    length: c_int,
    magic: c_int,
    data_len: c_int,
    data: *mut JSValueConst,
) -> JSValue {
    // SAFETY: C's contract.
    unsafe { with_data(ctx, func, name, length, magic, data_len, data) }
}
/// A function object that calls `func` with `opaque`, which `opaque_finalize` (unless NULL) frees when the
/// function dies.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewCClosure(
    ctx: *mut JSContext,
    func: JSCClosure,
    name: *const c_char,
    opaque_finalize: JSCClosureFinalizerFunc,
    length: c_int,
    magic: c_int,
    opaque: *mut c_void,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, name) = unsafe { (enter(ctx), c_bytes(name)) };
    let words = [func.map_or(0, |f| f as usize), opaque as usize, opaque_finalize.map_or(0, |f| f as usize)];
    let n = New {
        f: call_c_closure,
        name,
        length,
        magic,
        constructor: false,
        captures: Box::default(),
        words,
        finalize: Some(finalize_closure),
    };
    ret(cx, new_function(cx, n))
}

// ---- calls from C

/// Call; a TypeError if `func_obj` is no function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_Call(
    ctx: *mut JSContext,
    func_obj: JSValueConst,
    this_obj: JSValueConst,
    argc: c_int,
    argv: *mut JSValueConst,
) -> JSValue {
    // SAFETY: C's contract.
    unsafe {
        let (cx, this) = (enter(ctx), borrow(this_obj));
        if let Some(f) = borrow_object(func_obj)
            && let Some(r) = vm::call_plain(cx, f, &this, Lent::new(argc, argv))
        {
            return ret(cx, r);
        }
        call_any(ctx, func_obj, this_obj, argc, argv)
    }
}
/// # Safety
/// C's contract.
#[inline(never)]
unsafe extern "C" fn call_any(
    ctx: *mut JSContext,
    f: JSValueConst,
    this: JSValueConst,
    argc: c_int,
    argv: *mut JSValueConst,
) -> JSValue {
    // SAFETY: per contract.
    unsafe {
        let cx = enter(ctx);
        ret(cx, with_args(cx, argc, argv, |args| cx.call(&borrow(f), &borrow(this), args)))
    }
}
/// [[Construct]]; a constructor of C's may answer anything.
fn construct(cx: &Context, f: &Value, new_target: &Value, args: &[Value]) -> Result {
    match (f.as_object(), new_target.as_object()) {
        (Some(f), Some(_)) if f.is_constructor() => vm::call(cx, f, &Value::UNINIT, args, new_target),
        _ => Err(cx.throw_type("not a constructor")),
    }
}
/// `new func_obj(…)`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_CallConstructor(
    ctx: *mut JSContext,
    func_obj: JSValueConst,
    argc: c_int,
    argv: *mut JSValueConst,
) -> JSValue {
    // SAFETY: C's contract.
    unsafe { JS_CallConstructor2(ctx, func_obj, func_obj, argc, argv) }
}
/// Construct with a new.target of its own: any object, whose `prototype` is asked for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_CallConstructor2(
    ctx: *mut JSContext,
    func_obj: JSValueConst,
    new_target: JSValueConst,
    argc: c_int,
    argv: *mut JSValueConst,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, f, nt) = unsafe { (enter(ctx), borrow(func_obj), borrow(new_target)) };
    // SAFETY: C's contract.
    ret(cx, unsafe { with_args(cx, argc, argv, |args| construct(cx, &f, &nt, args)) })
}
/// `this_val[atom](…)`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_Invoke(
    ctx: *mut JSContext,
    this_val: JSValueConst,
    atom: JSAtom,
    argc: c_int,
    argv: *mut JSValueConst,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(this_val)) };
    // SAFETY: C's contract.
    ret(cx, unsafe { with_args(cx, argc, argv, |args| cx.invoke(&v, &atom_key(cx, atom), args)) })
}
