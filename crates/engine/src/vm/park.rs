//! Generators and async functions: frames parked between two steps.
//!
//! A coroutine object holds a frame's registers while it is suspended. Resuming copies them to a fresh window
//! and runs the loop from native code; suspending copies them back and leaves the loop.

use super::frame::{ENTRY, Frame, PARKED};
use super::run;
use crate::builtins::promise::{self, Capability};
use crate::bytecode::code::{FunctionKind, flags};
use crate::bytecode::op::{Instr, KILL_B, Op};
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::buf::Buf;
use crate::heap::gc::Tracer;
use crate::object::Object;
use crate::object::class::{Payload, id, vt_of};
use crate::object::function::{Call, FunctionData};
use crate::runtime::Runtime;
use crate::value::{Result, Thrown, Value};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// Where a coroutine is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Before its body.
    Start,
    /// At a yield or await.
    Suspended,
    Running,
    /// An async generator between its end and its last request's answer.
    Draining,
    Done,
}

/// What `next`, `throw` and `return` ask for.
pub const NEXT: i32 = 0;
pub const THROW: i32 = 1;
pub const RETURN: i32 = 2;

/// One AsyncGeneratorRequest.
struct Request {
    mode: i32,
    value: Value,
    capability: Capability,
}

/// The payload of generators, async generators, and (as internal objects) async functions.
pub struct Coroutine {
    state: Cell<State>,
    /// Its registers while it is suspended; room for them (of no cells) while it runs.
    regs: RefCell<Buf<Value>>,
    /// How many of them lie below R[0].
    below: Cell<usize>,
    pc: Cell<*const Instr>,
    argc: Cell<u32>,
    /// Where a resumption delivers its value; yields deliver the mode into the next register.
    dst: Cell<u16>,
    awaiting: Cell<bool>,
    /// Async functions: what they answer.
    promise: RefCell<Value>,
    queue: RefCell<VecDeque<Request>>,
}

impl Payload for Coroutine {
    // Async generators and async functions carry it too: see `of`.
    const CLASSES: std::ops::RangeInclusive<u16> = id::GENERATOR..=id::GENERATOR;
    fn trace(&self, t: &mut Tracer<'_>) {
        self.regs.borrow().iter().for_each(|v| t.visit(v));
        t.visit(&self.promise.borrow());
        for r in self.queue.borrow().iter() {
            t.visit(&r.value);
            t.visit(&r.capability.promise);
            t.visit(&r.capability.resolve);
            t.visit(&r.capability.reject);
        }
    }
    fn heap_bytes(&self) -> usize {
        self.regs.borrow().capacity() * 8
    }
}

/// How the engine treats coroutines.
pub(crate) fn class() -> crate::builtins::Behaviour {
    (Some(vt_of::<Coroutine>()), None)
}

/// The coroutine of an object of one of the three classes.
fn of(o: &Object) -> Option<&Coroutine> {
    match o.class() {
        // SAFETY: objects of these classes are made with this payload.
        id::GENERATOR | id::ASYNC_GENERATOR | id::INTERNAL => Some(unsafe { o.payload() }),
        _ => None,
    }
}

fn new_coroutine(rt: &Runtime) -> Coroutine {
    Coroutine {
        state: Cell::new(State::Running),
        regs: RefCell::new(Buf::new(rt)),
        below: Cell::new(0),
        pc: Cell::new(std::ptr::null()),
        argc: Cell::new(0),
        dst: Cell::new(0),
        awaiting: Cell::new(false),
        promise: RefCell::new(Value::UNDEFINED),
        queue: RefCell::new(VecDeque::new()),
    }
}

/// What a suspension comes to.
pub(crate) enum Step {
    /// The frame is parked; the loop answers this.
    Leave(Value),
    /// It goes on at once with this value and mode.
    Resume(Value, i32),
}

/// Calls a generator or async function.
pub(crate) fn start(cx: &Context, f: &Object, d: &FunctionData, this: Value, args: &[Value]) -> Result {
    let realm = d.realm.clone();
    let rt = cx.rt();
    if d.template.kind != FunctionKind::Async {
        rt.vm.enter(cx, f, d, this, args, Value::UNDEFINED, ENTRY | PARKED)?;
        set_coroutine(rt, std::ptr::null());
        // Runs to its InitialYield, which makes the generator.
        return run::run(rt, false);
    }
    let p = promise::new_promise(&realm)?;
    let shape = crate::object::Shape::root(rt, None)?;
    let co = Object::alloc(rt, shape, id::INTERNAL, 0, new_coroutine(cx.rt()))?;
    if let Some(c) = of(&co) {
        *c.promise.borrow_mut() = p.to_value();
    }
    rt.vm.enter(cx, f, d, this, args, Value::UNDEFINED, ENTRY | PARKED)?;
    set_coroutine(rt, &*co);
    let r = run::run(rt, false);
    finish_async(&realm, &co, r)?;
    Ok(p.into())
}
/// Runs a module's code to its InitialYield, which hoists its functions: the parked rest.
pub(crate) fn start_module(cx: &Context, f: &Object) -> Result<Gc<Object>> {
    cx.check_stack()?;
    let rt = cx.rt();
    let Some(d) = f.data::<FunctionData>() else {
        return Err(cx.throw_not_a_function());
    };
    rt.vm.enter(cx, f, d, Value::UNDEFINED, &[] as &[Value], Value::UNDEFINED, ENTRY | PARKED)?;
    set_coroutine(rt, std::ptr::null());
    match run::run(rt, false)?.into_gc::<Object>() {
        Ok(co) if of(&co).is_some() => Ok(co),
        _ => Err(cx.throw_type("not a module's code")),
    }
}
/// Runs what `start_module` parked. With a promise, it is settled at the end, and errors go to it; without one, the
/// code does not await.
pub(crate) fn run_module(cx: &Context, co: &Gc<Object>, promise: Option<&Object>) -> Result<()> {
    let Some(c) = of(co) else {
        return Ok(());
    };
    if let Some(p) = promise {
        *c.promise.borrow_mut() = p.to_value();
        let r = resume(cx, co, None);
        return finish_async(cx, co, r);
    }
    resume(cx, co, None)?;
    c.state.set(State::Done);
    Ok(())
}
fn set_coroutine(rt: &crate::Runtime, o: *const Object) {
    // SAFETY: the current frame was just entered.
    unsafe { (*rt.vm.frame.get()).coroutine = o }
}

/// After a run of an async function: settles its promise if the run ended it.
fn finish_async(cx: &Context, co: &Object, r: Result) -> Result<()> {
    let Some(c) = of(co) else {
        return Ok(());
    };
    if c.state.get() == State::Suspended {
        return Ok(());
    }
    c.state.set(State::Done);
    let p = c.promise.borrow().clone();
    let Some(p) = p.as_object() else {
        return Ok(());
    };
    match r {
        Ok(v) => promise::resolve_with(cx, p, v),
        Err(t) => {
            let e = promise::caught(cx, t)?;
            promise::reject(cx, p, e)
        }
    }
}

/// Moves the frame's registers to its coroutine and leaves the frame.
unsafe fn park(cx: &Context, fp: *mut Frame, co: &Object, pc: *const Instr) -> Result<()> {
    let Some(c) = of(co) else {
        return Ok(());
    };
    // SAFETY: fp is the current frame; its registers are initialized and left as non-cells.
    unsafe {
        let n = (*(*fp).template).nregs as usize;
        let below = (*fp).base.offset_from((*fp).low) as usize;
        let mut regs = c.regs.borrow_mut();
        if regs.len() != below + n {
            let mut room = Buf::with_capacity(cx.rt(), below + n)?;
            room.resize(below + n, Value::UNDEFINED)?;
            *regs = room;
        }
        std::ptr::swap_nonoverlapping((*fp).low, regs.as_mut_ptr(), below + n);
        drop(regs);
        c.below.set(below);
        c.pc.set(pc);
        c.argc.set((*fp).argc);
        cx.rt().vm.leave(cx.rt());
    }
    Ok(())
}

/// InitialYield, Yield, AsyncYield, Await.
pub(crate) unsafe fn suspend(cx: &Context, fp: *mut Frame, i: Instr) -> Result<Step> {
    // SAFETY: fp is the current frame, parked-able and saved.
    unsafe {
        let pc = (*fp).pc;
        if i.op() == Op::InitialYield {
            if (*(*fp).template).flags & flags::MODULE != 0 {
                let shape = crate::object::Shape::root(cx.rt(), None)?;
                let co = Object::alloc(cx.rt(), shape, id::INTERNAL, 0, new_coroutine(cx.rt()))?;
                park(cx, fp, &co, pc)?;
                return Ok(Step::Leave(co.into()));
            }
            let callee = Gc::from_ref(&*(*fp).callee);
            let is_async = (*(*fp).template).kind == FunctionKind::AsyncGenerator;
            let (default, class) = if is_async {
                (Intrinsic::AsyncGeneratorPrototype, id::ASYNC_GENERATOR)
            } else {
                (Intrinsic::GeneratorPrototype, id::GENERATOR)
            };
            let proto = cx.prototype_from_constructor(callee.as_value(), default)?;
            let co = cx.new_with_data(Some(&proto), class, new_coroutine(cx.rt()))?;
            park(cx, fp, &co, pc)?;
            if let Some(c) = of(&co) {
                c.state.set(State::Start);
            }
            return Ok(Step::Leave(co.into()));
        }
        let co = Gc::from_ref(&*(*fp).coroutine);
        let Some(c) = of(&co) else {
            return Err(Thrown);
        };
        let p = (*fp).base.add(i.b());
        let v = if i.f() & KILL_B != 0 { std::ptr::replace(p, Value::UNDEFINED) } else { (*p).clone() };
        c.dst.set(i.a() as u16);
        match i.op() {
            Op::Await => {
                let p = promise::promise_resolve(cx, &v)?;
                park(cx, fp, &co, pc)?;
                c.awaiting.set(true);
                c.state.set(State::Suspended);
                promise::perform_await(cx, &p, &co)?;
                Ok(Step::Leave(Value::UNDEFINED))
            }
            Op::AsyncYield => {
                // AsyncGeneratorYield (27.6.3.8): answer the first request; go on at once if there is another.
                let first = c.queue.borrow_mut().pop_front();
                if let Some(r) = first {
                    let result = cx.iter_result(v, false)?;
                    cx.call(&r.capability.resolve, &Value::UNDEFINED, &[result])?;
                }
                let next = c.queue.borrow().front().map(|r| (r.value.clone(), r.mode));
                if let Some((v, mode)) = next {
                    return Ok(Step::Resume(v, mode));
                }
                park(cx, fp, &co, pc)?;
                c.awaiting.set(false);
                c.state.set(State::Suspended);
                Ok(Step::Leave(Value::UNDEFINED))
            }
            _ => {
                park(cx, fp, &co, pc)?;
                c.awaiting.set(false);
                c.state.set(State::Suspended);
                Ok(Step::Leave(v))
            }
        }
    }
}

/// Puts a coroutine's frame back and runs it. `deliver`: the value and mode for a yield; for an await the mode
/// says whether to throw.
fn resume(cx: &Context, co: &Gc<Object>, deliver: Option<(Value, i32)>) -> Result {
    cx.check_stack()?;
    let rt = cx.rt();
    let Some(c) = of(co) else {
        return Ok(Value::UNDEFINED);
    };
    let mut throw = false;
    // SAFETY: the registers were taken from a frame of the same function and go back to one.
    unsafe {
        let below = c.below.get();
        let callee = match c.regs.borrow().get(below).and_then(|v| v.as_gc::<Object>()) {
            Some(f) => f.clone(),
            None => return Ok(Value::UNDEFINED),
        };
        let d: &FunctionData = callee.payload();
        let fp = rt.vm.reenter(cx, &callee, d, &mut c.regs.borrow_mut(), below, c.argc.get())?;
        (*fp).pc = c.pc.get();
        (*fp).coroutine = co.as_ptr();
        if let Some((v, mode)) = deliver {
            let dst = (*fp).base.add(c.dst.get() as usize);
            if c.awaiting.get() {
                if mode == THROW {
                    rt.set_exception(v);
                    throw = true;
                } else {
                    drop(std::ptr::replace(dst, v));
                }
            } else {
                drop(std::ptr::replace(dst, v));
                drop(std::ptr::replace(dst.add(1), Value::int(mode)));
            }
        }
    }
    c.awaiting.set(false);
    c.state.set(State::Running);
    run::run(rt, throw)
}

/// Is it something that awaits rather than a function?
pub(crate) fn is_coroutine(o: &Object) -> bool {
    of(o).is_some()
}
/// The realm of a suspended coroutine's function.
pub(crate) fn realm_of(o: &Object) -> Option<Gc<Context>> {
    let c = of(o)?;
    let regs = c.regs.borrow();
    regs.get(c.below.get())?.as_object()?.function_realm().cloned()
}
/// Goes on after an await: `v` is what the promise was settled with.
pub(crate) fn resume_await(cx: &Context, co: &Gc<Object>, v: Value, rejected: bool) -> Result {
    let r = resume(cx, co, Some((v, if rejected { THROW } else { NEXT })));
    if co.class() == id::INTERNAL {
        finish_async(cx, co, r)?;
    } else {
        finish_async_generator(cx, co, r)?;
    }
    Ok(Value::UNDEFINED)
}

// ---- generators

/// %GeneratorPrototype%.next, throw and return (27.5.1): magic is the mode.
pub(crate) fn generator_method(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let Some(o) = c.this.as_gc::<Object>().filter(|o| o.class() == id::GENERATOR) else {
        return Err(cx.throw_type("not a generator"));
    };
    let Some(co) = of(o) else {
        return Err(Thrown);
    };
    let v = c.arg(0).clone();
    match co.state.get() {
        State::Running | State::Draining => Err(cx.throw_type("generator is already executing")),
        State::Done => after_end(cx, v, c.magic),
        State::Start if c.magic != NEXT => {
            co.state.set(State::Done);
            let old = co.regs.replace(Buf::new(cx.rt()));
            drop(old);
            after_end(cx, v, c.magic)
        }
        s => {
            let deliver = if s == State::Start { None } else { Some((v, c.magic)) };
            let r = resume(cx, &o.clone(), deliver);
            if co.state.get() == State::Suspended {
                return r;
            }
            co.state.set(State::Done);
            cx.iter_result(r?, true)
        }
    }
}
fn after_end(cx: &Context, v: Value, mode: i32) -> Result {
    match mode {
        NEXT => cx.iter_result(Value::UNDEFINED, true),
        THROW => Err(cx.throw(v)),
        _ => cx.iter_result(v, true),
    }
}

// ---- async generators

/// %AsyncGeneratorPrototype%.next, throw and return (27.6.1): magic is the mode.
pub(crate) fn async_generator_method(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let ctor = cx.intrinsic(Intrinsic::Promise)?.to_value();
    let cap = promise::new_capability(cx, &ctor)?;
    let Some(o) = c.this.as_gc::<Object>().filter(|o| o.class() == id::ASYNC_GENERATOR).cloned() else {
        let e = cx.new_error(Intrinsic::TypeErrorPrototype, "not an async generator")?;
        cx.call(&cap.reject, &Value::UNDEFINED, &[e.into()])?;
        return Ok(cap.promise);
    };
    let Some(co) = of(&o) else {
        return Err(Thrown);
    };
    let v = c.arg(0).clone();
    let state = co.state.get();
    if state == State::Done && c.magic != RETURN {
        let (f, v) = if c.magic == NEXT {
            (&cap.resolve, cx.iter_result(Value::UNDEFINED, true)?)
        } else {
            (&cap.reject, v)
        };
        cx.call(f, &Value::UNDEFINED, &[v])?;
        return Ok(cap.promise);
    }
    co.queue.borrow_mut().push_back(Request { mode: c.magic, value: v.clone(), capability: cap.clone() });
    match state {
        State::Done => {
            co.state.set(State::Draining);
            await_return(cx, &o)?;
        }
        State::Start if c.magic != NEXT => {
            let old = co.regs.replace(Buf::new(cx.rt()));
            drop(old);
            co.state.set(State::Draining);
            drain(cx, &o)?;
        }
        State::Start => {
            let r = resume(cx, &o, None);
            finish_async_generator(cx, &o, r)?;
        }
        State::Suspended if !co.awaiting.get() => {
            let r = resume(cx, &o, Some((v, c.magic)));
            finish_async_generator(cx, &o, r)?;
        }
        _ => {}
    }
    Ok(cap.promise)
}
/// After a run of an async generator: if the run ended it, answers the request and drains the queue.
fn finish_async_generator(cx: &Context, o: &Gc<Object>, r: Result) -> Result<()> {
    let Some(co) = of(o) else {
        return Ok(());
    };
    if co.state.get() == State::Suspended {
        return Ok(());
    }
    co.state.set(State::Draining);
    let first = co.queue.borrow_mut().pop_front();
    if let Some(q) = first {
        answer(cx, &q, r)?;
    }
    drain(cx, o)
}
/// AsyncGeneratorCompleteStep with done: true.
fn answer(cx: &Context, q: &Request, r: Result) -> Result<()> {
    match r {
        Ok(v) => {
            let result = cx.iter_result(v, true)?;
            cx.call(&q.capability.resolve, &Value::UNDEFINED, &[result])?;
        }
        Err(t) => {
            let e = promise::caught(cx, t)?;
            cx.call(&q.capability.reject, &Value::UNDEFINED, &[e])?;
        }
    }
    Ok(())
}
/// AsyncGeneratorDrainQueue (27.6.3.10)
fn drain(cx: &Context, o: &Gc<Object>) -> Result<()> {
    let Some(co) = of(o) else {
        return Ok(());
    };
    loop {
        let mode = match co.queue.borrow().front() {
            Some(q) => q.mode,
            None => break,
        };
        if mode == RETURN {
            return await_return(cx, o);
        }
        let q = co.queue.borrow_mut().pop_front();
        if let Some(q) = q {
            let r = if mode == THROW { Err(cx.throw(q.value.clone())) } else { Ok(Value::UNDEFINED) };
            answer(cx, &q, r)?;
        }
    }
    co.state.set(State::Done);
    Ok(())
}
/// AsyncGeneratorAwaitReturn (27.6.3.9)
fn await_return(cx: &Context, o: &Gc<Object>) -> Result<()> {
    let Some(co) = of(o) else {
        return Ok(());
    };
    let v = match co.queue.borrow().front() {
        Some(q) => q.value.clone(),
        None => return Ok(()),
    };
    let p = match promise::promise_resolve(cx, &v) {
        Ok(p) => p,
        Err(t) => {
            let q = co.queue.borrow_mut().pop_front();
            if let Some(q) = q {
                answer(cx, &q, Err(t))?;
            }
            return drain(cx, o);
        }
    };
    let settled = |c: &Call<'_>| -> Result {
        let Some(o) = c.capture(0).as_gc::<Object>().cloned() else {
            return Ok(Value::UNDEFINED);
        };
        let q = of(&o).and_then(|co| co.queue.borrow_mut().pop_front());
        if let Some(q) = q {
            let r = if c.magic == 1 { Err(c.cx.throw(c.arg(0).clone())) } else { Ok(c.arg(0).clone()) };
            answer(c.cx, &q, r)?;
        }
        drain(c.cx, &o)?;
        Ok(Value::UNDEFINED)
    };
    let f = cx.new_native_full(settled, None, 1, 0, false, Box::new([o.to_value()]))?;
    let r = cx.new_native_full(settled, None, 1, 1, false, Box::new([o.to_value()]))?;
    promise::perform_then(cx, &p, f.into(), r.into(), None)
}

/// GetIterator(v, async): (iterator, next method).
pub(crate) fn get_async_iterator(cx: &Context, v: &Value) -> Result<(Value, Value)> {
    super::async_iter::get(cx, v)
}
