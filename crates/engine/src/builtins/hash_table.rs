//! The insertion-ordered hash table of Map, Set and the weak collections.
//!
//! Entries lie in one buffer in the order they came; buckets hold chains of entry numbers. A removed entry stays
//! as a tombstone (its key is a hole) until the table is rebuilt. Cursors know their place by entry number and are
//! moved along when entries move, so that a walk survives any change made meanwhile.

use crate::heap::BigIntCell;
use crate::heap::buf::Buf;
use crate::runtime::Runtime;
use crate::value::{Result, Value};
use std::cell::{Cell, RefCell};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

const NIL: u32 = u32::MAX;
/// More entries than this would need more than 32 bits of entry numbers; memory ends before.
const MAX_ENTRIES: usize = 1 << 30;

struct Entry<V> {
    /// A hole once removed.
    key: Value,
    value: V,
    hash: u32,
    next: u32,
}

struct Inner<V> {
    entries: Buf<Entry<V>>,
    buckets: Buf<u32>,
    live: u32,
    /// No entry before this one is live.
    first: u32,
    cursors: Vec<Rc<Cell<u32>>>,
}

/// A place in a table: the number of the entry to visit next.
pub struct Cursor(Rc<Cell<u32>>);

/// An insertion-ordered table of values by SameValueZero. No method runs script; memory comes from the runtime.
pub struct HashTable<V>(RefCell<Inner<V>>);

/// CanonicalizeKeyedCollectionKey (24.5.1), and one form per number: `$k` borrows what `$v` stands for as a key.
macro_rules! canonical {
    ($k:ident, $v:expr) => {
        let number;
        let $k: &Value = match $v.as_number() {
            Some(d) if !$v.is_int() => {
                number = Value::number(d + 0.0);
                &number
            }
            _ => $v,
        };
    };
}

fn hash_of(rt: &Runtime, k: &Value) -> Result<u32> {
    if let Some(s) = k.as_string() {
        return s.hash();
    }
    if let Some(b) = k.as_gc::<BigIntCell>() {
        let mut h = DefaultHasher::new();
        h.write_u64(rt.hash_seed);
        b.value.hash(&mut h);
        return Ok(h.finish() as u32);
    }
    // Folding a 128-bit product makes every bit of the key count in the lower bits.
    let p = (k.bits() ^ rt.hash_seed) as u128 * 0x9e37_79b9_7f4a_7c15_u128;
    Ok(((p >> 64) as u64 ^ p as u64) as u32)
}

/// Are two canonical keys the same? Strings have been hashed.
fn same_key(a: &Value, b: &Value) -> bool {
    if a.same_bits(b) {
        return true;
    }
    if let (Some(x), Some(y)) = (a.as_string(), b.as_string()) {
        return x.equals(y);
    }
    match (a.as_gc::<BigIntCell>(), b.as_gc::<BigIntCell>()) {
        (Some(x), Some(y)) => x.value == y.value,
        _ => false,
    }
}

impl<V> Inner<V> {
    fn find(&self, k: &Value, hash: u32) -> Option<usize> {
        if self.live == 0 {
            return None;
        }
        let mut i = self.buckets[hash as usize & (self.buckets.len() - 1)];
        while i != NIL {
            let e = &self.entries[i as usize];
            if e.hash == hash && same_key(&e.key, k) {
                return Some(i as usize);
            }
            i = e.next;
        }
        None
    }
    /// Appends an entry for which there is room.
    fn append(&mut self, key: Value, hash: u32, value: V) -> Result<()> {
        let b = hash as usize & (self.buckets.len() - 1);
        let next = self.buckets[b];
        let i = self.entries.len() as u32;
        self.entries.push(Entry { key, value, hash, next })?;
        self.buckets[b] = i;
        self.live += 1;
        Ok(())
    }
    fn unlink(&mut self, i: usize) {
        let b = self.entries[i].hash as usize & (self.buckets.len() - 1);
        let next = self.entries[i].next;
        if self.buckets[b] == i as u32 {
            self.buckets[b] = next;
            return;
        }
        let mut j = self.buckets[b];
        while j != NIL {
            let e = &mut self.entries[j as usize];
            if e.next == i as u32 {
                e.next = next;
                return;
            }
            j = e.next;
        }
    }
    fn reset_cursors(&mut self) {
        self.cursors.retain(|c| Rc::strong_count(c) > 1);
        self.cursors.iter().for_each(|c| c.set(0));
    }
    /// The capacity to rebuild with before another entry can be added, if so.
    fn wanted_capacity(&self) -> Option<usize> {
        let n = self.entries.len();
        if n < self.buckets.len() {
            return None;
        }
        // Tombstones in half of it: the same size will do again.
        let live = self.live as usize;
        Some(if live * 2 <= n { n.max(4) } else { n * 2 }.max(4))
    }
    /// Moves the live entries into new buffers; answers the old ones, to be dropped by the caller.
    fn move_to(&mut self, entries: Buf<Entry<V>>, buckets: Buf<u32>) -> Result<(Buf<Entry<V>>, Buf<u32>)>
    where
        V: Default,
    {
        let mut old = std::mem::replace(&mut self.entries, entries);
        let old_buckets = std::mem::replace(&mut self.buckets, buckets);
        self.live = 0;
        self.first = 0;
        self.cursors.retain(|c| Rc::strong_count(c) > 1);
        self.cursors.sort_by_key(|c| c.get());
        let mut at = 0;
        for (i, e) in old.iter_mut().enumerate() {
            while self.cursors.get(at).is_some_and(|c| c.get() as usize <= i) {
                self.cursors[at].set(self.live);
                at += 1;
            }
            if !e.key.is_hole() {
                let key = std::mem::replace(&mut e.key, Value::HOLE);
                self.append(key, e.hash, std::mem::take(&mut e.value))?;
            }
        }
        for c in &self.cursors[at..] {
            c.set(self.live);
        }
        Ok((old, old_buckets))
    }
}

impl<V: Clone + Default> HashTable<V> {
    /// An empty table; allocates nothing.
    pub fn new(rt: &Runtime) -> HashTable<V> {
        HashTable(RefCell::new(Inner {
            entries: Buf::new(rt),
            buckets: Buf::new(rt),
            live: 0,
            first: 0,
            cursors: Vec::new(),
        }))
    }
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.borrow().live as usize
    }
    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The value for a key.
    pub fn get(&self, rt: &Runtime, key: &Value) -> Result<Option<V>> {
        canonical!(k, key);
        let hash = hash_of(rt, k)?;
        let t = self.0.borrow();
        Ok(t.find(k, hash).map(|i| t.entries[i].value.clone()))
    }
    /// Is the key there?
    pub fn contains(&self, rt: &Runtime, key: &Value) -> Result<bool> {
        canonical!(k, key);
        let hash = hash_of(rt, k)?;
        Ok(self.0.borrow().find(k, hash).is_some())
    }
    /// Gives a key a value; answers whether the key is new.
    pub fn set(&self, rt: &Runtime, key: &Value, value: V) -> Result<bool> {
        canonical!(k, key);
        let hash = hash_of(rt, k)?;
        {
            let mut t = self.0.borrow_mut();
            if let Some(i) = t.find(k, hash) {
                let old = std::mem::replace(&mut t.entries[i].value, value);
                drop(t);
                drop(old);
                return Ok(false);
            }
            if t.wanted_capacity().is_none() {
                t.append(k.clone(), hash, value)?;
                return Ok(true);
            }
        }
        self.make_room(rt)?;
        self.0.borrow_mut().append(k.clone(), hash, value)?;
        Ok(true)
    }
    #[cold]
    fn make_room(&self, rt: &Runtime) -> Result<()> {
        // Running out of memory makes an error object, which can run script: so the table is not borrowed
        // here, and may have changed afterwards.
        loop {
            let Some(cap) = self.0.borrow().wanted_capacity() else {
                return Ok(());
            };
            self.rebuild(rt, cap)?;
        }
    }
    fn rebuild(&self, rt: &Runtime, cap: usize) -> Result<()> {
        if cap > MAX_ENTRIES {
            rt.throw_oom();
            return Err(crate::value::Thrown);
        }
        let entries = Buf::with_capacity(rt, cap)?;
        let mut buckets = Buf::with_capacity(rt, cap)?;
        buckets.resize(cap, NIL)?;
        let mut t = self.0.borrow_mut();
        if t.live as usize <= cap {
            let old = t.move_to(entries, buckets)?;
            drop(t);
            drop(old);
        }
        Ok(())
    }
    /// Removes a key; answers its value if it was there.
    pub fn remove(&self, rt: &Runtime, key: &Value) -> Result<Option<V>> {
        canonical!(k, key);
        let hash = hash_of(rt, k)?;
        let mut t = self.0.borrow_mut();
        let Some(i) = t.find(k, hash) else {
            return Ok(None);
        };
        t.unlink(i);
        let old_key = std::mem::replace(&mut t.entries[i].key, Value::HOLE);
        let old = std::mem::take(&mut t.entries[i].value);
        t.live -= 1;
        if t.live == 0 {
            // Only tombstones are left.
            t.entries.clear();
            t.first = 0;
            t.reset_cursors();
        } else if t.first as usize == i {
            let n = t.entries.len();
            let first = (i + 1..n).find(|&j| !t.entries[j].key.is_hole()).unwrap_or(n);
            t.first = first as u32;
        }
        let (live, cap) = (t.live as usize, t.buckets.len());
        drop(t);
        drop(old_key);
        if cap >= 64 && live * 8 < cap && !rt.in_gc.get() && rt.memory_left() > cap * 16 {
            let half = (live * 2).next_power_of_two().max(16);
            self.rebuild(rt, half)?;
        }
        Ok(Some(old))
    }
    /// Removes everything and gives the memory back.
    pub fn clear(&self, rt: &Runtime) {
        let mut t = self.0.borrow_mut();
        let old = (
            std::mem::replace(&mut t.entries, Buf::new(rt)),
            std::mem::replace(&mut t.buckets, Buf::new(rt)),
        );
        t.live = 0;
        t.first = 0;
        t.reset_cursors();
        drop(t);
        drop(old);
    }
    /// A cursor before the first entry.
    pub fn cursor(&self) -> Cursor {
        let mut t = self.0.borrow_mut();
        let c = Rc::new(Cell::new(t.first));
        if t.cursors.len() == t.cursors.capacity() {
            t.cursors.retain(|c| Rc::strong_count(c) > 1);
        }
        t.cursors.push(c.clone());
        Cursor(c)
    }
    /// The entry at the cursor, which moves on; None at the end.
    pub fn next(&self, cursor: &Cursor) -> Option<(Value, V)> {
        let t = self.0.borrow();
        let mut i = cursor.0.get() as usize;
        while let Some(e) = t.entries.get(i) {
            i += 1;
            if !e.key.is_hole() {
                cursor.0.set(i as u32);
                return Some((e.key.clone(), e.value.clone()));
            }
        }
        cursor.0.set(i as u32);
        None
    }
    /// Calls `f` with every entry, which must not touch the table; does nothing while the table is being changed.
    pub fn visit(&self, mut f: impl FnMut(&Value, &V)) {
        if let Ok(t) = self.0.try_borrow() {
            for e in t.entries.iter() {
                if !e.key.is_hole() {
                    f(&e.key, &e.value);
                }
            }
        }
    }
    /// Calls `f` with the value of a key that needs no hashing of text, unless the table is being changed.
    pub fn visit_one(&self, rt: &Runtime, key: &Value, f: impl FnOnce(&V)) {
        canonical!(k, key);
        if let Ok(t) = self.0.try_borrow()
            && let Ok(hash) = hash_of(rt, k)
            && let Some(i) = t.find(k, hash)
        {
            f(&t.entries[i].value);
        }
    }
    /// A table with the same entries.
    pub fn copy(&self, rt: &Runtime) -> Result<HashTable<V>> {
        let new = HashTable::new(rt);
        let cap = self.len().next_power_of_two().max(4);
        new.rebuild(rt, cap)?;
        let t = self.0.borrow();
        let mut n = new.0.borrow_mut();
        for e in t.entries.iter().filter(|e| !e.key.is_hole()) {
            n.append(e.key.clone(), e.hash, e.value.clone())?;
        }
        drop(n);
        Ok(new)
    }
    /// Bytes held outside of the table itself.
    pub fn heap_bytes(&self) -> usize {
        self.0
            .try_borrow()
            .map_or(0, |t| t.entries.capacity() * std::mem::size_of::<Entry<V>>() + t.buckets.capacity() * 4)
    }
}
