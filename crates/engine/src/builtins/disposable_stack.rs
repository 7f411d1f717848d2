//! DisposableStack and AsyncDisposableStack (27.4, 27.5).

use super::promise::{self, Capability, caught};
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::object::Object;
use crate::object::class::{ClassId, Payload, id, vt_of};
use crate::object::function::{Call, FunctionSpec};
use crate::object::lazy::{Def, getter_magic, make_constructor, method_magic, symbol_alias, tag};
use crate::text::names::Sym;
use crate::value::{Result, Value};
use crate::vm::dispose;
use std::cell::{Cell, RefCell};

/// [[DisposableState]] and [[DisposeCapability]] (see `vm::dispose`; undefined once disposed).
pub struct StackData {
    disposed: Cell<bool>,
    capability: RefCell<Value>,
}
impl Payload for StackData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::DISPOSABLE_STACK..=id::ASYNC_DISPOSABLE_STACK;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(&self.capability.borrow());
    }
}
pub(crate) fn class(_c: ClassId) -> super::Behaviour {
    (Some(vt_of::<StackData>()), None)
}

/// The members' magic: which of the two classes.
const SYNC: i32 = 0;
const ASYNC: i32 = 1;

const fn class_of(magic: i32) -> ClassId {
    if magic == ASYNC { id::ASYNC_DISPOSABLE_STACK } else { id::DISPOSABLE_STACK }
}
const fn prototype_of(magic: i32) -> Intrinsic {
    if magic == ASYNC {
        Intrinsic::AsyncDisposableStackPrototype
    } else {
        Intrinsic::DisposableStackPrototype
    }
}

fn new_data(capability: Value) -> StackData {
    StackData { disposed: Cell::new(false), capability: RefCell::new(capability) }
}

/// DisposableStack, AsyncDisposableStack (27.4.1.1, 27.5.1.1)
fn construct(c: &Call<'_>) -> Result {
    if !c.is_construct() {
        return Err(c.cx.throw_type("constructor requires 'new'"));
    }
    let data = new_data(dispose::new_capability(c.cx)?.into());
    c.cx.new_from_constructor(c.new_target, prototype_of(c.magic), class_of(c.magic), data).map(Value::from)
}

fn this_stack<'a>(c: &Call<'a>) -> Result<&'a StackData> {
    match c.this.as_object().filter(|o| o.class() == class_of(c.magic)).and_then(|o| o.data()) {
        Some(d) => Ok(d),
        None if c.magic == ASYNC => Err(c.cx.throw_type("not an AsyncDisposableStack")),
        None => Err(c.cx.throw_type("not a DisposableStack")),
    }
}

/// The capability of a stack that is still pending.
fn pending(c: &Call<'_>) -> Result<Gc<Object>> {
    let d = this_stack(c)?;
    if d.disposed.get() {
        return Err(c.cx.throw_reference("the stack is disposed already"));
    }
    match d.capability.borrow().as_gc::<Object>() {
        Some(o) => Ok(o.clone()),
        None => Err(c.cx.throw_reference("the stack is disposed already")),
    }
}

/// adopt (27.4.3.1, 27.5.3.1)
fn adopt(c: &Call<'_>) -> Result {
    let list = pending(c)?;
    if !c.arg(1).is_callable() {
        return Err(c.cx.throw_not_a_function());
    }
    let kind = if c.magic == ASYNC { dispose::ASYNC } else { dispose::SYNC };
    dispose::push(&list, c.arg(1).clone(), c.arg(0).clone(), kind | dispose::ARGUMENT)?;
    Ok(c.arg(0).clone())
}

/// defer (27.4.3.2, 27.5.3.2)
fn defer(c: &Call<'_>) -> Result {
    let list = pending(c)?;
    if !c.arg(0).is_callable() {
        return Err(c.cx.throw_not_a_function());
    }
    let kind = if c.magic == ASYNC { dispose::ASYNC } else { dispose::SYNC };
    dispose::push(&list, c.arg(0).clone(), Value::UNDEFINED, kind)?;
    Ok(Value::UNDEFINED)
}

/// use (27.4.3.6, 27.5.3.6)
fn use_(c: &Call<'_>) -> Result {
    let list = pending(c)?;
    dispose::add(c.cx, list.as_value(), c.arg(0), c.magic == ASYNC)?;
    Ok(c.arg(0).clone())
}

/// move (27.4.3.5, 27.5.3.5)
fn move_(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let list = pending(c)?;
    let proto = cx.intrinsic(prototype_of(c.magic))?.clone();
    let to = cx.new_with_data(Some(&proto), class_of(c.magic), new_data(list.into()))?;
    finish(this_stack(c)?);
    Ok(to.into())
}

/// Marks a stack as disposed and takes its capability.
fn finish(d: &StackData) -> Value {
    d.disposed.set(true);
    d.capability.replace(Value::UNDEFINED)
}

/// get disposed (27.4.3.4, 27.5.3.4)
fn disposed(c: &Call<'_>) -> Result {
    Ok(this_stack(c)?.disposed.get().into())
}

/// DisposableStack.prototype.dispose (27.4.3.3)
fn dispose(c: &Call<'_>) -> Result {
    let d = this_stack(c)?;
    if d.disposed.get() {
        return Ok(Value::UNDEFINED);
    }
    let capability = finish(d);
    // Nothing in it asks to be awaited.
    while dispose::next(c.cx, &capability)?.is_some() {}
    dispose::end(c.cx, &capability)?;
    Ok(Value::UNDEFINED)
}

/// AsyncDisposableStack.prototype.disposeAsync (27.5.3.3)
fn dispose_async(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let ctor = cx.intrinsic(Intrinsic::Promise)?.to_value();
    let cap = promise::new_capability(cx, &ctor)?;
    match this_stack(c) {
        Ok(d) if d.disposed.get() => {
            cx.call(&cap.resolve, &Value::UNDEFINED, &[Value::UNDEFINED])?;
        }
        Ok(d) => drive(cx, &finish(d), &cap)?,
        Err(t) => {
            let e = caught(cx, t)?;
            cx.call(&cap.reject, &Value::UNDEFINED, &[e])?;
        }
    }
    Ok(cap.promise)
}

/// DisposeResources (7.5.8) as far as it goes without awaiting; the rest follows when what it awaits is settled.
fn drive(cx: &Context, capability: &Value, cap: &Capability) -> Result<()> {
    while let Some(v) = dispose::next(cx, capability)? {
        let p = match promise::promise_resolve(cx, &v) {
            Ok(p) => p,
            Err(t) => {
                let e = caught(cx, t)?;
                dispose::note_error(cx, capability, e)?;
                continue;
            }
        };
        let resume = |magic: i32| {
            let captures = [capability, &cap.promise, &cap.resolve, &cap.reject].map(Value::clone);
            cx.new_native_full(resumed, None, 1, magic, false, Box::new(captures)).map(Value::from)
        };
        return promise::perform_then(cx, &p, resume(FULFILLED)?, resume(REJECTED)?, None);
    }
    match dispose::end(cx, capability) {
        Ok(()) => cx.call(&cap.resolve, &Value::UNDEFINED, &[Value::UNDEFINED]).map(|_| ()),
        Err(t) => {
            let e = caught(cx, t)?;
            cx.call(&cap.reject, &Value::UNDEFINED, &[e]).map(|_| ())
        }
    }
}
const FULFILLED: i32 = 0;
const REJECTED: i32 = 1;

/// What was awaited is settled.
fn resumed(c: &Call<'_>) -> Result {
    let cap = Capability {
        promise: c.capture(1).clone(),
        resolve: c.capture(2).clone(),
        reject: c.capture(3).clone(),
    };
    if c.magic == REJECTED {
        dispose::note_error(c.cx, c.capture(0), c.arg(0).clone())?;
    }
    drive(c.cx, c.capture(0), &cap)?;
    Ok(Value::UNDEFINED)
}

const SYNC_MEMBERS: &[Def] = &[
    method_magic("adopt", adopt, 2, SYNC),
    method_magic("defer", defer, 1, SYNC),
    method_magic("dispose", dispose, 0, SYNC),
    getter_magic("disposed", disposed, SYNC),
    method_magic("move", move_, 0, SYNC),
    method_magic("use", use_, 1, SYNC),
    symbol_alias(Sym::dispose, "dispose"),
    tag("DisposableStack"),
];
const ASYNC_MEMBERS: &[Def] = &[
    method_magic("adopt", adopt, 2, ASYNC),
    method_magic("defer", defer, 1, ASYNC),
    method_magic("disposeAsync", dispose_async, 0, ASYNC),
    getter_magic("disposed", disposed, ASYNC),
    method_magic("move", move_, 0, ASYNC),
    method_magic("use", use_, 1, ASYNC),
    symbol_alias(Sym::asyncDispose, "disposeAsync"),
    tag("AsyncDisposableStack"),
];

/// Makes one constructor and its prototype.
pub fn init(cx: &Context, i: Intrinsic) -> Result<()> {
    use Intrinsic as I;
    let is_async = matches!(i, I::AsyncDisposableStack | I::AsyncDisposableStackPrototype);
    let (name, magic, members, ctor) = if is_async {
        ("AsyncDisposableStack", ASYNC, ASYNC_MEMBERS, I::AsyncDisposableStack)
    } else {
        ("DisposableStack", SYNC, SYNC_MEMBERS, I::DisposableStack)
    };
    let proto = cx.new_object_with_proto(Some(&cx.object_prototype().clone()))?;
    let spec = FunctionSpec { f: construct, name, length: 0, magic, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, &[], members)?;
    cx.set_intrinsic(prototype_of(magic), proto);
    cx.set_intrinsic(ctor, f);
    Ok(())
}
