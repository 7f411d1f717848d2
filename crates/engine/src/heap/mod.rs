//! Cells: where they live, how they are counted and freed.
//!
//! A cell is an 8-byte [`Header`] and its payload. Small cells come from 4 KiB blocks of one cell size, aligned
//! to their size, so that a cell finds its runtime by masking its address. There are no large cells: what is big
//! (slots, elements, characters, tables) lies in a buffer of its own from [`Runtime::malloc`].

pub mod alloc;
pub mod buf;
pub mod free;
pub mod gc;
pub mod hash;
mod poison;
pub mod shared;
#[cfg(feature = "gc-stress")]
mod stress;
pub mod system;
pub mod weak;

use crate::runtime::Runtime;
use crate::value::Value;
use std::cell::Cell as StdCell;
use std::marker::PhantomData;
use std::ptr::NonNull;

/// The layouts a cell can have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    Free = 0,
    Object,
    String,
    Symbol,
    BigInt,
    /// A captured variable.
    Box,
    Shape,
    /// A getter and setter pair.
    Accessor,
    /// A function template (bytecode).
    Template,
    /// A context.
    Realm,
    /// A module record.
    Module,
    /// The entries of an inline cache that has met several shapes.
    Ways,
}
impl Kind {
    pub const COUNT: usize = Kind::Ways as usize + 1;
}

/// Bits of [`Header::flags`].
pub mod flag {
    /// Cycle collector: reached.
    pub const MARK: u8 = 1;
    /// Its count has reached zero, or the collector has condemned it: it is being freed.
    pub const DYING: u8 = 2;
    /// Some weak reference points here.
    pub const WEAK: u8 = 4;
    pub const NOT_EXTENSIBLE: u8 = 8;
    /// Some shape has it as prototype.
    pub const PROTOTYPE: u8 = 16;
    /// Own properties are not all there yet: ask the class first.
    pub const LAZY: u8 = 32;
    pub const CONSTRUCTOR: u8 = 64;
    /// document.all's ghost: [[IsHTMLDDA]].
    pub const HTMLDDA: u8 = 128;
}

/// What every cell begins with.
#[repr(C)]
pub struct Header {
    count: StdCell<u32>,
    kind: StdCell<Kind>,
    flags: StdCell<u8>,
    /// An object's class; a string's form.
    class: StdCell<u16>,
}

impl Header {
    #[inline(always)]
    pub fn kind(&self) -> Kind {
        self.kind.get()
    }
    #[inline(always)]
    pub fn count(&self) -> u32 {
        self.count.get()
    }
    #[inline(always)]
    pub(crate) fn set_count(&self, n: u32) {
        self.count.set(n)
    }
    #[inline(always)]
    pub fn class(&self) -> u16 {
        self.class.get()
    }
    #[inline(always)]
    pub(crate) fn set_class(&self, class: u16) {
        self.class.set(class)
    }
    #[inline(always)]
    pub fn has(&self, flag: u8) -> bool {
        self.flags.get() & flag != 0
    }
    #[inline(always)]
    pub(crate) fn set(&self, flag: u8) {
        self.flags.set(self.flags.get() | flag)
    }
    #[inline(always)]
    pub(crate) fn clear(&self, flag: u8) {
        self.flags.set(self.flags.get() & !flag)
    }
    #[inline(always)]
    pub(crate) fn retain(&self) {
        self.count.set(self.count.get().wrapping_add(1));
    }
    /// Gives back one count, freeing the cell with the last.
    ///
    /// # Safety
    /// The caller owned that count, and does not use it again.
    #[inline(always)]
    pub(crate) unsafe fn release(this: NonNull<Header>) {
        // SAFETY: the cell is alive, for the caller owns a count.
        unsafe {
            let h = this.as_ref();
            let n = h.count.get().wrapping_sub(1);
            h.count.set(n);
            if n == 0 {
                free::free_cell(this);
            }
        }
    }
    /// The same without freeing: was that the last count?
    ///
    /// # Safety
    /// As above; if it was, the cell is the caller's to free.
    #[inline(always)]
    pub(crate) unsafe fn release_is_last(this: NonNull<Header>) -> bool {
        // SAFETY: the cell is alive, for the caller owns a count.
        let h = unsafe { this.as_ref() };
        let n = h.count.get().wrapping_sub(1);
        h.count.set(n);
        n == 0
    }
    /// The runtime this cell belongs to.
    #[inline(always)]
    pub fn runtime(&self) -> &Runtime {
        let block = (self as *const Header as usize & !(alloc::BLOCK_SIZE - 1)) as *const alloc::Block;
        // SAFETY: every cell lies in a block, whose header names the runtime, which outlives its cells.
        unsafe { &*(*block).runtime }
    }
    /// The size of the cell in bytes, header included.
    #[inline(always)]
    pub fn cell_size(&self) -> usize {
        let block = (self as *const Header as usize & !(alloc::BLOCK_SIZE - 1)) as *const alloc::Block;
        // SAFETY: as above.
        unsafe { (*block).cell_size as usize }
    }
}

/// A layout that cells of one kind have.
///
/// # Safety
/// The type is `repr(C)`, begins with a [`Header`], and every cell of `KIND` has this layout.
pub unsafe trait Cell {
    const KIND: Kind;
}

/// One owned count of a cell of layout T. `&T` is the borrowed form.
#[repr(transparent)]
pub struct Gc<T: Cell>(NonNull<T>, PhantomData<T>);

impl<T: Cell> Gc<T> {
    /// # Safety
    /// `ptr` is a live cell of layout T, and the caller owns a count, which it gives up.
    #[inline(always)]
    pub unsafe fn from_raw(ptr: *mut T) -> Gc<T> {
        // SAFETY: cells are never at address zero.
        Gc(unsafe { NonNull::new_unchecked(ptr) }, PhantomData)
    }
    #[inline(always)]
    pub fn into_raw(this: Gc<T>) -> *mut T {
        std::mem::ManuallyDrop::new(this).0.as_ptr()
    }
    #[inline(always)]
    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }
    /// One more count of a borrowed cell.
    #[inline(always)]
    pub fn from_ref(cell: &T) -> Gc<T> {
        // SAFETY: a reference to a cell is only ever had from a live one.
        unsafe {
            (*(cell as *const T as *const Header)).retain();
            Gc::from_raw(cell as *const T as *mut T)
        }
    }
    #[inline(always)]
    pub fn header(&self) -> &Header {
        // SAFETY: Cell's contract: it begins with a header.
        unsafe { self.0.cast::<Header>().as_ref() }
    }
    /// Is it the same cell?
    #[inline(always)]
    pub fn is(&self, other: &T) -> bool {
        std::ptr::eq(self.0.as_ptr(), other)
    }
    /// As a borrowed value.
    #[inline(always)]
    pub fn as_value(&self) -> &Value {
        // SAFETY: a Value that is a cell is its address alone.
        unsafe { &*(self as *const Gc<T> as *const Value) }
    }
    pub fn to_value(&self) -> Value {
        self.as_value().clone()
    }
}

impl<T: Cell> std::ops::Deref for Gc<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the handle owns a count.
        unsafe { self.0.as_ref() }
    }
}

impl<T: Cell> Clone for Gc<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        Gc::from_ref(self)
    }
}

impl<T: Cell> Drop for Gc<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: the handle owns the count it gives back.
        unsafe { Header::release(self.0.cast()) }
    }
}

/// A captured variable.
#[repr(C)]
pub struct BoxCell {
    header: Header,
    value: std::cell::UnsafeCell<Value>,
}
// SAFETY: repr(C), header first.
unsafe impl Cell for BoxCell {
    const KIND: Kind = Kind::Box;
}
impl BoxCell {
    #[inline(always)]
    pub fn get(&self) -> &Value {
        // SAFETY: single thread; callers clone before anything else can run.
        unsafe { &*self.value.get() }
    }
    #[inline(always)]
    pub fn set(&self, v: Value) {
        // SAFETY: as above; the old value is dropped after the new one is in place.
        drop(unsafe { std::mem::replace(&mut *self.value.get(), v) });
    }
    #[inline(always)]
    pub(crate) fn value_ptr(&self) -> *mut Value {
        self.value.get()
    }
}

/// A getter and setter pair; undefined where absent.
#[repr(C)]
pub struct Accessor {
    header: Header,
    pub(crate) getter: Value,
    pub(crate) setter: Value,
}
// SAFETY: repr(C), header first.
unsafe impl Cell for Accessor {
    const KIND: Kind = Kind::Accessor;
}
impl Accessor {
    pub fn getter(&self) -> &Value {
        &self.getter
    }
    pub fn setter(&self) -> &Value {
        &self.setter
    }
}

/// A BigInt.
#[repr(C)]
pub struct BigIntCell {
    header: Header,
    pub(crate) value: qjs_numeric::BigInt,
    pub(crate) charged: usize,
}
// SAFETY: repr(C), header first.
unsafe impl Cell for BigIntCell {
    const KIND: Kind = Kind::BigInt;
}
impl std::ops::Deref for BigIntCell {
    type Target = qjs_numeric::BigInt;
    fn deref(&self) -> &qjs_numeric::BigInt {
        &self.value
    }
}
