//! Where the properties lie that the embedder asks for: one table per runtime, by shape and atom.
//!
//! What inline caches are to code, this is to `JS_GetProperty`. An entry says of a receiver's shape, its class and an
//! atom in which slot, of which object, the value is. It owns nothing:
//!
//! * A shape whose address is here takes its entries along when it dies ([`Shape::forget_when_dead`]).
//! * A shape that is no dictionary never changes, and owns its keys: while it lives, so does the atom of an own
//!   property. Dictionaries are not remembered.
//! * Of a prototype's property the epoch says whether the way to it is still the same; then the chain of prototypes
//!   that begins at the shape keeps the holder and its key alive.

use super::{Object, Shape, prop};
use crate::context::Context;
use crate::heap::flag;
use crate::runtime::Runtime;
use crate::text::atoms::PropertyKey;
use crate::value::{Result, Value};
use std::cell::Cell;
use std::ptr::{NonNull, null};

/// What is known of a shape and an atom.
#[derive(Clone, Copy)]
struct Entry {
    /// Null: the entry is free.
    shape: *const Shape,
    /// The receiver's class, and the atom: see [`tag`].
    tag: u64,
    /// The object that has the property; null for the receiver itself.
    holder: *const Object,
    /// The epoch in which `holder` was found.
    epoch: u32,
    /// The slot, and [`READ_ONLY`].
    slot: u32,
}

const FREE: Entry = Entry { shape: null(), tag: 0, holder: null(), epoch: 0, slot: 0 };
/// The property cannot be written.
const READ_ONLY: u32 = 1 << 31;

const ENTRIES: usize = 128;
const BYTES: usize = ENTRIES * size_of::<Entry>();
/// What is looked into before there is a table.
struct Nothing([Entry; ENTRIES]);
// SAFETY: nobody writes to it.
unsafe impl Sync for Nothing {}
static NOTHING: Nothing = Nothing([FREE; ENTRIES]);

/// The table.
pub(crate) struct Memo(Cell<*const Entry>);

#[inline(always)]
fn tag(o: &Object, atom: u32) -> u64 {
    (o.class() as u64) << 32 | atom as u64
}
#[inline(always)]
fn place(shape: *const Shape, atom: u32) -> usize {
    // Shapes lie some 80 bytes apart.
    ((shape as usize >> 4) ^ (shape as usize >> 12)).wrapping_add(atom as usize) % ENTRIES
}

/// Where an own writable data property lies.
pub struct Place<'a>(&'a Object, usize);
impl Place<'_> {
    /// Overwrites it. (What it was may have a finalizer, which runs last.)
    #[inline(always)]
    pub fn set(self, value: Value) {
        self.0.set_slot(self.1, value);
    }
}

impl Memo {
    pub(crate) fn new() -> Memo {
        Memo(Cell::new(NOTHING.0.as_ptr()))
    }
    #[inline(always)]
    fn entry(&self, o: &Object, atom: u32) -> Option<&Entry> {
        // SAFETY: the table has ENTRIES entries; they change in `remember` and `forget` only.
        let e = unsafe { &*self.0.get().add(place(o.shape_ptr(), atom)) };
        (e.shape == o.shape_ptr() && e.tag == tag(o, atom)).then_some(e)
    }
    /// The entries, if there are any yet.
    fn table(&self) -> Option<NonNull<Entry>> {
        let p = self.0.get();
        if std::ptr::eq(p, NOTHING.0.as_ptr()) { None } else { NonNull::new(p.cast_mut()) }
    }
    fn remember(&self, rt: &Runtime, o: &Object, e: Entry, atom: u32) {
        let table = match self.table() {
            Some(t) => t,
            None => {
                let Some(p) = rt.malloc_zeroed(BYTES) else {
                    return;
                };
                // (Of zeros alone an entry is free.)
                self.0.set(p.as_ptr().cast());
                p.cast()
            }
        };
        o.shape().forget_when_dead();
        // SAFETY: as in `entry`.
        unsafe { table.add(place(e.shape, atom)).write(e) };
    }
    /// A shape is dying.
    #[cold]
    pub(crate) fn forget(&self, shape: *const Shape) {
        if let Some(table) = self.table() {
            for i in 0..ENTRIES {
                // SAFETY: as in `entry`.
                let e = unsafe { &mut *table.add(i).as_ptr() };
                if e.shape == shape {
                    *e = FREE;
                }
            }
        }
    }
    /// Gives the table back.
    pub(crate) fn clear(&self, rt: &Runtime) {
        if let Some(p) = self.table() {
            self.0.set(NOTHING.0.as_ptr());
            // SAFETY: it came from malloc, and nobody looks into it any more.
            unsafe { rt.free(p.as_ptr().cast(), BYTES) };
        }
    }
}

impl Runtime {
    /// The value of a data property that was found before; None says nothing.
    #[inline(always)]
    pub fn recall<'a>(&self, o: &'a Object, atom: u32) -> Option<&'a Value> {
        let e = self.memo.entry(o, atom)?;
        let slot = (e.slot & !READ_ONLY) as usize;
        if e.holder.is_null() {
            return Some(o.slot(slot));
        }
        if e.epoch != self.epoch.get() {
            return None;
        }
        // SAFETY: as the module says.
        Some(unsafe { &*e.holder }.slot(slot))
    }
    /// The place of an own writable data property that was found before; None says nothing.
    #[inline(always)]
    pub fn recall_own<'a>(&self, o: &'a Object, atom: u32) -> Option<Place<'a>> {
        let e = self.memo.entry(o, atom)?;
        (e.holder.is_null() && e.slot & READ_ONLY == 0).then_some(Place(o, e.slot as usize))
    }
    /// [[Get]] by an atom, remembering what can be remembered.
    pub fn get_and_remember(&self, cx: &Context, v: &Value, key: &PropertyKey, atom: u32) -> Result {
        let Some(receiver) = v.as_object() else {
            return cx.get_v(v, key);
        };
        if key.raw().is_int() || receiver.shape().is_dictionary() {
            return receiver.get_with_receiver(cx, key, v);
        }
        let mut o = receiver;
        // A function whose members are not there yet may have one by this name, and others of its shape may not.
        while !o.has_flag(flag::LAZY) && o.exotic().is_none() {
            match o.shape().lookup(key) {
                Some((slot, f)) if f & (prop::ACCESSOR | prop::SPECIAL) == 0 && slot < READ_ONLY as usize => {
                    let own = std::ptr::eq(o, receiver);
                    let e = Entry {
                        shape: receiver.shape_ptr(),
                        tag: tag(receiver, atom),
                        holder: if own { null() } else { o },
                        epoch: self.epoch.get(),
                        slot: slot as u32 | if f & prop::WRITABLE == 0 { READ_ONLY } else { 0 },
                    };
                    self.memo.remember(self, receiver, e, atom);
                    return Ok(o.slot(slot).clone());
                }
                Some(_) => break,
                None => {}
            }
            match o.proto() {
                Some(p) => o = p,
                None => return Ok(Value::UNDEFINED),
            }
        }
        receiver.get_with_receiver(cx, key, v)
    }
    /// Remembers the own property that a write has found.
    pub fn remember_own(&self, o: &Object, key: &PropertyKey, atom: u32) {
        if o.shape().is_dictionary() || o.exotic().is_some() {
            return;
        }
        if let Some((slot, f)) = o.shape().lookup(key)
            && f & (prop::ACCESSOR | prop::SPECIAL | prop::WRITABLE) == prop::WRITABLE
            && slot < READ_ONLY as usize
        {
            let e = Entry {
                shape: o.shape_ptr(),
                tag: tag(o, atom),
                holder: null(),
                epoch: 0,
                slot: slot as u32,
            };
            self.memo.remember(self, o, e, atom);
        }
    }
}
