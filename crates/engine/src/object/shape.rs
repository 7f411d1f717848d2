//! Shapes: which properties an object has, in which slots, and what its prototype is.
//!
//! Shapes form a tree of transitions from a root per prototype. A chain of transitions shares one growing
//! [`Table`] of properties, of which each shape sees the first `count`. A *dictionary* shape belongs to one
//! object and is changed in place.

use crate::heap::{Cell, Gc, Header, Kind};
use crate::object::Object;
use crate::runtime::Runtime;
use crate::text::atoms::PropertyKey;
use crate::value::{Result, Thrown, Value};
use std::cell::{Cell as StdCell, RefCell};

/// Attribute and kind bits of a property, as in the header's JS_PROP_*.
pub mod prop {
    pub const CONFIGURABLE: u8 = 1;
    pub const WRITABLE: u8 = 2;
    pub const ENUMERABLE: u8 = 4;
    pub const ALL: u8 = 7;
    /// An array's length, which lives in the array.
    pub const LENGTH: u8 = 8;
    /// The slot holds an Accessor.
    pub const ACCESSOR: u8 = 16;
    /// The slot holds a recipe: made on first touch (see `object::lazy`).
    pub const LAZY: u8 = 32;
    /// No property any more (dictionaries).
    pub const DELETED: u8 = 64;
    /// Neither plain data nor accessor: inline caches keep away.
    pub const SPECIAL: u8 = LENGTH | LAZY | DELETED;
}

/// One property of a table; its slot is its position.
#[derive(Clone)]
pub struct Prop {
    pub key: PropertyKey,
    next: u32,
    pub flags: u8,
}

/// The properties of a chain of shapes.
pub struct Table {
    refs: StdCell<u32>,
    props: RefCell<Vec<Prop>>,
    /// Heads of hash chains (index + 1), a power of two; empty while the table is small.
    index: RefCell<Vec<u32>>,
    rt: *const Runtime,
}

const LINEAR: usize = 8;
/// Shapes with more properties than this become dictionaries.
pub const MAX_SHARED: usize = 256;

impl Table {
    fn new(rt: &Runtime) -> *mut Table {
        Box::into_raw(Box::new(Table {
            refs: StdCell::new(1),
            props: RefCell::new(Vec::new()),
            index: RefCell::new(Vec::new()),
            rt,
        }))
    }
    #[inline]
    fn find(&self, key: &PropertyKey, count: u32) -> Option<u32> {
        // SAFETY: single thread, no reentrance: the borrow flags are not needed on this hot path.
        let (props, index) = unsafe { (&*self.props.as_ptr(), &*self.index.as_ptr()) };
        if index.is_empty() {
            let bits = key.bits();
            // SAFETY: a shape's properties are in its table.
            let props = unsafe { props.get_unchecked(..count as usize) };
            return props.iter().position(|p| p.key.bits() == bits).map(|i| i as u32);
        }
        self.find_by_hash(key, count)
    }
    fn find_by_hash(&self, key: &PropertyKey, count: u32) -> Option<u32> {
        // SAFETY: as above.
        let (props, index) = unsafe { (&*self.props.as_ptr(), &*self.index.as_ptr()) };
        let mut i = index[key.hash() as usize & (index.len() - 1)];
        while i != 0 {
            let p = &props[i as usize - 1];
            if p.key == *key && i <= count {
                return Some(i - 1);
            }
            i = p.next;
        }
        None
    }
    /// Makes room for `n` properties in all, so that adding them does not move the table time and again.
    fn reserve(&self, n: usize) -> Option<()> {
        let mut props = self.props.borrow_mut();
        let mut index = self.index.borrow_mut();
        // SAFETY: the runtime outlives its tables.
        let rt = unsafe { &*self.rt };
        if n > props.capacity() {
            let extra = n - props.capacity();
            if !rt.charge(extra * std::mem::size_of::<Prop>()) {
                return None;
            }
            let more = n - props.len();
            if props.try_reserve_exact(more).is_err() {
                rt.discharge(extra * std::mem::size_of::<Prop>());
                return None;
            }
        }
        if n > LINEAR && n > index.len() {
            Table::index(rt, &mut props, &mut index, n)?;
        }
        Some(())
    }
    /// Makes the hash index anew, with room for `n` properties.
    fn index(rt: &Runtime, props: &mut [Prop], index: &mut Vec<u32>, n: usize) -> Option<()> {
        let size = (n * 2).next_power_of_two();
        let more = (size - index.len()) * 4;
        if !rt.charge(more) {
            return None;
        }
        let mut new = Vec::new();
        if new.try_reserve_exact(size).is_err() {
            rt.discharge(more);
            return None;
        }
        new.resize(size, 0);
        for (i, p) in props.iter_mut().enumerate() {
            if p.flags & prop::DELETED != 0 {
                continue;
            }
            let h = p.key.hash() as usize & (size - 1);
            p.next = new[h];
            new[h] = i as u32 + 1;
        }
        *index = new;
        Some(())
    }
    fn push(&self, key: PropertyKey, flags: u8) -> Option<()> {
        let mut props = self.props.borrow_mut();
        let mut index = self.index.borrow_mut();
        if props.len() == props.capacity() {
            let extra = props.len().max(4);
            let extra = if props.len() > 8 { props.len() } else { extra };
            // SAFETY: the runtime outlives its tables.
            let rt = unsafe { &*self.rt };
            if !rt.charge(extra * std::mem::size_of::<Prop>()) {
                return None;
            }
            props.try_reserve_exact(extra).ok()?;
        }
        let mut p = Prop { key, next: 0, flags };
        let n = props.len() + 1;
        if !index.is_empty() && n <= index.len() {
            let h = p.key.hash() as usize & (index.len() - 1);
            p.next = index[h];
            index[h] = n as u32;
        }
        props.push(p);
        if n > LINEAR && n > index.len() {
            // SAFETY: as above.
            let rt = unsafe { &*self.rt };
            if Table::index(rt, &mut props, &mut index, n).is_none() {
                props.pop();
                return None;
            }
        }
        Some(())
    }
    fn unlink(&self, i: u32) {
        let mut props = self.props.borrow_mut();
        let mut index = self.index.borrow_mut();
        if !index.is_empty() {
            let h = props[i as usize].key.hash() as usize & (index.len() - 1);
            let next = props[i as usize].next;
            if index[h] == i + 1 {
                index[h] = next;
            } else {
                let mut j = index[h];
                while j != 0 {
                    let n = props[j as usize - 1].next;
                    if n == i + 1 {
                        props[j as usize - 1].next = next;
                        break;
                    }
                    j = n;
                }
            }
        }
        props[i as usize].key = PropertyKey::from_value_unchecked(Value::HOLE);
        props[i as usize].flags = prop::DELETED;
    }
    fn release(this: *mut Table) {
        // SAFETY: the caller gives up one of the counts.
        unsafe {
            let n = (*this).refs.get() - 1;
            (*this).refs.set(n);
            if n == 0 {
                let t = Box::from_raw(this);
                let bytes =
                    t.props.borrow().capacity() * std::mem::size_of::<Prop>() + t.index.borrow().len() * 4;
                (*t.rt).discharge(bytes);
            }
        }
    }
}

enum Transitions {
    None,
    One(u64, u8, *const Shape),
    Many(crate::heap::hash::AddressMap<(u64, u8), *const Shape>),
}

/// A shape.
#[repr(C)]
pub struct Shape {
    header: Header,
    pub(crate) proto: Option<Gc<Object>>,
    parent: Option<Gc<Shape>>,
    table: StdCell<*mut Table>,
    count: StdCell<u32>,
    /// Live properties (dictionaries have holes).
    live: StdCell<u32>,
    dictionary: bool,
    /// Some inline cache knows this shape by address.
    pub(crate) cached: StdCell<bool>,
    /// The runtime's memo knows this shape by address.
    remembered: StdCell<bool>,
    transitions: std::cell::UnsafeCell<Transitions>,
    /// Whose builtins the lazy properties are made for.
    realm: std::cell::OnceCell<Gc<crate::context::Context>>,
}
// SAFETY: repr(C), header first.
unsafe impl Cell for Shape {
    const KIND: Kind = Kind::Shape;
}

impl Shape {
    fn alloc(
        rt: &Runtime,
        proto: Option<Gc<Object>>,
        parent: Option<Gc<Shape>>,
        table: *mut Table,
        count: u32,
        dictionary: bool,
    ) -> Result<Gc<Shape>> {
        let Some(h) = rt.alloc_cell(std::mem::size_of::<Shape>(), Kind::Shape, 0) else {
            Table::release(table);
            rt.throw_oom();
            return Err(Thrown);
        };
        let s = h.cast::<Shape>().as_ptr();
        // SAFETY: a fresh cell; every field after the header is written.
        unsafe {
            (&raw mut (*s).proto).write(proto);
            (&raw mut (*s).parent).write(parent);
            (&raw mut (*s).table).write(StdCell::new(table));
            (&raw mut (*s).count).write(StdCell::new(count));
            (&raw mut (*s).live).write(StdCell::new(count));
            (&raw mut (*s).dictionary).write(dictionary);
            (&raw mut (*s).cached).write(StdCell::new(false));
            (&raw mut (*s).remembered).write(StdCell::new(false));
            (&raw mut (*s).transitions).write(std::cell::UnsafeCell::new(Transitions::None));
            (&raw mut (*s).realm).write(std::cell::OnceCell::new());
            Ok(Gc::from_raw(s))
        }
    }
    #[inline(always)]
    fn table(&self) -> &Table {
        // SAFETY: a shape owns a count of its table.
        unsafe { &*self.table.get() }
    }
    #[inline(always)]
    pub fn proto(&self) -> Option<&Gc<Object>> {
        self.proto.as_ref()
    }
    #[inline(always)]
    pub fn is_dictionary(&self) -> bool {
        self.dictionary
    }
    /// The memo has an entry for this shape, which must go with it.
    pub(crate) fn forget_when_dead(&self) {
        self.remembered.set(true);
    }
    /// Slots in use, deleted ones included.
    #[inline(always)]
    pub fn slot_count(&self) -> usize {
        self.count.get() as usize
    }
    /// Properties.
    pub fn live_count(&self) -> usize {
        self.live.get() as usize
    }
    /// The slot and flags of a property.
    #[inline]
    pub fn lookup(&self, key: &PropertyKey) -> Option<(usize, u8)> {
        let i = self.table().find(key, self.count.get())?;
        // SAFETY: as in find, which has found it there.
        let p = unsafe { (&*self.table().props.as_ptr()).get_unchecked(i as usize) };
        Some((i as usize, p.flags))
    }
    /// Is any property enumerable?
    pub(crate) fn has_enumerable(&self) -> bool {
        let props = self.table().props.borrow();
        props[..self.slot_count()]
            .iter()
            .any(|p| p.flags & (prop::ENUMERABLE | prop::DELETED) == prop::ENUMERABLE)
    }
    /// The property in slot `i`; None where it was deleted.
    pub fn prop_at(&self, i: usize) -> Option<(PropertyKey, u8)> {
        let props = self.table().props.borrow();
        let p = &props[i];
        if p.flags & prop::DELETED != 0 { None } else { Some((p.key.clone(), p.flags)) }
    }
    #[inline]
    pub(crate) fn flags_at(&self, i: usize) -> u8 {
        // SAFETY: as in find.
        unsafe { (&*self.table().props.as_ptr())[i].flags }
    }

    /// The root shape for objects with this prototype.
    pub fn root(rt: &Runtime, proto: Option<&Object>) -> Result<Gc<Shape>> {
        let addr = proto.map_or(0, |p| p as *const Object as usize);
        if let Some(&p) = rt.root_shapes.borrow().get(&addr) {
            // SAFETY: a dying root takes its entry along.
            return Ok(Gc::from_ref(unsafe { &*p }));
        }
        if let Some(p) = proto {
            p.become_prototype();
        }
        let s = Shape::alloc(rt, proto.map(Gc::from_ref), None, Table::new(rt), 0, false)?;
        if rt.root_shapes.borrow_mut().try_reserve(1).is_ok() {
            rt.root_shapes.borrow_mut().insert(addr, s.as_ptr());
        }
        // Builtin prototypes get new objects all the time: their roots stay.
        if let Some(realm) = proto.and_then(|p| p.shape().realm()) {
            realm.keep_shape(&s);
        }
        Ok(s)
    }

    /// A shape with the same properties and another prototype, which nobody else will find.
    pub(crate) fn with_proto(&self, rt: &Runtime, proto: &Object) -> Result<Gc<Shape>> {
        debug_assert!(!self.dictionary);
        proto.become_prototype();
        self.table().refs.set(self.table().refs.get() + 1);
        Shape::alloc(rt, Some(Gc::from_ref(proto)), None, self.table.get(), self.count.get(), false)
    }
    /// A dictionary shape with the same properties and the given prototype.
    pub fn to_dictionary(&self, rt: &Runtime, proto: Option<&Object>) -> Result<Gc<Shape>> {
        if let Some(p) = proto {
            p.become_prototype();
        }
        let table = self.copy_table(rt)?;
        let s = Shape::alloc(rt, proto.map(Gc::from_ref), None, table, self.count.get(), true)?;
        s.live.set(self.live.get());
        if let Some(r) = self.realm.get() {
            s.set_realm(r);
        }
        Ok(s)
    }
    /// The realm that lazy properties are made for.
    pub fn realm(&self) -> Option<&Gc<crate::context::Context>> {
        self.realm.get()
    }
    pub(crate) fn set_realm(&self, cx: &crate::context::Context) {
        let _ = self.realm.set(Gc::from_ref(cx));
    }
    /// An empty dictionary shape.
    pub fn new_dictionary(rt: &Runtime, proto: Option<&Object>) -> Result<Gc<Shape>> {
        if let Some(p) = proto {
            p.become_prototype();
        }
        Shape::alloc(rt, proto.map(Gc::from_ref), None, Table::new(rt), 0, true)
    }
    fn copy_table(&self, rt: &Runtime) -> Result<*mut Table> {
        let t = Table::new(rt);
        let props = self.table().props.borrow();
        for p in &props[..self.count.get() as usize] {
            // SAFETY: just made.
            if unsafe { (*t).push(p.key.clone(), p.flags) }.is_none() {
                Table::release(t);
                rt.throw_oom();
                return Err(Thrown);
            }
        }
        Ok(t)
    }

    /// The shape after adding a property (a shared shape's child).
    pub fn add(&self, rt: &Runtime, key: &PropertyKey, flags: u8) -> Result<Gc<Shape>> {
        debug_assert!(!self.dictionary);
        let id = (key.bits(), flags);
        // SAFETY: single thread; nothing below reenters while this is borrowed.
        let transitions = unsafe { &mut *self.transitions.get() };
        match transitions {
            Transitions::One(k, f, child) if (*k, *f) == id => {
                // SAFETY: a dying child takes its entry along.
                return Ok(Gc::from_ref(unsafe { &**child }));
            }
            Transitions::Many(m) => {
                if let Some(child) = m.get(&id) {
                    // SAFETY: as above.
                    return Ok(Gc::from_ref(unsafe { &**child }));
                }
            }
            _ => {}
        }
        // The newest shape of its table extends it; an older one has to branch.
        let count = self.count.get();
        let table = if self.table().props.borrow().len() == count as usize {
            self.table().refs.set(self.table().refs.get() + 1);
            self.table.get()
        } else {
            self.copy_table(rt)?
        };
        // SAFETY: we hold a count of the table.
        if unsafe { (*table).push(key.clone(), flags) }.is_none() {
            Table::release(table);
            rt.throw_oom();
            return Err(Thrown);
        }
        let child = Shape::alloc(rt, self.proto.clone(), Some(Gc::from_ref(self)), table, count + 1, false)?;
        // SAFETY: as above (allocation may have run the collector, which may have removed entries).
        let transitions = unsafe { &mut *self.transitions.get() };
        match transitions {
            Transitions::None => *transitions = Transitions::One(id.0, id.1, child.as_ptr()),
            Transitions::One(k, f, c) => {
                let mut m = crate::heap::hash::AddressMap::default();
                m.insert((*k, *f), *c);
                m.insert(id, child.as_ptr() as *const Shape);
                *transitions = Transitions::Many(m);
            }
            Transitions::Many(m) => {
                if m.try_reserve(1).is_ok() {
                    m.insert(id, child.as_ptr());
                }
            }
        }
        if !key.is_symbol()
            && let Some(realm) = self.proto.as_ref().and_then(|p| p.shape().realm())
        {
            realm.keep_recent(&child);
        }
        Ok(child)
    }

    /// Adds a property to a dictionary; its slot.
    pub fn dict_add(&self, rt: &Runtime, key: &PropertyKey, flags: u8) -> Result<usize> {
        debug_assert!(self.dictionary);
        if self.table().push(key.clone(), flags).is_none() {
            rt.throw_oom();
            return Err(Thrown);
        }
        let n = self.count.get();
        self.count.set(n + 1);
        self.live.set(self.live.get() + 1);
        Ok(n as usize)
    }
    /// Makes room for `n` properties more in a dictionary.
    pub(crate) fn dict_reserve(&self, rt: &Runtime, n: usize) -> Result<()> {
        debug_assert!(self.dictionary);
        match self.table().reserve(self.slot_count() + n) {
            Some(()) => Ok(()),
            None => {
                rt.throw_oom();
                Err(Thrown)
            }
        }
    }
    /// Removes a property from a dictionary.
    pub fn dict_remove(&self, slot: usize) {
        self.table().unlink(slot as u32);
        self.live.set(self.live.get() - 1);
    }
    /// Changes a property's flags in a dictionary.
    pub fn dict_set_flags(&self, slot: usize, flags: u8) {
        self.table().props.borrow_mut()[slot].flags = flags;
    }
    /// Does a dictionary waste more than half its slots?
    pub fn is_sparse(&self) -> bool {
        self.count.get() > 32 && self.live.get() < self.count.get() / 2
    }
    /// Makes the dictionary's table dense again: the old slots, in their new order.
    pub fn dict_compact(&self, rt: &Runtime) -> Result<Vec<usize>> {
        let t = Table::new(rt);
        let mut slots = Vec::new();
        {
            let props = self.table().props.borrow();
            for (i, p) in props.iter().enumerate().filter(|(_, p)| p.flags & prop::DELETED == 0) {
                // SAFETY: just made.
                if unsafe { (*t).push(p.key.clone(), p.flags) }.is_none() {
                    Table::release(t);
                    rt.throw_oom();
                    return Err(Thrown);
                }
                slots.push(i);
            }
        }
        Table::release(self.table.replace(t));
        self.count.set(slots.len() as u32);
        Ok(slots)
    }

    /// Called when the cell is freed.
    pub(crate) unsafe fn drop_contents(this: *mut Shape, rt: &Runtime) {
        // SAFETY: the shape is dying; nothing uses its fields afterwards.
        unsafe {
            let s = &mut *this;
            if s.remembered.get() {
                rt.memo.forget(this);
            }
            match &s.parent {
                // (Nobody will look any more.)
                _ if rt.atoms.has_ended() => {}
                Some(p) => {
                    let transitions = &mut *p.transitions.get();
                    match transitions {
                        Transitions::One(_, _, c) if std::ptr::eq(*c, this) => {
                            *transitions = Transitions::None
                        }
                        Transitions::Many(m) => m.retain(|_, c| !std::ptr::eq(*c, this)),
                        _ => {}
                    }
                }
                None if !s.dictionary => {
                    let addr = s.proto.as_ref().map_or(0, |p| p.as_ptr() as usize);
                    let mut roots = rt.root_shapes.borrow_mut();
                    if roots.get(&addr).is_some_and(|&r| std::ptr::eq(r, this)) {
                        roots.remove(&addr);
                    }
                }
                None => {}
            }
            Table::release(s.table.get());
            // Children that die in the same collection still look here.
            *s.transitions.get() = Transitions::None;
            drop(s.parent.take());
            drop(s.realm.take());
            drop(s.proto.take());
        }
    }
    pub(crate) fn trace(&self, t: &mut crate::heap::gc::Tracer<'_>) {
        if let Some(p) = &self.parent {
            t.visit(p.as_value());
        }
        if let Some(p) = &self.proto {
            t.visit(p.as_value());
        }
        if let Some(r) = self.realm.get() {
            t.visit(r.as_value());
        }
    }
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }
    /// Bytes beyond the cell, shared ones counted by the newest shape.
    pub(crate) fn table_bytes(&self) -> usize {
        if self.table().props.borrow().len() != self.count.get() as usize {
            return 0;
        }
        self.table().props.borrow().capacity() * std::mem::size_of::<Prop>()
            + self.table().index.borrow().capacity() * 4
    }
}
