//! Operations that the loop leaves to a function: what is rare, or does enough that a call does not matter.
//!
//! Each is given a [`Step`], and says what it does in the words of the instruction set (`bytecode/op.rs`).

pub(super) mod iteration;
pub(super) mod making;
pub(super) mod property;
pub(super) mod scope;

use super::frame::Frame;
use crate::bytecode::op::{Instr, Op};
use crate::bytecode::template::{InlineCache, Template};
use crate::context::Context;
use crate::object::function::FunctionData;
use crate::runtime::Runtime;
use crate::value::Value;
use std::marker::PhantomData;

/// An instruction and the running frame, whose `pc` is saved and taken up again afterwards.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    frame: *mut Frame,
    i: Instr,
    running: PhantomData<&'a Frame>,
}

impl<'a> Step<'a> {
    /// # Safety
    /// `frame` is the running frame, which stays for 'a, and `i` an instruction of its function. References to registers
    /// are not used after what they refer to was set, killed or taken.
    #[inline(always)]
    pub(super) unsafe fn new(frame: *mut Frame, i: Instr) -> Step<'a> {
        Step { frame, i, running: PhantomData }
    }
    #[inline(always)]
    fn frame(self) -> *mut Frame {
        self.frame
    }
    #[inline(always)]
    fn func(self) -> &'a FunctionData {
        // SAFETY: as `new` says; R[0] owns the callee, which owns the rest.
        unsafe { &*(*self.frame).func }
    }
    #[inline(always)]
    fn code(self) -> &'a Template {
        // SAFETY: as above.
        unsafe { &*(*self.frame).template }
    }
    #[inline(always)]
    fn cx(self) -> &'a Context {
        &self.func().realm
    }
    #[inline(always)]
    fn rt(self) -> &'a Runtime {
        self.cx().rt()
    }
    /// After something that may have run code of another realm: this one is current again.
    fn back(self) {
        self.rt().current.set(self.cx());
    }

    // ---- the instruction
    #[inline(always)]
    fn op(self) -> Op {
        self.i.op()
    }
    #[inline(always)]
    fn f(self) -> u8 {
        self.i.f()
    }
    /// Is this flag set?
    #[inline(always)]
    fn has(self, flag: u8) -> bool {
        self.i.f() & flag != 0
    }
    #[inline(always)]
    fn a(self) -> usize {
        self.i.a()
    }
    #[inline(always)]
    fn b(self) -> usize {
        self.i.b()
    }
    #[inline(always)]
    fn c(self) -> usize {
        self.i.c()
    }
    #[inline(always)]
    fn bc(self) -> usize {
        self.i.bc()
    }
    /// A constant.
    #[inline(always)]
    fn konst(self, n: usize) -> &'a Value {
        &self.code().consts[n]
    }
    /// An inline cache.
    #[inline(always)]
    fn ic(self, n: usize) -> &'a InlineCache {
        &self.code().ics[n]
    }

    // ---- registers
    #[inline(always)]
    fn ptr(self, n: usize) -> *mut Value {
        // SAFETY: as `new` says; the verifier has checked the operands.
        unsafe { (*self.frame).base.add(n) }
    }
    #[inline(always)]
    fn reg(self, n: usize) -> &'a Value {
        // SAFETY: registers are initialized.
        unsafe { &*self.ptr(n) }
    }
    #[inline(always)]
    fn set(self, n: usize, v: Value) {
        // SAFETY: the old value is dropped after the new one is in place.
        drop(unsafe { std::ptr::replace(self.ptr(n), v) });
    }
    #[inline(always)]
    fn take(self, n: usize) -> Value {
        // SAFETY: as above.
        unsafe { std::ptr::replace(self.ptr(n), Value::UNDEFINED) }
    }
    /// The operand dies here if the flag says so.
    #[inline(always)]
    fn kill(self, flag: u8, n: usize) {
        if self.has(flag) {
            drop(self.take(n));
        }
    }

    // ---- iteration: the Jump that follows
    /// It is passed over.
    fn goes_on(self) {
        // SAFETY: the verifier has seen that a Jump follows.
        unsafe { (*self.frame).pc = (*self.frame).pc.add(1) };
    }
    /// It is taken.
    fn over(self) {
        // SAFETY: as above.
        unsafe {
            let jump = (*self.frame).pc;
            (*self.frame).pc = jump.add(1).offset((*jump).sbc() as isize);
        }
    }
}
