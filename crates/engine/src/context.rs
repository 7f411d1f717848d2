//! A context: one realm with its global object and intrinsics, and the operations scripts are made of.

use crate::heap::gc::Tracer;
use crate::heap::{Cell, Gc, Header, Kind, flag};
use crate::object::array::ArrayData;
use crate::object::class::{ClassId, Payload, id};
use crate::object::function::{Call, ErrorData, NativeData};
use crate::object::shape::{Shape, prop};
use crate::object::{Descriptor, Object};
use crate::runtime::Runtime;
use crate::text::atoms::PropertyKey;
use crate::text::names::{Name, Sym};
use crate::text::{Chars, Str};
use crate::value::{Result, Thrown, Value};
use crate::vm::module::Module;
use std::cell::{Cell as StdCell, OnceCell, RefCell, UnsafeCell};
use std::collections::HashMap;
use std::ffi::c_void;

macro_rules! intrinsics {
    ($($id:ident,)+) => {
        /// The realm's well-known objects, made when first asked for.
        #[allow(missing_docs)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Intrinsic { $($id,)+ }
        const INTRINSICS: usize = [$(Intrinsic::$id,)+].len();
    };
}

intrinsics! {
    ObjectPrototype, FunctionPrototype, ArrayPrototype, Object, Function, Array,
    ErrorPrototype, EvalErrorPrototype, RangeErrorPrototype, ReferenceErrorPrototype, SyntaxErrorPrototype,
    TypeErrorPrototype, URIErrorPrototype, InternalErrorPrototype, AggregateErrorPrototype,
    SuppressedErrorPrototype,
    Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, InternalError,
    AggregateError, SuppressedError,
    BooleanPrototype, Boolean, NumberPrototype, Number, StringPrototype, String, SymbolPrototype, Symbol,
    BigIntPrototype, BigInt, DatePrototype, Date, RegExpPrototype, RegExp, Math, JSON, Reflect, Proxy,
    IteratorPrototype, Iterator, ArrayIteratorPrototype, StringIteratorPrototype, MapIteratorPrototype,
    SetIteratorPrototype, RegExpStringIteratorPrototype, IteratorHelperPrototype, WrapForValidIteratorPrototype,
    IteratorConcatPrototype,
    MapPrototype, Map, SetPrototype, Set, WeakMapPrototype, WeakMap, WeakSetPrototype, WeakSet,
    WeakRefPrototype, WeakRef, FinalizationRegistryPrototype, FinalizationRegistry,
    ArrayBufferPrototype, ArrayBuffer, SharedArrayBufferPrototype, SharedArrayBuffer,
    TypedArrayPrototype, TypedArray,
    Uint8ClampedArrayPrototype, Int8ArrayPrototype, Uint8ArrayPrototype, Int16ArrayPrototype,
    Uint16ArrayPrototype, Int32ArrayPrototype, Uint32ArrayPrototype, BigInt64ArrayPrototype,
    BigUint64ArrayPrototype, Float16ArrayPrototype, Float32ArrayPrototype, Float64ArrayPrototype,
    Uint8ClampedArray, Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array,
    BigInt64Array, BigUint64Array, Float16Array, Float32Array, Float64Array,
    DataViewPrototype, DataView, Atomics,
    GeneratorFunctionPrototype, GeneratorFunction, GeneratorPrototype,
    AsyncFunctionPrototype, AsyncFunction, AsyncGeneratorFunctionPrototype, AsyncGeneratorFunction,
    AsyncGeneratorPrototype, AsyncIteratorPrototype, AsyncFromSyncIteratorPrototype,
    PromisePrototype, Promise, ThrowTypeError, Eval, ObjProtoValueOf, ArrayProtoValues, ObjProtoToString,
    DisposableStackPrototype, DisposableStack, AsyncDisposableStackPrototype, AsyncDisposableStack,
    DOMExceptionPrototype, DOMException, CallSitePrototype, ParseInt, ParseFloat,
}

/// What the RangeError says where the native stack or the frames run out, as in QuickJS-NG.
pub const STACK_OVERFLOW: &str = "Maximum call stack size exceeded";

/// A realm.
#[repr(C)]
pub struct Context {
    header: Header,
    rt: *const Runtime,
    data: *mut ContextData,
    /// What embedders hang on the context.
    pub opaque: StdCell<*mut c_void>,
}
// SAFETY: repr(C), header first.
unsafe impl Cell for Context {
    const KIND: Kind = Kind::Realm;
}

/// A well-known object's place: empty until the object is made.
struct Place(UnsafeCell<Option<Gc<Object>>>);

impl Place {
    #[inline(always)]
    fn get(&self) -> Option<&Gc<Object>> {
        // SAFETY: what is in a place stays there, but for `clear`.
        unsafe { (*self.0.get()).as_ref() }
    }
    fn set(&self, o: Gc<Object>) {
        if self.get().is_none() {
            // SAFETY: the place is empty: nobody borrows from it.
            unsafe { *self.0.get() = Some(o) }
        }
    }
    /// Empties the place.
    ///
    /// # Safety
    /// No reference from `get` is used any more.
    unsafe fn clear(&self) {
        // SAFETY: per contract. The object goes after the place is empty.
        drop(unsafe { (*self.0.get()).take() });
    }
}

struct ContextData {
    intrinsics: [Place; INTRINSICS],
    global: OnceCell<Gc<Object>>,
    /// Global let, const and class bindings.
    lexicals: OnceCell<Gc<Object>>,
    object_shape: OnceCell<Gc<Shape>>,
    array_shape: OnceCell<Gc<Shape>>,
    function_shape: OnceCell<Gc<Shape>>,
    /// Of sloppy and strict arguments objects, complete.
    arguments_shapes: [OnceCell<Gc<Shape>>; 2],
    class_protos: RefCell<Vec<Value>>,
    random: StdCell<u64>,
    eval_disabled: StdCell<bool>,
    extra: RefCell<Vec<Value>>,
    /// Shapes that live as long as the realm: roots of its builtin prototypes, and a few more.
    kept_shapes: RefCell<Vec<Gc<Shape>>>,
    /// `{ value, done }`
    iter_result_shape: OnceCell<Gc<Shape>>,
    modules: RefCell<ModuleMap>,
    /// The newest shapes below builtin prototypes, kept for a while: objects that a host makes and frees in turn find
    /// theirs again.
    recent_shapes: RefCell<[Option<Gc<Shape>>; RECENT_SHAPES]>,
    next_recent: StdCell<usize>,
}
const RECENT_SHAPES: usize = 32;

/// The modules of a realm by the bits of their interned names; of one name, those with different import attributes
/// (or made anew under an old name), oldest first.
pub(crate) type ModuleMap = HashMap<u64, Vec<Gc<Module>>>;

impl Context {
    /// A new context with the base intrinsics only (raw): no global names yet.
    pub fn new_raw(rt: &Runtime) -> Result<Gc<Context>> {
        let bytes = std::mem::size_of::<ContextData>();
        if !rt.charge(bytes) {
            return Err(Thrown);
        }
        let data = Box::into_raw(Box::new(ContextData {
            intrinsics: std::array::from_fn(|_| Place(UnsafeCell::new(None))),
            global: OnceCell::new(),
            lexicals: OnceCell::new(),
            object_shape: OnceCell::new(),
            array_shape: OnceCell::new(),
            function_shape: OnceCell::new(),
            arguments_shapes: [OnceCell::new(), OnceCell::new()],
            class_protos: RefCell::new(Vec::new()),
            random: StdCell::new(rt.hash_seed | 1),
            eval_disabled: StdCell::new(false),
            extra: RefCell::new(Vec::new()),
            kept_shapes: RefCell::new(Vec::new()),
            iter_result_shape: OnceCell::new(),
            modules: RefCell::new(HashMap::new()),
            recent_shapes: RefCell::new([const { None }; RECENT_SHAPES]),
            next_recent: StdCell::new(0),
        }));
        let Some(h) = rt.alloc_cell(std::mem::size_of::<Context>(), Kind::Realm, 0) else {
            // SAFETY: just boxed.
            drop(unsafe { Box::from_raw(data) });
            rt.discharge(bytes);
            return Err(Thrown);
        };
        let c = h.cast::<Context>().as_ptr();
        // SAFETY: a fresh cell.
        let cx = unsafe {
            (&raw mut (*c).rt).write(rt);
            (&raw mut (*c).data).write(data);
            (&raw mut (*c).opaque).write(StdCell::new(std::ptr::null_mut()));
            Gc::from_raw(c)
        };
        // What fails before the base objects are there cannot be an error object.
        let was = rt.in_oom.replace(true);
        let made = cx.init();
        rt.in_oom.set(was);
        made?;
        rt.contexts.borrow_mut().push(cx.as_ptr());
        Ok(cx)
    }
    /// A new context with everything.
    pub fn new(rt: &Runtime) -> Result<Gc<Context>> {
        let cx = Context::new_raw(rt)?;
        crate::builtins::globals::add_all(&cx)?;
        Ok(cx)
    }

    fn init(&self) -> Result<()> {
        let rt = self.rt();
        let d = self.data();
        let op = {
            let shape = Shape::new_dictionary(rt, None)?;
            Object::alloc_plain(rt, shape, id::OBJECT, 0)?
        };
        let _ = d.object_shape.set(Shape::root(rt, Some(&op))?);
        self.set_intrinsic(Intrinsic::ObjectPrototype, op.clone());
        // %Function.prototype% is itself a function.
        let shape = Shape::new_dictionary(rt, Some(&op))?;
        let fp = Object::alloc(
            rt,
            shape,
            id::NATIVE_FUNCTION,
            0,
            NativeData {
                f: |_| Ok(Value::UNDEFINED),
                realm: Gc::from_ref(self),
                magic: 0,
                length: 0,
                name: RefCell::new(Some(rt.atoms.empty())),
                captures: Box::default(),
                words: [0; 3],
                finalize: None,
            },
        )?;
        fp.header().set(flag::LAZY);
        let _ = d.function_shape.set(Shape::root(rt, Some(&fp))?);
        self.set_intrinsic(Intrinsic::FunctionPrototype, fp);
        // %Array.prototype% is itself an array.
        let shape = Shape::new_dictionary(rt, Some(&op))?;
        shape.dict_add(rt, self.name(Name::length), prop::WRITABLE | prop::LENGTH)?;
        let ap = Object::new_array(rt, shape, 0)?;
        let root = Shape::root(rt, Some(&ap))?;
        let _ = d.array_shape.set(root.add(rt, self.name(Name::length), prop::WRITABLE | prop::LENGTH)?);
        self.set_intrinsic(Intrinsic::ArrayPrototype, ap);
        let shape = Shape::new_dictionary(rt, Some(&op))?;
        let _ = d.global.set(Object::alloc_plain(rt, shape, id::OBJECT, 0)?);
        let shape = Shape::new_dictionary(rt, None)?;
        let _ = d.lexicals.set(Object::alloc_plain(rt, shape, id::OBJECT, 0)?);
        crate::builtins::init_base(self)
    }

    #[inline(always)]
    fn data(&self) -> &ContextData {
        // SAFETY: the box lives as long as the context.
        unsafe { &*self.data }
    }
    #[inline(always)]
    pub fn rt(&self) -> &Runtime {
        // SAFETY: the runtime outlives its contexts.
        unsafe { &*self.rt }
    }
    pub fn to_gc(&self) -> Gc<Context> {
        Gc::from_ref(self)
    }
    /// Called when the cell is freed.
    pub(crate) unsafe fn drop_contents(this: *mut Context) {
        // SAFETY: the context is dying.
        unsafe {
            let rt = (*this).rt();
            rt.contexts.borrow_mut().retain(|&c| !std::ptr::eq(c, this));
            if std::ptr::eq(rt.current.get(), this) {
                rt.current.set(std::ptr::null());
            }
            drop(Box::from_raw((*this).data));
            rt.discharge(std::mem::size_of::<ContextData>());
        }
    }
    pub(crate) fn trace(&self, t: &mut Tracer<'_>) {
        let d = self.data();
        d.intrinsics.iter().filter_map(Place::get).for_each(|o| t.visit(o.as_value()));
        [&d.global, &d.lexicals].into_iter().filter_map(|c| c.get()).for_each(|o| t.visit(o.as_value()));
        let shapes = [&d.object_shape, &d.array_shape, &d.function_shape];
        for s in shapes.into_iter().chain(&d.arguments_shapes).filter_map(|c| c.get()) {
            t.visit(s.as_value());
        }
        d.class_protos.borrow().iter().for_each(|v| t.visit(v));
        d.extra.borrow().iter().for_each(|v| t.visit(v));
        d.kept_shapes.borrow().iter().for_each(|s| t.visit(s.as_value()));
        if let Some(s) = d.iter_result_shape.get() {
            t.visit(s.as_value());
        }
        d.recent_shapes.borrow().iter().flatten().for_each(|s| t.visit(s.as_value()));
        d.modules.borrow().values().flatten().for_each(|m| t.visit(m.as_value()));
    }

    // ---- names and intrinsics

    #[inline(always)]
    pub fn name(&self, n: Name) -> &PropertyKey {
        self.rt().name(n)
    }
    #[inline(always)]
    pub fn symbol(&self, s: Sym) -> &PropertyKey {
        self.rt().symbol(s)
    }
    /// A well-known object, made now if need be.
    #[inline]
    pub fn intrinsic(&self, i: Intrinsic) -> Result<&Gc<Object>> {
        match self.data().intrinsics[i as usize].get() {
            Some(o) => Ok(o),
            None => self.make_intrinsic(i),
        }
    }
    /// The same, if it has been asked for before.
    #[inline(always)]
    pub(crate) fn known_intrinsic(&self, i: Intrinsic) -> Option<&Gc<Object>> {
        self.data().intrinsics[i as usize].get()
    }
    #[cold]
    fn make_intrinsic(&self, i: Intrinsic) -> Result<&Gc<Object>> {
        let there: [bool; INTRINSICS] = std::array::from_fn(|n| self.data().intrinsics[n].get().is_some());
        if let Err(e) = crate::builtins::make_intrinsic(self, i) {
            // Half-made ones go, and those made for them: the next to ask begins anew.
            for (place, _) in self.data().intrinsics.iter().zip(there).filter(|(_, there)| !there) {
                // SAFETY: only what failed just now had looked at it.
                unsafe { place.clear() };
            }
            return Err(e);
        }
        match self.data().intrinsics[i as usize].get() {
            Some(o) => Ok(o),
            None => Err(self.throw_error(
                Intrinsic::InternalErrorPrototype,
                &format!("intrinsic {i:?} is not available"),
            )),
        }
    }
    /// Is it made already?
    pub fn has_intrinsic(&self, i: Intrinsic) -> bool {
        self.data().intrinsics[i as usize].get().is_some()
    }
    /// Sets a well-known object, once.
    pub fn set_intrinsic(&self, i: Intrinsic, o: Gc<Object>) {
        self.data().intrinsics[i as usize].set(o);
    }
    fn base(&self, i: Intrinsic) -> &Gc<Object> {
        self.data().intrinsics[i as usize].get().unwrap_or_else(|| unreachable!("made with the context"))
    }
    #[inline]
    pub fn object_prototype(&self) -> &Gc<Object> {
        self.base(Intrinsic::ObjectPrototype)
    }
    #[inline]
    pub fn function_prototype(&self) -> &Gc<Object> {
        self.base(Intrinsic::FunctionPrototype)
    }
    #[inline]
    pub fn array_prototype(&self) -> &Gc<Object> {
        self.base(Intrinsic::ArrayPrototype)
    }
    /// The global object.
    #[inline]
    pub fn global(&self) -> &Gc<Object> {
        self.data().global.get().unwrap_or_else(|| unreachable!("made with the context"))
    }
    /// The object whose properties are the global lexical bindings (uninitialized ones hold the mark).
    #[inline]
    pub(crate) fn lexicals(&self) -> &Gc<Object> {
        self.data().lexicals.get().unwrap_or_else(|| unreachable!("made with the context"))
    }
    pub(crate) fn object_shape(&self) -> Gc<Shape> {
        self.data().object_shape.get().unwrap_or_else(|| unreachable!("made with the context")).clone()
    }
    pub(crate) fn array_shape(&self) -> Gc<Shape> {
        self.data().array_shape.get().unwrap_or_else(|| unreachable!("made with the context")).clone()
    }
    pub(crate) fn function_shape(&self) -> Gc<Shape> {
        self.data().function_shape.get().unwrap_or_else(|| unreachable!("made with the context")).clone()
    }
    /// The prototype for embedders' objects of a class; null if none was set.
    pub fn class_proto(&self, class: ClassId) -> Value {
        self.data().class_protos.borrow().get(class as usize).cloned().unwrap_or(Value::NULL)
    }
    pub fn set_class_proto(&self, class: ClassId, v: Value) {
        let mut protos = self.data().class_protos.borrow_mut();
        if protos.len() <= class as usize {
            protos.resize_with(class as usize + 1, || Value::NULL);
        }
        let old = std::mem::replace(&mut protos[class as usize], v);
        drop(protos);
        drop(old);
    }
    /// The state of Math.random.
    pub fn random_state(&self) -> &StdCell<u64> {
        &self.data().random
    }
    /// Is eval (and new Function) switched off?
    pub fn eval_disabled(&self) -> &StdCell<bool> {
        &self.data().eval_disabled
    }
    /// Keeps a shape for as long as the realm lives: objects come and go, their shape need not.
    pub(crate) fn keep_shape(&self, s: &Gc<Shape>) {
        let mut kept = self.data().kept_shapes.borrow_mut();
        if kept.try_reserve(1).is_ok() {
            kept.push(s.clone());
        }
    }
    /// The realm's module map.
    pub(crate) fn modules(&self) -> &RefCell<ModuleMap> {
        &self.data().modules
    }
    /// Keeps a shape until RECENT_SHAPES others have come after it.
    pub(crate) fn keep_recent(&self, s: &Gc<Shape>) {
        let d = self.data();
        let at = d.next_recent.get();
        d.next_recent.set((at + 1) % RECENT_SHAPES);
        let old = d.recent_shapes.borrow_mut()[at].replace(s.clone());
        drop(old);
    }
    /// A slot for values that some part of the engine keeps per realm.
    pub fn extra(&self) -> &RefCell<Vec<Value>> {
        &self.data().extra
    }

    // ---- making objects

    /// `{}`
    #[inline]
    pub fn new_object(&self) -> Result<Gc<Object>> {
        self.new_object_with_room(4)
    }
    /// `{}` with room for `n` properties in its cell.
    #[inline]
    pub fn new_object_with_room(&self, n: usize) -> Result<Gc<Object>> {
        Object::alloc_plain(self.rt(), self.object_shape(), id::OBJECT, n)
    }
    /// OrdinaryObjectCreate
    pub fn new_object_with_proto(&self, proto: Option<&Object>) -> Result<Gc<Object>> {
        let shape = Shape::root(self.rt(), proto)?;
        Object::alloc_plain(self.rt(), shape, id::OBJECT, 4)
    }
    /// A new object with one property, and this prototype (or the usual one). Cheap even where hardly any other object
    /// will have that prototype.
    pub fn new_object_over(&self, proto: Option<&Object>, key: Name, value: Value) -> Result<Gc<Object>> {
        let rt = self.rt();
        let usual = self.object_shape().add(rt, self.name(key), prop::ALL)?;
        let shape = match proto {
            Some(p) => usual.with_proto(rt, p)?,
            None => usual,
        };
        let o = Object::alloc_plain(rt, shape, id::OBJECT, 1)?;
        // SAFETY: room for one slot, fresh.
        unsafe { o.slot_ptr(0).write(value) };
        Ok(o)
    }
    /// An object of a class with its payload.
    pub fn new_with_data<T: Payload>(
        &self,
        proto: Option<&Object>,
        class: ClassId,
        data: T,
    ) -> Result<Gc<Object>> {
        let shape = Shape::root(self.rt(), proto)?;
        Object::alloc(self.rt(), shape, class, 0, data)
    }
    /// OrdinaryCreateFromConstructor: an object of a class, whose prototype is the `prototype` of `new_target`
    /// (or, if that is no object, the intrinsic of new_target's realm).
    pub fn new_from_constructor<T: Payload>(
        &self,
        new_target: &Value,
        default_proto: Intrinsic,
        class: ClassId,
        data: T,
    ) -> Result<Gc<Object>> {
        let proto = self.prototype_from_constructor(new_target, default_proto)?;
        self.new_with_data(Some(&proto), class, data)
    }
    /// GetPrototypeFromConstructor; an undefined `constructor` means this realm's default.
    pub fn prototype_from_constructor(&self, constructor: &Value, default: Intrinsic) -> Result<Gc<Object>> {
        if let Some(c) = constructor.as_object() {
            let p = c.get(self, self.name(Name::prototype))?;
            if let Ok(p) = p.into_gc::<Object>() {
                return Ok(p);
            }
            let realm = self.function_realm(c)?;
            return realm.intrinsic(default).cloned();
        }
        self.intrinsic(default).cloned()
    }
    /// GetFunctionRealm
    pub fn function_realm(&self, f: &Object) -> Result<Gc<Context>> {
        if let Some(r) = f.function_realm() {
            return Ok(r.clone());
        }
        if let Some(b) = f.data::<crate::object::function::BoundData>() {
            self.check_stack()?;
            return self.function_realm(&b.target);
        }
        if f.class() == id::PROXY {
            self.check_stack()?;
            let t = crate::builtins::proxy::target(self, f)?;
            return self.function_realm(&t);
        }
        Ok(self.to_gc())
    }
    /// `[]`
    #[inline]
    pub fn new_array(&self, capacity: usize) -> Result<Gc<Object>> {
        Object::new_array(self.rt(), self.array_shape(), capacity)
    }
    /// CreateArrayFromList
    pub fn new_array_from(&self, values: impl IntoIterator<Item = Value>) -> Result<Gc<Object>> {
        let a = self.new_array(0)?;
        for v in values {
            a.push_element(v)?;
        }
        Ok(a)
    }
    /// An arguments object with its three properties' slots still to be written (by `slot_ptr`): length,
    /// callee, @@iterator.
    pub(crate) fn new_arguments_object(&self, class: ClassId, strict: bool) -> Result<Gc<Object>> {
        let cell = &self.data().arguments_shapes[strict as usize];
        let shape = match cell.get() {
            Some(s) => s.clone(),
            None => {
                let hidden = prop::WRITABLE | prop::CONFIGURABLE;
                let callee = if strict { prop::ACCESSOR } else { hidden };
                let s = Shape::root(self.rt(), Some(self.object_prototype()))?
                    .add(self.rt(), self.name(Name::length), hidden)?
                    .add(self.rt(), self.name(Name::callee), callee)?
                    .add(self.rt(), self.symbol(Sym::iterator), hidden)?;
                let _ = cell.set(s.clone());
                s
            }
        };
        let o = Object::alloc(self.rt(), shape, class, 3, ArrayData::empty())?;
        for i in 0..3 {
            // SAFETY: three inline slots, fresh.
            unsafe { o.slot_ptr(i).write(Value::UNDEFINED) };
        }
        Ok(o)
    }
    /// A string value.
    pub fn string(&self, s: &str) -> Result {
        self.rt().new_str(s).map(Value::from)
    }
    /// An iterator result object.
    pub fn iter_result(&self, value: Value, done: bool) -> Result {
        let shape = match self.data().iter_result_shape.get() {
            Some(s) => s.clone(),
            None => {
                let s = self.object_shape().add(self.rt(), self.name(Name::value), prop::ALL)?;
                let s = s.add(self.rt(), self.name(Name::done), prop::ALL)?;
                self.data().iter_result_shape.get_or_init(|| s).clone()
            }
        };
        match Object::alloc_filled(self.rt(), &shape, [value, Value::bool(done)].into_iter())? {
            Some(o) => Ok(o.into()),
            None => Err(self.throw_oom()),
        }
    }

    // ---- errors

    /// Throws a value.
    #[cold]
    pub fn throw(&self, v: Value) -> Thrown {
        self.rt().set_exception(v);
        Thrown
    }
    /// A new error object with a message and a backtrace.
    pub fn new_error(&self, proto: Intrinsic, message: &str) -> Result<Gc<Object>> {
        let p = self.intrinsic(proto)?.clone();
        let e = self.new_with_data(Some(&p), id::ERROR, ErrorData::default())?;
        let m = self.string(message)?;
        e.add_property(self.name(Name::message), m, prop::WRITABLE | prop::CONFIGURABLE)?;
        crate::vm::backtrace::attach(self, &e, None)?;
        Ok(e)
    }
    /// Throws a new error.
    #[cold]
    pub fn throw_error(&self, proto: Intrinsic, message: &str) -> Thrown {
        match self.new_error(proto, message) {
            Ok(e) => self.throw(e.into()),
            Err(t) => t,
        }
    }
    #[cold]
    pub fn throw_type(&self, message: &str) -> Thrown {
        self.throw_error(Intrinsic::TypeErrorPrototype, message)
    }
    #[cold]
    pub fn throw_range(&self, message: &str) -> Thrown {
        self.throw_error(Intrinsic::RangeErrorPrototype, message)
    }
    #[cold]
    pub fn throw_syntax(&self, message: &str) -> Thrown {
        self.throw_error(Intrinsic::SyntaxErrorPrototype, message)
    }
    #[cold]
    pub fn throw_reference(&self, message: &str) -> Thrown {
        self.throw_error(Intrinsic::ReferenceErrorPrototype, message)
    }
    #[cold]
    pub fn throw_read_only(&self, key: &PropertyKey) -> Thrown {
        self.throw_type(&format!("'{}' is read-only", key.to_lossy()))
    }
    #[cold]
    pub fn throw_not_a_function(&self) -> Thrown {
        self.throw_type("not a function")
    }
    #[cold]
    pub fn throw_oom(&self) -> Thrown {
        self.rt().throw_oom();
        Thrown
    }
    #[cold]
    fn throw_stack_overflow(&self) -> Thrown {
        // The error object needs a little stack.
        let limit = self.rt().stack_limit.get();
        self.rt().stack_limit.set(0);
        let t = self.throw_range(STACK_OVERFLOW);
        self.rt().stack_limit.set(limit);
        t
    }
    /// Throws where the native stack runs low. Call it wherever Rust code recurses.
    #[inline(always)]
    pub fn check_stack(&self) -> Result<()> {
        if self.rt().stack_is_low(0) { Err(self.throw_stack_overflow()) } else { Ok(()) }
    }
    /// Counts a poll point; now and then asks the interrupt handler. Call it in loops that a script can make long.
    #[inline(always)]
    pub fn poll(&self) -> Result<()> {
        let rt = self.rt();
        let n = rt.interrupt_counter.get() - 1;
        rt.interrupt_counter.set(n);
        if n > 0 { Ok(()) } else { self.poll_slow() }
    }
    #[cold]
    pub(crate) fn poll_slow(&self) -> Result<()> {
        let rt = self.rt();
        rt.interrupt_counter.set(crate::runtime::INTERRUPT_INTERVAL);
        let handler = rt.interrupt.borrow().clone();
        if let Some(h) = handler
            && h(rt)
        {
            return Err(self.throw_interrupted());
        }
        Ok(())
    }
    #[cold]
    fn throw_interrupted(&self) -> Thrown {
        match self.new_error(Intrinsic::InternalErrorPrototype, "interrupted") {
            Ok(e) => {
                if let Some(d) = e.data::<ErrorData>() {
                    d.uncatchable.set(true);
                }
                self.throw(e.into())
            }
            Err(t) => t,
        }
    }

    // ---- calls

    /// Call(f, this, args); a TypeError if f is not callable.
    pub fn call(&self, f: &Value, this: &Value, args: &[Value]) -> Result {
        match f.as_object() {
            Some(o) => self.call_object(o, this, args),
            None => Err(self.throw_not_a_function()),
        }
    }
    /// Call of an object.
    pub fn call_object(&self, f: &Object, this: &Value, args: &[Value]) -> Result {
        crate::vm::call(self, f, this, args, &Value::UNDEFINED)
    }
    /// Construct(f, args, new_target); `f` must be a constructor, `new_target` one too (or f itself).
    pub fn construct(&self, f: &Object, args: &[Value], new_target: &Object) -> Result<Gc<Object>> {
        let nt = new_target.to_value();
        match crate::vm::call(self, f, &Value::UNINIT, args, &nt)?.into_gc::<Object>() {
            Ok(o) => Ok(o),
            Err(_) => Err(self.throw_type("constructor did not return an object")),
        }
    }
    /// Calls a native function's Rust body.
    #[inline]
    pub(crate) fn call_native(
        &self,
        callee: &Object,
        d: &NativeData,
        this: &Value,
        args: &[Value],
        new_target: &Value,
    ) -> Result {
        (d.f)(&Call { cx: &d.realm, this, args, new_target, callee, magic: d.magic })
    }
    /// Invoke(v, key, args)
    pub fn invoke(&self, v: &Value, key: &PropertyKey, args: &[Value]) -> Result {
        let f = self.get_v(v, key)?;
        if !f.is_callable() {
            return Err(self.throw_type(&format!("{} is not a function", key.to_lossy())));
        }
        self.call(&f, v, args)
    }
    /// GetMethod(v, key): None if undefined or null; a TypeError if not callable.
    pub fn get_method(&self, v: &Value, key: &PropertyKey) -> Result<Option<Value>> {
        let f = self.get_v(v, key)?;
        if f.is_nullish() {
            return Ok(None);
        }
        if !f.is_callable() {
            return Err(self.throw_type(&format!("{} is not a function", key.to_lossy())));
        }
        Ok(Some(f))
    }

    // ---- properties of any value

    /// GetV(v, key): primitives look in their prototypes; undefined and null throw.
    #[inline]
    pub fn get_v(&self, v: &Value, key: &PropertyKey) -> Result {
        if let Some(o) = v.as_object() {
            return o.get_with_receiver(self, key, v);
        }
        self.get_of_primitive(v, key)
    }
    fn get_of_primitive(&self, v: &Value, key: &PropertyKey) -> Result {
        if let Some(s) = v.as_string() {
            if *key == *self.name(Name::length) {
                return Ok(Value::int(s.len() as i32));
            }
            if let Some(i) = key.as_small_index()
                && (i as usize) < s.len()
            {
                return self.rt().new_unit(s.at(i as usize)?).map(Value::from);
            }
        }
        let proto = match self.primitive_prototype(v)? {
            Some(p) => p,
            None => {
                let what = if v.is_null() { "null" } else { "undefined" };
                return Err(self.throw_type(&format!("cannot read property '{}' of {what}", key.to_lossy())));
            }
        };
        proto.get_with_receiver(self, key, v)
    }
    /// The prototype of a primitive's wrapper; None for undefined and null.
    pub fn primitive_prototype(&self, v: &Value) -> Result<Option<&Gc<Object>>> {
        let i = if v.is_string() {
            Intrinsic::StringPrototype
        } else if v.is_number() {
            Intrinsic::NumberPrototype
        } else if v.is_bool() {
            Intrinsic::BooleanPrototype
        } else if v.is_symbol() {
            Intrinsic::SymbolPrototype
        } else if v.is_bigint() {
            Intrinsic::BigIntPrototype
        } else {
            return Ok(None);
        };
        self.intrinsic(i).map(Some)
    }
    /// PutValue to a property of any value: false where a strict assignment would throw.
    pub fn set_v(&self, v: &Value, key: &PropertyKey, value: Value) -> Result<bool> {
        if let Some(o) = v.as_object() {
            return o.set_with_receiver(self, key, value, v);
        }
        match self.primitive_prototype(v)? {
            Some(p) => {
                if v.is_string()
                    && (*key == *self.name(Name::length)
                        || key
                            .as_index()
                            .is_some_and(|i| v.as_string().is_some_and(|s| (i as usize) < s.len())))
                {
                    return Ok(false);
                }
                p.set_with_receiver(self, key, value, v)
            }
            None => {
                let what = if v.is_null() { "null" } else { "undefined" };
                Err(self.throw_type(&format!("cannot set property '{}' of {what}", key.to_lossy())))
            }
        }
    }
    /// The property key of this text (ASCII or not).
    pub fn key(&self, s: &str) -> Result<PropertyKey> {
        self.rt().key(s)
    }
    /// Get by text.
    pub fn get_str(&self, v: &Value, key: &str) -> Result {
        self.get_v(v, &self.key(key)?)
    }
    /// A data descriptor's define by text.
    pub fn define_str(&self, o: &Object, key: &str, v: Value, flags: u8) -> Result<()> {
        o.define_own_property(self, &self.key(key)?, &Descriptor::data(v, flags)).map(|_| ())
    }
    /// An interned ASCII string.
    pub fn atom(&self, s: &str) -> Result<Gc<Str>> {
        self.rt().intern(Chars::Latin1(s.as_bytes()))
    }
}
