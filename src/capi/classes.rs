//! Classes of C: finalizers, marking, calls, exotic methods, opaque pointers.

use super::convert::*;
use super::ffi::*;
use super::properties::descriptor_parts;
use super::runtime::with_host;
use qjs_engine::heap::gc::Tracer;
use qjs_engine::object::class::{ClassId, FIRST_FOREIGN, ForeignClass};
use qjs_engine::object::exotic::{Exotic, asked};
use qjs_engine::object::foreign::Opaque;
use qjs_engine::object::shape::prop;
use qjs_engine::object::{Descriptor, Keys, Property};
use qjs_engine::text::atoms::PropertyKey;
use qjs_engine::{Context, Object, Result, Runtime, Value};
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

/// A class as the engine meets it.
struct CClass {
    finalizer: JSClassFinalizer,
    gc_mark: JSClassGCMark,
    call: JSClassCall,
    exotic: *const JSClassExoticMethods,
    /// Was the last write or definition refused by a function of C's? It was told to throw, if anybody should.
    refused: Cell<bool>,
}

/// An object lent to C.
fn lend_object(o: &Object) -> JSValue {
    JSValue::mkptr(JS_TAG_OBJECT, o as *const Object as *mut c_void)
}

thread_local! {
    /// The tracer that JS_MarkValue reports to while a gc_mark runs.
    static TRACER: Cell<*mut c_void> = const { Cell::new(null_mut()) };
}

/// What gc_mark callbacks are handed: reports a cell to the running tracer.
unsafe extern "C" fn mark_cell(_rt: *mut JSRuntime, gp: *mut JSGCObjectHeader) {
    let t = TRACER.get() as *mut Tracer<'static>;
    if !t.is_null() {
        // SAFETY: TRACER is set while the tracer is borrowed by `CClass::mark` only, on this thread; the cell is
        // one that the marked object holds (C's contract).
        unsafe { (*t).visit_address(gp as *mut c_void) }
    }
}

impl ForeignClass for CClass {
    fn finalize(&self, rt: &Runtime, obj: &Object) {
        if let Some(f) = self.finalizer {
            // SAFETY: C's contract: the finalizer looks at the object and keeps nothing of it.
            unsafe { f(rt_ptr(rt), lend_object(obj)) }
        }
    }
    fn mark(&self, rt: &Runtime, obj: &Object, tracer: &mut Tracer<'_>) {
        if let Some(f) = self.gc_mark {
            let old = TRACER.replace(tracer as *mut Tracer<'_> as *mut c_void);
            // SAFETY: C's contract: gc_mark calls JS_MarkValue and nothing that allocates or frees.
            unsafe { f(rt_ptr(rt), lend_object(obj), Some(mark_cell)) }
            TRACER.set(old);
        }
    }
    fn is_callable(&self) -> bool {
        self.call.is_some()
    }
    fn call(&self, cx: &Context, func: &Object, this: &Value, args: &[Value], new_target: &Value) -> Result {
        let Some(f) = self.call else {
            return Err(cx.throw_not_a_function());
        };
        let (this, flags) = if new_target.is_undefined() {
            (lend(this), 0)
        } else {
            (lend(new_target), JS_CALL_FLAG_CONSTRUCTOR)
        };
        let argc = c_int::try_from(args.len()).unwrap_or(c_int::MAX);
        let v = with_c_args(cx, args, 0, |argv| {
            // SAFETY: C's contract.
            unsafe { f(ctx_ptr(cx), lend_object(func), this, argc, argv, flags) }
        })?;
        // SAFETY: C's contract.
        unsafe { returned(cx, v) }
    }
    fn exotic(&self) -> Option<&dyn Exotic> {
        if self.exotic.is_null() { None } else { Some(self) }
    }
}

impl CClass {
    fn methods(&self) -> &JSClassExoticMethods {
        // SAFETY: C's contract: the methods outlive the class; not NULL, or exotic() would have said so.
        unsafe { &*self.exotic }
    }
    /// The property that C says the object has.
    fn virtual_property(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<Option<Property>> {
        let Some(f) = self.methods().get_own_property else {
            return Ok(None);
        };
        let mut d = JSPropertyDescriptor {
            flags: 0,
            value: JS_UNDEFINED,
            getter: JS_UNDEFINED,
            setter: JS_UNDEFINED,
        };
        // SAFETY: C's contract.
        let found = with_atom(cx, key, |atom| unsafe { f(ctx_ptr(cx), &mut d, lend_object(o), atom) })?;
        if !returned_int(cx, found)? {
            return Ok(None);
        }
        // SAFETY: C's contract: the descriptor's values are ours now.
        let (value, getter, setter) = unsafe { (take(d.value), take(d.getter), take(d.setter)) };
        let flags = (d.flags & JS_PROP_C_W_E) as u8;
        Ok(Some(if d.flags & JS_PROP_GETSET != 0 {
            Property::Accessor { getter, setter, flags: flags & !(JS_PROP_WRITABLE as u8) }
        } else {
            Property::Data { value, flags }
        }))
    }
}

impl CClass {
    /// What a function of C's that writes or defines answered.
    fn answer(&self, cx: &Context, done: c_int) -> Result<bool> {
        let done = returned_int(cx, done)?;
        self.refused.set(!done);
        Ok(done)
    }
    /// Has C define a property; None if it has no function for that.
    fn define_virtual(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        d: &Descriptor,
        asked: c_int,
    ) -> Result<Option<bool>> {
        let Some(f) = self.methods().define_own_property else {
            return Ok(None);
        };
        let (val, getter, setter, flags) = descriptor_parts(d);
        // SAFETY: C's contract.
        let done = with_atom(cx, key, |atom| unsafe {
            f(ctx_ptr(cx), lend_object(o), atom, val, getter, setter, flags | asked)
        })?;
        self.answer(cx, done).map(Some)
    }
}

/// Might a prototype have a say in an assignment?
fn inherits(cx: &Context, o: &Object, key: &PropertyKey) -> Result<bool> {
    let mut o = o;
    while let Some(p) = o.proto() {
        if p.exotic().is_some() {
            return Ok(true);
        }
        if let Some(own) = p.ordinary_get_own(cx, key)? {
            return Ok(own.is_accessor() || !own.is_writable());
        }
        o = p;
    }
    Ok(false)
}

// What the engine says of who asks is what C is told.
const _: () = assert!(
    asked::THROW == JS_PROP_THROW
        && asked::THROW_STRICT == JS_PROP_THROW_STRICT
        && asked::DEFINE == JS_PROP_DEFINE_PROPERTY | JS_PROP_THROW
        && asked::REFLECT_DEFINE == JS_PROP_REFLECT_DEFINE_PROPERTY
);

// An own property that was really added comes before what C answers.
impl Exotic for CClass {
    fn get_own_property(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<Option<Property>> {
        match o.ordinary_get_own(cx, key)? {
            Some(p) => Ok(Some(p)),
            None => self.virtual_property(cx, o, key),
        }
    }
    fn define_own_property(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        d: &Descriptor,
    ) -> Result<bool> {
        self.define_as(cx, o, key, d, asked::NOTHING)
    }
    fn define_as(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        d: &Descriptor,
        asked: c_int,
    ) -> Result<bool> {
        self.refused.set(false);
        if o.ordinary_get_own(cx, key)?.is_some() {
            return o.ordinary_define_own(cx, key, d);
        }
        match self.define_virtual(cx, o, key, d, asked)? {
            Some(done) => Ok(done),
            None => o.ordinary_define_own(cx, key, d),
        }
    }
    fn has_property(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<bool> {
        if let Some(f) = self.methods().has_property {
            // SAFETY: C's contract.
            let has = with_atom(cx, key, |atom| unsafe { f(ctx_ptr(cx), lend_object(o), atom) })?;
            return returned_int(cx, has);
        }
        if self.get_own_property(cx, o, key)?.is_some() {
            return Ok(true);
        }
        match o.proto().cloned() {
            Some(p) => p.has_property(cx, key),
            None => Ok(false),
        }
    }
    fn get(&self, cx: &Context, o: &Object, key: &PropertyKey, receiver: &Value) -> Result {
        if let Some(p) = o.ordinary_get_own(cx, key)? {
            return p.read(cx, receiver);
        }
        if let Some(f) = self.methods().get_property {
            // SAFETY: C's contract.
            let v =
                with_atom(cx, key, |atom| unsafe { f(ctx_ptr(cx), lend_object(o), atom, lend(receiver)) })?;
            // SAFETY: C's contract.
            return unsafe { returned(cx, v) };
        }
        match self.virtual_property(cx, o, key)? {
            Some(p) => p.read(cx, receiver),
            None => match o.proto().cloned() {
                Some(p) => p.get_with_receiver(cx, key, receiver),
                None => Ok(Value::UNDEFINED),
            },
        }
    }
    fn set(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        value: Value,
        receiver: &Value,
    ) -> Result<bool> {
        self.set_as(cx, o, key, value, receiver, asked::THROW_STRICT)
    }
    fn set_as(
        &self,
        cx: &Context,
        o: &Object,
        key: &PropertyKey,
        value: Value,
        receiver: &Value,
        asked: c_int,
    ) -> Result<bool> {
        self.refused.set(false);
        if let Some(p) = o.ordinary_get_own(cx, key)? {
            return o.ordinary_set_with_own(cx, key, value, receiver, Some(p));
        }
        if let Some(f) = self.methods().set_property {
            // SAFETY: C's contract.
            let done = with_atom(cx, key, |atom| unsafe {
                f(ctx_ptr(cx), lend_object(o), atom, lend(&value), lend(receiver), asked)
            })?;
            return self.answer(cx, done);
        }
        let own = self.virtual_property(cx, o, key)?;
        if receiver.as_object().is_some_and(|r| std::ptr::eq(r, o)) {
            // What the class has been asked for once it is not asked for again.
            let (d, asked) = match &own {
                Some(p) if p.is_writable() && !p.is_accessor() => {
                    (Descriptor { value: Some(value.clone()), ..Descriptor::default() }, asked::NOTHING)
                }
                None if !inherits(cx, o, key)? => (Descriptor::data(value.clone(), prop::ALL), asked),
                _ => return o.ordinary_set_with_own(cx, key, value, receiver, own),
            };
            if let Some(done) = self.define_virtual(cx, o, key, &d, asked)? {
                return Ok(done);
            }
        }
        o.ordinary_set_with_own(cx, key, value, receiver, own)
    }
    fn refuses_silently(&self) -> bool {
        self.refused.replace(false)
    }
    fn delete(&self, cx: &Context, o: &Object, key: &PropertyKey) -> Result<bool> {
        if o.ordinary_get_own(cx, key)?.is_some() {
            return o.ordinary_delete(cx, key);
        }
        let Some(f) = self.methods().delete_property else {
            return Ok(true);
        };
        // SAFETY: C's contract.
        let done = with_atom(cx, key, |atom| unsafe { f(ctx_ptr(cx), lend_object(o), atom) })?;
        returned_int(cx, done)
    }
    fn own_keys(&self, cx: &Context, o: &Object) -> Result<Keys> {
        let mut keys = o.ordinary_own_keys(cx)?;
        let Some(f) = self.methods().get_own_property_names else {
            return Ok(keys);
        };
        let (mut tab, mut len): (*mut JSPropertyEnum, u32) = (null_mut(), 0);
        // SAFETY: C's contract.
        let r = unsafe { f(ctx_ptr(cx), &mut tab, &mut len, lend_object(o)) };
        returned_int(cx, r)?;
        let mut result = Ok(());
        for i in 0..if tab.is_null() { 0 } else { len as usize } {
            // SAFETY: C's contract: the table holds len keys, whose atoms are ours now. (`is_enumerable` may be
            // uninitialized: only the atom is read.)
            let atom = unsafe { (&raw const (*tab.add(i)).atom).read() };
            if result.is_ok() {
                result = keys.push(cx.rt().atom_to_key(atom));
            }
            cx.rt().free_atom(atom);
        }
        // SAFETY: C's contract: the table is from js_malloc.
        unsafe { cx.rt().block_free(tab.cast()) };
        result.map(|()| keys)
    }
}

// ---- registering

/// Makes `*pclass_id` a class number that the runtime has not given yet, unless it is one already; answers it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewClassID(rt: *mut JSRuntime, pclass_id: *mut JSClassID) -> JSClassID {
    // SAFETY: C's contract.
    unsafe {
        let rt = runtime(rt);
        if *pclass_id == JS_INVALID_CLASS_ID {
            *pclass_id = with_host(rt, |h| {
                while ClassId::try_from(h.next_class).is_ok_and(|c| rt.class(c).is_some()) {
                    h.next_class += 1;
                }
                h.next_class += 1;
                h.next_class - 1
            });
        }
        *pclass_id
    }
}
/// A number that C may register or ask for.
fn class_of(class_id: JSClassID) -> Option<ClassId> {
    ClassId::try_from(class_id).ok()
}
/// Registers a class under its number: 0, or -1 if the number is taken or out of range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_NewClass(
    rt: *mut JSRuntime,
    class_id: JSClassID,
    class_def: *const JSClassDef,
) -> c_int {
    // SAFETY: C's contract.
    let (rt, def) = unsafe { (runtime(rt), &*class_def) };
    let Some(id) = class_of(class_id).filter(|c| *c >= FIRST_FOREIGN) else {
        return -1;
    };
    // SAFETY: C's contract.
    let name = String::from_utf8_lossy(unsafe { c_bytes(def.class_name) });
    let class = CClass {
        finalizer: def.finalizer,
        gc_mark: def.gc_mark,
        call: def.call,
        exotic: def.exotic,
        refused: Cell::new(false),
    };
    match rt.new_class(id, &name, Box::new(class)) {
        Ok(true) => 0,
        _ => -1,
    }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_IsRegisteredClass(rt: *mut JSRuntime, class_id: JSClassID) -> bool {
    // SAFETY: C's contract.
    let rt = unsafe { runtime(rt) };
    class_of(class_id).is_some_and(|c| rt.class(c).is_some())
}
/// The class's name, or JS_ATOM_NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetClassName(rt: *mut JSRuntime, class_id: JSClassID) -> JSAtom {
    // SAFETY: C's contract.
    let rt = unsafe { runtime(rt) };
    match class_of(class_id).and_then(|c| rt.class(c)) {
        Some(c) => rt.key_from_str(&c.name).and_then(|k| rt.key_to_atom(k)).unwrap_or(JS_ATOM_NULL),
        None => JS_ATOM_NULL,
    }
}
/// The class of an object; JS_INVALID_CLASS_ID for what is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetClassID(v: JSValueConst) -> JSClassID {
    // SAFETY: C's contract.
    unsafe { borrow_object(v) }.map_or(JS_INVALID_CLASS_ID, |o| o.class() as JSClassID)
}

// ---- prototypes

/// The prototype of a class in a context; null if none was set.
pub(crate) fn class_proto(cx: &Context, class_id: JSClassID) -> Value {
    class_of(class_id).map_or(Value::NULL, |c| cx.class_proto(c))
}
/// Sets the prototype of a class's objects in a context; it is taken over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetClassProto(ctx: *mut JSContext, class_id: JSClassID, obj: JSValue) {
    // SAFETY: C's contract.
    let (cx, v) = unsafe { (enter(ctx), take(obj)) };
    if let Some(c) = class_of(class_id)
        && cx.rt().class(c).is_some()
    {
        cx.set_class_proto(c, v);
    }
}
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetClassProto(ctx: *mut JSContext, class_id: JSClassID) -> JSValue {
    // SAFETY: C's contract.
    give(class_proto(unsafe { enter(ctx) }, class_id))
}

// ---- opaque pointers

/// Sets the pointer of an object of one of C's classes; -1 for anything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_SetOpaque(obj: JSValueConst, opaque: *mut c_void) -> c_int {
    // SAFETY: C's contract.
    match unsafe { borrow_object(obj) }.and_then(|o| o.data::<Opaque>()) {
        Some(p) => {
            p.0.set(opaque);
            0
        }
        None => -1,
    }
}
unsafe fn opaque_of(obj: JSValueConst, class_id: JSClassID) -> Option<*mut c_void> {
    // SAFETY: C's contract.
    let o = unsafe { borrow_object(obj) }.filter(|o| o.class() as JSClassID == class_id)?;
    o.data::<Opaque>().map(|p| p.0.get())
}
/// The pointer of an object of this class; NULL for anything else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetOpaque(obj: JSValueConst, class_id: JSClassID) -> *mut c_void {
    // SAFETY: C's contract.
    unsafe { opaque_of(obj, class_id) }.unwrap_or(null_mut())
}
/// The pointer of an object of this class; for anything else NULL, and a TypeError is thrown.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetOpaque2(
    ctx: *mut JSContext,
    obj: JSValueConst,
    class_id: JSClassID,
) -> *mut c_void {
    // SAFETY: C's contract.
    let (cx, p) = unsafe { (enter(ctx), opaque_of(obj, class_id)) };
    match p {
        Some(p) => p,
        None => {
            let class = class_of(class_id).and_then(|c| cx.rt().class(c));
            let name = class.map_or_else(String::new, |c| c.name.to_lossy() + " ");
            cx.throw_type(&format!("{name}object expected"));
            null_mut()
        }
    }
}
/// An object's class, and the pointer if the class is one of C's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_GetAnyOpaque(obj: JSValueConst, class_id: *mut JSClassID) -> *mut c_void {
    // SAFETY: C's contract.
    unsafe {
        let o = borrow_object(obj);
        if !class_id.is_null() {
            class_id.write(o.map_or(JS_INVALID_CLASS_ID, |o| o.class() as JSClassID));
        }
        o.and_then(|o| o.data::<Opaque>()).map_or(null_mut(), |p| p.0.get())
    }
}

// ---- marking

/// To be called by a gc_mark function for each value that the object's pointer holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn JS_MarkValue(rt: *mut JSRuntime, val: JSValueConst, mark_func: JS_MarkFunc) {
    if let Some(f) = mark_func
        && matches!(val.norm_tag(), JS_TAG_OBJECT | JS_TAG_FUNCTION_BYTECODE | JS_TAG_MODULE)
    {
        // SAFETY: C's contract; the tags are those of cells, which can be part of a cycle.
        unsafe { f(rt, val.u.ptr as *mut JSGCObjectHeader) }
    }
}
