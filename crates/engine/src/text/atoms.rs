//! Interned strings and the numbers that C knows them by.
//!
//! A property key is the interned string itself (compared by address), a symbol, or an int32 that is an array
//! index. A `JSAtom` is the index of an entry here, or an index with the top bit set.

use super::{Chars, Str, Symbol, hash_chars, hash_latin1, predefined};
use crate::heap::{Gc, Header};
use crate::runtime::Runtime;
use crate::value::{Result, Thrown, Value};
use std::cell::{Cell as StdCell, RefCell};

/// An interned string, a symbol, or an array index below 2^31.
#[derive(Clone)]
#[repr(transparent)]
pub struct PropertyKey(Value);

impl PropertyKey {
    #[inline(always)]
    pub fn from_index(i: u32) -> Option<PropertyKey> {
        if i <= i32::MAX as u32 { Some(PropertyKey(Value::int(i as i32))) } else { None }
    }
    /// The key that is this array index, below 2^31.
    #[inline(always)]
    pub fn int(i: i32) -> PropertyKey {
        debug_assert!(i >= 0);
        PropertyKey(Value::int(i))
    }
    #[inline(always)]
    pub fn symbol(s: Gc<Symbol>) -> PropertyKey {
        PropertyKey(s.into())
    }
    /// # Safety-adjacent
    /// `s` must be interned.
    #[inline(always)]
    pub(crate) fn interned(s: Gc<Str>) -> PropertyKey {
        debug_assert!(s.is_interned());
        PropertyKey(s.into())
    }
    #[inline(always)]
    pub(crate) fn bits(&self) -> u64 {
        self.0.bits()
    }
    #[inline(always)]
    pub(crate) fn from_value_unchecked(v: Value) -> PropertyKey {
        PropertyKey(v)
    }
    /// The raw value: an int32, an interned string or a symbol.
    #[inline(always)]
    pub fn raw(&self) -> &Value {
        &self.0
    }
    #[inline(always)]
    pub fn is_symbol(&self) -> bool {
        self.0.is_symbol()
    }
    pub fn is_string(&self) -> bool {
        !self.0.is_symbol()
    }
    pub fn is_private(&self) -> bool {
        self.0.as_symbol().is_some_and(|s| s.sort() == super::SymbolSort::Private)
    }
    pub fn as_symbol(&self) -> Option<&Symbol> {
        self.0.as_symbol()
    }
    pub fn as_str(&self) -> Option<&Str> {
        self.0.as_string()
    }
    /// The array index (0 to 2^32-2) that this key is, if it is one.
    #[inline(always)]
    pub fn as_index(&self) -> Option<u32> {
        if self.0.is_int() {
            return Some(self.0.int_unchecked() as u32);
        }
        self.big_index()
    }
    /// The index if it is below 2^31, as nearly all are.
    #[inline(always)]
    pub fn as_small_index(&self) -> Option<u32> {
        if self.0.is_int() { Some(self.0.int_unchecked() as u32) } else { None }
    }
    fn big_index(&self) -> Option<u32> {
        let s = self.0.as_string()?;
        if !s.is_big_index() {
            return None;
        }
        parse_index(s.flat_chars()?)
    }
    /// The key as a language value: a string or a symbol.
    pub fn to_value(&self, rt: &Runtime) -> Result<Value> {
        match self.0.as_int() {
            Some(i) => rt.int_to_string(i).map(Value::from),
            None => Ok(self.0.clone()),
        }
    }
    /// The key as a string, for messages; a symbol's description.
    pub fn to_lossy(&self) -> String {
        if let Some(i) = self.0.as_int() {
            return i.to_string();
        }
        if let Some(s) = self.0.as_string() {
            return s.to_lossy();
        }
        self.0.as_symbol().and_then(|s| s.description().map(|d| d.to_lossy())).unwrap_or_default()
    }
    #[inline(always)]
    pub(crate) fn hash(&self) -> u32 {
        let b = self.0.bits();
        // Addresses are distinct per key; seeding is in the addresses' and the index's mixing.
        ((b ^ (b >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
    }
}

impl PartialEq for PropertyKey {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0.same_bits(&other.0)
    }
}
impl Eq for PropertyKey {}
impl std::hash::Hash for PropertyKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.bits())
    }
}
impl std::fmt::Debug for PropertyKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_lossy())
    }
}

/// The canonical array index these characters spell: 0 to 2^32-2.
pub(crate) fn parse_index(c: Chars<'_>) -> Option<u32> {
    let n = c.len();
    if n == 0 || n > 10 {
        return None;
    }
    let mut v: u64 = 0;
    for u in c.units() {
        if !(48..58).contains(&u) {
            return None;
        }
        v = v * 10 + (u - 48) as u64;
    }
    if (n > 1 && c.at(0) == 48) || v >= u32::MAX as u64 { None } else { Some(v as u32) }
}

#[derive(Clone, Copy)]
struct Entry {
    /// The cell (a string or symbol), or null and `hash` is the next free entry.
    cell: *const Header,
    hash: u32,
}

/// Places in the table at first.
const TABLE: usize = 2048;
/// Entries that the table grows by at least.
const FEW: usize = 64;

/// The atom table.
pub struct Atoms {
    /// The first ones are the predefined atoms', those that were interned; the table owns a count of these.
    entries: RefCell<Vec<Entry>>,
    free: StdCell<u32>,
    /// Open addressing: atom indices, 0 is empty, u32::MAX is a tombstone.
    table: RefCell<Vec<u32>>,
    used: StdCell<usize>,
    live: StdCell<usize>,
    ended: StdCell<bool>,
    empty: RefCell<Option<Gc<Str>>>,
    /// The strings of one Latin-1 character that were asked for.
    singles: RefCell<Vec<Option<Gc<Str>>>>,
}

const TOMB: u32 = u32::MAX;
/// Room for the entries that a new context has.
const ENTRIES: usize = 640;

impl Atoms {
    pub(crate) fn new() -> Atoms {
        let mut entries = Vec::with_capacity(ENTRIES);
        entries.resize(predefined::END as usize, Entry { cell: std::ptr::null(), hash: 0 });
        Atoms {
            entries: RefCell::new(entries),
            free: StdCell::new(0),
            table: RefCell::new(vec![0; TABLE]),
            used: StdCell::new(0),
            live: StdCell::new(0),
            ended: StdCell::new(false),
            empty: RefCell::new(None),
            singles: RefCell::new(Vec::new()),
        }
    }
    pub(crate) fn hash_of(&self, index: u32) -> u32 {
        self.entries.borrow()[index as usize].hash
    }
    pub(crate) fn live(&self) -> usize {
        self.live.get()
    }
    /// The empty string.
    pub fn empty(&self) -> Gc<Str> {
        self.empty.borrow().clone().unwrap_or_else(|| unreachable!("made with the runtime"))
    }
    #[inline]
    pub(crate) fn cell_of(&self, index: u32) -> *const Header {
        // SAFETY: single thread, and nothing changes the table meanwhile: the borrow flag is not needed on this hot
        // path.
        unsafe { &*self.entries.as_ptr() }.get(index as usize).map_or(std::ptr::null(), |e| e.cell)
    }
    /// The value that an atom number stands for.
    pub fn value_of(&self, index: u32) -> Option<Value> {
        let p = self.cell_of(index);
        if p.is_null() {
            return None;
        }
        // SAFETY: entries point to live cells; a dying cell removes itself.
        unsafe {
            (*p).retain();
            Some(Value::from_bits(p as u64))
        }
    }
    fn find(&self, hash: u32, c: Chars<'_>) -> Option<*const Str> {
        if self.ended.get() {
            return None;
        }
        // SAFETY: as in cell_of.
        let (table, entries) = unsafe { (&*self.table.as_ptr(), &*self.entries.as_ptr()) };
        let mask = table.len() - 1;
        let mut i = hash as usize & mask;
        loop {
            match table[i] {
                0 => return None,
                TOMB => {}
                a => {
                    let e = &entries[a as usize];
                    if e.hash == hash {
                        let s = e.cell as *const Str;
                        // SAFETY: as above; interned strings are flat.
                        if unsafe { (*s).flat_chars() } == Some(c) {
                            return Some(s);
                        }
                    }
                }
            }
            i = (i + 1) & mask;
        }
    }
    /// Fills a predefined atom's entry.
    pub(crate) fn hold(&self, number: u32, cell: &Header, hash: u32) {
        let mut entries = self.entries.borrow_mut();
        debug_assert!(number < predefined::END && entries[number as usize].cell.is_null());
        cell.retain();
        entries[number as usize] = Entry { cell, hash };
        self.live.set(self.live.get() + 1);
    }
    #[inline]
    fn new_entry(&self, rt: &Runtime, cell: *const Header, hash: u32) -> Option<u32> {
        let mut entries = self.entries.borrow_mut();
        let f = self.free.get();
        if f != 0 {
            self.free.set(entries[f as usize].hash);
            entries[f as usize] = Entry { cell, hash };
            self.live.set(self.live.get() + 1);
            return Some(f);
        }
        if entries.len() == entries.capacity() {
            // Where twice as much does not fit, a little more: the error that says so takes atoms too.
            let more =
                [entries.len().max(FEW), FEW].into_iter().find(|n| rt.charge(n * size_of::<Entry>()))?;
            if entries.len() + more > 0x3fff_ffff || entries.try_reserve_exact(more).is_err() {
                rt.discharge(more * size_of::<Entry>());
                return None;
            }
        }
        entries.push(Entry { cell, hash });
        self.live.set(self.live.get() + 1);
        Some(entries.len() as u32 - 1)
    }
    #[inline]
    fn insert(&self, rt: &Runtime, hash: u32, index: u32) -> Option<()> {
        let mut table = self.table.borrow_mut();
        if (self.used.get() + 1) * 4 > table.len() * 3 && self.grow(rt, &mut table).is_none() {
            // It may become fuller than it should, as long as searches end soon.
            if self.used.get() >= table.len() / 16 * 15 {
                return None;
            }
        }
        let mask = table.len() - 1;
        let mut i = hash as usize & mask;
        while table[i] != 0 && table[i] != TOMB {
            i = (i + 1) & mask;
        }
        if table[i] == 0 {
            self.used.set(self.used.get() + 1);
        }
        table[i] = index;
        Some(())
    }
    #[cold]
    fn grow(&self, rt: &Runtime, table: &mut Vec<u32>) -> Option<()> {
        let n = (self.live.get() * 4).next_power_of_two().max(TABLE);
        let mut new: Vec<u32> = Vec::new();
        // What it begins with is the runtime's own.
        if !rt.charge((n - TABLE) * 4) {
            return None;
        }
        if new.try_reserve_exact(n).is_err() {
            rt.discharge((n - TABLE) * 4);
            return None;
        }
        new.resize(n, 0);
        let entries = self.entries.borrow();
        let mut used = 0;
        for &a in table.iter().filter(|&&a| a != 0 && a != TOMB) {
            let mut i = entries[a as usize].hash as usize & (n - 1);
            while new[i] != 0 {
                i = (i + 1) & (n - 1);
            }
            new[i] = a;
            used += 1;
        }
        rt.discharge((table.len() - TABLE) * 4);
        *table = new;
        self.used.set(used);
        Some(())
    }
    /// Gives back room that only dead atoms had: numbers of the living stay.
    pub(crate) fn trim(&self, rt: &Runtime) {
        let mut entries = self.entries.borrow_mut();
        if entries.len() < 4096 || self.live.get() > entries.len() / 4 || self.ended.get() {
            return;
        }
        let end = entries.iter().rposition(|e| !e.cell.is_null()).map_or(1, |i| i + 1);
        let end = end.max(predefined::END as usize);
        let before = entries.capacity();
        entries.truncate(end);
        entries.shrink_to(ENTRIES);
        rt.discharge((before - entries.capacity()) * size_of::<Entry>());
        // The free ones that are left, the lowest first.
        self.free.set(0);
        for i in (predefined::END as usize..end).rev() {
            if entries[i].cell.is_null() {
                entries[i].hash = self.free.replace(i as u32);
            }
        }
        drop(entries);
        let _ = self.grow(rt, &mut self.table.borrow_mut());
    }
    /// Nothing will be looked up any more: what dies need not take its entry along.
    pub(crate) fn end(&self) {
        self.ended.set(true);
    }
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.get()
    }
    /// A dying string takes its entry along.
    pub(crate) fn remove(&self, index: u32) {
        if self.ended.get() {
            return;
        }
        let hash = self.hash_of(index);
        {
            let mut table = self.table.borrow_mut();
            let mask = table.len() - 1;
            let mut i = hash as usize & mask;
            while table[i] != 0 {
                if table[i] == index {
                    table[i] = TOMB;
                    break;
                }
                i = (i + 1) & mask;
            }
        }
        self.release_entry(index);
    }
    pub(crate) fn release_entry(&self, index: u32) {
        if self.ended.get() {
            return;
        }
        let mut entries = self.entries.borrow_mut();
        entries[index as usize] = Entry { cell: std::ptr::null(), hash: self.free.get() };
        self.free.set(index);
        self.live.set(self.live.get() - 1);
    }
    /// Lets go of what the table itself owns, after its end.
    pub(crate) fn release_owned(&self) {
        debug_assert!(self.ended.get());
        for i in 1..predefined::END {
            let p = self.cell_of(i);
            if !p.is_null() {
                // The count that `hold` took.
                drop(Value::from_bits(p as u64));
            }
        }
        drop(self.singles.take());
        self.empty.borrow_mut().take();
    }
    pub(crate) fn bytes(&self) -> usize {
        self.entries.borrow().capacity() * 16 + self.table.borrow().capacity() * 4
    }
}

impl Runtime {
    /// Makes the empty string. Called once, before anything else.
    pub(crate) fn init_atoms(&self) -> Result<()> {
        *self.atoms.empty.borrow_mut() = Some(self.intern(Chars::Latin1(&[]))?);
        Ok(())
    }
    /// The string of one Latin-1 character: one for each, kept once it is made.
    #[inline]
    pub fn single(&self, c: u8) -> Result<Gc<Str>> {
        // SAFETY: as in cell_of.
        match unsafe { (&*self.atoms.singles.as_ptr()).get(c as usize) } {
            Some(Some(s)) => Ok(s.clone()),
            _ => self.make_single(c),
        }
    }
    #[cold]
    fn make_single(&self, c: u8) -> Result<Gc<Str>> {
        let s = self.intern(Chars::Latin1(&[c]))?;
        let mut singles = self.atoms.singles.borrow_mut();
        if singles.is_empty() {
            singles.resize(256, None);
        }
        singles[c as usize] = Some(s.clone());
        Ok(s)
    }

    /// One of the engine's own names; `number` is its predefined one, or 0.
    pub(crate) fn intern_name(&self, text: &'static str, number: u8) -> Result<Gc<Str>> {
        let c = Chars::Latin1(text.as_bytes());
        let hash = hash_chars(self, c);
        match self.atoms.find(hash, c) {
            // SAFETY: entries point to live cells.
            Some(p) => Ok(Gc::from_ref(unsafe { &*p })),
            None => self.intern_hashed(c, hash, number),
        }
    }
    /// A new interned string, which is not in the table.
    fn intern_hashed(&self, c: Chars<'_>, hash: u32, number: u8) -> Result<Gc<Str>> {
        let wide = matches!(c, Chars::Utf16(_));
        // SAFETY: the destination holds c's units.
        let s = self.new_flat(c.len(), wide, |p| unsafe { super::write_chars(p, 0, wide, c) })?;
        self.intern_cell(&s, hash, number)?;
        Ok(s)
    }

    #[inline]
    fn intern_cell(&self, s: &Gc<Str>, hash: u32, number: u8) -> Result<()> {
        if number != 0 {
            if self.atoms.insert(self, hash, u32::from(number)).is_some() {
                self.atoms.hold(u32::from(number), s.header(), hash);
                s.set_interned(u32::from(number), false);
                return Ok(());
            }
            self.throw_oom();
            return Err(Thrown);
        }
        let big = s.len() == 10 && s.flat_chars().and_then(parse_index).is_some_and(|i| i > i32::MAX as u32);
        let index = self.atoms.new_entry(self, s.header(), hash);
        if let Some(index) = index {
            if self.atoms.insert(self, hash, index).is_some() {
                s.set_interned(index, big);
                return Ok(());
            }
            self.atoms.release_entry(index);
        }
        self.throw_oom();
        Err(Thrown)
    }

    /// The interned string of these characters.
    pub fn intern(&self, c: Chars<'_>) -> Result<Gc<Str>> {
        // One text, one representation.
        if let Chars::Utf16(u) = c
            && u.iter().all(|&x| x < 256)
        {
            let narrow: Vec<u8> = u.iter().map(|&x| x as u8).collect();
            return self.intern(Chars::Latin1(&narrow));
        }
        let hash = hash_chars(self, c);
        if let Some(p) = self.atoms.find(hash, c) {
            // SAFETY: entries point to live cells.
            return Ok(Gc::from_ref(unsafe { &*p }));
        }
        self.intern_hashed(c, hash, predefined::number(c))
    }
    /// The key of a text of the engine's own: ASCII, and no array index.
    pub(crate) fn static_key(&self, s: &'static str) -> Result<PropertyKey> {
        debug_assert!(s.is_ascii() && parse_index(Chars::Latin1(s.as_bytes())).is_none());
        self.intern(Chars::Latin1(s.as_bytes())).map(PropertyKey::interned)
    }

    /// The interned string equal to `s`: `s` itself becomes it where that is possible.
    pub fn intern_str(&self, s: &Str) -> Result<Gc<Str>> {
        if s.is_interned() {
            return Ok(Gc::from_ref(s));
        }
        let c = s.chars()?;
        let hash = s.hash()?;
        if let Some(p) = self.atoms.find(hash, c) {
            // SAFETY: entries point to live cells.
            return Ok(Gc::from_ref(unsafe { &*p }));
        }
        if s.form() == super::form::SLICE || s.is_wide() || s.len() > super::MAX_INLINE {
            return self.intern(c);
        }
        let s = Gc::from_ref(s);
        self.intern_cell(&s, hash, predefined::number(c))?;
        Ok(s)
    }

    /// The property key that a string is.
    #[inline]
    pub fn key_from_str(&self, s: &Str) -> Result<PropertyKey> {
        if s.is_interned() {
            // An interned string can still spell an index if it was made as an atom: check the first digit.
            if let Some(c) = s.flat_chars()
                && !c.is_empty()
                && c.len() <= 10
                && (48..58).contains(&c.at(0))
                && let Some(i) = parse_index(c)
                && i <= i32::MAX as u32
            {
                return Ok(PropertyKey(Value::int(i as i32)));
            }
            return Ok(PropertyKey(Value::from(s)));
        }
        self.key_from_chars_or_str(s)
    }
    fn key_from_chars_or_str(&self, s: &Str) -> Result<PropertyKey> {
        if s.len() <= 10
            && let Some(i) = parse_index(s.chars()?)
            && i <= i32::MAX as u32
        {
            return Ok(PropertyKey(Value::int(i as i32)));
        }
        Ok(PropertyKey(self.intern_str(s)?.into()))
    }
    /// The atom of this ASCII text, if it is one already and no array index: borrowed.
    #[inline]
    pub fn known_atom(&self, text: &[u8]) -> Option<u32> {
        if text.first().is_none_or(|c| c.is_ascii_digit()) {
            return None;
        }
        let s = self.atoms.find(hash_latin1(self, text), Chars::Latin1(text))?;
        // SAFETY: entries point to live cells.
        Some(unsafe { (*s).atom_index() })
    }
    /// The property key of these characters.
    pub fn key_from_chars(&self, c: Chars<'_>) -> Result<PropertyKey> {
        if let Some(i) = parse_index(c)
            && i <= i32::MAX as u32
        {
            return Ok(PropertyKey(Value::int(i as i32)));
        }
        Ok(PropertyKey(self.intern(c)?.into()))
    }
    /// The property key of this text.
    pub fn key(&self, s: &str) -> Result<PropertyKey> {
        if s.is_ascii() {
            return self.key_from_chars(Chars::Latin1(s.as_bytes()));
        }
        let u: Vec<u16> = s.encode_utf16().collect();
        self.key_from_chars(Chars::Utf16(&u))
    }
    /// The key for an array index of any size up to 2^53.
    pub fn key_from_number(&self, n: u64) -> Result<PropertyKey> {
        if n <= i32::MAX as u64 {
            return Ok(PropertyKey(Value::int(n as i32)));
        }
        let mut buf = [0u8; 20];
        let mut i = buf.len();
        let mut v = n;
        while v > 0 {
            i -= 1;
            buf[i] = b'0' + (v % 10) as u8;
            v /= 10;
        }
        Ok(PropertyKey(self.intern(Chars::Latin1(&buf[i..]))?.into()))
    }

    /// The JSAtom for a key: one count of it moves to the atom.
    pub fn key_to_atom(&self, key: PropertyKey) -> Result<u32> {
        if let Some(i) = key.0.as_int() {
            return Ok(i as u32 | 0x8000_0000);
        }
        if let Some(s) = key.0.as_symbol() {
            if s.atom.get() == 0 {
                let Some(index) = self.atoms.new_entry(self, s.header(), s.hash) else {
                    self.throw_oom();
                    return Err(Thrown);
                };
                s.atom.set(index);
            }
            let a = s.atom.get();
            // (The table holds the predefined ones.)
            if a >= predefined::END {
                std::mem::forget(key);
            }
            return Ok(a);
        }
        let a = key.0.as_string().map_or(0, |s| s.atom_index());
        if a >= predefined::END {
            std::mem::forget(key);
        }
        Ok(a)
    }
    /// The key that a JSAtom stands for (a count of its own).
    pub fn atom_to_key(&self, atom: u32) -> PropertyKey {
        if atom & 0x8000_0000 != 0 {
            return PropertyKey(Value::int((atom & 0x7fff_ffff) as i32));
        }
        match self.atoms.value_of(atom) {
            Some(v) => PropertyKey(v),
            None => self.meet_predefined(atom).unwrap_or_else(|| PropertyKey(self.atoms.empty().into())),
        }
    }
    /// One more count of a JSAtom.
    pub fn dup_atom(&self, atom: u32) -> u32 {
        if (predefined::END..0x8000_0000).contains(&atom)
            && let Some(v) = self.atoms.value_of(atom)
        {
            std::mem::forget(v);
        }
        atom
    }
    /// Gives one count of a JSAtom back.
    pub fn free_atom(&self, atom: u32) {
        if (predefined::END..0x8000_0000).contains(&atom)
            && let Some(v) = self.atoms.value_of(atom)
        {
            // One count is the atom's, one this look-up's.
            // SAFETY: the caller gives up the atom's count.
            drop(Value::from_bits(v.bits()));
            drop(v);
        }
    }

    /// A small integer's decimal string.
    pub fn int_to_string(&self, i: i32) -> Result<Gc<Str>> {
        if (0..10).contains(&i) {
            return self.single(b'0' + i as u8);
        }
        let mut buf = [0; INT_DIGITS];
        self.new_latin1(int_digits(i, &mut buf))
    }
    /// `a` followed by an int32's digits, as `+` makes it.
    pub(crate) fn concat_int(&self, a: &Str, i: i32) -> Result<Gc<Str>> {
        let mut buf = [0; INT_DIGITS];
        let digits = int_digits(i, &mut buf);
        match a.flat_chars() {
            Some(Chars::Latin1(x)) if x.len() + digits.len() < super::ROPE_MIN => {
                self.new_flat(x.len() + digits.len(), false, |p| {
                    // SAFETY: the destination holds both.
                    unsafe {
                        std::ptr::copy_nonoverlapping(x.as_ptr(), p, x.len());
                        std::ptr::copy_nonoverlapping(digits.as_ptr(), p.add(x.len()), digits.len());
                    }
                })
            }
            _ => self.concat(a, &*self.new_latin1(digits)?),
        }
    }
}

/// As long as an int32's digits get, sign included.
const INT_DIGITS: usize = 11;

/// The decimal digits of an int32.
fn int_digits(i: i32, buf: &mut [u8; INT_DIGITS]) -> &[u8] {
    let mut at = buf.len();
    let mut v = i.unsigned_abs();
    loop {
        at -= 1;
        buf[at] = b'0' + (v % 10) as u8;
        v /= 10;
        if v == 0 {
            break;
        }
    }
    if i < 0 {
        at -= 1;
        buf[at] = b'-';
    }
    &buf[at..]
}
