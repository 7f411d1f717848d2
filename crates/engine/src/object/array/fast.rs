//! Bulk work on dense elements, for Array's methods: what the specification does element by element, in one
//! move, where no script can see the difference.

use super::ArrayData;
use crate::object::Object;
use crate::object::class::id;
use crate::value::{Result, Thrown, Value};

impl Object {
    /// An array whose elements are all dense (holes allowed), whose length can change, and in whose prototype
    /// chain no indices are found: absent elements are simply undefined, and new ones simply appear.
    #[inline]
    pub(crate) fn is_simple_array(&self) -> bool {
        self.simple().is_some()
    }
    #[inline(always)]
    fn simple(&self) -> Option<&ArrayData> {
        if self.class() != id::ARRAY || self.runtime().proto_has_elements.get() {
            return None;
        }
        let a = self.array_data()?;
        if a.slow.get() || a.length_read_only.get() || a.dense.get() != a.length.get() {
            return None;
        }
        // An array that is itself a prototype has to tell when it gets elements.
        if self.has_flag(crate::heap::flag::PROTOTYPE) { None } else { Some(a) }
    }
    /// Appends to a simple array: Some(new length), or None if it is none.
    #[inline]
    pub(crate) fn push_simple(&self, values: &[Value]) -> Result<Option<u32>> {
        let Some(a) = self.simple() else {
            return Ok(None);
        };
        let n = a.dense.get();
        let Some(end) = (values.len() as u64).checked_add(n as u64).filter(|&e| e < i32::MAX as u64) else {
            return Ok(None);
        };
        if let [v] = values {
            a.push_dense(self.runtime(), v.clone())?;
        } else {
            if end as u32 > a.capacity.get() {
                a.grow(self.runtime(), end as u32)?;
            }
            for v in values {
                a.push_dense(self.runtime(), v.clone())?;
            }
        }
        a.length.set(a.dense.get());
        Ok(Some(end as u32))
    }
    /// Takes the last element of a simple array; None if it is none.
    #[inline]
    pub(crate) fn pop_simple(&self) -> Option<Value> {
        let a = self.simple()?;
        let n = a.dense.get();
        if n == 0 {
            return Some(Value::UNDEFINED);
        }
        a.dense.set(n - 1);
        a.length.set(n - 1);
        // SAFETY: the element was initialized, and is now ours.
        let v = unsafe { a.elements.get().add(n as usize - 1).read() };
        Some(if v.is_hole() { Value::UNDEFINED } else { v })
    }
    /// Removes `del` elements at `start` of a simple array and puts copies of `insert` there; the removed ones
    /// go to the end of `removed` (a fresh array). False, and nothing done, if the array is not simple.
    pub(crate) fn splice_simple(
        &self,
        start: usize,
        del: usize,
        insert: &[Value],
        removed: Option<&Object>,
    ) -> Result<bool> {
        let Some(a) = self.simple() else {
            return Ok(false);
        };
        let rt = self.runtime();
        let n = a.dense.get() as usize;
        if start > n || del > n - start || n - del + insert.len() >= i32::MAX as usize {
            return Ok(false);
        }
        let new = n - del + insert.len();
        if new > a.capacity.get() as usize {
            a.grow(rt, new as u32)?;
        }
        let sink = match removed.and_then(|r| r.array_data()) {
            Some(r) => {
                let need = r.dense.get() as usize + del;
                if need > r.capacity.get() as usize {
                    r.grow(rt, u32::try_from(need).map_err(|_| Thrown)?)?;
                }
                Some(r)
            }
            None => None,
        };
        // Dropped at the end, when the array is whole again: a finalizer may look at it.
        let mut garbage: Vec<Value> = Vec::new();
        if sink.is_none() && garbage.try_reserve_exact(del).is_err() {
            rt.throw_oom();
            return Err(Thrown);
        }
        // SAFETY: there is room for `new` elements here and for `del` more there; what is moved out is not
        // dropped here, and gaps are filled by clones before anything else runs.
        unsafe {
            let at = a.elements.get().add(start);
            if del > 0 {
                match sink {
                    Some(r) => {
                        let k = r.dense.get();
                        std::ptr::copy_nonoverlapping(at, r.elements.get().add(k as usize), del);
                        r.dense.set(k + del as u32);
                        r.length.set(k + del as u32);
                    }
                    None => {
                        std::ptr::copy_nonoverlapping(at, garbage.as_mut_ptr(), del);
                        garbage.set_len(del);
                    }
                }
            }
            if insert.len() != del && start + del < n {
                std::ptr::copy(at.add(del), at.add(insert.len()), n - start - del);
            }
            for (i, v) in insert.iter().enumerate() {
                at.add(i).write(v.clone());
            }
        }
        a.dense.set(new as u32);
        a.length.set(new as u32);
        if new < 16 && a.capacity.get() > 1024
            || (a.capacity.get() as usize) > 1024 && new < a.capacity.get() as usize / 8
        {
            self.shrink_elements(new.max(4));
        }
        drop(garbage);
        Ok(true)
    }
    fn shrink_elements(&self, to: usize) {
        if let Some(a) = self.array_data() {
            // SAFETY: the buffer is ours, and `to` is at least the initialized part.
            let p = unsafe {
                let bytes = a.capacity.get() as usize * 8;
                self.runtime().realloc(a.elements.get() as *mut u8, bytes, to * 8)
            };
            if let Some(p) = p {
                a.elements.set(p.as_ptr() as *mut Value);
                a.capacity.set(to as u32);
            }
        }
    }
    /// Takes the first element of a simple array; None if it is none.
    pub(crate) fn shift_simple(&self) -> Option<Value> {
        let a = self.simple()?;
        let n = a.dense.get() as usize;
        if n == 0 {
            return Some(Value::UNDEFINED);
        }
        // SAFETY: the first element is moved out, the others one down.
        let v = unsafe {
            let p = a.elements.get();
            let v = p.read();
            std::ptr::copy(p.add(1), p, n - 1);
            v
        };
        a.dense.set(n as u32 - 1);
        a.length.set(n as u32 - 1);
        if a.capacity.get() as usize > 1024 && n < a.capacity.get() as usize / 8 {
            self.shrink_elements(n);
        }
        Some(if v.is_hole() { Value::UNDEFINED } else { v })
    }
    /// Reverses a simple array in place; false if it is none.
    pub(crate) fn reverse_simple(&self) -> bool {
        match self.simple() {
            Some(a) => {
                if a.dense.get() > 0 {
                    // SAFETY: dense elements are initialized, and nothing else runs.
                    unsafe { std::slice::from_raw_parts_mut(a.elements.get(), a.dense.get() as usize) }
                        .reverse();
                }
                true
            }
            None => false,
        }
    }
    /// Writes `v` to the indices from `start` to `end` (≤ length) of an array whose prototypes have none, as far
    /// as they are dense or can be; answers where it stopped.
    pub(crate) fn fill_dense(&self, start: u64, end: u64, v: &Value) -> Result<u64> {
        let Some(a) = self.array_data() else {
            return Ok(start);
        };
        let rt = self.runtime();
        let ok = self.class() == id::ARRAY && !a.slow.get() && !rt.proto_has_elements.get();
        let end = end.min(a.length.get() as u64);
        if !ok || self.has_flag(crate::heap::flag::PROTOTYPE) || end >= i32::MAX as u64 {
            return Ok(start);
        }
        let mut i = start;
        while i < end && i < a.dense.get() as u64 {
            // SAFETY: i < dense; the old value is dropped after the new one is in place.
            drop(std::mem::replace(unsafe { &mut *a.elements.get().add(i as usize) }, v.clone()));
            i += 1;
        }
        // (Dropping may have run a finalizer: look again.)
        if i == a.dense.get() as u64 {
            while i < end.min(a.length.get() as u64) {
                a.push_dense(rt, v.clone())?;
                i += 1;
            }
        }
        Ok(i)
    }
    /// Appends elements (holes too) to an array the engine just made.
    pub(crate) fn append_elements(&self, values: &[Value]) -> Result<()> {
        let Some(a) = self.array_data() else {
            return Ok(());
        };
        let need = a.dense.get() as u64 + values.len() as u64;
        if need >= i32::MAX as u64 {
            self.runtime().throw_oom();
            return Err(Thrown);
        }
        if need as u32 > a.capacity.get() {
            a.grow(self.runtime(), need as u32)?;
        }
        for v in values {
            a.push_dense(self.runtime(), v.clone())?;
        }
        a.length.set(a.dense.get());
        Ok(())
    }
    /// Of an array in whose prototype chain no indices are found: the first index from `i` on that may be
    /// present. None if that cannot be said.
    pub(crate) fn next_index(&self, i: u64) -> Option<u64> {
        if self.class() != id::ARRAY || self.runtime().proto_has_elements.get() {
            return None;
        }
        let a = self.array_data()?;
        if !a.slow.get() {
            let rest = self.dense_elements().get(i as usize..).unwrap_or(&[]);
            return Some(rest.iter().position(|v| !v.is_hole()).map_or(u64::MAX, |k| i + k as u64));
        }
        let mut next = u64::MAX;
        let shape = self.shape();
        for s in 0..shape.slot_count() {
            if let Some((k, _)) = shape.prop_at(s)
                && let Some(k) = k.as_index()
                && (k as u64) >= i
            {
                next = next.min(k as u64);
            }
        }
        Some(next)
    }
    /// The same downwards: one past the last index below `end` that may be present; 0 if there is none.
    pub(crate) fn previous_index(&self, end: u64) -> Option<u64> {
        if self.class() != id::ARRAY || self.runtime().proto_has_elements.get() {
            return None;
        }
        let a = self.array_data()?;
        if !a.slow.get() {
            let e = self.dense_elements();
            let e = &e[..(end.min(e.len() as u64)) as usize];
            return Some(e.iter().rposition(|v| !v.is_hole()).map_or(0, |k| k as u64 + 1));
        }
        let mut last = 0;
        let shape = self.shape();
        for s in 0..shape.slot_count() {
            if let Some((k, _)) = shape.prop_at(s)
                && let Some(k) = k.as_index()
                && (k as u64) < end
            {
                last = last.max(k as u64 + 1);
            }
        }
        Some(last)
    }
    /// Does a search for present indices have to look through so many properties (see `next_index`)?
    pub(crate) fn index_search_cost(&self) -> u64 {
        if self.uses_dense_elements() { 0 } else { self.shape().slot_count() as u64 }
    }
}
