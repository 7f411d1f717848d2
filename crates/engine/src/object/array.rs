//! Elements: the dense part of arrays and arguments objects, and an array's length.
//!
//! Elements lie in a buffer; absent ones are holes. An array written far past its end, or given elements with
//! attributes, becomes *slow*: its elements are then properties of a dictionary shape.

mod fast;

use super::class::{Payload, id};
use super::shape::{Shape, prop};
use super::{Descriptor, Object};
use crate::context::Context;
use crate::heap::gc::Tracer;
use crate::heap::{BoxCell, Gc};
use crate::runtime::Runtime;
use crate::text::atoms::PropertyKey;
use crate::value::{Result, Thrown, Value};
use std::cell::Cell as StdCell;

/// The payload of arrays and arguments objects.
#[repr(C)]
pub struct ArrayData {
    elements: StdCell<*mut Value>,
    /// Initialized elements (holes included).
    dense: StdCell<u32>,
    capacity: StdCell<u32>,
    length: StdCell<u32>,
    slow: StdCell<bool>,
    length_read_only: StdCell<bool>,
}

/// Dense elements may be followed by a gap of this many, whatever the size.
const MAX_GAP: u32 = 4096;

impl ArrayData {
    pub(crate) fn empty() -> ArrayData {
        ArrayData {
            elements: StdCell::new(std::ptr::null_mut()),
            dense: StdCell::new(0),
            capacity: StdCell::new(0),
            length: StdCell::new(0),
            slow: StdCell::new(false),
            length_read_only: StdCell::new(false),
        }
    }
    #[inline(always)]
    pub fn length(&self) -> u32 {
        self.length.get()
    }
    /// Initialized dense elements, holes included.
    #[inline(always)]
    pub(crate) fn dense(&self) -> u32 {
        self.dense.get()
    }
    #[inline(always)]
    pub(crate) fn elements(&self) -> *mut Value {
        self.elements.get()
    }
    #[inline(always)]
    pub(crate) fn is_slow(&self) -> bool {
        self.slow.get()
    }
    fn grow(&self, rt: &Runtime, need: u32) -> Result<()> {
        let old = self.capacity.get();
        let cap = need.max(old + old / 2).max(4);
        let bytes = cap as usize * 8;
        let p = if old == 0 {
            rt.malloc(bytes)
        } else {
            // SAFETY: the buffer is ours, of that size; values move bitwise.
            unsafe { rt.realloc(self.elements.get() as *mut u8, old as usize * 8, bytes) }
        };
        let Some(p) = p else {
            rt.throw_oom();
            return Err(Thrown);
        };
        self.elements.set(p.as_ptr() as *mut Value);
        self.capacity.set(cap);
        Ok(())
    }
    /// Makes room for one more dense element; Err with out of memory thrown.
    #[inline(always)]
    pub(crate) fn reserve_dense(&self, rt: &Runtime) -> Result<()> {
        let n = self.dense.get();
        if n == self.capacity.get() { self.grow(rt, n + 1) } else { Ok(()) }
    }
    /// Appends at the dense end. The length is the caller's affair.
    #[inline(always)]
    pub(crate) fn push_dense(&self, rt: &Runtime, v: Value) -> Result<()> {
        self.reserve_dense(rt)?;
        let n = self.dense.get();
        // SAFETY: there is room.
        unsafe { self.elements.get().add(n as usize).write(v) };
        self.dense.set(n + 1);
        Ok(())
    }
    fn truncate(&self, n: u32) {
        while self.dense.get() > n {
            let i = self.dense.get() - 1;
            self.dense.set(i);
            // SAFETY: the element was initialized and is given up here.
            drop(unsafe { self.elements.get().add(i as usize).read() });
        }
    }
    fn release(&self, rt: &Runtime) {
        self.truncate(0);
        if self.capacity.get() != 0 {
            // SAFETY: the buffer is ours.
            unsafe { rt.free(self.elements.get() as *mut u8, self.capacity.get() as usize * 8) };
            self.elements.set(std::ptr::null_mut());
            self.capacity.set(0);
        }
    }
}

impl Payload for ArrayData {
    // The two arguments classes carry it too: see Object::array_data.
    const CLASSES: std::ops::RangeInclusive<u16> = id::ARRAY..=id::ARRAY;
    fn trace(&self, t: &mut Tracer<'_>) {
        for i in 0..self.dense.get() as usize {
            // SAFETY: dense elements are initialized.
            t.visit(unsafe { &*self.elements.get().add(i) });
        }
    }
    fn heap_bytes(&self) -> usize {
        self.capacity.get() as usize * 8
    }
}

impl Drop for ArrayData {
    fn drop(&mut self) {
        let cell = (self as *const ArrayData as usize - super::PAYLOAD) as *const crate::heap::Header;
        if self.capacity.get() != 0 {
            // SAFETY: an ArrayData with a buffer is the payload of an object.
            self.release(unsafe { (*cell).runtime() });
        }
    }
}

impl Object {
    /// A new array with room for `capacity` elements.
    pub(crate) fn new_array(rt: &Runtime, shape: Gc<Shape>, capacity: usize) -> Result<Gc<Object>> {
        Object::new_array_with_room(rt, shape, capacity, 1)
    }
    /// The same with room for `room` properties, length included, in its cell.
    pub(crate) fn new_array_with_room(
        rt: &Runtime,
        shape: Gc<Shape>,
        capacity: usize,
        room: usize,
    ) -> Result<Gc<Object>> {
        let o = Object::alloc(rt, shape, id::ARRAY, room.max(1), ArrayData::empty())?;
        // The length property's slot, which holds nothing.
        // SAFETY: the slot is fresh.
        unsafe { o.slot_ptr(0).write(Value::UNDEFINED) };
        if capacity > 0
            && let Some(a) = o.array_data()
        {
            a.grow(rt, capacity.min(u32::MAX as usize) as u32)?;
        }
        Ok(o)
    }
    #[inline(always)]
    pub(crate) fn has_elements(&self) -> bool {
        let c = self.class();
        c == id::ARRAY || c == id::ARGUMENTS || c == id::MAPPED_ARGUMENTS
    }
    #[inline(always)]
    pub(crate) fn array_data(&self) -> Option<&ArrayData> {
        // SAFETY: objects of these classes are made with this payload.
        if self.has_elements() { Some(unsafe { self.payload() }) } else { None }
    }
    /// The element, if it is a dense one.
    #[inline(always)]
    pub fn element(&self, i: u32) -> Option<Value> {
        let a = self.array_data()?;
        if i >= a.dense.get() {
            return None;
        }
        // SAFETY: dense elements are initialized.
        let v = unsafe { &*a.elements.get().add(i as usize) };
        if v.is_hole() {
            return None;
        }
        if self.class() == id::MAPPED_ARGUMENTS
            && let Some(b) = v.as_gc::<BoxCell>()
        {
            return Some(b.get().clone());
        }
        Some(v.clone())
    }
    #[inline(always)]
    pub(crate) fn has_element(&self, i: u32) -> bool {
        match self.array_data() {
            // SAFETY: as above.
            Some(a) => i < a.dense.get() && !unsafe { &*a.elements.get().add(i as usize) }.is_hole(),
            None => false,
        }
    }
    /// Overwrites an element that is there.
    pub(crate) fn set_element(&self, i: u32, v: Value) {
        if let Some(a) = self.array_data() {
            // SAFETY: as above; the old value is dropped after the new one is in place.
            let slot = unsafe { &mut *a.elements.get().add(i as usize) };
            if self.class() == id::MAPPED_ARGUMENTS
                && let Some(b) = slot.as_gc::<BoxCell>()
            {
                b.set(v);
                return;
            }
            drop(std::mem::replace(slot, v));
        }
    }
    pub(crate) fn remove_element(&self, i: u32) {
        if let Some(a) = self.array_data() {
            // SAFETY: as above.
            let slot = unsafe { &mut *a.elements.get().add(i as usize) };
            let old = std::mem::replace(slot, Value::HOLE);
            if i + 1 == a.dense.get() {
                a.dense.set(i);
            }
            drop(old);
        }
    }
    /// The Box of a mapped argument.
    pub(crate) fn mapped_box(&self, i: u32) -> Option<Gc<BoxCell>> {
        let a = self.array_data()?;
        if self.class() != id::MAPPED_ARGUMENTS || i >= a.dense.get() {
            return None;
        }
        // SAFETY: as above.
        unsafe { &*a.elements.get().add(i as usize) }.as_gc::<BoxCell>().cloned()
    }
    /// Dense elements, holes included: 0 for slow arrays and other objects.
    pub(crate) fn element_count(&self) -> usize {
        self.array_data().map_or(0, |a| a.dense.get() as usize)
    }
    pub(crate) fn uses_dense_elements(&self) -> bool {
        self.array_data().is_some_and(|a| !a.slow.get())
    }
    pub fn array_length(&self) -> u32 {
        self.array_data().map_or(0, |a| a.length.get())
    }
    pub(crate) fn array_length_writable(&self) -> bool {
        self.array_data().is_some_and(|a| !a.length_read_only.get())
    }
    pub(crate) fn set_array_length_raw(&self, n: u32) {
        if let Some(a) = self.array_data() {
            a.length.set(n);
        }
    }
    /// Is every index below the length a dense element that is no hole, in an array with no oddities?
    pub fn is_packed_array(&self) -> bool {
        match self.array_data() {
            Some(a) if self.class() == id::ARRAY && !a.slow.get() && a.dense.get() == a.length.get() => {
                // SAFETY: dense elements are initialized.
                (0..a.dense.get() as usize).all(|i| unsafe { !(*a.elements.get().add(i)).is_hole() })
            }
            _ => false,
        }
    }
    /// The dense elements of an array, holes included. The slice must not be held while anything can run.
    pub(crate) fn dense_elements(&self) -> &[Value] {
        match self.array_data() {
            Some(a) if a.dense.get() > 0 => {
                // SAFETY: as above.
                unsafe { std::slice::from_raw_parts(a.elements.get(), a.dense.get() as usize) }
            }
            _ => &[],
        }
    }
    /// Appends to an array the engine made: dense, extensible.
    pub fn push_element(&self, v: Value) -> Result<()> {
        if let Some(a) = self.array_data() {
            a.push_dense(self.runtime(), v)?;
            a.length.set(a.dense.get());
        }
        Ok(())
    }
    /// Adds element `i`, known to be absent, to an extensible object; also updates an array's length.
    pub(crate) fn add_element(&self, cx: &Context, i: u32, v: Value) -> Result<bool> {
        let rt = self.runtime();
        let Some(a) = self.array_data() else {
            return Ok(false);
        };
        if self.has_flag(crate::heap::flag::PROTOTYPE) {
            rt.proto_has_elements.set(true);
        }
        let n = a.dense.get();
        let gap = i.saturating_sub(n);
        let far = gap > MAX_GAP && (gap > n / 4 || gap > 1 << 20) && i >= a.capacity.get();
        if a.slow.get() || far || i >= i32::MAX as u32 {
            self.slow_elements(cx)?;
            let key = rt.key_from_number(i as u64)?;
            self.add_property(&key, v, prop::ALL)?;
        } else if i < n {
            // A hole.
            // SAFETY: i < dense.
            drop(std::mem::replace(unsafe { &mut *a.elements.get().add(i as usize) }, v));
        } else {
            if i >= a.capacity.get() {
                a.grow(rt, i + 1)?;
            }
            for _ in n..i {
                a.push_dense(rt, Value::HOLE)?;
            }
            a.push_dense(rt, v)?;
        }
        if self.class() == id::ARRAY && i >= a.length.get() {
            a.length.set(i + 1);
        }
        Ok(true)
    }
    /// As assignment to an absent index does: false if that may not be.
    pub(crate) fn append_element(&self, cx: &Context, i: u32, v: Value) -> Result<bool> {
        if !self.ordinary_is_extensible() {
            return Ok(false);
        }
        if self.class() == id::ARRAY && i >= self.array_length() && !self.array_length_writable() {
            return Ok(false);
        }
        self.add_element(cx, i, v)
    }
    /// Turns the elements into properties.
    pub(crate) fn slow_elements(&self, _cx: &Context) -> Result<()> {
        let Some(a) = self.array_data() else {
            return Ok(());
        };
        if a.slow.get() {
            return Ok(());
        }
        self.make_dictionary()?;
        let rt = self.runtime();
        let n = a.dense.get();
        for i in 0..n {
            // SAFETY: dense elements are initialized.
            let v = unsafe { &*a.elements.get().add(i as usize) }.clone();
            if v.is_hole() {
                continue;
            }
            let key = rt.key_from_number(i as u64)?;
            self.add_property(&key, v, prop::ALL)?;
        }
        a.slow.set(true);
        a.release(rt);
        self.become_slow_arguments();
        Ok(())
    }
    /// ArraySetLength's work once the number is known: false if an element could not be deleted.
    pub(crate) fn array_set_length(&self, cx: &Context, n: u32) -> Result<bool> {
        let Some(a) = self.array_data() else {
            return Ok(false);
        };
        let old = a.length.get();
        if n >= old {
            a.length.set(n);
            return Ok(true);
        }
        if !a.slow.get() {
            a.length.set(n);
            a.truncate(n);
            if a.capacity.get() > 64 && n < a.capacity.get() / 4 {
                if n == 0 {
                    a.release(self.runtime());
                } else {
                    let bytes = n as usize * 8;
                    // SAFETY: the buffer is ours and keeps its first n values.
                    let p = unsafe {
                        cx.rt().realloc(a.elements.get() as *mut u8, a.capacity.get() as usize * 8, bytes)
                    };
                    if let Some(p) = p {
                        a.elements.set(p.as_ptr() as *mut Value);
                        a.capacity.set(n);
                    }
                }
            }
            return Ok(true);
        }
        // Slow: delete from the end, stopping at the first that is not configurable.
        let mut indices: Vec<u32> = Vec::new();
        let shape = self.shape();
        for s in 0..shape.slot_count() {
            if let Some((k, _)) = shape.prop_at(s)
                && let Some(i) = k.as_index()
                && i >= n
                && i < old
            {
                indices.push(i);
            }
        }
        indices.sort_unstable_by(|a, b| b.cmp(a));
        for i in indices {
            let key = cx.rt().key_from_number(i as u64)?;
            if let Some((slot, f)) = self.shape().lookup(&key) {
                if f & prop::CONFIGURABLE == 0 {
                    a.length.set(i + 1);
                    return Ok(false);
                }
                self.remove_property(slot)?;
            }
        }
        a.length.set(n);
        Ok(true)
    }
    /// ArraySetLength (10.4.2.4).
    pub(crate) fn array_define_length(&self, cx: &Context, d: &Descriptor) -> Result<bool> {
        let Some(a) = self.array_data() else {
            return Ok(false);
        };
        let mut n = a.length.get();
        if let Some(v) = &d.value {
            n = cx.to_array_length(v)?;
        }
        if d.configurable == Some(true) || d.enumerable == Some(true) || d.is_accessor() {
            return Ok(false);
        }
        if a.length_read_only.get() {
            if d.writable == Some(true) || (d.value.is_some() && n != a.length.get()) {
                return Ok(false);
            }
            return Ok(true);
        }
        let mut ok = true;
        if d.value.is_some() {
            ok = self.array_set_length(cx, n)?;
        }
        if d.writable == Some(false) {
            a.length_read_only.set(true);
            let key: &PropertyKey = cx.name(crate::text::names::Name::length);
            if let Some((slot, f)) = self.shape().lookup(key) {
                self.change_flags(slot, f & !prop::WRITABLE)?;
            }
        }
        Ok(ok)
    }
}
