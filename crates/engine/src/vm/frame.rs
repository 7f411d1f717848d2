//! Frames and the value stack.
//!
//! A call's window of registers begins at its callee in the caller's window: arguments are not copied. Windows
//! lie in segments; a call whose window does not fit moves to a new one. Everything above the running frame's
//! live registers holds non-cells.

use crate::bytecode::code::flags;
use crate::bytecode::op::Instr;
use crate::bytecode::template::Template;
use crate::context::Context;
use crate::object::Object;
use crate::object::function::FunctionData;
use crate::runtime::Runtime;
use crate::value::{Result, Thrown, Value};
use std::cell::Cell;
use std::ptr::null_mut;

/// Frame flag: return leaves the loop.
pub const ENTRY: u8 = 1;
/// Frame flag: the result of a constructor is `this` unless it is an object.
pub const CONSTRUCT: u8 = 2;
/// Frame flag: the window is the first of its segment.
pub const SEGMENT: u8 = 4;
/// Frame flag: the result is dropped.
pub const DROP_RESULT: u8 = 8;
/// Frame flag: the frame belongs to a parked function (generator, async): see `park`.
pub const PARKED: u8 = 16;

/// One call.
pub struct Frame {
    pub prev: *mut Frame,
    next: *mut Frame,
    /// R[0]. Null for native frames.
    pub base: *mut Value,
    /// Where the window's memory begins: below `base` when there are extra arguments.
    pub low: *mut Value,
    /// The next instruction, saved when the frame calls out.
    pub pc: *const Instr,
    /// Null for native frames.
    pub template: *const Template,
    pub func: *const FunctionData,
    pub callee: *const Object,
    pub new_target: Value,
    pub argc: u32,
    pub dst: u16,
    pub flags: u8,
    /// PARKED frames: the coroutine object (null before a generator's first suspension).
    pub coroutine: *const Object,
    top: *mut Value,
}

struct Segment {
    start: *mut Value,
    len: usize,
    /// The limit to go back to.
    prev_limit: *mut Value,
}

/// Where a call's arguments come from.
pub trait Arguments: Copy {
    fn count(self) -> usize;
    /// The argument at `i`, which is less than `count`: one more count of it.
    fn get(self, i: usize) -> Value;
}
impl Arguments for &[Value] {
    #[inline(always)]
    fn count(self) -> usize {
        self.len()
    }
    #[inline(always)]
    fn get(self, i: usize) -> Value {
        self[i].clone()
    }
}

/// The runtime's stacks.
pub struct Machine {
    pub(crate) frame: Cell<*mut Frame>,
    /// Backtraces end before this frame (JS_EVAL_FLAG_BACKTRACE_BARRIER).
    pub(crate) barrier: Cell<*mut Frame>,
    first: Cell<*mut Frame>,
    /// Where the next window from native code begins.
    pub(crate) top: Cell<*mut Value>,
    pub(crate) limit: Cell<*mut Value>,
    /// Where the first segment begins: it stays when nothing runs.
    bottom: Cell<*mut Value>,
    /// The segment that ended last, kept so that calls around a segment's end do not make one each.
    spare: Cell<Option<(*mut Value, usize)>>,
    segments: std::cell::RefCell<Vec<Segment>>,
    chunks: std::cell::RefCell<Vec<*mut [Frame; CHUNK]>>,
    bytes: Cell<usize>,
}

const CHUNK: usize = 32;
const FIRST_SEGMENT: usize = 512;

impl Machine {
    pub(crate) fn new() -> Machine {
        Machine {
            frame: Cell::new(null_mut()),
            barrier: Cell::new(null_mut()),
            first: Cell::new(null_mut()),
            top: Cell::new(null_mut()),
            limit: Cell::new(null_mut()),
            bottom: Cell::new(null_mut()),
            spare: Cell::new(None),
            segments: std::cell::RefCell::new(Vec::new()),
            chunks: std::cell::RefCell::new(Vec::new()),
            bytes: Cell::new(0),
        }
    }
    /// Frees the stacks. No frame is active.
    pub(crate) fn clear(&self, rt: &Runtime) {
        if let Some((start, len)) = self.spare.take() {
            // SAFETY: the segment came from malloc; its values are all dead.
            unsafe { rt.free(start as *mut u8, len * 8) };
        }
        self.bottom.set(null_mut());
        for s in self.segments.borrow_mut().drain(..) {
            // SAFETY: the segment came from malloc; its values are all dead.
            unsafe { rt.free(s.start as *mut u8, s.len * 8) };
        }
        for c in self.chunks.borrow_mut().drain(..) {
            // SAFETY: as above.
            unsafe { rt.free(c as *mut u8, std::mem::size_of::<[Frame; CHUNK]>()) };
        }
        self.first.set(null_mut());
        self.frame.set(null_mut());
        self.top.set(null_mut());
        self.limit.set(null_mut());
        self.bytes.set(0);
    }

    fn max_bytes(rt: &Runtime) -> usize {
        match rt.stack_size.get() {
            0 => 1 << 30,
            n => n.saturating_mul(4).max(256 * 1024),
        }
    }

    /// The next frame, not yet current.
    #[inline(always)]
    pub(crate) fn next_frame(&self, rt: &Runtime) -> Option<*mut Frame> {
        let f = self.frame.get();
        // SAFETY: frames live until the runtime's end.
        let n = if f.is_null() { self.first.get() } else { unsafe { (*f).next } };
        if n.is_null() { self.more_frames(rt) } else { Some(n) }
    }
    #[cold]
    fn more_frames(&self, rt: &Runtime) -> Option<*mut Frame> {
        let size = std::mem::size_of::<[Frame; CHUNK]>();
        if self.bytes.get() + size > Self::max_bytes(rt) {
            return None;
        }
        let chunk = rt.malloc(size)?.as_ptr() as *mut [Frame; CHUNK];
        self.bytes.set(self.bytes.get() + size);
        let last = self.frame.get();
        // SAFETY: fresh memory; the chain is linked to the last frame.
        unsafe {
            let first = chunk as *mut Frame;
            for i in 0..CHUNK {
                let f = first.add(i);
                f.write(Frame {
                    prev: if i == 0 { last } else { first.add(i - 1) },
                    next: if i + 1 == CHUNK { null_mut() } else { first.add(i + 1) },
                    base: null_mut(),
                    low: null_mut(),
                    pc: std::ptr::null(),
                    template: std::ptr::null(),
                    func: std::ptr::null(),
                    callee: std::ptr::null(),
                    new_target: Value::UNDEFINED,
                    argc: 0,
                    dst: 0,
                    flags: 0,
                    coroutine: std::ptr::null(),
                    top: null_mut(),
                });
            }
            if last.is_null() {
                self.first.set(first);
            } else {
                (*last).next = first;
            }
            self.chunks.borrow_mut().push(chunk);
            Some(first)
        }
    }
    /// Starts a new segment with room for `n` values; its beginning.
    #[cold]
    pub(crate) fn new_segment(&self, rt: &Runtime, n: usize) -> Option<*mut Value> {
        let mut segments = self.segments.borrow_mut();
        let len = match segments.len() {
            0 => FIRST_SEGMENT,
            1 => 8192,
            _ => 65536,
        };
        let len = len.max(n + 64);
        if self.bytes.get() + len * 8 > Self::max_bytes(rt) {
            return None;
        }
        let (start, len) = match self.spare.take() {
            // Nothing but non-cells is left in it.
            Some((start, n)) if n >= len => (start, n),
            spare => {
                if let Some((start, n)) = spare {
                    // SAFETY: no window is in the segment any more.
                    unsafe { rt.free(start as *mut u8, n * 8) };
                }
                let start = rt.malloc(len * 8)?.as_ptr() as *mut Value;
                for i in 0..len {
                    // SAFETY: fresh memory.
                    unsafe { start.add(i).write(Value::UNDEFINED) };
                }
                (start, len)
            }
        };
        if segments.is_empty() {
            self.bottom.set(start);
        }
        self.bytes.set(self.bytes.get() + len * 8);
        segments.push(Segment { start, len, prev_limit: self.limit.get() });
        // SAFETY: one past the end.
        self.limit.set(unsafe { start.add(len) });
        Some(start)
    }
    /// Ends the newest segment.
    #[cold]
    pub(crate) fn end_segment(&self, rt: &Runtime) {
        let mut segments = self.segments.borrow_mut();
        if segments.len() <= 1 {
            return;
        }
        if let Some(s) = segments.pop() {
            self.limit.set(s.prev_limit);
            self.bytes.set(self.bytes.get() - s.len * 8);
            if let Some((start, len)) = self.spare.replace(Some((s.start, s.len))) {
                // SAFETY: no window is in the segment any more.
                unsafe { rt.free(start as *mut u8, len * 8) };
            }
        }
    }

    /// A frame for a native function, for backtraces.
    #[inline]
    pub(crate) fn push_native(&self, cx: &Context, f: &Object) -> Result<*mut Frame> {
        let rt = cx.rt();
        let Some(n) = self.next_frame(rt) else {
            return Err(stack_overflow(cx));
        };
        // SAFETY: the frame is unused.
        unsafe {
            (*n).template = std::ptr::null();
            (*n).callee = f;
            (*n).base = null_mut();
            (*n).flags = 0;
            (*n).top = self.top.get();
        }
        self.frame.set(n);
        Ok(n)
    }
    #[inline]
    pub(crate) fn pop_native(&self, n: *mut Frame) {
        // SAFETY: n is the current frame.
        self.frame.set(unsafe { (*n).prev });
    }

    /// Finds `need` registers for a window entered from native code, and a frame: where the window begins, the frame,
    /// and the frame's flags.
    #[inline(always)]
    fn window(&self, cx: &Context, need: usize, flags_: u8) -> Result<(*mut Value, *mut Frame, u8)> {
        let (top, f) = (self.top.get(), self.frame.get());
        let low = if top.is_null() { self.bottom.get() } else { top };
        // SAFETY: frames live until the runtime's end.
        let n = if f.is_null() { self.first.get() } else { unsafe { (*f).next } };
        if !low.is_null()
            && !n.is_null()
            && (self.limit.get() as usize).saturating_sub(low as usize) >= need * 8
        {
            return Ok((low, n, flags_));
        }
        self.window_slow(cx, need, flags_)
    }
    #[cold]
    #[inline(never)]
    fn window_slow(&self, cx: &Context, need: usize, flags_: u8) -> Result<(*mut Value, *mut Frame, u8)> {
        let rt = cx.rt();
        if self.top.get().is_null() && self.segments.borrow().is_empty() {
            // The first segment stays.
            match self.new_segment(rt, need) {
                Some(p) => self.top.set(p),
                None => return Err(stack_overflow(cx)),
            }
        }
        let mut low = self.top.get();
        if low.is_null() {
            low = self.bottom.get();
        }
        let mut fl = flags_;
        if low.is_null() || (self.limit.get() as usize).saturating_sub(low as usize) < need * 8 {
            match self.new_segment(rt, need) {
                Some(p) => {
                    low = p;
                    fl |= SEGMENT;
                }
                None => return Err(stack_overflow(cx)),
            }
        }
        let Some(n) = self.next_frame(rt) else {
            if fl & SEGMENT != 0 {
                self.end_segment(rt);
            }
            return Err(stack_overflow(cx));
        };
        Ok((low, n, fl))
    }

    /// Enters a suspended function's frame again: its registers (from `below` before R[0] on) are swapped with those of
    /// a fresh window. `pc` and the coroutine are the caller's to set.
    pub(crate) fn reenter(
        &self,
        cx: &Context,
        f: &Object,
        d: &FunctionData,
        regs: &mut [Value],
        below: usize,
        argc: u32,
    ) -> Result<*mut Frame> {
        let t = &*d.template;
        let (low, n, fl) = self.window(cx, regs.len() + 2, ENTRY | PARKED)?;
        // SAFETY: the window was checked to fit; its registers hold non-cells, and so will those of the coroutine.
        unsafe {
            std::ptr::swap_nonoverlapping(low, regs.as_mut_ptr(), regs.len());
            let base = low.add(below);
            (*n).base = base;
            (*n).low = low;
            (*n).pc = t.entry();
            (*n).template = t;
            (*n).func = d;
            (*n).callee = f;
            (*n).new_target = Value::UNDEFINED;
            (*n).argc = argc;
            (*n).dst = 0;
            (*n).flags = fl;
            (*n).top = self.top.get();
            self.top.set(base.add(t.nregs as usize));
            self.frame.set(n);
        }
        Ok(n)
    }

    /// The same as `enter`, where everything is as it nearly always is: a call of a function without VARARGS, for which
    /// there is room. Otherwise false.
    #[inline(always)]
    pub(crate) fn enter_plain<A: Arguments>(
        &self,
        f: &Object,
        d: &FunctionData,
        t: &Template,
        this: &Value,
        args: A,
    ) -> bool {
        let (outer, top) = (self.top.get(), self.frame.get());
        let base = if outer.is_null() { self.bottom.get() } else { outer };
        // SAFETY: frames live until the runtime's end; the window is checked to fit, and its registers hold non-cells.
        unsafe {
            let n = if top.is_null() { self.first.get() } else { (*top).next };
            // (Without a segment there is no room: both are null.)
            let room = self.limit.get() as isize - base as isize;
            if n.is_null() || room < (t.nregs as isize + 4) * 8 {
                return false;
            }
            base.write(f.to_value());
            base.add(1).write(this.clone());
            let (np, argc) = (t.nparams as usize, args.count());
            let given = np.min(argc);
            let mut to = base.add(2);
            for i in 0..given {
                to.write(args.get(i));
                to = to.add(1);
            }
            // Parameters without arguments, and locals.
            let end = base.add(t.nlocals as usize);
            while to < end {
                to.write(Value::UNDEFINED);
                to = to.add(1);
            }
            (*n).base = base;
            (*n).low = base;
            (*n).pc = t.entry();
            (*n).template = t;
            (*n).func = d;
            (*n).callee = f;
            std::ptr::write(&raw mut (*n).new_target, Value::UNDEFINED);
            (*n).argc = argc as u32;
            (*n).dst = 0;
            (*n).flags = ENTRY;
            (*n).top = outer;
            self.top.set(base.add(t.nregs as usize));
            self.frame.set(n);
        }
        true
    }
    /// Enters a bytecode function from native code: copies the arguments to a fresh window.
    #[allow(clippy::too_many_arguments)]
    #[inline]
    pub(crate) fn enter<A: Arguments>(
        &self,
        cx: &Context,
        f: &Object,
        d: &FunctionData,
        this: Value,
        args: A,
        new_target: Value,
        flags_: u8,
    ) -> Result<*mut Value> {
        let t = &*d.template;
        let np = t.nparams as usize;
        let extra = if t.flags & flags::VARARGS != 0 { args.count().saturating_sub(np) } else { 0 };
        let (low, n, mut fl) = self.window(cx, extra + 2 + (t.nregs as usize) + 2, flags_)?;
        // SAFETY: the window was checked to fit; its registers hold non-cells.
        unsafe {
            // Extra arguments lie below the window, as the loop's own calls leave them: callee, this, params
            // (dead copies), extras.
            let base = if extra > 0 { low.add(2 + args.count()) } else { low };
            if extra > 0 {
                for i in np..args.count() {
                    low.add(2 + i).write(args.get(i));
                }
            }
            base.write(f.to_value());
            base.add(1).write(this);
            let given = np.min(args.count());
            for i in 0..given {
                base.add(2 + i).write(args.get(i));
            }
            for i in given..np {
                base.add(2 + i).write(Value::UNDEFINED);
            }
            for i in 2 + np..t.nlocals as usize {
                base.add(i).write(Value::UNDEFINED);
            }
            (*n).base = base;
            (*n).low = low;
            (*n).pc = t.entry();
            (*n).template = t;
            (*n).func = d;
            (*n).callee = f;
            if !new_target.is_undefined() {
                fl |= CONSTRUCT;
            }
            (*n).new_target = new_target;
            (*n).argc = args.count() as u32;
            (*n).dst = 0;
            (*n).flags = fl;
            (*n).top = self.top.get();
            self.top.set(base.add(t.nregs as usize));
            self.frame.set(n);
            Ok(base)
        }
    }

    /// Leaves the current bytecode frame: releases its registers.
    #[inline]
    pub(crate) fn leave(&self, rt: &Runtime) {
        let f = self.frame.get();
        // SAFETY: the frame is a bytecode frame; all its registers are initialized.
        unsafe {
            // Dropping registers may run finalizers, which may call back and reuse this frame: read it first.
            let end = (*f).base.add((*(*f).template).nregs as usize);
            let mut p = (*f).low;
            let (top, fl) = ((*f).top, (*f).flags);
            self.frame.set((*f).prev);
            if (*f).new_target.is_cell() {
                drop((*f).new_target.take());
            }
            // `template` may die with the callee in the first register: nothing reads it after this.
            while p < end {
                if (*p).is_cell() {
                    drop((*p).take());
                }
                p = p.add(1);
            }
            self.top.set(top);
            if fl & SEGMENT != 0 {
                self.end_segment(rt);
            }
        }
    }
    /// Records where native code may put windows while a frame pushed by the loop runs.
    #[inline(always)]
    pub(crate) unsafe fn set_saved_top(f: *mut Frame, top: *mut Value) {
        // SAFETY: per contract f is a frame.
        unsafe { (*f).top = top }
    }
}

/// Throws where frames or registers run out.
#[cold]
pub(crate) fn stack_overflow(cx: &Context) -> Thrown {
    cx.throw_range(crate::context::STACK_OVERFLOW)
}

/// The extra arguments of a frame (those past its parameters), in order.
pub(crate) unsafe fn extra_args<'a>(f: *const Frame) -> &'a [Value] {
    // SAFETY: f is a bytecode frame of a function with VARARGS.
    unsafe {
        let np = (*(*f).template).nparams as usize;
        let argc = (*f).argc as usize;
        if argc <= np || (*f).low == (*f).base {
            return &[];
        }
        std::slice::from_raw_parts((*f).low.add(2 + np), argc - np)
    }
}
