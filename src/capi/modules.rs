//! Modules: C modules, the loader, and what hosts ask of a module.
//!
//! A `JSModuleDef *` is a module's cell, borrowed from the context's module map.

use super::atoms::atom_of;
use super::convert::*;
use super::ffi::*;
use super::lists::entry_value;
use super::runtime::with_host;
use qjs_engine::text::Str;
use qjs_engine::vm::module::{self, Loader, Module, default_normalize, import, load};
use qjs_engine::vm::script;
use qjs_engine::{Context, Gc, Result, Thrown, Value, embed};
use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr::null_mut;
use std::rc::Rc;

// ---- the loader

/// What JS_SetModuleLoaderFunc and its like have set.
#[derive(Clone, Copy)]
pub(crate) struct Hooks {
    normalize: JSModuleNormalizeFunc,
    normalize2: JSModuleNormalizeFunc2,
    load: JSModuleLoaderFunc,
    load2: JSModuleLoaderFunc2,
    check: JSModuleCheckSupportedImportAttributes,
    opaque: *mut c_void,
}
impl Hooks {
    pub(crate) const NONE: Hooks =
        Hooks { normalize: None, normalize2: None, load: None, load2: None, check: None, opaque: null_mut() };
}

/// A string for C, which ends at its first NUL.
fn c_text(cx: &Context, s: &Str) -> Result<CString> {
    let mut text = script::to_wtf8(cx, s)?;
    if let Some(end) = text.iter().position(|&c| c == 0) {
        text.truncate(end);
    }
    Ok(CString::new(text).unwrap_or_default())
}

/// A C callback has answered NULL; it should have thrown.
fn failed(cx: &Context, name: &Str) -> Thrown {
    if cx.rt().has_exception() {
        return Thrown;
    }
    cx.throw_reference(&format!("could not load module '{}'", name.to_lossy()))
}

impl Loader for Hooks {
    fn supports_attributes(&self, cx: &Context, attributes: &Value) -> Result<bool> {
        let Some(check) = self.check else {
            return Ok(true);
        };
        // SAFETY: C's contract for the callback; the value is lent for the call.
        let r = unsafe { check(ctx_ptr(cx), self.opaque, lend(attributes)) };
        returned_int(cx, r.min(0)).map(|_| true)
    }
    fn normalize(&self, cx: &Context, base: &Str, specifier: &Str, attributes: &Value) -> Result<Gc<Str>> {
        if self.normalize.is_none() && self.normalize2.is_none() {
            return default_normalize(cx, base, specifier);
        }
        let (b, s) = (c_text(cx, base)?, c_text(cx, specifier)?);
        let (ctx, b, s) = (ctx_ptr(cx), b.as_ptr(), s.as_ptr());
        // SAFETY: C's contract for the callbacks; strings and value are lent for the call.
        let name = unsafe {
            match (self.normalize2, self.normalize) {
                (Some(f), _) => f(ctx, b, s, lend(attributes), self.opaque),
                (None, Some(f)) => f(ctx, b, s, self.opaque),
                (None, None) => null_mut(),
            }
        };
        if name.is_null() {
            return Err(failed(cx, specifier));
        }
        // SAFETY: C's contract: a string from js_malloc, now ours.
        unsafe {
            let r = embed::decode_utf8(cx.rt(), c_bytes(name));
            cx.rt().block_free(name.cast());
            r
        }
    }
    fn load(&self, cx: &Context, name: &Str, attributes: &Value) -> Result<Gc<Module>> {
        let text = c_text(cx, name)?;
        // SAFETY: C's contract for the callbacks: NULL, or a module of this context.
        unsafe {
            let m = match (self.load2, self.load) {
                (Some(f), _) => f(ctx_ptr(cx), text.as_ptr(), self.opaque, lend(attributes)),
                (None, Some(f)) => f(ctx_ptr(cx), text.as_ptr(), self.opaque),
                (None, None) => null_mut(),
            };
            if m.is_null() {
                return Err(failed(cx, name));
            }
            Ok(def(m).to_gc())
        }
    }
}

/// # Safety
/// C's contract: `rt` is a live runtime.
unsafe fn change_hooks(rt: *mut JSRuntime, f: impl FnOnce(&mut Hooks)) {
    // SAFETY: per contract.
    let rt = unsafe { runtime(rt) };
    let hooks = with_host(rt, |h| {
        f(&mut h.modules);
        h.modules
    });
    rt.set_module_loader(Some(Rc::new(hooks)));
}

/// Sets how imports find modules. A NULL `module_normalize` resolves `./` and `../`; a NULL `module_loader` finds
/// nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetModuleLoaderFunc(
    rt: *mut JSRuntime,
    module_normalize: JSModuleNormalizeFunc,
    module_loader: JSModuleLoaderFunc,
    opaque: *mut c_void,
) {
    let new = Hooks { normalize: module_normalize, load: module_loader, opaque, ..Hooks::NONE };
    // SAFETY: C's contract.
    unsafe { change_hooks(rt, |h| *h = new) }
}
/// The same with a loader that is told the import attributes, and a check of them (NULL: all are welcome).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetModuleLoaderFunc2(
    rt: *mut JSRuntime,
    module_normalize: JSModuleNormalizeFunc,
    module_loader: JSModuleLoaderFunc2,
    module_check_attrs: JSModuleCheckSupportedImportAttributes,
    opaque: *mut c_void,
) {
    let new = Hooks {
        normalize: module_normalize,
        load2: module_loader,
        check: module_check_attrs,
        opaque,
        ..Hooks::NONE
    };
    // SAFETY: C's contract.
    unsafe { change_hooks(rt, |h| *h = new) }
}
/// Sets a normalizer that is told the import attributes, in place of the one there is; the rest stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetModuleNormalizeFunc2(
    rt: *mut JSRuntime,
    module_normalize: JSModuleNormalizeFunc2,
) {
    // SAFETY: C's contract.
    unsafe {
        change_hooks(rt, |h| {
            h.normalize = None;
            h.normalize2 = module_normalize;
        });
    }
}

// ---- C modules

/// A module as C knows it.
pub(crate) fn def_ptr(m: &Module) -> *mut JSModuleDef {
    std::ptr::from_ref(m).cast_mut().cast()
}
/// # Safety
/// C's contract: `m` is a live module.
pub(crate) unsafe fn def<'a>(m: *mut JSModuleDef) -> &'a Module {
    // SAFETY: a JSModuleDef is a module's cell.
    unsafe { &*m.cast_const().cast::<Module>() }
}

/// Makes a module whose exports `func` sets when it is evaluated; the context owns it. NULL with an exception
/// pending.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewCModule(
    ctx: *mut JSContext,
    name_str: *const c_char,
    func: JSModuleInitFunc,
) -> *mut JSModuleDef {
    // SAFETY: C's contract.
    let (cx, name) = unsafe { (enter(ctx), c_bytes(name_str)) };
    let init = move |cx: &Context, m: &Module| {
        let Some(func) = func else {
            return Ok(());
        };
        // SAFETY: C's contract for the function.
        let r = unsafe { func(ctx_ptr(cx), def_ptr(m)) };
        returned_int(cx, r.min(0)).map(|_| ())
    };
    let made = embed::decode_utf8(cx.rt(), name)
        .and_then(|name| module::new_native_named(cx, &name, Box::new(init)));
    match made {
        Ok(m) => def_ptr(&m),
        Err(t) => {
            ret_unit(cx, Err(t));
            null_mut()
        }
    }
}
/// Declares an export of a C module, before anything imports it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddModuleExport(
    ctx: *mut JSContext,
    m: *mut JSModuleDef,
    name_str: *const c_char,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, m, name) = unsafe { (enter(ctx), def(m), c_bytes(name_str)) };
    ret_unit(cx, key_of(cx, name).and_then(|k| m.add_export_key(cx, k)))
}
/// Declares the exports that a table names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_AddModuleExportList(
    ctx: *mut JSContext,
    m: *mut JSModuleDef,
    tab: *const JSCFunctionListEntry,
    len: c_int,
) -> c_int {
    for i in 0..usize::try_from(len).unwrap_or(0) {
        // SAFETY: C's contract: the table has len entries.
        if unsafe { JS_AddModuleExport(ctx, m, (*tab.add(i)).name) } < 0 {
            return -1;
        }
    }
    0
}
/// Sets an export that was declared; `val` is taken over. -1 if it was not: nothing is thrown.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetModuleExport(
    ctx: *mut JSContext,
    m: *mut JSModuleDef,
    export_name: *const c_char,
    val: JSValue,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, m, name, v) = unsafe { (enter(ctx), def(m), c_bytes(export_name), take(val)) };
    if key_of(cx, name).and_then(|k| m.set_export_key(cx, &k, v)).is_err() {
        cx.rt().clear_exception();
        return -1;
    }
    0
}
/// Sets the exports that a table describes: functions, numbers, strings, objects.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetModuleExportList(
    ctx: *mut JSContext,
    m: *mut JSModuleDef,
    tab: *const JSCFunctionListEntry,
    len: c_int,
) -> c_int {
    // SAFETY: C's contract.
    let (cx, m) = unsafe { (enter(ctx), def(m)) };
    let set = |e: &JSCFunctionListEntry| {
        // SAFETY: C's contract: the entry is as its def_type says.
        let (key, v) = unsafe { (key_of(cx, c_bytes(e.name))?, entry_value(cx, e)?) };
        m.set_export_key(cx, &key, v)
    };
    for i in 0..usize::try_from(len).unwrap_or(0) {
        // SAFETY: C's contract: the table has len entries.
        if let Err(t) = set(unsafe { &*tab.add(i) }) {
            return ret_unit(cx, Err(t));
        }
    }
    0
}
/// Hangs a value on a module; it is taken over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetModulePrivateValue(
    ctx: *mut JSContext,
    m: *mut JSModuleDef,
    val: JSValue,
) -> c_int {
    // SAFETY: C's contract.
    let (_, m, v) = unsafe { (enter(ctx), def(m), take(val)) };
    m.set_private_value(v);
    0
}
/// What JS_SetModulePrivateValue has hung on it; undefined at first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetModulePrivateValue(ctx: *mut JSContext, m: *mut JSModuleDef) -> JSValue {
    // SAFETY: C's contract.
    let (_, m) = unsafe { (enter(ctx), def(m)) };
    give(m.private_value())
}

// ---- what a module is

/// `import.meta` of a module: an object without a prototype, the host's to fill.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetImportMeta(ctx: *mut JSContext, m: *mut JSModuleDef) -> JSValue {
    // SAFETY: C's contract.
    let (cx, m) = unsafe { (enter(ctx), def(m)) };
    ret(cx, m.import_meta())
}
/// The name that the module is known by, as an atom to be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetModuleName(ctx: *mut JSContext, m: *mut JSModuleDef) -> JSAtom {
    // SAFETY: C's contract.
    let (cx, m) = unsafe { (enter(ctx), def(m)) };
    atom_of(cx, cx.rt().key_from_str(m.name()))
}
/// The module's namespace object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetModuleNamespace(ctx: *mut JSContext, m: *mut JSModuleDef) -> JSValue {
    // SAFETY: C's contract.
    let (cx, m) = unsafe { (enter(ctx), def(m)) };
    ret(cx, m.namespace(cx))
}
/// Loads what a compiled module (of JS_EVAL_FLAG_COMPILE_ONLY or JS_ReadObject) imports. -1 with an exception
/// pending; other values have nothing to load.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_ResolveModule(ctx: *mut JSContext, obj: JSValueConst) -> c_int {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), borrow(obj)) };
    ret_unit(cx, v.as_gc::<Module>().map_or(Ok(()), |m| load::load_requested(cx, m)))
}
/// Imports `filename` as a module named `basename` would: a promise for the namespace object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_LoadModule(
    ctx: *mut JSContext,
    basename: *const c_char,
    filename: *const c_char,
) -> JSValue {
    // SAFETY: C's contract.
    let (cx, base, file) = unsafe { (enter(ctx), c_bytes(basename), c_bytes(filename)) };
    let text = |b| embed::decode_utf8(cx.rt(), b);
    ret(cx, text(base).and_then(|b| import::import_module(cx, &b, &*text(file)?)))
}
/// Does this source text parse as a module?
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_DetectModule(input: *const c_char, input_len: usize) -> bool {
    // SAFETY: C's contract.
    script::is_module_source(unsafe { bytes(input, input_len) })
}
