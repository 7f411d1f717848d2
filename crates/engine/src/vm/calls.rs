//! Calls that the loop makes: windows, frames, and callees of every kind.
//!
//! A window is callee, this and arguments, side by side; a call takes it.

use super::access;
use super::frame::{CONSTRUCT, DROP_RESULT, Frame, Machine, SEGMENT, stack_overflow};
use super::make;
use crate::bytecode::code::{FunctionKind, flags};
use crate::bytecode::op::{Instr, VARIANT};
use crate::bytecode::template::Template;
use crate::context::Context;
use crate::heap::BoxCell;
use crate::object::Object;
use crate::object::class::id;
use crate::object::function::{FunctionData, NativeData};
use crate::runtime::Runtime;
use crate::text::names::Name;
use crate::value::{Result, Thrown, Value};

/// Drops callee, this and `argc` arguments.
#[inline(always)]
pub(super) unsafe fn drop_window(base: *mut Value, at: usize, argc: usize) {
    // SAFETY: the window lies in its segment, and is the caller's to drop.
    unsafe {
        for r in at..at + 2 + argc {
            let p = base.add(r);
            if (*p).is_cell() {
                drop(std::ptr::replace(p, Value::UNDEFINED));
            }
        }
    }
}

/// A function whose calls the loop goes on with itself.
#[inline(always)]
pub(super) fn plain_function(callee: &Value) -> Option<&Object> {
    let o = callee.as_object()?;
    if o.class() != id::FUNCTION {
        return None;
    }
    // SAFETY: the class says the payload.
    let t: &Template = unsafe { &o.payload::<FunctionData>().template };
    (t.kind == FunctionKind::Normal && t.flags & flags::CLASS_CONSTRUCTOR == 0).then_some(o)
}

/// What a derived constructor returns that returns no object: the `this` it has made.
#[cold]
#[inline(never)]
pub(super) unsafe fn derived_this(fp: *const Frame, cx: &Context, i: Instr) -> Result {
    // SAFETY: fp is the running frame; with VARIANT, R[B] is a Box.
    unsafe {
        let (v, this) = (&*(*fp).base.add(i.a()), &*(*fp).base.add(i.b()));
        if !v.is_undefined() {
            return Err(caller_realm(fp, cx)
                .throw_type("derived class constructor must return an object or undefined"));
        }
        let this = if i.f() & VARIANT != 0 { (*(this.bits() as *const BoxCell)).get() } else { this };
        if this.is_uninit() {
            return Err(caller_realm(fp, cx).throw_reference("this is not initialized"));
        }
        Ok(this.clone())
    }
}

/// Puts the elements of the plain array at `win + 2` in its place, if they fit: how many.
pub(super) unsafe fn spread_window(rt: &Runtime, win: *mut Value) -> Option<usize> {
    // SAFETY: the window lies below the stack's limit; above the frame's live registers nothing is owned.
    unsafe {
        let a = (*win.add(2)).as_object()?;
        let n = a.element_count();
        if (rt.vm.limit.get() as usize).saturating_sub(win as usize) < (n + 16) * 8
            || a.class() != id::ARRAY
            || a.dense_elements().iter().any(|v| v.is_hole())
        {
            return None;
        }
        let list = std::ptr::replace(win.add(2), Value::UNDEFINED);
        if let Some(a) = list.as_object() {
            for (r, v) in a.dense_elements().iter().enumerate() {
                win.add(2 + r).write(v.clone());
            }
        }
        Some(n)
    }
}

/// `new` on what lies at `win`, whose window it takes: the object made, or None where a frame was pushed to make it.
#[inline(never)]
pub(super) unsafe fn construct(
    rt: &Runtime,
    cx: &Context,
    code: &Template,
    pc: *const Instr,
    win: *mut Value,
    argc: usize,
    i: Instr,
) -> Result<Option<Value>> {
    // SAFETY: the window is owned, and lies in its segment; the class says the payload.
    unsafe {
        let Some(o) = (*win).as_object().filter(|o| {
            o.class() == id::FUNCTION && {
                let t = &o.payload::<FunctionData>().template;
                t.flags & flags::CONSTRUCTOR != 0 && t.kind == FunctionKind::Normal
            }
        }) else {
            return construct_other(rt, cx, code, pc, win, argc).map(Some);
        };
        let d = o.payload::<FunctionData>();
        let t: &Template = &d.template;
        let nt = std::ptr::replace(win.add(1), Value::UNDEFINED);
        let this = if t.flags & flags::DERIVED != 0 {
            Value::UNINIT
        } else {
            match make::this_for_constructor(&d.realm, o, d, &nt) {
                Ok(v) => v,
                Err(_) => {
                    drop_window(win, 0, argc);
                    return Err(Thrown);
                }
            }
        };
        win.add(1).write(this);
        let (n, _) = push_frame(rt, cx, win, argc, o, d, t)?;
        (*n).dst = i.a() as u16;
        (*n).flags |= if i.f() & VARIANT != 0 { CONSTRUCT | DROP_RESULT } else { CONSTRUCT };
        (*n).new_target = nt;
        Ok(None)
    }
}

/// Is the callee Function.prototype.call or apply, of a bytecode function? Then the window becomes that of the
/// call they stand for; its argument count.
#[inline]
unsafe fn unwrap_call(rt: &Runtime, d: &NativeData, win: *mut Value, argc: usize) -> Option<usize> {
    use crate::builtins::function::{APPLY, CALL};
    let is_call = std::ptr::fn_addr_eq(d.f, CALL);
    if !is_call && !std::ptr::fn_addr_eq(d.f, APPLY) {
        return None;
    }
    // SAFETY: as in `construct`; what is spread fits the segment, whose registers above the window nobody owns.
    unsafe {
        if (*win.add(1)).as_object().is_none_or(|o| o.class() != id::FUNCTION) {
            return None;
        }
        if is_call {
            // callee := this, this := first argument, the others move down.
            let callee = std::ptr::replace(win, std::ptr::replace(win.add(1), Value::UNDEFINED));
            for r in 1..argc + 1 {
                std::ptr::swap(win.add(r), win.add(r + 1));
            }
            drop(callee);
            return Some(argc.saturating_sub(1));
        }
        let n = match argc {
            0 | 1 => 0,
            _ => {
                let list = &*win.add(3);
                if list.is_nullish() {
                    0
                } else {
                    let a = list.as_object()?;
                    // Arrays and unmapped arguments objects whose length is what their elements say.
                    let plain = match a.class() {
                        id::ARRAY => a.array_length() as usize == a.element_count(),
                        id::ARGUMENTS => a.shape().lookup(rt.name(Name::length)).is_some_and(|(s, _)| {
                            a.slot(s).as_int().is_some_and(|n| n as usize == a.element_count())
                        }),
                        _ => false,
                    };
                    if !plain {
                        return None;
                    }
                    a.element_count()
                }
            }
        };
        if (rt.vm.limit.get() as usize).saturating_sub(win as usize) < (n + 16) * 8 {
            return None;
        }
        if n > 0 {
            let holes = (*win.add(3)).as_object()?.dense_elements().iter().any(|v| v.is_hole());
            if holes {
                return None;
            }
        }
        let list = if argc > 1 { std::ptr::replace(win.add(3), Value::UNDEFINED) } else { Value::UNDEFINED };
        for r in 4..argc + 2 {
            drop(std::ptr::replace(win.add(r), Value::UNDEFINED));
        }
        let this = if argc > 0 { std::ptr::replace(win.add(2), Value::UNDEFINED) } else { Value::UNDEFINED };
        let target = std::ptr::replace(win.add(1), this);
        drop(std::ptr::replace(win, target));
        if n > 0
            && let Some(a) = list.as_object()
        {
            for (r, v) in a.dense_elements().iter().enumerate() {
                win.add(2 + r).write(v.clone());
            }
        }
        Some(n)
    }
}

/// Pushes a frame for a call whose callee, this and arguments lie at `win`. On failure the window is released
/// and the exception thrown (Err). The frame, and where its registers begin.
#[inline(always)]
pub(super) unsafe fn push_frame(
    rt: &Runtime,
    cx: &Context,
    win: *mut Value,
    argc: usize,
    callee: &Object,
    d: &FunctionData,
    t: &Template,
) -> Result<(*mut Frame, *mut Value)> {
    // SAFETY: the window is owned, and lies in its segment, which was seen to have room for the frame's registers.
    unsafe {
        let vm = &rt.vm;
        let np = t.nparams as usize;
        let varargs = argc > np && t.flags & flags::VARARGS != 0;
        let shift = if varargs { argc + 2 } else { 0 };
        let need = (shift + (t.nregs as usize).max(argc + 2)) * 8;
        if (vm.limit.get() as usize).wrapping_sub(win as usize) < need {
            return push_frame_segment(rt, cx, win, argc, callee, d);
        }
        let Some(n) = vm.next_frame(rt) else {
            drop_window(win, 0, argc);
            return Err(stack_overflow(cx));
        };
        let mut base = win;
        if argc != np {
            if argc < np {
                for r in argc + 2..np + 2 {
                    win.add(r).write(Value::UNDEFINED);
                }
            } else if varargs {
                base = win.add(shift);
                for r in 0..np + 2 {
                    std::ptr::swap(win.add(r), base.add(r));
                    win.add(r).write(Value::UNDEFINED);
                }
            } else {
                for r in np + 2..argc + 2 {
                    drop(std::ptr::replace(win.add(r), Value::UNDEFINED));
                }
            }
        }
        for r in np + 2..t.nlocals as usize {
            base.add(r).write(Value::UNDEFINED);
        }
        (*n).base = base;
        (*n).low = win;
        (*n).pc = t.entry();
        (*n).template = t;
        (*n).func = d;
        (*n).callee = callee;
        (*n).argc = argc as u32;
        (*n).flags = 0;
        Machine::set_saved_top(n, vm.top.get());
        vm.top.set(base.add(t.nregs as usize));
        vm.frame.set(n);
        Ok((n, base))
    }
}

/// The same where the window does not fit its segment: it moves to a new one.
#[cold]
#[inline(never)]
unsafe fn push_frame_segment(
    rt: &Runtime,
    cx: &Context,
    win: *mut Value,
    argc: usize,
    callee: &Object,
    d: &FunctionData,
) -> Result<(*mut Frame, *mut Value)> {
    // SAFETY: the window is owned, and lies in its segment; frames on the machine's stack stay until they are popped.
    unsafe {
        let vm = &rt.vm;
        let this = std::ptr::replace(win.add(1), Value::UNDEFINED);
        let top = vm.top.get();
        // No room left: a new segment.
        vm.top.set(vm.limit.get());
        let args = std::slice::from_raw_parts(win.add(2), argc);
        let r = vm.enter(cx, callee, d, this, args, Value::UNDEFINED, 0);
        if r.is_ok() {
            let n = vm.frame.get();
            debug_assert!((*n).flags & SEGMENT != 0);
            Machine::set_saved_top(n, top);
        } else {
            vm.top.set(top);
        }
        drop_window(win, 0, argc);
        r.map(|base| (vm.frame.get(), base))
    }
}

/// What came of a call.
pub(super) enum Called {
    Done(Result),
    /// The window has become that of a call of a plain function with so many arguments.
    Function(usize),
}

/// Calls whatever is not a plain bytecode function. Takes the window.
#[inline(never)]
pub(super) unsafe fn call_other(
    rt: &Runtime,
    cx: &Context,
    code: &Template,
    pc: *const Instr,
    win: *mut Value,
    mut argc: usize,
) -> Called {
    // SAFETY: as in `construct`.
    unsafe {
        // Function.prototype.call and apply: the call they stand for.
        while let Some(o) = (*win).as_object()
            && o.class() == id::NATIVE_FUNCTION
            && let Some(n) = unwrap_call(rt, o.payload(), win, argc)
        {
            argc = n;
            if plain_function(&*win).is_some() {
                return Called::Function(argc);
            }
        }
        let callee = &*win;
        let args = std::slice::from_raw_parts(win.add(2), argc);
        let top = spread_top(rt, win, argc);
        let r = match callee.as_object() {
            Some(o) if o.class() == id::NATIVE_FUNCTION => {
                native(rt, cx, o, &*win.add(1), args, &Value::UNDEFINED)
            }
            Some(o) if o.is_callable() => super::call(cx, o, &*win.add(1), args, &Value::UNDEFINED),
            _ => Err(access::throw_not_callable(cx, code, pc, "not a function")),
        };
        drop_window(win, 0, argc);
        rt.vm.top.set(top);
        Called::Done(r)
    }
}

/// `new` on whatever is not a plain bytecode function. Takes the window.
unsafe fn construct_other(
    rt: &Runtime,
    cx: &Context,
    code: &Template,
    pc: *const Instr,
    win: *mut Value,
    argc: usize,
) -> Result {
    // SAFETY: as in `construct`.
    unsafe {
        let args = std::slice::from_raw_parts(win.add(2), argc);
        let top = spread_top(rt, win, argc);
        let r = match (*win).as_object() {
            Some(o) if o.is_constructor() => {
                if o.class() == id::NATIVE_FUNCTION {
                    native(rt, cx, o, &Value::UNINIT, args, &*win.add(1))
                } else {
                    super::call(cx, o, &Value::UNINIT, args, &*win.add(1))
                }
            }
            _ => Err(access::throw_not_callable(cx, code, pc, "not a constructor")),
        };
        drop_window(win, 0, argc);
        rt.vm.top.set(top);
        r
    }
}

/// Arguments that were spread may lie above the frame: new windows begin after them. Where they began before.
unsafe fn spread_top(rt: &Runtime, win: *mut Value, argc: usize) -> *mut Value {
    let top = rt.vm.top.get();
    // SAFETY: the window lies in its segment.
    let end = unsafe { win.add(2 + argc) };
    if end > top {
        rt.vm.top.set(end);
    }
    top
}

/// Calls a native function, in a frame for backtraces.
#[inline(always)]
unsafe fn native(
    rt: &Runtime,
    cx: &Context,
    o: &Object,
    this: &Value,
    args: &[Value],
    new_target: &Value,
) -> Result {
    // SAFETY: the class says the payload.
    let d: &NativeData = unsafe { o.payload() };
    cx.check_stack()?;
    let frame = rt.vm.push_native(cx, o)?;
    rt.current.set(&*d.realm);
    let r = d.realm.call_native(o, d, this, args, new_target);
    rt.vm.pop_native(frame);
    r
}

/// The realm of the frame below: [[Construct]]'s errors after the body has returned are the caller's.
unsafe fn caller_realm(fp: *const Frame, cx: &Context) -> &Context {
    // SAFETY: frames below the current one are active, and so are their callees.
    let callee = unsafe { (*fp).prev.as_ref().and_then(|p| p.callee.as_ref()) };
    callee.and_then(|f| f.function_realm()).map_or(cx, |r| r)
}
