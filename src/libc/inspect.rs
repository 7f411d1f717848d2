//! Values as text for people: what console.log and the REPL show.
//!
//! No script runs while a value is looked at: getters are named and not called, proxies are shown as what they are
//! made of. Depth, the number of entries, the length of strings and the whole text are limited.

use qjs_engine::builtins::map_set::{MapData, SetData};
use qjs_engine::builtins::{date, promise, proxy};
use qjs_engine::object::buffer::{BufferData, ViewData, typed_array};
use qjs_engine::object::class::{ClassId, id};
use qjs_engine::object::function::{BigIntPrimitive, ErrorData, Primitive};
use qjs_engine::object::{Object, Property};
use qjs_engine::text::atoms::PropertyKey;
use qjs_engine::text::names::{Name, Sym};
use qjs_engine::text::{Chars, Str};
use qjs_engine::{Context, Result, Value, embed};

/// How a value is shown.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Objects deeper than this are named only.
    pub depth: usize,
    pub colors: bool,
    /// Properties that are not enumerable, too.
    pub show_hidden: bool,
}

impl Default for Style {
    fn default() -> Style {
        Style { depth: 2, colors: false, show_hidden: false }
    }
}

/// Entries of arrays, maps, sets and typed arrays that are shown.
const MAX_ENTRIES: usize = 100;
/// Properties of one object that are shown.
const MAX_PROPERTIES: usize = 500;
/// Characters of a string inside an object that are shown.
const MAX_STRING: usize = 10_000;
/// Past this many bytes the rest is left out.
const MAX_TEXT: usize = 1 << 20;
/// What fits on a line is put on a line.
const LINE: usize = 76;

/// ANSI colours by what they are for.
#[derive(Clone, Copy)]
enum Color {
    Number,
    Text,
    Symbol,
    Undefined,
    Null,
    Special,
    Date,
    Regexp,
}
impl Color {
    fn codes(self) -> (&'static str, &'static str) {
        match self {
            Color::Number => ("\x1b[33m", "\x1b[39m"),
            Color::Text | Color::Symbol => ("\x1b[32m", "\x1b[39m"),
            Color::Undefined => ("\x1b[90m", "\x1b[39m"),
            Color::Null => ("\x1b[1m", "\x1b[22m"),
            Color::Special => ("\x1b[36m", "\x1b[39m"),
            Color::Date => ("\x1b[35m", "\x1b[39m"),
            Color::Regexp => ("\x1b[31m", "\x1b[39m"),
        }
    }
}

/// A value as text. Errors of memory or stack are thrown; nothing else is.
pub fn inspect(cx: &Context, v: &Value, style: Style) -> Result<String> {
    let mut p = Printer { cx, style, path: Vec::new(), circular: Vec::new(), written: 0 };
    p.value(v, 0)
}

/// A string as a literal would spell it.
pub fn quote(s: Chars<'_>) -> String {
    let has = |q: u8| s.units().any(|u| u == q as u16);
    let q = [b'\'', b'"', b'`'].into_iter().find(|q| !has(*q)).unwrap_or(b'\'') as char;
    let mut out = String::new();
    out.push(q);
    escape(s, Some(q), &mut out);
    out.push(q);
    out
}
/// Escapes what does not print, and the quote.
fn escape(s: Chars<'_>, quote: Option<char>, out: &mut String) {
    let mut i = 0;
    while i < s.len() {
        let (c, n) = s.code_point_at(i);
        i += n;
        match char::from_u32(c) {
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some('\u{8}') => out.push_str("\\b"),
            Some('\u{c}') => out.push_str("\\f"),
            Some('\u{b}') => out.push_str("\\v"),
            Some('\\') => out.push_str("\\\\"),
            Some(c) if Some(c) == quote => {
                out.push('\\');
                out.push(c);
            }
            Some(c) if (c as u32) < 0x20 || (0x7f..0xa0).contains(&(c as u32)) => {
                out.push_str(&format!("\\x{:02X}", c as u32));
            }
            Some(c) => out.push(c),
            None => out.push_str(&format!("\\u{c:04X}")),
        }
    }
}

struct Printer<'a> {
    cx: &'a Context,
    style: Style,
    /// The objects that are being shown, outermost first.
    path: Vec<*const Object>,
    /// Those of them that were met again inside themselves, and how often.
    circular: Vec<(*const Object, usize)>,
    written: usize,
}

/// The parts of an object's text.
#[derive(Default)]
struct Parts {
    /// What precedes the brackets.
    prefix: String,
    entries: Vec<String>,
    /// `[ … ]` rather than `{ … }`.
    list: bool,
    /// Nothing is inside of brackets: the prefix says all.
    bare: bool,
}

impl Printer<'_> {
    fn paint(&self, text: &str, c: Color) -> String {
        if !self.style.colors {
            return text.to_owned();
        }
        let (on, off) = c.codes();
        format!("{on}{text}{off}")
    }
    fn special(&self, text: &str) -> String {
        self.paint(text, Color::Special)
    }

    fn value(&mut self, v: &Value, depth: usize) -> Result<String> {
        let text = match v.as_object() {
            Some(o) => self.object(o, depth)?,
            None => self.primitive(v)?,
        };
        self.written = self.written.saturating_add(text.len());
        Ok(text)
    }
    fn primitive(&self, v: &Value) -> Result<String> {
        Ok(if let Some(s) = v.as_string() {
            let chars = s.chars()?;
            let shown = chars.len().min(MAX_STRING);
            let mut t = self.paint(&quote(chars.slice(0, shown)), Color::Text);
            if shown < chars.len() {
                t.push_str(&format!("... {} more characters", chars.len() - shown));
            }
            t
        } else if let Some(n) = v.as_number() {
            let t = if n == 0.0 && n.is_sign_negative() {
                "-0".to_owned()
            } else {
                self.cx.to_string(v)?.to_lossy()
            };
            self.paint(&t, Color::Number)
        } else if v.is_bigint() {
            self.paint(&format!("{}n", self.cx.to_string(v)?.to_lossy()), Color::Number)
        } else if v.is_bool() {
            self.paint(&self.cx.describe(v), Color::Number)
        } else if v.is_symbol() {
            self.paint(&self.cx.describe(v), Color::Symbol)
        } else if v.is_null() {
            self.paint("null", Color::Null)
        } else {
            self.paint("undefined", Color::Undefined)
        })
    }

    fn object(&mut self, o: &Object, depth: usize) -> Result<String> {
        self.cx.check_stack()?;
        self.cx.poll()?;
        if self.path.iter().any(|p| std::ptr::eq(*p, o)) {
            let i = match self.meetings(o) {
                (Some(i), _) => i,
                (None, _) => {
                    self.circular.push((o, 0));
                    self.circular.len() - 1
                }
            };
            self.circular[i].1 += 1;
            let n = i + 1;
            return Ok(self.special(&format!("[Circular *{n}]")));
        }
        if self.written > MAX_TEXT {
            return Ok("...".to_owned());
        }
        let (_, before) = self.meetings(o);
        self.path.push(o);
        let parts = self.parts(o, depth);
        self.path.pop();
        let mut text = self.join(parts?, depth);
        if let (Some(i), now) = self.meetings(o)
            && now > before
        {
            text = format!("{} {text}", self.special(&format!("<ref *{}>", i + 1)));
        }
        Ok(text)
    }

    /// An object's number among those that contain themselves, and how often it was met inside itself.
    fn meetings(&self, o: &Object) -> (Option<usize>, usize) {
        match self.circular.iter().position(|(p, _)| std::ptr::eq(*p, o)) {
            Some(i) => (Some(i), self.circular[i].1),
            None => (None, 0),
        }
    }

    // ---- what an object is

    /// An own data property; nothing runs.
    fn own_data(&self, o: &Object, key: &PropertyKey) -> Result<Option<Value>> {
        if o.class() == id::PROXY {
            return Ok(None);
        }
        Ok(match o.ordinary_get_own(self.cx, key)? {
            Some(Property::Data { value, .. }) => Some(value),
            _ => None,
        })
    }
    /// A data property of an object or its prototypes; nothing runs.
    fn find_data(&self, o: &Object, key: &PropertyKey) -> Result<Option<Value>> {
        let mut at = Some(o.to_gc());
        let mut steps = 0;
        while let Some(p) = at {
            if let Some(v) = self.own_data(&p, key)? {
                return Ok(Some(v));
            }
            steps += 1;
            if steps > 100 || p.class() == id::PROXY {
                break;
            }
            at = p.proto().cloned();
        }
        Ok(None)
    }
    fn text_of(&self, v: Option<Value>) -> Option<String> {
        v.and_then(|v| v.as_string().map(Str::to_lossy)).filter(|s| !s.is_empty())
    }
    /// The name of the constructor that the object's prototype names; None without a prototype.
    fn constructor(&self, o: &Object) -> Result<Option<String>> {
        let mut at = o.proto().cloned();
        let mut steps = 0;
        while let Some(p) = at {
            if let Some(c) = self.own_data(&p, self.cx.name(Name::constructor))?
                && let Some(c) = c.as_object().filter(|c| c.is_callable())
                && let Some(n) = self.text_of(self.own_data(c, self.cx.name(Name::name))?)
            {
                return Ok(Some(n));
            }
            steps += 1;
            if steps > 100 || p.class() == id::PROXY {
                break;
            }
            at = p.proto().cloned();
        }
        Ok(None)
    }
    /// `Name`, or `[Name: null prototype]`; with the tag where it says more.
    fn title(&self, o: &Object, fallback: &str) -> Result<String> {
        let mut t = match self.constructor(o)? {
            Some(n) => n,
            None => format!("[{fallback}: null prototype]"),
        };
        if let Some(tag) = self.text_of(self.find_data(o, self.cx.symbol(Sym::toStringTag))?)
            && !t.contains(tag.as_str())
        {
            t.push_str(&format!(" [{tag}]"));
        }
        Ok(t)
    }

    fn parts(&mut self, o: &Object, depth: usize) -> Result<Parts> {
        let class = o.class();
        if class == id::PROXY {
            return self.proxy(o, depth);
        }
        if depth > self.style.depth {
            let t = match class {
                id::ARRAY => "[Array]".to_owned(),
                _ => format!("[{}]", self.title(o, "Object")?),
            };
            return Ok(Parts { prefix: self.special(&t), bare: true, ..Parts::default() });
        }
        let mut p = self.kind(o, class, depth)?;
        self.properties(o, class, depth, &mut p)?;
        Ok(p)
    }
    fn proxy(&mut self, o: &Object, depth: usize) -> Result<Parts> {
        let shown = match proxy::handler(o) {
            None => self.special("<revoked>"),
            Some(_) if depth > self.style.depth => self.special("[Object]"),
            Some(_) => {
                let target = proxy::target(self.cx, o)?;
                self.value(target.as_value(), depth + 1)?
            }
        };
        Ok(Parts { prefix: format!("Proxy({shown})"), bare: true, ..Parts::default() })
    }

    /// What the class has to say: the prefix, and entries that are no properties.
    fn kind(&mut self, o: &Object, class: ClassId, depth: usize) -> Result<Parts> {
        let cx = self.cx;
        let mut p = Parts::default();
        let sized = |p: &mut Parts, me: &Self, name: &str, n: usize| -> Result<()> {
            p.prefix = format!("{}({n}) ", me.title(o, name)?);
            Ok(())
        };
        if o.is_callable() {
            p.prefix = self.function(o)?;
            p.bare = true;
            return Ok(p);
        }
        match class {
            id::ARRAY => {
                let n = cx.length_of(o)?;
                p.list = true;
                let t = self.title(o, "Array")?;
                if t != "Array" {
                    p.prefix = format!("{t}({n}) ");
                }
                self.elements(o, n, depth, &mut p)?;
            }
            id::ARGUMENTS | id::MAPPED_ARGUMENTS | id::SLOW_ARGUMENTS => {
                p.list = true;
                p.prefix = "[Arguments] ".to_owned();
                let n = self.own_data(o, cx.name(Name::length))?.and_then(|v| v.as_int()).unwrap_or(0);
                self.elements(o, n.max(0) as u64, depth, &mut p)?;
            }
            id::UINT8C_ARRAY..=id::FLOAT64_ARRAY => {
                p.list = true;
                let Some((view, e)) = typed_array(o) else {
                    return Ok(p);
                };
                let n = view.current_length(e.shift()).unwrap_or(0);
                sized(&mut p, self, "TypedArray", n)?;
                for i in 0..n.min(MAX_ENTRIES) {
                    let raw = view.block().load(view.offset() + (i << e.shift()), e.size());
                    let v = e.to_value(cx.rt(), raw.unwrap_or(0))?;
                    p.entries.push(self.value(&v, depth + 1)?);
                }
                more(&mut p, n.saturating_sub(MAX_ENTRIES), "item");
            }
            id::MAP => {
                if let Some(m) = o.data::<MapData>() {
                    let mut list = Vec::new();
                    m.0.visit(|k, v| {
                        if list.len() < MAX_ENTRIES {
                            list.push((k.clone(), v.clone()));
                        }
                    });
                    sized(&mut p, self, "Map", m.0.len())?;
                    for (k, v) in &list {
                        let e = format!("{} => {}", self.value(k, depth + 1)?, self.value(v, depth + 1)?);
                        p.entries.push(e);
                    }
                    more(&mut p, m.0.len().saturating_sub(MAX_ENTRIES), "item");
                }
            }
            id::SET => {
                if let Some(s) = o.data::<SetData>() {
                    let mut list = Vec::new();
                    s.0.visit(|k, ()| {
                        if list.len() < MAX_ENTRIES {
                            list.push(k.clone());
                        }
                    });
                    sized(&mut p, self, "Set", s.0.len())?;
                    for k in &list {
                        p.entries.push(self.value(k, depth + 1)?);
                    }
                    more(&mut p, s.0.len().saturating_sub(MAX_ENTRIES), "item");
                }
            }
            id::WEAK_MAP | id::WEAK_SET => {
                p.prefix = format!("{} ", self.title(o, "WeakSet")?);
                p.entries.push(self.special("<items unknown>"));
            }
            id::ARRAY_BUFFER | id::SHARED_ARRAY_BUFFER => {
                p.prefix = format!("{} ", self.title(o, "ArrayBuffer")?);
                if let Some(b) = o.data::<BufferData>() {
                    self.bytes(b, &mut p)?;
                }
            }
            id::DATAVIEW => {
                p.prefix = format!("{} ", self.title(o, "DataView")?);
                if let Some(v) = o.data::<ViewData>() {
                    let n = v.current_length(0);
                    for (name, n) in [("byteLength", n.unwrap_or(0)), ("byteOffset", v.offset())] {
                        p.entries.push(format!("{name}: {}", self.paint(&n.to_string(), Color::Number)));
                    }
                    let buffer = self.value(v.buffer().as_value(), depth + 1)?;
                    p.entries.push(format!("buffer: {buffer}"));
                }
            }
            id::ERROR => {
                p.prefix = self.error(o)?;
                p.bare = true;
            }
            id::DATE => {
                let t = match date::time_value(o.to_gc().as_value()) {
                    Some(t) if !t.is_nan() => embed::iso_date(t),
                    _ => "Invalid Date".to_owned(),
                };
                p.prefix = self.paint(&t, Color::Date);
                p.bare = true;
            }
            id::REGEXP => {
                if let Some((source, flags)) = embed::regexp_text(o) {
                    let t = format!("/{}/{}", source.to_lossy(), flags.to_lossy());
                    p.prefix = self.paint(&t, Color::Regexp);
                }
                p.bare = true;
            }
            id::PROMISE => {
                p.prefix = format!("{} ", self.title(o, "Promise")?);
                let shown = match promise::state(o) {
                    Some((promise::State::Fulfilled, v)) => self.value(&v, depth + 1)?,
                    Some((promise::State::Rejected, v)) => {
                        format!("{} {}", self.special("<rejected>"), self.value(&v, depth + 1)?)
                    }
                    _ => self.special("<pending>"),
                };
                p.entries.push(shown);
            }
            id::NUMBER | id::STRING | id::BOOLEAN | id::SYMBOL | id::BIGINT => {
                let v = o.data::<Primitive>().map(|p| p.0.clone());
                let v = v.or_else(|| o.data::<BigIntPrimitive>().map(|p| p.0.clone())).unwrap_or_default();
                let t = self.title(o, "Object")?;
                let plain = Printer { style: Style { colors: false, ..self.style }, ..Printer::empty(cx) };
                p.prefix = self.paint(&format!("[{t}: {}]", plain.primitive(&v)?), Color::Text);
                p.bare = true;
            }
            id::MODULE_NS => p.prefix = "[Module: null prototype] ".to_owned(),
            id::GENERATOR | id::ASYNC_GENERATOR => {
                let t = if class == id::GENERATOR { "Generator" } else { "AsyncGenerator" };
                p.prefix = format!("Object [{t}] ");
            }
            _ => {
                let t = self.title(o, "Object")?;
                if t != "Object" {
                    p.prefix = format!("{t} ");
                }
            }
        }
        Ok(p)
    }
    fn empty(cx: &Context) -> Printer<'_> {
        Printer { cx, style: Style::default(), path: Vec::new(), circular: Vec::new(), written: 0 }
    }

    /// `[Function: name]`, `[class Name extends Base]`.
    fn function(&self, o: &Object) -> Result<String> {
        let name = self.text_of(self.own_data(o, self.cx.name(Name::name))?);
        let kind = embed::function_kind(o);
        let mut t = if kind == "class" {
            let mut t = format!("[class {}", name.as_deref().unwrap_or("(anonymous)"));
            let parent = o.proto().filter(|p| p.class() == id::FUNCTION || p.class() == id::NATIVE_FUNCTION);
            if let Some(p) = parent
                && let Some(n) = self.text_of(self.own_data(p, self.cx.name(Name::name))?)
            {
                t.push_str(&format!(" extends {n}"));
            }
            t
        } else {
            match name {
                Some(n) => format!("[{kind}: {n}"),
                None => format!("[{kind} (anonymous)"),
            }
        };
        t.push(']');
        Ok(self.special(&t))
    }

    /// The message and the stack.
    fn error(&self, o: &Object) -> Result<String> {
        let cx = self.cx;
        let name = match self.text_of(self.find_data(o, cx.name(Name::name))?) {
            Some(n) => n,
            None => "Error".to_owned(),
        };
        let message = self.text_of(self.find_data(o, cx.name(Name::message))?).unwrap_or_default();
        let mut t = if message.is_empty() { name } else { format!("{name}: {message}") };
        let stack = match self.text_of(self.own_data(o, cx.name(Name::stack))?) {
            Some(s) => Some(s),
            None => o.data::<ErrorData>().and_then(|d| self.text_of(d.stack.borrow().clone())),
        };
        match stack.map(|s| s.trim_end().to_owned()).filter(|s| !s.is_empty()) {
            Some(s) => {
                t.push('\n');
                t.push_str(&s);
                Ok(t)
            }
            None => Ok(format!("[{t}]")),
        }
    }
    fn bytes(&self, b: &BufferData, p: &mut Parts) -> Result<()> {
        const SHOWN: usize = 50;
        if b.is_detached() {
            p.entries.push("(detached)".to_owned());
        } else {
            let n = b.byte_length();
            let mut t = String::new();
            for i in 0..n.min(SHOWN) {
                t.push_str(&format!("{:02x} ", b.load(i, 1).unwrap_or(0)));
            }
            let mut t = t.trim_end().to_owned();
            if n > SHOWN {
                t.push_str(&format!(" ... {} more byte{}", n - SHOWN, if n - SHOWN > 1 { "s" } else { "" }));
            }
            p.entries.push(format!("[Uint8Contents]: <{t}>"));
        }
        let n = self.paint(&b.byte_length().to_string(), Color::Number);
        p.entries.push(format!("byteLength: {n}"));
        Ok(())
    }
    /// An array's elements, with holes counted.
    fn elements(&mut self, o: &Object, n: u64, depth: usize, p: &mut Parts) -> Result<()> {
        let mut i = 0;
        let mut holes = 0u64;
        let mut shown = 0;
        let flush = |holes: &mut u64, p: &mut Parts, me: &Self| {
            if *holes > 0 {
                let t = format!("<{holes} empty item{}>", if *holes > 1 { "s" } else { "" });
                p.entries.push(me.paint(&t, Color::Undefined));
                *holes = 0;
            }
        };
        // (A long array of holes is not walked through.)
        while i < n && shown < MAX_ENTRIES && i < 100_000 {
            let key = self.cx.rt().key_from_number(i)?;
            match o.ordinary_get_own(self.cx, &key)? {
                None => holes += 1,
                Some(found) => {
                    flush(&mut holes, p, self);
                    p.entries.push(self.property(found, depth)?);
                    shown += 1;
                }
            }
            i += 1;
        }
        if shown < MAX_ENTRIES && i < n {
            holes += n - i;
            i = n;
        }
        flush(&mut holes, p, self);
        more(p, usize::try_from(n - i).unwrap_or(usize::MAX), "item");
        Ok(())
    }

    // ---- properties

    fn property(&mut self, p: Property, depth: usize) -> Result<String> {
        match p {
            Property::Data { value, .. } if value.is_uninit() => Ok(self.special("<uninitialized>")),
            Property::Data { value, .. } => self.value(&value, depth + 1),
            Property::Accessor { getter, setter, .. } => {
                let t = match (getter.is_undefined(), setter.is_undefined()) {
                    (false, false) => "[Getter/Setter]",
                    (false, true) => "[Getter]",
                    _ => "[Setter]",
                };
                Ok(self.special(t))
            }
        }
    }
    fn key(&self, key: &PropertyKey, hidden: bool) -> Result<String> {
        let text = key.to_lossy();
        let t = if key.is_symbol() {
            format!("[{}]", self.paint(&self.cx.describe(key.raw()), Color::Symbol))
        } else if is_identifier(&text) || key.as_index().is_some() {
            text
        } else {
            let s = key.to_value(self.cx.rt())?;
            match s.as_string() {
                Some(s) => self.paint(&quote(s.chars()?), Color::Text),
                None => text,
            }
        };
        Ok(if hidden { format!("[{t}]") } else { t })
    }
    fn properties(&mut self, o: &Object, class: ClassId, depth: usize, p: &mut Parts) -> Result<()> {
        let cx = self.cx;
        let skips_elements = p.list || class == id::STRING;
        let keys = if class == id::MODULE_NS { o.own_keys(cx)? } else { o.ordinary_own_keys(cx)? };
        let mut shown = 0usize;
        let mut left = 0usize;
        for key in keys.iter() {
            if key.is_private() || (skips_elements && key.as_index().is_some()) {
                continue;
            }
            let found = if class == id::MODULE_NS {
                match o.get_own_property(cx, key) {
                    Ok(f) => f,
                    Err(_) => {
                        cx.rt().clear_exception();
                        Some(Property::data(Value::UNINIT, qjs_engine::object::shape::prop::ENUMERABLE))
                    }
                }
            } else {
                o.ordinary_get_own(cx, key)?
            };
            let Some(found) = found else {
                continue;
            };
            let hidden = !found.is_enumerable();
            let text = key.to_lossy();
            // Of an error, what led to it is worth seeing.
            let told = class == id::ERROR && !key.is_symbol() && (text == "cause" || text == "errors");
            if hidden && !told && (!self.style.show_hidden || (class == id::ERROR && text == "stack")) {
                continue;
            }
            if shown == MAX_PROPERTIES || self.written > MAX_TEXT {
                left += 1;
                continue;
            }
            shown += 1;
            let v = self.property(found, depth)?;
            let k = self.key(key, hidden)?;
            p.entries.push(format!("{k}: {v}"));
        }
        more(p, left, "property");
        Ok(())
    }

    // ---- layout

    fn join(&self, p: Parts, depth: usize) -> String {
        if p.bare && p.entries.is_empty() {
            return p.prefix;
        }
        let prefix = if p.bare { format!("{} ", p.prefix) } else { p.prefix };
        let (open, close) = if p.list { ("[", "]") } else { ("{", "}") };
        if p.entries.is_empty() {
            return format!("{prefix}{open}{close}");
        }
        let total: usize = p.entries.iter().map(|e| width(e) + 2).sum();
        let several_lines = p.entries.iter().any(|e| e.contains('\n'));
        if !several_lines && total + width(&prefix) + depth * 2 <= LINE && !prefix.contains('\n') {
            return format!("{prefix}{open} {} {close}", p.entries.join(", "));
        }
        let mut out = format!("{prefix}{open}\n");
        let lines = if p.list && !several_lines { columns(&p.entries) } else { p.entries };
        for (i, line) in lines.iter().enumerate() {
            // What is inside is two to the right.
            out.push_str("  ");
            out.push_str(&line.replace('\n', "\n  "));
            out.push_str(if i + 1 < lines.len() { ",\n" } else { "\n" });
        }
        out.push_str(close);
        out
    }
}

fn more(p: &mut Parts, n: usize, what: &str) {
    if n > 0 {
        let (stem, one) = what.strip_suffix('y').map_or((what, ""), |s| (s, "y"));
        let plural = if one.is_empty() { "s" } else { "ies" };
        p.entries.push(format!("... {n} more {stem}{}", if n > 1 { plural } else { one }));
    }
}
fn is_identifier(s: &str) -> bool {
    let ok = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    !s.is_empty() && s.chars().all(ok) && !s.starts_with(|c: char| c.is_ascii_digit())
}
/// Columns that a text takes: its characters, colours left out.
pub(super) fn width(s: &str) -> usize {
    let mut n = 0;
    let mut in_code = false;
    for c in s.chars() {
        match c {
            '\x1b' => in_code = true,
            'm' if in_code => in_code = false,
            _ if !in_code => n += 1,
            _ => {}
        }
    }
    n
}
/// Short entries of a list, several to a line and one below the other.
fn columns(entries: &[String]) -> Vec<String> {
    // That there are more is said on a line of its own.
    if let Some((last, rest)) = entries.split_last()
        && last.starts_with("... ")
    {
        let mut lines = columns(rest);
        lines.push(last.clone());
        return lines;
    }
    let widest = entries.iter().map(|e| width(e)).max().unwrap_or(0) + 2;
    let per_line = (LINE / widest).clamp(1, 16);
    if per_line == 1 || entries.len() <= 6 {
        return entries.to_vec();
    }
    let last = entries.len() - 1;
    let line = |(n, chunk): (usize, &[String])| {
        let mut t = String::new();
        for (i, e) in chunk.iter().enumerate() {
            if i > 0 {
                t.push(' ');
            }
            t.push_str(e);
            if i + 1 < chunk.len() && n * per_line + i < last {
                t.push(',');
                t.extend(std::iter::repeat_n(' ', widest - 2 - width(e)));
            }
        }
        t
    };
    entries.chunks(per_line).enumerate().map(line).collect()
}
