//! The 8-byte value: a number, an immediate, or one owned count of a heap cell.
//!
//! ```text
//! pointer     0000:PPPP:PPPP:PPPP   a cell, at least 8-aligned
//! immediates  0000:0000:0000:00xx   bit 1 set: null, undefined, booleans, internal marks
//! double      0002:…  to FFFC:…     the IEEE bits plus 2^49
//! int32       FFFE:0000:IIII:IIII
//! ```
//! A `Value` owns one count; `&Value` borrows. Cloning counts up, dropping counts down and frees the cell at
//! zero. No encoding is zero, so `Option<Value>` and `Result<Value, Thrown>` are eight bytes too.

use crate::heap::{Cell, Gc, Header, Kind};
use crate::object::Object;
use crate::text::{Str, Symbol};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::num::NonZeroU64;
use std::ptr::NonNull;

/// Something was thrown; the exception waits in the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thrown;

/// What a fallible operation of the engine answers.
pub type Result<T = Value> = std::result::Result<T, Thrown>;

const NUMBER_TAG: u64 = 0xfffe_0000_0000_0000;
const DOUBLE_OFFSET: u64 = 1 << 49;
const OTHER_TAG: u64 = 2;
const NOT_CELL: u64 = NUMBER_TAG | OTHER_TAG;

const NULL: u64 = 0x02;
const UNDEFINED: u64 = 0x0a;
const FALSE: u64 = 0x06;
const TRUE: u64 = 0x07;
const UNINIT: u64 = 0x12;
const HOLE: u64 = 0x1a;

/// An owned JavaScript value.
#[repr(transparent)]
pub struct Value(NonZeroU64, PhantomData<*mut ()>);

impl Value {
    pub const UNDEFINED: Value = Value::from_bits(UNDEFINED);
    pub const NULL: Value = Value::from_bits(NULL);
    pub const TRUE: Value = Value::from_bits(TRUE);
    pub const FALSE: Value = Value::from_bits(FALSE);
    /// The temporal dead zone's mark; never visible to scripts.
    pub const UNINIT: Value = Value::from_bits(UNINIT);
    /// An absent element; never visible to scripts.
    pub const HOLE: Value = Value::from_bits(HOLE);
    pub const NAN: Value = Value::double_unchecked(f64::NAN);

    /// The value with these bits, taking over whatever count they stand for.
    #[inline(always)]
    pub const fn from_bits(bits: u64) -> Value {
        // SAFETY: no encoding is zero: pointers are non-null, immediates have bit 1 set, numbers high bits.
        Value(unsafe { NonZeroU64::new_unchecked(bits) }, PhantomData)
    }
    /// The bits, without giving up the count.
    #[inline(always)]
    pub const fn bits(&self) -> u64 {
        self.0.get()
    }
    /// The bits, count included.
    #[inline(always)]
    pub fn into_bits(self) -> u64 {
        ManuallyDrop::new(self).0.get()
    }
    #[inline(always)]
    pub const fn int(i: i32) -> Value {
        Value::from_bits(NUMBER_TAG | i as u32 as u64)
    }
    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        Value::from_bits(FALSE | b as u64)
    }
    /// A double as a double, even when an int32 would do; NaNs become the one NaN.
    #[inline(always)]
    pub const fn double_unchecked(d: f64) -> Value {
        let bits = if d.is_nan() { 0x7ff8_0000_0000_0000 } else { d.to_bits() };
        Value::from_bits(bits.wrapping_add(DOUBLE_OFFSET))
    }
    /// A number: an int32 where that is exact (and not -0).
    #[inline(always)]
    pub fn number(d: f64) -> Value {
        let i = d as i32;
        if i as f64 == d && (i != 0 || d.to_bits() == 0) { Value::int(i) } else { Value::double_unchecked(d) }
    }
    #[inline(always)]
    pub fn from_u32(n: u32) -> Value {
        if n <= i32::MAX as u32 { Value::int(n as i32) } else { Value::double_unchecked(n as f64) }
    }
    pub fn from_usize(n: usize) -> Value {
        Value::number(n as f64)
    }
    pub fn from_i64(n: i64) -> Value {
        if n as i32 as i64 == n { Value::int(n as i32) } else { Value::double_unchecked(n as f64) }
    }

    // ---- what is it
    #[inline(always)]
    pub fn is_cell(&self) -> bool {
        self.bits() & NOT_CELL == 0
    }
    #[inline(always)]
    pub fn is_number(&self) -> bool {
        self.bits() >= DOUBLE_OFFSET
    }
    #[inline(always)]
    pub fn is_int(&self) -> bool {
        self.bits() >= NUMBER_TAG
    }
    #[inline(always)]
    pub fn is_double(&self) -> bool {
        self.is_number() && !self.is_int()
    }
    #[inline(always)]
    pub fn is_undefined(&self) -> bool {
        self.bits() == UNDEFINED
    }
    #[inline(always)]
    pub fn is_null(&self) -> bool {
        self.bits() == NULL
    }
    #[inline(always)]
    pub fn is_nullish(&self) -> bool {
        self.bits() & !8 == NULL
    }
    #[inline(always)]
    pub fn is_bool(&self) -> bool {
        self.bits() & !1 == FALSE
    }
    #[inline(always)]
    pub fn is_true(&self) -> bool {
        self.bits() == TRUE
    }
    #[inline(always)]
    pub fn is_uninit(&self) -> bool {
        self.bits() == UNINIT
    }
    #[inline(always)]
    pub fn is_hole(&self) -> bool {
        self.bits() == HOLE
    }
    #[inline(always)]
    pub(crate) fn is_kind(&self, kind: Kind) -> bool {
        self.is_cell() && self.header().kind() == kind
    }
    #[inline(always)]
    pub fn is_object(&self) -> bool {
        self.is_kind(Kind::Object)
    }
    #[inline(always)]
    pub fn is_string(&self) -> bool {
        self.is_kind(Kind::String)
    }
    #[inline(always)]
    pub fn is_symbol(&self) -> bool {
        self.is_kind(Kind::Symbol)
    }
    #[inline(always)]
    pub fn is_bigint(&self) -> bool {
        self.is_kind(Kind::BigInt)
    }
    /// Is it callable ([[Call]])?
    pub fn is_callable(&self) -> bool {
        self.as_object().is_some_and(|o| o.is_callable())
    }

    // ---- views
    #[inline(always)]
    pub fn as_int(&self) -> Option<i32> {
        if self.is_int() { Some(self.bits() as i32) } else { None }
    }
    /// The int32 of a value known to be one.
    #[inline(always)]
    pub fn int_unchecked(&self) -> i32 {
        self.bits() as i32
    }
    /// The double of a value known to be one.
    #[inline(always)]
    pub fn double_unchecked_get(&self) -> f64 {
        f64::from_bits(self.bits().wrapping_sub(DOUBLE_OFFSET))
    }
    /// The number, of either representation.
    #[inline(always)]
    pub fn as_number(&self) -> Option<f64> {
        if self.is_int() {
            Some(self.bits() as i32 as f64)
        } else if self.is_number() {
            Some(self.double_unchecked_get())
        } else {
            None
        }
    }
    #[inline(always)]
    pub fn as_bool(&self) -> Option<bool> {
        if self.is_bool() { Some(self.bits() == TRUE) } else { None }
    }
    #[inline(always)]
    pub(crate) fn cell_ptr(&self) -> NonNull<Header> {
        debug_assert!(self.is_cell());
        // SAFETY: a cell's bits are its non-null address.
        unsafe { NonNull::new_unchecked(self.bits() as *mut Header) }
    }
    #[inline(always)]
    pub(crate) fn header(&self) -> &Header {
        // SAFETY: the value owns a count, so its cell is alive while it is borrowed.
        unsafe { &*(self.bits() as *const Header) }
    }
    #[inline(always)]
    pub fn as_object(&self) -> Option<&Object> {
        // SAFETY: the kind says which layout the cell has.
        if self.is_object() { Some(unsafe { &*(self.bits() as *const Object) }) } else { None }
    }
    #[inline(always)]
    pub fn as_string(&self) -> Option<&Str> {
        // SAFETY: as above.
        if self.is_string() { Some(unsafe { &*(self.bits() as *const Str) }) } else { None }
    }
    #[inline(always)]
    pub fn as_symbol(&self) -> Option<&Symbol> {
        // SAFETY: as above.
        if self.is_symbol() { Some(unsafe { &*(self.bits() as *const Symbol) }) } else { None }
    }
    /// The cell as a typed handle, if it is of that kind.
    #[inline(always)]
    pub fn as_gc<T: Cell>(&self) -> Option<&Gc<T>> {
        // SAFETY: a Gc<T> is the address alone, as a cell's Value is.
        if self.is_kind(T::KIND) { Some(unsafe { &*(self as *const Value as *const Gc<T>) }) } else { None }
    }
    /// The cell as an owned typed handle, if it is of that kind.
    pub fn into_gc<T: Cell>(self) -> std::result::Result<Gc<T>, Value> {
        // SAFETY: as above; the count moves along.
        if self.is_kind(T::KIND) {
            Ok(unsafe { Gc::from_raw(self.into_bits() as *mut T) })
        } else {
            Err(self)
        }
    }
    /// Are the bits the same (identity of cells, equality of immediates and of same-represented numbers)?
    #[inline(always)]
    pub fn same_bits(&self, other: &Value) -> bool {
        self.0 == other.0
    }
    /// Takes the value, leaving `undefined`.
    #[inline(always)]
    pub fn take(&mut self) -> Value {
        std::mem::replace(self, Value::UNDEFINED)
    }
}

impl Clone for Value {
    #[inline(always)]
    fn clone(&self) -> Value {
        if self.is_cell() {
            self.header().retain();
        }
        Value(self.0, PhantomData)
    }
}

impl Drop for Value {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_cell() {
            // SAFETY: this value owns one count of a live cell.
            unsafe { Header::release(self.cell_ptr()) }
        }
    }
}

impl Default for Value {
    fn default() -> Value {
        Value::UNDEFINED
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::bool(b)
    }
}
impl From<i32> for Value {
    fn from(i: i32) -> Value {
        Value::int(i)
    }
}
impl From<f64> for Value {
    fn from(d: f64) -> Value {
        Value::number(d)
    }
}
impl<T: Cell> From<Gc<T>> for Value {
    #[inline(always)]
    fn from(gc: Gc<T>) -> Value {
        Value::from_bits(Gc::into_raw(gc) as u64)
    }
}
impl<T: Cell> From<Option<Gc<T>>> for Value {
    /// None is null.
    fn from(gc: Option<Gc<T>>) -> Value {
        gc.map_or(Value::NULL, Value::from)
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(n) = self.as_number() {
            write!(f, "{n}")
        } else if self.is_cell() {
            write!(f, "{:?}@{:x}", self.header().kind(), self.bits())
        } else {
            f.write_str(match self.bits() {
                NULL => "null",
                UNDEFINED => "undefined",
                TRUE => "true",
                FALSE => "false",
                UNINIT => "<uninit>",
                HOLE => "<hole>",
                _ => "<?>",
            })
        }
    }
}
