//! JSON.stringify (25.5.4).

use super::json::enumerable_own_keys;
use crate::context::Context;
use crate::heap::buf::Buf;
use crate::heap::{BigIntCell, Gc};
use crate::object::Object;
use crate::object::Shape;
use crate::object::class::id;
use crate::object::function::{Call, Primitive};
use crate::object::shape::prop;
use crate::text::atoms::PropertyKey;
use crate::text::build::StringBuilder;
use crate::text::names::Name;
use crate::text::{Chars, Str};
use crate::value::{Result, Value};
use std::rc::Rc;

/// JSON.stringify(value, replacer, space)
pub(super) fn stringify_method(c: &Call<'_>) -> Result {
    stringify(c.cx, c.arg(0), c.arg(1), c.arg(2))
}

/// The JSON text of a value (25.5.4), or undefined.
pub fn stringify(cx: &Context, value: &Value, replacer: &Value, space: &Value) -> Result {
    let rt = cx.rt();
    let mut s = Serializer {
        cx,
        out: StringBuilder::new(rt),
        replacer: None,
        list: None,
        gap: StringBuilder::new(rt),
        stack: Buf::new(rt),
        no_to_json: std::array::from_fn(|_| None),
    };
    if replacer.is_callable() {
        s.replacer = Some(replacer);
    } else if cx.is_array(replacer)? {
        s.property_list(replacer)?;
    }
    s.set_gap(space)?;
    let empty = cx.name(Name::empty);
    let mut holder = None;
    if s.replacer.is_some() {
        let w = cx.new_object()?;
        w.create_data_property(cx, empty, value.clone())?;
        holder = Some(w);
    }
    let holder: Option<&Object> = holder.as_deref();
    if s.property(holder, &Key::Property(empty), value.clone())? {
        Ok(s.out.finish()?.into())
    } else {
        Ok(Value::UNDEFINED)
    }
}

/// The key a value lies under: made a string only when a script asks.
enum Key<'a> {
    Property(&'a PropertyKey),
    Index(u64),
}
impl Key<'_> {
    fn to_value(&self, cx: &Context) -> Result {
        match self {
            Key::Property(k) => k.to_value(cx.rt()),
            Key::Index(i) => cx.rt().key_from_number(*i)?.to_value(cx.rt()),
        }
    }
}

const SHAPES: usize = 16;

struct Serializer<'a> {
    cx: &'a Context,
    out: StringBuilder<'a>,
    replacer: Option<&'a Value>,
    list: Option<Rc<Buf<PropertyKey>>>,
    gap: StringBuilder<'a>,
    /// The objects being serialized; its length is the indentation.
    stack: Buf<Gc<Object>>,
    /// Shapes whose objects have no toJSON anywhere, as long as prototypes stay as they were at that epoch.
    no_to_json: [Option<(Gc<Shape>, u32)>; SHAPES],
}

impl Serializer<'_> {
    /// The property list of an array given as replacer (step 5.b).
    fn property_list(&mut self, replacer: &Value) -> Result<()> {
        let cx = self.cx;
        let Some(a) = replacer.as_object() else {
            return Ok(());
        };
        let mut list = Buf::new(cx.rt());
        let mut seen = std::collections::HashSet::new();
        for i in 0..cx.length_of(a)? {
            cx.poll()?;
            let v = a.get_index(cx, i)?;
            let wrapper = v.as_object().is_some_and(|o| matches!(o.class(), id::STRING | id::NUMBER));
            if !(v.is_string() || v.is_number() || wrapper) {
                continue;
            }
            let text = cx.to_string(&v)?;
            let key = cx.rt().key_from_str(&text)?;
            if seen.try_reserve(1).is_err() {
                return Err(cx.throw_oom());
            }
            if seen.insert(key.bits()) {
                list.push(key)?;
            }
        }
        self.list = Some(Rc::new(list));
        Ok(())
    }

    /// The indentation unit (steps 6 to 9).
    fn set_gap(&mut self, space: &Value) -> Result<()> {
        let cx = self.cx;
        let mut space = space.clone();
        match space.as_object().map(|o| o.class()) {
            Some(id::NUMBER) => space = Value::number(cx.to_number(&space)?),
            Some(id::STRING) => space = cx.to_string(&space)?.into(),
            _ => {}
        }
        if space.is_number() {
            let n = cx.to_integer(&space)?.clamp(0.0, 10.0) as usize;
            self.gap.push_str(&"          "[..n])?;
        } else if let Some(s) = space.as_string() {
            self.gap.push_chars(s.chars()?.slice(0, s.len().min(10)))?;
        }
        Ok(())
    }

    /// Does reading `toJSON` of this object surely find nothing, without running anything?
    fn lacks_to_json(&mut self, o: &Object, key: &PropertyKey) -> bool {
        let epoch = self.cx.rt().epoch.get();
        let shape = o.shape();
        let place = (shape as *const Shape as usize >> 4) % SHAPES;
        if let Some((s, e)) = &self.no_to_json[place]
            && *e == epoch
            && s.is(shape)
            && o.exotic().is_none()
        {
            return true;
        }
        if shape.is_dictionary() {
            return false;
        }
        let mut cur: Option<&Object> = Some(o);
        while let Some(p) = cur {
            if p.exotic().is_some() || p.has_flag(crate::heap::flag::LAZY) || p.shape().lookup(key).is_some()
            {
                return false;
            }
            cur = p.proto().map(|g| &**g);
        }
        self.no_to_json[place] = Some((Gc::from_ref(shape), epoch));
        true
    }

    /// SerializeJSONProperty (25.5.4.2): appends the value's text; false where the result is undefined.
    fn property(&mut self, holder: Option<&Object>, key: &Key<'_>, mut v: Value) -> Result<bool> {
        let cx = self.cx;
        if v.is_object() || v.is_bigint() {
            let name = cx.name(Name::toJSON);
            if !v.as_object().is_some_and(|o| self.lacks_to_json(o, name)) {
                let f = cx.get_v(&v, name)?;
                if f.is_callable() {
                    v = cx.call(&f, &v, &[key.to_value(cx)?])?;
                }
            }
        }
        if let (Some(r), Some(h)) = (self.replacer, holder) {
            v = cx.call(r, h.to_gc().as_value(), &[key.to_value(cx)?, v])?;
        }
        if let Some(o) = v.as_object() {
            let unwrapped = match o.class() {
                id::NUMBER => Value::number(cx.to_number(&v)?),
                id::STRING => cx.to_string(&v)?.into(),
                id::BOOLEAN => o.data::<Primitive>().map_or(Value::FALSE, |p| p.0.clone()),
                id::BIGINT => {
                    o.data::<crate::object::function::BigIntPrimitive>().map_or(Value::NULL, |p| p.0.clone())
                }
                id::RAW_JSON => {
                    let raw = o.get(cx, cx.name(Name::rawJSON))?;
                    self.out.push_string(&*cx.to_string(&raw)?)?;
                    return Ok(true);
                }
                _ => {
                    if o.is_callable() {
                        return Ok(false);
                    }
                    let o = Gc::from_ref(o);
                    if cx.is_array(&v)? {
                        self.array(&o)?;
                    } else {
                        self.object(&o)?;
                    }
                    return Ok(true);
                }
            };
            v = unwrapped;
        }
        if let Some(s) = v.as_string() {
            quote(&mut self.out, s)?;
        } else if let Some(i) = v.as_int() {
            let mut buf = qjs_numeric::NumberBuffer::new();
            self.out.push_chars(Chars::Latin1(buf.format_int(i as i64).as_bytes()))?;
        } else if let Some(n) = v.as_number() {
            if n.is_finite() {
                let mut buf = qjs_numeric::NumberBuffer::new();
                self.out.push_chars(Chars::Latin1(buf.format(n).as_bytes()))?;
            } else {
                self.ascii("null")?;
            }
        } else if v.is_null() {
            self.ascii("null")?;
        } else if let Some(b) = v.as_bool() {
            self.ascii(if b { "true" } else { "false" })?;
        } else if v.as_gc::<BigIntCell>().is_some() {
            return Err(cx.throw_type("BigInt are forbidden in JSON.stringify"));
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    #[inline]
    fn ascii(&mut self, s: &str) -> Result<()> {
        self.out.push_chars(Chars::Latin1(s.as_bytes()))
    }
    fn newline(&mut self) -> Result<()> {
        if !self.gap.is_empty() {
            self.out.push_unit(10)?;
            for _ in 0..self.stack.len() {
                self.out.push_chars(self.gap.chars())?;
            }
        }
        Ok(())
    }
    fn enter(&mut self, o: &Gc<Object>) -> Result<()> {
        self.cx.check_stack()?;
        self.cx.poll()?;
        if self.stack.iter().any(|p| p.is(o)) {
            return Err(self.cx.throw_type("circular reference"));
        }
        self.stack.push(o.clone())
    }

    /// SerializeJSONArray (25.5.4.6)
    fn array(&mut self, o: &Gc<Object>) -> Result<()> {
        let cx = self.cx;
        self.enter(o)?;
        let n = cx.length_of(o)?;
        self.ascii("[")?;
        for i in 0..n {
            cx.poll()?;
            if i > 0 {
                self.ascii(",")?;
            }
            self.newline()?;
            let v = o.get_index(cx, i)?;
            if !self.property(Some(o), &Key::Index(i), v)? {
                self.ascii("null")?;
            }
        }
        self.stack.pop();
        if n > 0 {
            self.newline()?;
        }
        self.ascii("]")
    }

    /// SerializeJSONObject (25.5.4.5)
    fn object(&mut self, o: &Gc<Object>) -> Result<()> {
        let cx = self.cx;
        self.enter(o)?;
        self.ascii("{")?;
        let mut any = false;
        if let Some(list) = self.list.clone() {
            self.members(o, &list, &mut any)?;
        } else if let Some(shape) = plain_shape(o) {
            // A shared shape does not change: it is itself the list of keys.
            for i in 0..shape.slot_count() {
                let Some((key, flags)) = shape.prop_at(i) else {
                    continue;
                };
                if key.is_symbol() || flags & prop::ENUMERABLE == 0 {
                    continue;
                }
                let v = if flags & (prop::ACCESSOR | prop::SPECIAL) == 0 && shape.is(o.shape()) {
                    o.slot(i).clone()
                } else {
                    o.get(cx, &key)?
                };
                self.member(o, &key, v, &mut any)?;
            }
        } else {
            let keys = enumerable_own_keys(cx, o)?;
            self.members(o, &keys, &mut any)?;
        }
        self.stack.pop();
        if any {
            self.newline()?;
        }
        self.ascii("}")
    }
    fn members(&mut self, o: &Gc<Object>, keys: &[PropertyKey], any: &mut bool) -> Result<()> {
        for k in keys {
            self.cx.poll()?;
            let v = o.get(self.cx, k)?;
            self.member(o, k, v, any)?;
        }
        Ok(())
    }
    #[inline]
    fn member(&mut self, o: &Gc<Object>, key: &PropertyKey, v: Value, any: &mut bool) -> Result<()> {
        let before = self.out.mark();
        if *any {
            self.ascii(",")?;
        }
        self.newline()?;
        match key.as_str() {
            Some(s) => quote(&mut self.out, s)?,
            None => {
                let s = key.to_value(self.cx.rt())?;
                quote(&mut self.out, &*self.cx.to_string(&s)?)?;
            }
        }
        self.ascii(if self.gap.is_empty() { ":" } else { ": " })?;
        if self.property(Some(o), &Key::Property(key), v)? {
            *any = true;
        } else {
            self.out.reset(before);
        }
        Ok(())
    }
}

/// The shape of an ordinary object whose string keys its shape lists in order: shared, without indices.
fn plain_shape(o: &Object) -> Option<Gc<Shape>> {
    let shape = o.shape();
    if shape.is_dictionary()
        || o.exotic().is_some()
        || o.has_elements()
        || o.has_flag(crate::heap::flag::LAZY)
        || (0..shape.slot_count()).any(|i| shape.prop_at(i).is_none_or(|(k, _)| k.as_index().is_some()))
    {
        return None;
    }
    Some(Gc::from_ref(shape))
}

/// What has to be escaped among Latin-1 characters.
const fn escapes() -> [bool; 256] {
    let mut t = [false; 256];
    let mut i = 0;
    while i < 32 {
        t[i] = true;
        i += 1;
    }
    t[b'"' as usize] = true;
    t[b'\\' as usize] = true;
    t
}
static ESCAPES: [bool; 256] = escapes();

/// QuoteJSONString (25.5.4.3)
pub(super) fn quote(out: &mut StringBuilder<'_>, s: &Str) -> Result<()> {
    out.push_chars(Chars::Latin1(b"\""))?;
    match s.chars()? {
        Chars::Latin1(t) => {
            let mut from = 0;
            while let Some(n) = t[from..].iter().position(|&c| ESCAPES[c as usize]) {
                out.push_chars(Chars::Latin1(&t[from..from + n]))?;
                escape(out, t[from + n] as u16)?;
                from += n + 1;
            }
            out.push_chars(Chars::Latin1(&t[from..]))?;
        }
        Chars::Utf16(t) => {
            let chars = Chars::Utf16(t);
            let (mut from, mut i) = (0, 0);
            while i < t.len() {
                let (c, n) = chars.code_point_at(i);
                if c < 256 && ESCAPES[c as usize] || (0xd800..0xe000).contains(&c) {
                    out.push_chars(chars.slice(from, i))?;
                    escape(out, c as u16)?;
                    from = i + n;
                }
                i += n;
            }
            out.push_chars(chars.slice(from, t.len()))?;
        }
    }
    out.push_chars(Chars::Latin1(b"\""))
}

#[cold]
fn escape(out: &mut StringBuilder<'_>, c: u16) -> Result<()> {
    let short = match c {
        8 => b'b',
        9 => b't',
        10 => b'n',
        12 => b'f',
        13 => b'r',
        0x22 => b'"',
        0x5c => b'\\',
        _ => {
            let hex = |n: u16| b"0123456789abcdef"[(c >> n) as usize & 15];
            return out.push_chars(Chars::Latin1(&[b'\\', b'u', hex(12), hex(8), hex(4), hex(0)]));
        }
    };
    out.push_chars(Chars::Latin1(&[b'\\', short]))
}
