//! Small plain messages between two runtimes of one process, quickly: primitives, plain objects and dense arrays.
//!
//! Both sides remember shapes from one message to the next. The writer has the keys of those met lately written out;
//! the reader knows by the same bytes which shape of its own they mean. So every message stands for itself. What is not
//! plain, is met twice, lies deep or is large is not written: the general writer's affair.

use crate::context::Context;
use crate::heap::gc::Tracer;
use crate::heap::{Gc, flag};
use crate::object::class::id;
use crate::object::shape::prop;
use crate::object::{Object, Shape};
use crate::text::Chars;
use crate::text::atoms::parse_index;
use crate::value::{Result, Thrown, Value};

/// A message is at most about this long.
pub const MAX_BYTES: usize = 2048;
const MAX_DEPTH: usize = 8;
/// Objects that may be met again, of those in one message.
const MAX_SHARED: usize = 8;
const MAX_KEYS: usize = 32;
/// Shapes that each side remembers; a power of two.
const REMEMBERED: usize = 16;

/// What a value begins with.
mod tag {
    pub const UNDEFINED: u8 = 0;
    pub const NULL: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const TRUE: u8 = 3;
    /// 4 bytes
    pub const INT: u8 = 4;
    /// 8 bytes
    pub const DOUBLE: u8 = 5;
    /// length: 2 bytes; characters
    pub const LATIN1: u8 = 6;
    /// the same; code units
    pub const UTF16: u8 = 7;
    /// length of the keys: 2 bytes; the keys, each after its length (a byte); values
    pub const OBJECT: u8 = 8;
    /// length: 2 bytes; elements
    pub const ARRAY: u8 = 9;
}

struct Written {
    shape: Gc<Shape>,
    /// As in messages, with their length before them; None: its objects are not for here.
    keys: Option<Box<[u8]>>,
}
struct Read {
    keys: Box<[u8]>,
    shape: Gc<Shape>,
}

/// What one end of a line remembers, for what it writes and for what it reads.
#[derive(Default)]
pub struct Quick {
    written: [Option<Written>; REMEMBERED],
    read: [Option<Read>; REMEMBERED],
}

impl Quick {
    pub fn trace(&self, t: &mut Tracer<'_>) {
        self.written.iter().flatten().for_each(|w| t.visit(w.shape.as_value()));
        self.read.iter().flatten().for_each(|r| t.visit(r.shape.as_value()));
    }
    /// Writes a value into `out`, which is empty; false if it is not for here. Runs no script.
    pub fn write(&mut self, v: &Value, out: &mut Vec<u8>) -> bool {
        Writer { quick: self, out, met: [0; MAX_SHARED], count: 0 }.value(v, 0)
    }
    /// Reads what [`Quick::write`] has written at the other end.
    pub fn read(&mut self, cx: &Context, bytes: &[u8]) -> Result {
        let mut r = Reader { quick: self, cx, bytes };
        let v = r.value(0)?;
        if r.bytes.is_empty() { Ok(v) } else { Err(r.bad()) }
    }
}

struct Writer<'a> {
    quick: &'a mut Quick,
    out: &'a mut Vec<u8>,
    /// Addresses of objects that are held more than once.
    met: [usize; MAX_SHARED],
    count: usize,
}

impl Writer<'_> {
    fn value(&mut self, v: &Value, depth: usize) -> bool {
        if self.out.len() > MAX_BYTES {
            return false;
        }
        if let Some(i) = v.as_int() {
            self.out.push(tag::INT);
            self.out.extend_from_slice(&i.to_le_bytes());
        } else if let Some(s) = v.as_string() {
            return match s.flat_chars() {
                Some(Chars::Latin1(b)) if b.len() <= MAX_BYTES => {
                    self.head(tag::LATIN1, b.len());
                    self.out.extend_from_slice(b);
                    true
                }
                Some(Chars::Utf16(u)) if u.len() <= MAX_BYTES / 2 => {
                    self.head(tag::UTF16, u.len());
                    self.out.extend(u.iter().flat_map(|u| u.to_le_bytes()));
                    true
                }
                _ => false,
            };
        } else if let Some(o) = v.as_object() {
            return depth < MAX_DEPTH && self.object(o, depth);
        } else if v.is_double() {
            self.out.push(tag::DOUBLE);
            self.out.extend_from_slice(&v.double_unchecked_get().to_le_bytes());
        } else if let Some(b) = v.as_bool() {
            self.out.push(if b { tag::TRUE } else { tag::FALSE });
        } else if v.is_undefined() {
            self.out.push(tag::UNDEFINED);
        } else if v.is_null() {
            self.out.push(tag::NULL);
        } else {
            return false;
        }
        true
    }
    fn head(&mut self, tag: u8, n: usize) {
        let n = (n as u16).to_le_bytes();
        self.out.extend_from_slice(&[tag, n[0], n[1]]);
    }
    fn object(&mut self, o: &Object, depth: usize) -> bool {
        // What is held once is not met twice.
        if o.header().count() > 1 {
            let addr = std::ptr::from_ref(o) as usize;
            if self.count == MAX_SHARED || self.met[..self.count].contains(&addr) {
                return false;
            }
            self.met[self.count] = addr;
            self.count += 1;
        }
        match o.class() {
            id::OBJECT if !o.has_flag(flag::LAZY) && !o.shape().is_dictionary() => self.plain(o, depth),
            // (The length is the one property that every array has.)
            id::ARRAY
                if o.uses_dense_elements()
                    && o.shape().slot_count() == 1
                    && o.element_count() == o.array_length() as usize
                    && o.element_count() <= MAX_BYTES =>
            {
                self.head(tag::ARRAY, o.element_count());
                o.dense_elements().iter().all(|v| self.value(v, depth + 1))
            }
            _ => false,
        }
    }
    fn plain(&mut self, o: &Object, depth: usize) -> bool {
        let shape = o.shape();
        let place = (std::ptr::from_ref(shape) as usize >> 5) % REMEMBERED;
        if self.quick.written[place].as_ref().is_none_or(|w| !w.shape.is(shape)) {
            let new = Written { shape: Gc::from_ref(shape), keys: keys(shape) };
            self.quick.written[place] = Some(new);
        }
        match &self.quick.written[place] {
            Some(Written { keys: Some(keys), .. }) => self.out.extend_from_slice(keys),
            _ => return false,
        }
        (0..shape.slot_count()).all(|i| self.value(o.slot(i), depth + 1))
    }
}

/// The keys of a shape's objects, written out, if all their properties are plain data with short names.
#[cold]
fn keys(shape: &Shape) -> Option<Box<[u8]>> {
    let n = shape.slot_count();
    if n > MAX_KEYS {
        return None;
    }
    let mut out = vec![tag::OBJECT, 0, 0];
    for i in 0..n {
        let (k, f) = shape.prop_at(i)?;
        let Some(Chars::Latin1(text)) = k.as_str().and_then(|s| s.flat_chars()) else { return None };
        if f != prop::ALL || text.len() > 255 {
            return None;
        }
        out.push(text.len() as u8);
        out.extend_from_slice(text);
    }
    let n = u16::try_from(out.len() - 3).ok()?.to_le_bytes();
    out[1..3].copy_from_slice(&n);
    Some(out.into())
}

struct Reader<'a> {
    quick: &'a mut Quick,
    cx: &'a Context,
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    #[cold]
    fn bad(&self) -> Thrown {
        self.cx.throw_syntax("invalid message")
    }
    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        match self.bytes.split_at_checked(n) {
            Some((a, b)) => {
                self.bytes = b;
                Ok(a)
            }
            None => Err(self.bad()),
        }
    }
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        match self.bytes.split_first_chunk::<N>() {
            Some((a, b)) => {
                self.bytes = b;
                Ok(*a)
            }
            None => Err(self.bad()),
        }
    }
    fn size(&mut self) -> Result<usize> {
        Ok(u16::from_le_bytes(self.array()?) as usize)
    }
    fn value(&mut self, depth: usize) -> Result {
        let [t] = self.array()?;
        Ok(match t {
            tag::INT => Value::int(i32::from_le_bytes(self.array()?)),
            tag::LATIN1 => {
                let n = self.size()?;
                self.cx.rt().new_latin1(self.take(n)?)?.into()
            }
            tag::OBJECT if depth < MAX_DEPTH => return self.object(depth),
            tag::ARRAY if depth < MAX_DEPTH => {
                let n = self.size()?;
                let a = self.cx.new_array(n.min(self.bytes.len()))?;
                for _ in 0..n {
                    a.push_element(self.value(depth + 1)?)?;
                }
                a.into()
            }
            tag::DOUBLE => Value::double_unchecked(f64::from_le_bytes(self.array()?)),
            tag::UTF16 => {
                let n = self.size()?;
                let units: Vec<u16> =
                    self.take(n * 2)?.chunks_exact(2).map(|c| u16::from_le_bytes([c[0], c[1]])).collect();
                self.cx.rt().new_utf16(&units)?.into()
            }
            tag::UNDEFINED => Value::UNDEFINED,
            tag::NULL => Value::NULL,
            tag::FALSE => Value::FALSE,
            tag::TRUE => Value::TRUE,
            _ => return Err(self.bad()),
        })
    }
    fn object(&mut self, depth: usize) -> Result {
        let n = self.size()?;
        let keys = self.take(n)?;
        // (Any place will do; of like objects most differ in length or in the last letter.)
        let place = (n ^ keys.last().map_or(0, |&b| b as usize)) % REMEMBERED;
        if self.quick.read[place].as_ref().is_none_or(|r| *r.keys != *keys) {
            let shape = self.shape(keys)?;
            self.quick.read[place] = Some(Read { keys: keys.into(), shape });
        }
        let Some(shape) = self.quick.read[place].as_ref().map(|r| r.shape.clone()) else {
            return Err(self.bad());
        };
        let nothing = std::iter::repeat_n(Value::UNDEFINED, shape.slot_count());
        let Some(o) = Object::alloc_filled(self.cx.rt(), &shape, nothing)? else { return Err(self.bad()) };
        for i in 0..shape.slot_count() {
            o.set_slot(i, self.value(depth + 1)?);
        }
        Ok(o.into())
    }
    #[cold]
    fn shape(&self, keys: &[u8]) -> Result<Gc<Shape>> {
        let mut shape = self.cx.object_shape();
        let mut rest = keys;
        let mut count = 0;
        while let Some((&n, after)) = rest.split_first() {
            let Some((text, after)) = after.split_at_checked(n as usize) else { return Err(self.bad()) };
            rest = after;
            count += 1;
            let c = Chars::Latin1(text);
            // Plain objects have their indices elsewhere.
            if count > MAX_KEYS || parse_index(c).is_some_and(|i| i <= i32::MAX as u32) {
                return Err(self.bad());
            }
            let key = self.cx.rt().key_from_chars(c)?;
            if shape.lookup(&key).is_some() {
                return Err(self.bad());
            }
            shape = shape.add(self.cx.rt(), &key, prop::ALL)?;
        }
        Ok(shape)
    }
}
