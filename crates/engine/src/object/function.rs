//! What function objects carry.

use super::Object;
use super::class::{ClassId, Payload, id};
use crate::bytecode::template::Template;
use crate::context::Context;
use crate::heap::gc::Tracer;
use crate::heap::{BoxCell, Gc, flag};
use crate::text::Str;
use crate::value::{Result, Value};
use std::cell::{Cell as StdCell, OnceCell, RefCell};

/// One call of a native function.
pub struct Call<'a> {
    pub cx: &'a Context,
    pub this: &'a Value,
    pub args: &'a [Value],
    /// The constructor `new` was applied to; undefined for a plain call.
    pub new_target: &'a Value,
    /// The function itself.
    pub callee: &'a Object,
    pub magic: i32,
}

const UNDEFINED: &Value = &Value::UNDEFINED;

impl<'a> Call<'a> {
    /// Argument `i`, undefined if it is missing.
    #[inline(always)]
    pub fn arg(&self, i: usize) -> &'a Value {
        self.args.get(i).unwrap_or(UNDEFINED)
    }
    /// Is it `new f()`?
    pub fn is_construct(&self) -> bool {
        !self.new_target.is_undefined()
    }
}

/// A function written in Rust.
pub type NativeFn = fn(&Call<'_>) -> Result;

/// The payload of native functions.
pub struct NativeData {
    pub f: NativeFn,
    pub realm: Gc<Context>,
    pub magic: i32,
    pub length: i32,
    pub name: RefCell<Option<Gc<Str>>>,
    /// Whatever the function closes over.
    pub captures: Box<[Value]>,
    /// Words for the C API (function pointer, opaque, …).
    pub words: [usize; 3],
    /// Called with the words when the function dies.
    pub finalize: Option<fn(&crate::runtime::Runtime, &[usize; 3])>,
}
impl Payload for NativeData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::NATIVE_FUNCTION..=id::NATIVE_FUNCTION;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(self.realm.as_value());
        self.captures.iter().for_each(|v| t.visit(v));
    }
}
impl Drop for NativeData {
    fn drop(&mut self) {
        if let Some(f) = self.finalize {
            f(self.realm.rt(), &self.words);
        }
    }
}

/// The payload of bytecode functions.
pub struct FunctionData {
    pub template: Gc<Template>,
    pub realm: Gc<Context>,
    pub captures: Box<[Gc<BoxCell>]>,
    /// Where `super` looks from.
    pub home: RefCell<Option<Gc<Object>>>,
    /// A class constructor's instance field initializer.
    pub field_init: OnceCell<Gc<Object>>,
    /// Objects that this constructor makes begin with this shape (if its prototype is still `prototype`).
    pub(crate) instance_shape: RefCell<Option<Gc<super::shape::Shape>>>,
    pub(crate) instance_slots: StdCell<u16>,
    /// A name given at run time (computed keys, anonymous classes).
    pub name: RefCell<Option<Value>>,
}
impl Payload for FunctionData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::FUNCTION..=id::FUNCTION;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(self.template.as_value());
        t.visit(self.realm.as_value());
        self.captures.iter().for_each(|c| t.visit(c.as_value()));
        if let Some(h) = &*self.home.borrow() {
            t.visit(h.as_value());
        }
        if let Some(f) = self.field_init.get() {
            t.visit(f.as_value());
        }
        if let Some(s) = &*self.instance_shape.borrow() {
            t.visit(s.as_value());
        }
    }
}

/// The payload of bound functions.
pub struct BoundData {
    pub target: Gc<Object>,
    pub this: Value,
    pub args: Box<[Value]>,
}
impl Payload for BoundData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::BOUND_FUNCTION..=id::BOUND_FUNCTION;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(self.target.as_value());
        t.visit(&self.this);
        self.args.iter().for_each(|v| t.visit(v));
    }
}

/// The payload of wrapper objects: Number, String, Boolean, Symbol, BigInt.
pub struct Primitive(pub Value);
impl Payload for Primitive {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::NUMBER..=id::SYMBOL;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(&self.0);
    }
}

/// The payload of BigInt objects.
pub struct BigIntPrimitive(pub Value);
impl Payload for BigIntPrimitive {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::BIGINT..=id::BIGINT;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(&self.0);
    }
}

/// The payload of error objects.
#[derive(Default)]
pub struct ErrorData {
    pub uncatchable: StdCell<bool>,
    /// What get Error.prototype.stack answers: the backtrace's text, or what Error.prepareStackTrace made of it.
    pub stack: RefCell<Option<Value>>,
}
impl Payload for ErrorData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::ERROR..=id::ERROR;
    fn trace(&self, t: &mut Tracer<'_>) {
        if let Some(v) = &*self.stack.borrow() {
            t.visit(v);
        }
    }
}

impl Object {
    /// The realm a function belongs to (GetFunctionRealm without proxies).
    pub fn function_realm(&self) -> Option<&Gc<Context>> {
        if let Some(f) = self.data::<FunctionData>() {
            return Some(&f.realm);
        }
        self.data::<NativeData>().map(|f| &f.realm)
    }
}

/// A native function's recipe.
pub struct FunctionSpec<'a> {
    pub f: NativeFn,
    pub name: &'a str,
    pub length: i32,
    pub magic: i32,
    pub constructor: bool,
}

impl Context {
    /// A native function; its name and length properties are made on first touch.
    pub fn new_native(&self, spec: &FunctionSpec<'_>) -> Result<Gc<Object>> {
        let name = self.rt().intern(crate::text::Chars::Latin1(spec.name.as_bytes()))?;
        self.new_native_full(spec.f, Some(name), spec.length, spec.magic, spec.constructor, Box::default())
    }
    /// A native function with captured values.
    pub fn new_native_closure(&self, f: NativeFn, length: i32, captures: Vec<Value>) -> Result<Gc<Object>> {
        let name = self.rt().atoms.empty();
        self.new_native_full(f, Some(name), length, 0, false, captures.into_boxed_slice())
    }
    /// A native function, all said.
    pub fn new_native_full(
        &self,
        f: NativeFn,
        name: Option<Gc<Str>>,
        length: i32,
        magic: i32,
        constructor: bool,
        captures: Box<[Value]>,
    ) -> Result<Gc<Object>> {
        let data = NativeData {
            f,
            realm: Gc::from_ref(self),
            magic,
            length,
            name: RefCell::new(name),
            captures,
            words: [0; 3],
            finalize: None,
        };
        self.new_native_data(data, constructor)
    }
    /// A native function from its payload.
    pub fn new_native_data(&self, data: NativeData, constructor: bool) -> Result<Gc<Object>> {
        let shape = self.function_shape();
        let o = Object::alloc(self.rt(), shape, id::NATIVE_FUNCTION, 2, data)?;
        o.header().set(flag::LAZY | if constructor { flag::CONSTRUCTOR } else { 0 });
        Ok(o)
    }
}

/// A captured value of the running native function.
impl<'a> Call<'a> {
    pub fn capture(&self, i: usize) -> &'a Value {
        match self.callee.data::<NativeData>() {
            Some(d) => d.captures.get(i).unwrap_or(UNDEFINED),
            None => UNDEFINED,
        }
    }
}
