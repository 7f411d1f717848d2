//! Objects and their properties.
//!
//! An object is a cell: header, shape, a pointer to its slots, the payload of its class, and inline slots. The
//! slots pointer points to the inline slots until they are too few.

pub mod arguments;
pub mod array;
pub mod buffer;
pub mod class;
pub mod define;
pub mod exotic;
pub mod foreign;
pub mod function;
pub mod host;
pub mod lazy;
pub(crate) mod memo;
pub mod shape;

use crate::context::Context;
use crate::heap::buf::Buf;
use crate::heap::{Accessor, Cell, Gc, Header, Kind, flag};
use crate::runtime::Runtime;
use crate::text::atoms::PropertyKey;
use crate::text::names::Name;
use crate::value::{Result, Thrown, Value};
use class::{ClassId, Payload, id};
use exotic::{Exotic, asked};
pub use shape::Shape;
use shape::{MAX_SHARED, prop};
use std::cell::Cell as StdCell;

/// Keys, as [[OwnPropertyKeys]] answers them.
pub type Keys = Buf<PropertyKey>;

/// An object.
#[repr(C)]
pub struct Object {
    header: Header,
    shape: StdCell<*const Shape>,
    slots: StdCell<*mut Value>,
}
// SAFETY: repr(C), header first.
unsafe impl Cell for Object {
    const KIND: Kind = Kind::Object;
}

/// Where an object's payload begins.
pub const PAYLOAD: usize = std::mem::size_of::<Object>();

/// A complete property, as [[GetOwnProperty]] answers it.
#[derive(Clone, Debug)]
pub enum Property {
    Data { value: Value, flags: u8 },
    Accessor { getter: Value, setter: Value, flags: u8 },
}

impl Property {
    pub fn data(value: Value, flags: u8) -> Property {
        Property::Data { value, flags }
    }
    pub fn flags(&self) -> u8 {
        match self {
            Property::Data { flags, .. } | Property::Accessor { flags, .. } => *flags,
        }
    }
    pub fn is_enumerable(&self) -> bool {
        self.flags() & prop::ENUMERABLE != 0
    }
    pub fn is_configurable(&self) -> bool {
        self.flags() & prop::CONFIGURABLE != 0
    }
    pub fn is_writable(&self) -> bool {
        self.flags() & prop::WRITABLE != 0
    }
    pub fn is_accessor(&self) -> bool {
        matches!(self, Property::Accessor { .. })
    }
    /// The property's value for `receiver`: calls the getter.
    pub fn read(self, cx: &Context, receiver: &Value) -> Result {
        match self {
            Property::Data { value, .. } => Ok(value),
            Property::Accessor { getter, .. } => {
                if getter.is_undefined() {
                    Ok(Value::UNDEFINED)
                } else {
                    cx.call(&getter, receiver, &[])
                }
            }
        }
    }
    /// The same as a full descriptor.
    pub fn to_descriptor(&self) -> Descriptor {
        let f = self.flags();
        let mut d = Descriptor {
            enumerable: Some(f & prop::ENUMERABLE != 0),
            configurable: Some(f & prop::CONFIGURABLE != 0),
            ..Descriptor::default()
        };
        match self {
            Property::Data { value, .. } => {
                d.value = Some(value.clone());
                d.writable = Some(f & prop::WRITABLE != 0);
            }
            Property::Accessor { getter, setter, .. } => {
                d.getter = Some(getter.clone());
                d.setter = Some(setter.clone());
            }
        }
        d
    }
}

/// A Property Descriptor (6.2.6): fields may be absent.
#[derive(Clone, Default, Debug)]
pub struct Descriptor {
    pub value: Option<Value>,
    pub getter: Option<Value>,
    pub setter: Option<Value>,
    pub writable: Option<bool>,
    pub enumerable: Option<bool>,
    pub configurable: Option<bool>,
}

impl Descriptor {
    /// A data descriptor with all attributes given (`prop::*` bits).
    pub fn data(value: Value, flags: u8) -> Descriptor {
        Descriptor {
            value: Some(value),
            writable: Some(flags & prop::WRITABLE != 0),
            enumerable: Some(flags & prop::ENUMERABLE != 0),
            configurable: Some(flags & prop::CONFIGURABLE != 0),
            ..Descriptor::default()
        }
    }
    pub fn is_accessor(&self) -> bool {
        self.getter.is_some() || self.setter.is_some()
    }
    pub fn is_data(&self) -> bool {
        self.value.is_some() || self.writable.is_some()
    }
}

impl Object {
    // ---- making

    /// A new object of `class` with the given shape and room for `inline` properties in its cell; the payload is
    /// written by `payload` before anything else can see the object.
    pub(crate) fn alloc<T: Payload>(
        rt: &Runtime,
        shape: Gc<Shape>,
        class: ClassId,
        inline: usize,
        payload: T,
    ) -> Result<Gc<Object>> {
        let psize = std::mem::size_of::<T>().next_multiple_of(8);
        let inline = inline.min((crate::heap::alloc::MAX_CELL - PAYLOAD - psize) / 8);
        let Some(h) = rt.alloc_cell(PAYLOAD + psize + inline * 8, Kind::Object, class) else {
            rt.throw_oom();
            return Err(Thrown);
        };
        let o = h.cast::<Object>().as_ptr();
        // SAFETY: a fresh cell with room for all of it.
        unsafe {
            let base = o as *mut u8;
            (*o).shape.set(Gc::into_raw(shape));
            (*o).slots.set(base.add(PAYLOAD + psize) as *mut Value);
            (base.add(PAYLOAD) as *mut T).write(payload);
            Ok(Gc::from_raw(o))
        }
    }
    /// A new plain object with the given shape (of no properties) and room for `inline` of them.
    #[inline(always)]
    pub(crate) fn alloc_plain(
        rt: &Runtime,
        shape: Gc<Shape>,
        class: ClassId,
        inline: usize,
    ) -> Result<Gc<Object>> {
        let inline = inline.min((crate::heap::alloc::MAX_CELL - PAYLOAD) / 8);
        let Some(h) = rt.alloc_cell(PAYLOAD + inline * 8, Kind::Object, class) else {
            rt.throw_oom();
            return Err(Thrown);
        };
        let o = h.cast::<Object>().as_ptr();
        // SAFETY: as above.
        unsafe {
            (*o).shape.set(Gc::into_raw(shape));
            (*o).slots.set((o as *mut u8).add(PAYLOAD) as *mut Value);
            Ok(Gc::from_raw(o))
        }
    }

    /// A new plain object whose shape has as many data properties as `values` has left, which go to its slots.
    /// None (and nothing taken) if they do not fit its cell.
    pub(crate) fn alloc_filled(
        rt: &Runtime,
        shape: &Gc<Shape>,
        values: impl ExactSizeIterator<Item = Value>,
    ) -> Result<Option<Gc<Object>>> {
        let n = values.len();
        if n > (crate::heap::alloc::MAX_CELL - PAYLOAD) / 8 || n != shape.slot_count() {
            return Ok(None);
        }
        let o = Object::alloc_plain(rt, shape.clone(), id::OBJECT, n)?;
        let mut done = 0;
        for v in values.take(n) {
            // SAFETY: there is room; nothing else can see the object before all its slots are written.
            unsafe { o.slot_ptr(done).write(v) };
            done += 1;
        }
        for i in done..n {
            // SAFETY: as above (an iterator that lies about its length must not leave a slot unwritten).
            unsafe { o.slot_ptr(i).write(Value::UNDEFINED) };
        }
        Ok(Some(o))
    }

    // ---- what is it

    #[inline(always)]
    pub fn header(&self) -> &Header {
        &self.header
    }
    #[inline(always)]
    pub fn runtime(&self) -> &Runtime {
        self.header.runtime()
    }
    #[inline(always)]
    pub fn class(&self) -> ClassId {
        self.header.class()
    }
    /// Changes the class to another without payload differences.
    pub(crate) fn set_class(&self, class: ClassId) {
        self.header.set_class(class)
    }
    #[inline(always)]
    pub fn shape(&self) -> &Shape {
        // SAFETY: an object owns a count of its shape.
        unsafe { &*self.shape.get() }
    }
    #[inline(always)]
    pub(crate) fn shape_ptr(&self) -> *const Shape {
        self.shape.get()
    }
    pub(crate) fn set_shape(&self, shape: Gc<Shape>) {
        let old = self.shape.replace(Gc::into_raw(shape));
        // SAFETY: the object owned a count of the old shape.
        drop(unsafe { Gc::from_raw(old as *mut Shape) });
    }
    #[inline(always)]
    pub fn proto(&self) -> Option<&Gc<Object>> {
        self.shape().proto()
    }
    #[inline(always)]
    pub fn has_flag(&self, f: u8) -> bool {
        self.header.has(f)
    }
    pub fn to_gc(&self) -> Gc<Object> {
        Gc::from_ref(self)
    }
    /// Gives the object [[IsHTMLDDA]] (B.3.6), as document.all has it.
    pub fn set_is_htmldda(&self) {
        self.header.set(crate::heap::flag::HTMLDDA);
    }
    pub fn to_value(&self) -> Value {
        Gc::from_ref(self).into()
    }
    /// The payload, if the object's class carries a T.
    #[inline(always)]
    pub fn data<T: Payload>(&self) -> Option<&T> {
        let (lo, hi) = (*T::CLASSES.start(), *T::CLASSES.end());
        if self.class() >= lo && self.class() <= hi {
            // SAFETY: objects of these classes are made with this payload.
            Some(unsafe { self.payload() })
        } else {
            None
        }
    }
    /// # Safety
    /// The object's class carries a T.
    #[inline(always)]
    pub(crate) unsafe fn payload<T>(&self) -> &T {
        // SAFETY: per contract.
        unsafe { &*((self as *const Object as *const u8).add(PAYLOAD) as *const T) }
    }
    #[inline(always)]
    pub fn is_array(&self) -> bool {
        self.class() == id::ARRAY
    }
    /// Has [[Call]]?
    #[inline(always)]
    pub fn is_callable(&self) -> bool {
        match self.class() {
            id::FUNCTION | id::NATIVE_FUNCTION | id::BOUND_FUNCTION => true,
            id::PROXY => crate::builtins::proxy::is_callable(self),
            c if c >= class::FIRST_FOREIGN => self.runtime().foreign(c).is_some_and(|f| f.is_callable()),
            _ => false,
        }
    }
    /// Has [[Construct]]?
    #[inline(always)]
    pub fn is_constructor(&self) -> bool {
        self.has_flag(flag::CONSTRUCTOR)
    }
    pub fn set_constructor(&self, on: bool) {
        if on { self.header.set(flag::CONSTRUCTOR) } else { self.header.clear(flag::CONSTRUCTOR) }
    }
    /// The exotic internal methods, unless the object is ordinary or an array or arguments object.
    #[inline(always)]
    pub fn exotic(&self) -> Option<&dyn Exotic> {
        let c = self.class();
        if c <= id::ERROR || (id::NATIVE_FUNCTION..=id::REGEXP).contains(&c) {
            return None;
        }
        self.exotic_slow(c)
    }
    fn exotic_slow(&self, c: ClassId) -> Option<&dyn Exotic> {
        let k = self.runtime().class(c)?;
        if let Some(f) = &k.foreign {
            return f.exotic();
        }
        k.exotic
    }
    /// Some shape is about to have this object as prototype.
    pub(crate) fn become_prototype(&self) {
        if !self.has_flag(flag::PROTOTYPE) {
            self.header.set(flag::PROTOTYPE);
            // %Array.prototype% and %String.prototype% are exotic, but (as long as nobody adds any) without
            // elements.
            let none = self.class() == id::ARRAY && self.uses_dense_elements() && self.element_count() == 0
                || self.class() == id::STRING
                    && self
                        .data::<function::Primitive>()
                        .is_some_and(|p| p.0.as_string().is_some_and(|s| s.is_empty()));
            if !none && (self.has_elements() || self.exotic().is_some()) {
                self.runtime().proto_has_elements.set(true);
            }
            // What was cached before stays right: a new prototype is met through a new shape only.
        }
    }
    /// An own property of a prototype was added, removed or changed its kind: caches that walked the chain die.
    #[inline(always)]
    pub(crate) fn shape_changed(&self) {
        if self.has_flag(flag::PROTOTYPE) {
            self.runtime().bump_epoch();
        }
    }

    // ---- slots

    #[inline(always)]
    pub(crate) fn slot_ptr(&self, i: usize) -> *mut Value {
        // SAFETY: callers give a slot of the shape.
        unsafe { self.slots.get().add(i) }
    }
    /// The value in a slot of the object's shape.
    #[inline(always)]
    pub(crate) fn slot(&self, i: usize) -> &Value {
        // SAFETY: every slot of the shape is initialized; callers clone before anything else runs.
        unsafe { &*self.slot_ptr(i) }
    }
    #[inline(always)]
    pub(crate) fn set_slot(&self, i: usize, v: Value) {
        // SAFETY: as above; the old value is dropped after the new one is in place.
        drop(unsafe { std::mem::replace(&mut *self.slot_ptr(i), v) });
    }
    fn slots_are_inline(&self) -> bool {
        let base = self as *const Object as usize;
        let p = self.slots.get() as usize;
        p >= base && p <= base + self.header.cell_size()
    }
    pub(crate) fn slot_capacity(&self) -> usize {
        let p = self.slots.get();
        if self.slots_are_inline() {
            (self as *const Object as usize + self.header.cell_size() - p as usize) / 8
        } else {
            // SAFETY: a slot buffer has its capacity before it.
            unsafe { *(p as *const usize).sub(1) }
        }
    }
    /// Makes room for slot `n`, which is the next one.
    #[inline]
    pub(crate) fn reserve_slot(&self, n: usize) -> Result<()> {
        if n < self.slot_capacity() { Ok(()) } else { self.grow_slots(n) }
    }
    #[cold]
    fn grow_slots(&self, n: usize) -> Result<()> {
        let cap = (n + 1).max(4).max(n + n / 2);
        self.set_slot_capacity(if n <= 2 { 3 } else { cap })
    }
    /// Makes room for `cap` slots in a buffer, more than there is now.
    pub(crate) fn set_slot_capacity(&self, cap: usize) -> Result<()> {
        let rt = self.runtime();
        let size = (cap + 1) * 8;
        // SAFETY: slots move bitwise; the old buffer, if any, was ours.
        unsafe {
            let p = if self.slots_are_inline() {
                let p = rt.malloc(size);
                if let Some(p) = p {
                    let used = self.slot_capacity();
                    std::ptr::copy_nonoverlapping(self.slots.get(), (p.as_ptr() as *mut Value).add(1), used);
                }
                p
            } else {
                let old = self.slot_capacity();
                rt.realloc((self.slots.get() as *mut u8).sub(8), (old + 1) * 8, size)
            };
            let Some(p) = p else {
                rt.throw_oom();
                return Err(Thrown);
            };
            (p.as_ptr() as *mut usize).write(cap);
            self.slots.set((p.as_ptr() as *mut Value).add(1));
        }
        Ok(())
    }
    /// Drops slots, shape and payload. Called when the cell is freed.
    pub(crate) unsafe fn drop_contents(&self) {
        let rt = self.runtime();
        // SAFETY: the object is dying; each part is dropped once.
        unsafe {
            let n = self.shape().slot_count();
            let inline = self.slots_are_inline();
            let cap = self.slot_capacity();
            for i in 0..n {
                std::ptr::drop_in_place(self.slot_ptr(i));
            }
            let slots = self.slots.get();
            if !inline {
                rt.free((slots as *mut u8).sub(8), (cap + 1) * 8);
            }
            if let Some(vt) = rt.class(self.class()).and_then(|c| c.vt) {
                (vt.drop)((self as *const Object as *mut u8).add(PAYLOAD));
            }
            drop(Gc::from_raw(self.shape.get() as *mut Shape));
        }
    }
    pub(crate) fn out_of_line_bytes(&self) -> usize {
        if self.slots_are_inline() { 0 } else { (self.slot_capacity() + 1) * 8 }
    }

    // ---- adding and removing properties, below the specification's level

    /// Adds a property that is not there yet.
    pub(crate) fn add_property(&self, key: &PropertyKey, value: Value, flags: u8) -> Result<()> {
        let rt = self.runtime();
        if self.has_flag(flag::LAZY)
            && let Some(realm) = self.function_realm().cloned()
        {
            lazy::materialize(&realm, self, None)?;
        }
        let shape = self.shape();
        let n = shape.slot_count();
        self.reserve_slot(n)?;
        if self.has_flag(flag::PROTOTYPE) {
            self.shape_changed();
            if key.raw().is_int() {
                rt.proto_has_elements.set(true);
            }
        }
        if shape.is_dictionary() {
            let slot = shape.dict_add(rt, key, flags)?;
            // SAFETY: the slot is fresh.
            unsafe { self.slot_ptr(slot).write(value) };
            return Ok(());
        }
        if n >= MAX_SHARED || key.raw().is_int() && n >= 16 {
            self.make_dictionary()?;
            return self.add_property(key, value, flags);
        }
        let next = shape.add(rt, key, flags)?;
        // SAFETY: as above.
        unsafe { self.slot_ptr(n).write(value) };
        self.set_shape(next);
        Ok(())
    }
    /// Gives the object a shape of its own.
    pub(crate) fn make_dictionary(&self) -> Result<()> {
        if !self.shape().is_dictionary() {
            let d = self.shape().to_dictionary(self.runtime(), self.proto().map(|p| &**p))?;
            self.set_shape(d);
        }
        Ok(())
    }
    /// Like make_dictionary, but also gives up a dictionary shape that caches know.
    fn own_shape_for_change(&self) -> Result<()> {
        if !self.shape().is_dictionary() || self.shape().cached.get() {
            let d = self.shape().to_dictionary(self.runtime(), self.proto().map(|p| &**p))?;
            self.set_shape(d);
        }
        self.shape_changed();
        Ok(())
    }
    /// Removes the property in a slot.
    pub(crate) fn remove_property(&self, slot: usize) -> Result<()> {
        self.own_shape_for_change()?;
        self.shape().dict_remove(slot);
        let old = self.slot(slot).clone();
        self.set_slot(slot, Value::UNDEFINED);
        drop(old);
        if self.shape().is_sparse() {
            self.compact()?;
        }
        Ok(())
    }
    fn compact(&self) -> Result<()> {
        self.own_shape_for_change()?;
        let n = self.shape().slot_count();
        let kept = self.shape().dict_compact(self.runtime())?;
        for (to, &from) in kept.iter().enumerate() {
            if to != from {
                // SAFETY: both are initialized slots.
                unsafe { std::ptr::swap(self.slot_ptr(to), self.slot_ptr(from)) };
            }
        }
        for i in kept.len()..n {
            // SAFETY: the slots past the kept ones hold undefined and are no longer of the shape.
            unsafe { std::ptr::drop_in_place(self.slot_ptr(i)) };
        }
        Ok(())
    }
    /// Changes a property's flags.
    pub(crate) fn change_flags(&self, slot: usize, flags: u8) -> Result<()> {
        if self.shape().flags_at(slot) != flags {
            self.own_shape_for_change()?;
            self.shape().dict_set_flags(slot, flags);
        }
        Ok(())
    }
    /// The slot and flags of an own named property, lazy ones made first.
    #[inline]
    pub(crate) fn find(&self, cx: &Context, key: &PropertyKey) -> Result<Option<(usize, u8)>> {
        if self.has_flag(flag::LAZY) {
            lazy::materialize(cx, self, Some(key))?;
        }
        match self.shape().lookup(key) {
            Some((slot, f)) if f & prop::LAZY != 0 => {
                lazy::resolve_slot(cx, self, slot, f)?;
                Ok(self.shape().lookup(key))
            }
            found => Ok(found),
        }
    }
    /// Turns what is in a slot into a property.
    fn property_at(&self, slot: usize, flags: u8) -> Property {
        if flags & prop::ACCESSOR != 0 {
            match self.slot(slot).as_gc::<Accessor>() {
                Some(a) => Property::Accessor {
                    getter: a.getter.clone(),
                    setter: a.setter.clone(),
                    flags: flags & !prop::WRITABLE,
                },
                None => Property::Data { value: Value::UNDEFINED, flags },
            }
        } else if flags & prop::LENGTH != 0 {
            let len = self.array_data().map_or(0, |a| a.length());
            Property::Data { value: Value::from_u32(len), flags: flags & prop::ALL }
        } else {
            Property::Data { value: self.slot(slot).clone(), flags }
        }
    }

    // ---- the essential internal methods

    /// [[GetOwnProperty]]
    pub fn get_own_property(&self, cx: &Context, key: &PropertyKey) -> Result<Option<Property>> {
        match self.exotic() {
            Some(e) => e.get_own_property(cx, self, key),
            None => self.ordinary_get_own(cx, key),
        }
    }
    /// OrdinaryGetOwnProperty, elements included.
    pub fn ordinary_get_own(&self, cx: &Context, key: &PropertyKey) -> Result<Option<Property>> {
        if let Some(i) = key.as_small_index()
            && let Some(v) = self.element(i)
        {
            return Ok(Some(Property::Data { value: v, flags: prop::ALL }));
        }
        Ok(self.find(cx, key)?.map(|(slot, flags)| self.property_at(slot, flags)))
    }
    /// [[Get]] with the object itself as receiver.
    #[inline]
    pub fn get(&self, cx: &Context, key: &PropertyKey) -> Result {
        // SAFETY: a Value that is an object is its address alone; it is only borrowed.
        let this = std::mem::ManuallyDrop::new(Value::from_bits(self as *const Object as u64));
        self.get_with_receiver(cx, key, &this)
    }
    /// [[Get]]
    #[inline]
    pub fn get_with_receiver(&self, cx: &Context, key: &PropertyKey, receiver: &Value) -> Result {
        match self.own_data(key) {
            Some(v) => Ok(v.clone()),
            None => self.get_walking(cx, key, receiver),
        }
    }
    /// An own data property of an ordinary object: what most look-ups end at. None says nothing.
    #[inline(always)]
    pub fn own_data(&self, key: &PropertyKey) -> Option<&Value> {
        if !self.is_plain() {
            return None;
        }
        match self.shape().lookup(key) {
            Some((slot, f)) if f & (prop::ACCESSOR | prop::SPECIAL) == 0 => Some(self.slot(slot)),
            _ => None,
        }
    }
    /// A data property of an ordinary object of no other class, or of those that it inherits from; None says nothing.
    #[inline(always)]
    pub fn plain_data(&self, key: &PropertyKey) -> Option<&Value> {
        let mut o = self;
        while o.class() == id::OBJECT && !o.has_flag(flag::LAZY) {
            let shape = o.shape();
            match shape.lookup(key) {
                Some((slot, f)) if f & (prop::ACCESSOR | prop::SPECIAL) == 0 => return Some(o.slot(slot)),
                Some(_) => return None,
                // SAFETY: an object owns its shape, and that its prototype.
                None => o = unsafe { &*std::ptr::from_ref::<Object>(shape.proto()?) },
            }
        }
        None
    }
    /// Overwrites an own writable data property of an ordinary object; gives the value back if there is none.
    #[inline(always)]
    pub fn replace_own_data(&self, key: &PropertyKey, value: Value) -> std::result::Result<(), Value> {
        if self.is_plain()
            && let Some((slot, f)) = self.shape().lookup(key)
            && f & (prop::ACCESSOR | prop::SPECIAL | prop::WRITABLE) == prop::WRITABLE
        {
            self.set_slot(slot, value);
            return Ok(());
        }
        Err(value)
    }
    /// Its properties are all in its shape, and nothing watches them.
    #[inline(always)]
    fn is_plain(&self) -> bool {
        let c = self.class();
        (c == id::OBJECT || c >= class::FIRST_FOREIGN && self.exotic_slow(c).is_none())
            && !self.has_flag(flag::LAZY)
    }
    fn get_walking(&self, cx: &Context, key: &PropertyKey, receiver: &Value) -> Result {
        let mut o: &Object = self;
        // Ordinary objects are walked here; the first exotic one takes over.
        loop {
            if let Some(e) = o.exotic() {
                cx.check_stack()?;
                return e.get(cx, o, key, receiver);
            }
            if let Some(i) = key.as_small_index()
                && let Some(v) = o.element(i)
            {
                return Ok(v);
            }
            if let Some((slot, flags)) = o.find(cx, key)? {
                if flags & (prop::ACCESSOR | prop::LENGTH) == 0 {
                    return Ok(o.slot(slot).clone());
                }
                let p = o.property_at(slot, flags);
                if let Property::Accessor { getter, .. } = &p
                    && (*key == *cx.name(Name::caller) || *key == *cx.name(Name::arguments))
                    && let Some(v) = crate::vm::legacy::get(cx, key, receiver, getter)?
                {
                    return Ok(v);
                }
                return p.read(cx, receiver);
            }
            match o.proto() {
                Some(p) => o = p,
                None => return Ok(Value::UNDEFINED),
            }
        }
    }
    /// [[HasProperty]]
    pub fn has_property(&self, cx: &Context, key: &PropertyKey) -> Result<bool> {
        let mut o: &Object = self;
        loop {
            if let Some(e) = o.exotic() {
                cx.check_stack()?;
                return e.has_property(cx, o, key);
            }
            if o.has_own_ordinary(cx, key)? {
                return Ok(true);
            }
            match o.proto() {
                Some(p) => o = p,
                None => return Ok(false),
            }
        }
    }
    fn has_own_ordinary(&self, cx: &Context, key: &PropertyKey) -> Result<bool> {
        if let Some(i) = key.as_small_index()
            && self.has_element(i)
        {
            return Ok(true);
        }
        if self.has_flag(flag::LAZY) {
            lazy::materialize(cx, self, Some(key))?;
        }
        Ok(self.shape().lookup(key).is_some())
    }
    /// HasOwnProperty
    pub fn has_own_property(&self, cx: &Context, key: &PropertyKey) -> Result<bool> {
        match self.exotic() {
            Some(e) => Ok(e.get_own_property(cx, self, key)?.is_some()),
            None => self.has_own_ordinary(cx, key),
        }
    }
    /// Set(O, P, V, true): a TypeError where [[Set]] answers false.
    pub fn set(&self, cx: &Context, key: &PropertyKey, value: Value) -> Result<()> {
        if !self.set_as(cx, key, value, asked::THROW)? && !self.refuses_silently() {
            return Err(cx.throw_read_only(key));
        }
        Ok(())
    }
    /// [[Set]] with the object itself as receiver, for somebody who does what `asked` says if it is refused.
    pub fn set_as(&self, cx: &Context, key: &PropertyKey, value: Value, asked: i32) -> Result<bool> {
        let this = std::mem::ManuallyDrop::new(Value::from_bits(self as *const Object as u64));
        match self.exotic() {
            Some(e) => {
                cx.check_stack()?;
                e.set_as(cx, self, key, value, &this, asked)
            }
            None => self.set_with_receiver(cx, key, value, &this),
        }
    }
    /// Is a [[Set]] that answers false no TypeError? Some embedder's classes throw by themselves if they want to.
    #[cold]
    pub fn refuses_silently(&self) -> bool {
        let mut o = self;
        loop {
            if o.exotic().is_some_and(|e| e.refuses_silently()) {
                return true;
            }
            match o.proto() {
                Some(p) => o = p,
                None => return false,
            }
        }
    }
    /// [[Set]] with the object itself as receiver.
    pub fn try_set(&self, cx: &Context, key: &PropertyKey, value: Value) -> Result<bool> {
        let this = std::mem::ManuallyDrop::new(Value::from_bits(self as *const Object as u64));
        self.set_with_receiver(cx, key, value, &this)
    }
    /// [[Set]]
    pub fn set_with_receiver(
        &self,
        cx: &Context,
        key: &PropertyKey,
        value: Value,
        receiver: &Value,
    ) -> Result<bool> {
        let mut o: &Object = self;
        let mut value = value;
        if receiver.as_object().is_some_and(|r| std::ptr::eq(r, self)) {
            value = match self.replace_own_data(key, value) {
                Ok(()) => return Ok(true),
                Err(v) => v,
            };
        }
        loop {
            if let Some(e) = o.exotic() {
                cx.check_stack()?;
                return e.set(cx, o, key, value, receiver);
            }
            if let Some(i) = key.as_small_index()
                && o.has_element(i)
            {
                if receiver.as_object().is_some_and(|r| std::ptr::eq(r, o)) {
                    o.set_element(i, value);
                    return Ok(true);
                }
                return o.ordinary_set_on_receiver(cx, key, value, receiver);
            }
            if let Some((slot, flags)) = o.find(cx, key)? {
                if flags & (prop::ACCESSOR | prop::LENGTH) == 0 {
                    if flags & prop::WRITABLE == 0 {
                        return Ok(false);
                    }
                    if receiver.as_object().is_some_and(|r| std::ptr::eq(r, o)) {
                        o.set_slot(slot, value);
                        return Ok(true);
                    }
                    return o.ordinary_set_on_receiver(cx, key, value, receiver);
                }
                let own = o.property_at(slot, flags);
                return o.ordinary_set_with_own(cx, key, value, receiver, Some(own));
            }
            match o.proto() {
                Some(p) => o = p,
                None => {
                    // Not found anywhere: create it on the receiver.
                    if let Some(r) = receiver.as_object()
                        && std::ptr::eq(r, self)
                    {
                        return self.append_property(cx, key, value);
                    }
                    return o.ordinary_set_on_receiver(cx, key, value, receiver);
                }
            }
        }
    }
    /// Adds a data property known to be absent, as assignment does; false if not extensible.
    fn append_property(&self, cx: &Context, key: &PropertyKey, value: Value) -> Result<bool> {
        if self.has_elements()
            && let Some(i) = key.as_index()
        {
            return self.append_element(cx, i, value);
        }
        if !self.ordinary_is_extensible() {
            return Ok(false);
        }
        self.add_property(key, value, prop::ALL)?;
        Ok(true)
    }
    /// OrdinarySetWithOwnDescriptor, when `own` is this object's own property (or absent).
    pub fn ordinary_set_with_own(
        &self,
        cx: &Context,
        key: &PropertyKey,
        value: Value,
        receiver: &Value,
        own: Option<Property>,
    ) -> Result<bool> {
        match own {
            None => match self.get_prototype_of(cx)? {
                Some(p) => {
                    cx.check_stack()?;
                    p.set_with_receiver(cx, key, value, receiver)
                }
                None => self.ordinary_set_on_receiver(cx, key, value, receiver),
            },
            Some(Property::Data { flags, .. }) => {
                if flags & prop::WRITABLE == 0 {
                    return Ok(false);
                }
                self.ordinary_set_on_receiver(cx, key, value, receiver)
            }
            Some(Property::Accessor { setter, .. }) => {
                if setter.is_undefined() {
                    return Ok(false);
                }
                cx.call(&setter, receiver, &[value])?;
                Ok(true)
            }
        }
    }
    /// The last steps of OrdinarySetWithOwnDescriptor: define or change a data property of the receiver.
    fn ordinary_set_on_receiver(
        &self,
        cx: &Context,
        key: &PropertyKey,
        value: Value,
        receiver: &Value,
    ) -> Result<bool> {
        let Some(r) = receiver.as_object() else {
            return Ok(false);
        };
        match r.get_own_property(cx, key)? {
            Some(Property::Accessor { .. }) => Ok(false),
            Some(Property::Data { flags, .. }) => {
                if flags & prop::WRITABLE == 0 {
                    return Ok(false);
                }
                r.define_own_property(cx, key, &Descriptor { value: Some(value), ..Descriptor::default() })
            }
            None => r.define_own_property(cx, key, &Descriptor::data(value, prop::ALL)),
        }
    }
    /// [[Delete]]
    pub fn delete(&self, cx: &Context, key: &PropertyKey) -> Result<bool> {
        match self.exotic() {
            Some(e) => e.delete(cx, self, key),
            None => self.ordinary_delete(cx, key),
        }
    }
    /// OrdinaryDelete
    pub fn ordinary_delete(&self, cx: &Context, key: &PropertyKey) -> Result<bool> {
        if let Some(i) = key.as_small_index()
            && self.has_element(i)
        {
            self.remove_element(i);
            return Ok(true);
        }
        let found = if self.has_flag(flag::LAZY) {
            lazy::materialize(cx, self, Some(key))?;
            self.shape().lookup(key)
        } else {
            self.shape().lookup(key)
        };
        match found {
            None => Ok(true),
            Some((_, f)) if f & prop::CONFIGURABLE == 0 => Ok(false),
            Some((slot, _)) => {
                self.remove_property(slot)?;
                Ok(true)
            }
        }
    }
    /// DeletePropertyOrThrow
    pub fn delete_or_throw(&self, cx: &Context, key: &PropertyKey) -> Result<()> {
        if self.delete(cx, key)? {
            return Ok(());
        }
        Err(cx.throw_type(&format!("could not delete property '{}'", key.to_lossy())))
    }
    /// [[OwnPropertyKeys]]: indices in order, then strings, then symbols, as they were added.
    pub fn own_keys(&self, cx: &Context) -> Result<Keys> {
        match self.exotic() {
            Some(e) => e.own_keys(cx, self),
            None => self.ordinary_own_keys(cx),
        }
    }
    /// The enumerable string keys of a plain object with a shared shape, and that shape; None if it is another kind
    /// of object or has index keys, whose order is not that of the shape.
    pub(crate) fn enumerable_keys_by_shape(&self, cx: &Context) -> Result<Option<(Keys, Gc<Shape>)>> {
        let shape = self.shape();
        if self.class() != id::OBJECT || self.has_flag(flag::LAZY) || shape.is_dictionary() {
            return Ok(None);
        }
        let mut keys = Keys::with_capacity(cx.rt(), shape.slot_count())?;
        for i in 0..shape.slot_count() {
            if let Some((key, flags)) = shape.prop_at(i) {
                if key.as_index().is_some() {
                    return Ok(None);
                }
                if flags & prop::ENUMERABLE != 0 && !key.is_symbol() {
                    keys.push(key)?;
                }
            }
        }
        Ok(Some((keys, Gc::from_ref(shape))))
    }
    /// Is it an ordinary object without enumerable own properties? (A lazy function's are not enumerable.)
    pub(crate) fn has_silent_properties(&self) -> bool {
        if self.exotic().is_some() || self.element_count() > 0 {
            return false;
        }
        let lazy_function = matches!(self.class(), id::FUNCTION | id::NATIVE_FUNCTION);
        (!self.has_flag(flag::LAZY) || lazy_function) && !self.shape().has_enumerable()
    }
    /// OrdinaryOwnPropertyKeys; private names are left out.
    pub fn ordinary_own_keys(&self, cx: &Context) -> Result<Keys> {
        if self.has_flag(flag::LAZY) {
            lazy::materialize(cx, self, None)?;
        }
        let rt = cx.rt();
        let shape = self.shape();
        let mut keys = Keys::with_capacity(rt, shape.live_count() + self.element_count())?;
        for i in 0..self.element_count() {
            if self.has_element(i as u32) {
                keys.push(PropertyKey::int(i as i32))?;
            }
        }
        let mut indices: Buf<(u32, PropertyKey)> = Buf::new(rt);
        let mut symbols = false;
        for i in 0..shape.slot_count() {
            if let Some((key, _)) = shape.prop_at(i) {
                if let Some(n) = key.as_index() {
                    indices.push((n, key))?;
                } else {
                    symbols |= key.is_symbol();
                }
            }
        }
        indices.sort_by_key(|k| k.0);
        for (_, k) in indices.iter() {
            keys.push(k.clone())?;
        }
        for i in 0..shape.slot_count() {
            if let Some((key, _)) = shape.prop_at(i)
                && key.is_string()
                && key.as_index().is_none()
            {
                keys.push(key)?;
            }
        }
        if symbols {
            for i in 0..shape.slot_count() {
                if let Some((key, _)) = shape.prop_at(i)
                    && key.is_symbol()
                    && !key.is_private()
                {
                    keys.push(key)?;
                }
            }
        }
        Ok(keys)
    }
    /// [[GetPrototypeOf]]
    pub fn get_prototype_of(&self, cx: &Context) -> Result<Option<Gc<Object>>> {
        match self.exotic() {
            Some(e) => e.get_prototype_of(cx, self),
            None => Ok(self.proto().cloned()),
        }
    }
    /// [[SetPrototypeOf]]
    pub fn set_prototype_of(&self, cx: &Context, proto: Option<&Object>) -> Result<bool> {
        match self.exotic() {
            Some(e) => e.set_prototype_of(cx, self, proto),
            None => self.ordinary_set_prototype_of(cx, proto),
        }
    }
    /// OrdinarySetPrototypeOf
    pub fn ordinary_set_prototype_of(&self, cx: &Context, proto: Option<&Object>) -> Result<bool> {
        let same = match (self.proto(), proto) {
            (None, None) => true,
            (Some(a), Some(b)) => a.is(b),
            _ => false,
        };
        if same {
            return Ok(true);
        }
        if !self.ordinary_is_extensible() || std::ptr::eq(self, &**cx.object_prototype()) {
            return Ok(false);
        }
        let mut p = proto.map(Gc::from_ref);
        while let Some(o) = p {
            if o.is(self) {
                return Ok(false);
            }
            if o.class() == id::PROXY {
                break;
            }
            p = o.proto().cloned();
        }
        self.replace_proto(proto)?;
        Ok(true)
    }
    /// Gives the object another prototype, no questions asked.
    pub(crate) fn replace_proto(&self, proto: Option<&Object>) -> Result<()> {
        let rt = self.runtime();
        let shape = self.shape();
        let next = if shape.is_dictionary() || shape.slot_count() > 32 {
            shape.to_dictionary(rt, proto)?
        } else {
            let mut s = Shape::root(rt, proto)?;
            for i in 0..shape.slot_count() {
                if let Some((key, flags)) = shape.prop_at(i) {
                    s = s.add(rt, &key, flags)?;
                }
            }
            s
        };
        self.set_shape(next);
        self.shape_changed();
        Ok(())
    }
    /// [[IsExtensible]]
    pub fn is_extensible(&self, cx: &Context) -> Result<bool> {
        match self.exotic() {
            Some(e) => e.is_extensible(cx, self),
            None => Ok(self.ordinary_is_extensible()),
        }
    }
    #[inline(always)]
    pub fn ordinary_is_extensible(&self) -> bool {
        !self.has_flag(flag::NOT_EXTENSIBLE)
    }
    /// [[PreventExtensions]]
    pub fn prevent_extensions(&self, cx: &Context) -> Result<bool> {
        match self.exotic() {
            Some(e) => e.prevent_extensions(cx, self),
            None => self.ordinary_prevent_extensions(cx),
        }
    }
    /// OrdinaryPreventExtensions
    pub fn ordinary_prevent_extensions(&self, cx: &Context) -> Result<bool> {
        if self.ordinary_is_extensible() {
            if self.has_flag(flag::LAZY) {
                lazy::materialize(cx, self, None)?;
            }
            // Caches that add properties know shared shapes only.
            self.make_dictionary()?;
            self.slow_elements(cx)?;
            self.header.set(flag::NOT_EXTENSIBLE);
        }
        Ok(true)
    }

    // ---- conveniences

    /// CreateDataProperty
    pub fn create_data_property(&self, cx: &Context, key: &PropertyKey, value: Value) -> Result<bool> {
        self.define_own_property(cx, key, &Descriptor::data(value, prop::ALL))
    }
    /// CreateDataPropertyOrThrow
    pub fn create_data_property_or_throw(&self, cx: &Context, key: &PropertyKey, value: Value) -> Result<()> {
        self.define_or_throw(cx, key, &Descriptor::data(value, prop::ALL))
    }
    /// DefinePropertyOrThrow
    pub fn define_or_throw(&self, cx: &Context, key: &PropertyKey, d: &Descriptor) -> Result<()> {
        self.define_or_throw_as(cx, key, d, asked::THROW)
    }
    /// DefinePropertyOrThrow, saying who asks.
    pub fn define_or_throw_as(
        &self,
        cx: &Context,
        key: &PropertyKey,
        d: &Descriptor,
        asked: i32,
    ) -> Result<()> {
        if self.define_as(cx, key, d, asked)? || self.exotic().is_some_and(|e| e.refuses_silently()) {
            return Ok(());
        }
        Err(cx.throw_type(&format!("property is not configurable: '{}'", key.to_lossy())))
    }
    /// Defines a data property of an object the engine just made.
    pub fn define(&self, cx: &Context, key: &PropertyKey, value: Value, flags: u8) -> Result<()> {
        self.define_own_property(cx, key, &Descriptor::data(value, flags)).map(|_| ())
    }
    /// Get of an element or array-like index.
    pub fn get_index(&self, cx: &Context, i: u64) -> Result {
        if i <= i32::MAX as u64
            && let Some(v) = self.element(i as u32)
            && self.exotic().is_none()
        {
            return Ok(v);
        }
        self.get(cx, &cx.rt().key_from_number(i)?)
    }
    /// Set of an element or array-like index (throws on failure).
    pub fn set_index(&self, cx: &Context, i: u64, v: Value) -> Result<()> {
        self.set(cx, &cx.rt().key_from_number(i)?, v)
    }
    /// HasProperty of an array-like index.
    pub fn has_index(&self, cx: &Context, i: u64) -> Result<bool> {
        self.has_property(cx, &cx.rt().key_from_number(i)?)
    }
    /// CreateDataPropertyOrThrow of an array-like index.
    pub fn create_index(&self, cx: &Context, i: u64, v: Value) -> Result<()> {
        self.create_data_property_or_throw(cx, &cx.rt().key_from_number(i)?, v)
    }
}
