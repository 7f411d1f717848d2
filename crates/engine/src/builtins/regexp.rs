//! RegExp (22.2): the constructor, `exec` and what matching is made of, the prototype's getters, the legacy statics.
//! See also `regexp_symbols` for the methods that String.prototype calls.

use super::string_proto::is_reg_exp;
use crate::context::{Context, Intrinsic, STACK_OVERFLOW};
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::object::Object;
use crate::object::class::{ClassId, Payload, id, vt_of};
use crate::object::function::{Call, FunctionSpec, NativeData, NativeFn};
use crate::object::lazy::{
    Def, DefKey, What, define_all, getter, getter_magic, make_constructor, method, symbol_getter,
    symbol_method, tag,
};
use crate::object::shape::{Shape, prop};
use crate::ops::{same_value, to_boolean};
use crate::runtime::Runtime;
use crate::text::atoms::PropertyKey;
use crate::text::build::StringBuilder;
use crate::text::names::{Name, Sym};
use crate::text::{Chars, Str};
use crate::value::{Result, Thrown, Value};
use qjs_regexp::{CompileError, ExecError, Flags, Limits, Matcher, Program, Text, UNDEFINED};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

const STATICS: &[Def] = &[
    method("escape", escape, 1),
    symbol_getter(Sym::species, |c| Ok(c.this.clone())),
    Def { key: DefKey::S("input"), what: What::GetSet(legacy, set_input, INPUT), flags: prop::CONFIGURABLE },
    Def { key: DefKey::S("$_"), what: What::GetSet(legacy, set_input, INPUT), flags: prop::CONFIGURABLE },
    getter_magic("lastMatch", legacy, 0),
    getter_magic("$&", legacy, 0),
    getter_magic("lastParen", legacy, LAST_PAREN),
    getter_magic("$+", legacy, LAST_PAREN),
    getter_magic("leftContext", legacy, LEFT),
    getter_magic("$`", legacy, LEFT),
    getter_magic("rightContext", legacy, RIGHT),
    getter_magic("$'", legacy, RIGHT),
    getter_magic("$1", legacy, 1),
    getter_magic("$2", legacy, 2),
    getter_magic("$3", legacy, 3),
    getter_magic("$4", legacy, 4),
    getter_magic("$5", legacy, 5),
    getter_magic("$6", legacy, 6),
    getter_magic("$7", legacy, 7),
    getter_magic("$8", legacy, 8),
    getter_magic("$9", legacy, 9),
];

const MEMBERS: &[Def] = &[
    getter("flags", flags),
    getter("source", source),
    getter_magic("global", flag, b'g' as i32),
    getter_magic("ignoreCase", flag, b'i' as i32),
    getter_magic("multiline", flag, b'm' as i32),
    getter_magic("dotAll", flag, b's' as i32),
    getter_magic("unicode", flag, b'u' as i32),
    getter_magic("unicodeSets", flag, b'v' as i32),
    getter_magic("sticky", flag, b'y' as i32),
    getter_magic("hasIndices", flag, b'd' as i32),
    method("exec", exec, 1),
    method("compile", compile_method, 2),
    method("test", test, 1),
    method("toString", to_string, 0),
    symbol_method(Sym::replace, super::regexp_symbols::replace, 2),
    symbol_method(Sym::match_, super::regexp_symbols::match_, 1),
    symbol_method(Sym::matchAll, super::regexp_symbols::match_all, 1),
    symbol_method(Sym::search, super::regexp_symbols::search, 1),
    symbol_method(Sym::split, super::regexp_symbols::split, 2),
];

const ITERATOR: &[Def] =
    &[method("next", super::regexp_symbols::iterator_next, 0), tag("RegExp String Iterator")];

/// Makes %RegExp%, %RegExp.prototype% and %RegExpStringIteratorPrototype%.
pub fn init(cx: &Context) -> Result<()> {
    let proto = cx.new_object_with_proto(Some(cx.object_prototype()))?;
    cx.set_intrinsic(Intrinsic::RegExpPrototype, proto.clone());
    let spec = FunctionSpec { f: constructor, name: "RegExp", length: 2, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, STATICS, MEMBERS)?;
    cx.set_intrinsic(Intrinsic::RegExp, f);
    let parent = cx.intrinsic(Intrinsic::IteratorPrototype)?.clone();
    let it = cx.new_object_with_proto(Some(&parent))?;
    define_all(cx, &it, ITERATOR)?;
    cx.set_intrinsic(Intrinsic::RegExpStringIteratorPrototype, it);
    Ok(())
}

pub(crate) use super::regexp_symbols::iterator_step;
/// %RegExpStringIteratorPrototype%.next
pub(crate) const ITERATOR_NEXT: NativeFn = super::regexp_symbols::iterator_next;

pub(crate) fn class(c: ClassId) -> super::Behaviour {
    if c == id::REGEXP {
        (Some(vt_of::<RegExpData>()), None)
    } else {
        (Some(vt_of::<super::regexp_symbols::StringIterator>()), None)
    }
}

/// The payload of regular expressions. `lastIndex` is always the property in slot 0.
pub(crate) struct RegExpData {
    program: RefCell<Rc<Program>>,
    source: RefCell<Gc<Str>>,
    flags: RefCell<Gc<Str>>,
    /// Bytes charged for a program of the object's own.
    charged: Cell<usize>,
    /// [[LegacyFeaturesEnabled]]: made by %RegExp% itself, no subclass.
    legacy: bool,
    /// The address of the realm it was made in ([[Realm]]), to compare.
    realm: usize,
}
impl Payload for RegExpData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::REGEXP..=id::REGEXP;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(self.source.borrow().as_value());
        t.visit(self.flags.borrow().as_value());
    }
    fn heap_bytes(&self) -> usize {
        self.charged.get()
    }
}
impl Drop for RegExpData {
    fn drop(&mut self) {
        let n = self.charged.get();
        if n != 0 {
            self.source.borrow().runtime().discharge(n);
        }
    }
}
impl RegExpData {
    pub(super) fn program(&self) -> Rc<Program> {
        self.program.borrow().clone()
    }
    pub(super) fn original_source(&self) -> Gc<Str> {
        self.source.borrow().clone()
    }
}

/// [[OriginalSource]] and [[OriginalFlags]] of a regular expression; None for other objects.
pub(crate) fn source_and_flags(o: &Object) -> Option<(Gc<Str>, Gc<Str>)> {
    o.data::<RegExpData>().map(|d| (d.original_source(), d.flags.borrow().clone()))
}

fn realm_address(cx: &Context) -> usize {
    cx as *const Context as usize
}

/// The regular expression's data, if the value is one.
#[inline]
pub(super) fn data(v: &Value) -> Option<&RegExpData> {
    v.as_object()?.data::<RegExpData>()
}

// ---- compiling

fn text(c: Chars<'_>) -> Text<'_> {
    match c {
        Chars::Latin1(s) => Text::Latin1(s),
        Chars::Utf16(s) => Text::Utf16(s),
    }
}
fn limits(rt: &Runtime) -> Limits {
    Limits { stack_limit: rt.stack_limit.get(), memory_limit: rt.memory_left() }
}

/// A program that was compiled from this (Latin-1) pattern with these flags.
pub(crate) type Cached = Option<(Box<[u8]>, Flags, Rc<Program>)>;
/// Programs that a runtime keeps for patterns compiled again and again; small ones only.
const CACHE: usize = 32;
const CACHED_BYTES: usize = 4096;

/// Where a pattern's program may be kept.
fn cache_place(rt: &Runtime, source: Chars<'_>, f: Flags) -> Option<usize> {
    if source.len() > 128 || source.is_empty() || matches!(source, Chars::Utf16(_)) {
        return None;
    }
    Some((crate::text::hash_chars(rt, source) as usize).wrapping_add(f.bits() as usize) % CACHE)
}

/// Compiles a pattern; a SyntaxError if it or the flags are wrong.
pub fn compile(cx: &Context, source: &Str, flags: &Str) -> Result<Rc<Program>> {
    let Some(f) = Flags::parse(text(flags.chars()?)) else {
        return Err(cx.throw_syntax("invalid regular expression flags"));
    };
    let chars = source.chars()?;
    let place = cache_place(cx.rt(), chars, f);
    if let (Some(i), Chars::Latin1(s)) = (place, chars)
        && let Some(Some((t, g, p))) = cx.rt().regexp_cache.borrow().get(i)
        && *g == f
        && **t == *s
    {
        return Ok(p.clone());
    }
    match qjs_regexp::compile(text(chars), f, &limits(cx.rt())) {
        Ok(p) => {
            let p = Rc::new(p);
            if let (Some(i), Chars::Latin1(s)) = (place, chars)
                && p.byte_size() <= CACHED_BYTES
            {
                let mut cache = cx.rt().regexp_cache.borrow_mut();
                cache.resize(CACHE, None);
                cache[i] = Some((s.into(), f, p.clone()));
            }
            Ok(p)
        }
        Err(CompileError::Syntax { message, .. }) => {
            Err(cx.throw_syntax(&format!("invalid regular expression: {message}")))
        }
        Err(CompileError::OutOfMemory) => Err(cx.throw_oom()),
        Err(CompileError::StackOverflow) => Err(cx.throw_range(STACK_OVERFLOW)),
    }
}

/// Checks a literal's pattern and flags, for the parser.
pub fn check_literal(rt: &Runtime, pattern: Chars<'_>, flags: Chars<'_>) -> std::result::Result<(), String> {
    let Some(f) = Flags::parse(text(flags)) else {
        return Err("invalid regular expression flags".into());
    };
    match qjs_regexp::check(text(pattern), f, &limits(rt)) {
        Ok(()) => Ok(()),
        Err(CompileError::Syntax { message, .. }) => Err(format!("invalid regular expression: {message}")),
        Err(CompileError::OutOfMemory) => Err("out of memory".into()),
        Err(CompileError::StackOverflow) => Err(STACK_OVERFLOW.into()),
    }
}

/// A regular expression with a compiled program (RegExpAlloc and RegExpInitialize in one).
fn new_object(
    cx: &Context,
    proto: &Object,
    program: Rc<Program>,
    source: Gc<Str>,
    flags: Gc<Str>,
    legacy: bool,
) -> Result<Gc<Object>> {
    let shape = Shape::root(cx.rt(), Some(proto))?;
    let data = RegExpData {
        program: RefCell::new(program),
        source: RefCell::new(source),
        flags: RefCell::new(flags),
        charged: Cell::new(0),
        legacy,
        realm: realm_address(cx),
    };
    let o = Object::alloc(cx.rt(), shape, id::REGEXP, 1, data)?;
    o.add_property(cx.name(Name::lastIndex), Value::int(0), prop::WRITABLE)?;
    Ok(o)
}

/// What a regular expression literal makes each time it is evaluated.
pub fn from_literal(
    cx: &Context,
    program: Rc<Program>,
    source: Gc<Str>,
    flags: Gc<Str>,
) -> Result<Gc<Object>> {
    let proto = cx.intrinsic(Intrinsic::RegExpPrototype)?;
    new_object(cx, proto, program, source, flags, true)
}

/// Charges the runtime for a program of the object's own.
fn charge(cx: &Context, d: &RegExpData, program: &Program) -> Result<()> {
    let n = program.byte_size();
    if !cx.rt().charge(n) {
        return Err(cx.throw_oom());
    }
    cx.rt().discharge(d.charged.replace(n));
    Ok(())
}

/// The string of a pattern or flags argument.
fn string_or_empty(cx: &Context, v: &Value) -> Result<Gc<Str>> {
    if v.is_undefined() { Ok(cx.rt().atoms.empty()) } else { cx.to_string(v) }
}

/// RegExpCreate (22.2.3.1)
pub fn create(cx: &Context, pattern: &Value, flags: &Value) -> Result<Gc<Object>> {
    let proto = cx.intrinsic(Intrinsic::RegExpPrototype)?.clone();
    initialize(cx, &proto, pattern, flags, true)
}

/// RegExpInitialize (22.2.3.3) of a fresh object.
fn initialize(
    cx: &Context,
    proto: &Object,
    pattern: &Value,
    flags: &Value,
    legacy: bool,
) -> Result<Gc<Object>> {
    let p = string_or_empty(cx, pattern)?;
    let f = string_or_empty(cx, flags)?;
    let program = compile(cx, &p, &f)?;
    let o = new_object(cx, proto, program.clone(), p, f, legacy)?;
    if let Some(d) = o.data::<RegExpData>() {
        charge(cx, d, &program)?;
    }
    Ok(o)
}

/// RegExp(pattern, flags) (22.2.4.1)
fn constructor(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (pattern, flags) = (c.arg(0), c.arg(1));
    let pattern_is_reg_exp = is_reg_exp(cx, pattern)?;
    let callee = c.callee.to_value();
    let new_target = if c.is_construct() {
        c.new_target
    } else {
        if pattern_is_reg_exp && flags.is_undefined() {
            let k = cx.get_v(pattern, cx.name(Name::constructor))?;
            if same_value(&k, &callee) {
                return Ok(pattern.clone());
            }
        }
        &callee
    };
    let (p, f): (Value, Value);
    if let Some(d) = data(pattern) {
        p = d.source.borrow().to_value();
        f = if flags.is_undefined() { d.flags.borrow().to_value() } else { flags.clone() };
    } else if pattern_is_reg_exp {
        p = cx.get_v(pattern, cx.name(Name::source))?;
        f = if flags.is_undefined() { cx.get_v(pattern, cx.name(Name::flags))? } else { flags.clone() };
    } else {
        p = pattern.clone();
        f = flags.clone();
    }
    let proto = cx.prototype_from_constructor(new_target, Intrinsic::RegExpPrototype)?;
    let legacy = new_target.same_bits(&callee);
    Ok(initialize(cx, &proto, &p, &f, legacy)?.into())
}

/// RegExp.prototype.compile (B.2.4.1)
fn compile_method(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let Some(d) = data(c.this) else {
        return Err(cx.throw_type("not a RegExp object"));
    };
    if d.realm != realm_address(cx) || !d.legacy {
        return Err(cx.throw_type("RegExp.prototype.compile on an instance of another realm or a subclass"));
    }
    let (pattern, flags) = (c.arg(0), c.arg(1));
    let (p, f) = match data(pattern) {
        Some(o) => {
            if !flags.is_undefined() {
                return Err(cx.throw_type("flags must be undefined"));
            }
            (o.source.borrow().clone(), o.flags.borrow().clone())
        }
        None => (string_or_empty(cx, pattern)?, string_or_empty(cx, flags)?),
    };
    let program = compile(cx, &p, &f)?;
    charge(cx, d, &program)?;
    let old = (d.program.replace(program), d.source.replace(p), d.flags.replace(f));
    drop(old);
    if let Some(o) = c.this.as_object() {
        set_last_index(cx, o, Value::int(0))?;
    }
    Ok(c.this.clone())
}

/// RegExp.escape (22.2.5.1)
fn escape(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let Some(s) = c.arg(0).as_string() else {
        return Err(cx.throw_type("not a string"));
    };
    let chars = s.chars()?;
    let mut b = StringBuilder::new(cx.rt());
    let hex = |n: u32| b"0123456789abcdef"[n as usize & 15];
    let mut i = 0;
    while i < chars.len() {
        let (p, n) = chars.code_point_at(i);
        let ascii = u8::try_from(p).ok().filter(u8::is_ascii);
        // EncodeForRegExpEscape (22.2.5.1.1)
        match ascii {
            Some(a) if i == 0 && a.is_ascii_alphanumeric() => {
                b.push_chars(Chars::Latin1(&[b'\\', b'x', hex(p >> 4), hex(p)]))?;
            }
            Some(a) if b"^$\\.*+?()[]{}|/".contains(&a) => b.push_chars(Chars::Latin1(&[b'\\', a]))?,
            Some(a @ 9..=13) => b.push_chars(Chars::Latin1(&[b'\\', b"tnvfr"[a as usize - 9]]))?,
            _ => {
                let odd = ascii.is_some_and(|a| b",-=<>#&!%:;@~'`\"".contains(&a))
                    || (n == 1 && (qjs_numeric::is_js_whitespace(p as u16) || (0xd800..0xe000).contains(&p)));
                if !odd {
                    b.push_code_point(p)?;
                } else if p <= 0xff {
                    b.push_chars(Chars::Latin1(&[b'\\', b'x', hex(p >> 4), hex(p)]))?;
                } else {
                    b.push_chars(Chars::Latin1(&[
                        b'\\',
                        b'u',
                        hex(p >> 12),
                        hex(p >> 8),
                        hex(p >> 4),
                        hex(p),
                    ]))?;
                }
            }
        }
        i += n;
    }
    Ok(b.finish()?.into())
}

// ---- matching

struct EngineHost<'a>(&'a Context);
impl qjs_regexp::Host for EngineHost<'_> {
    fn poll(&mut self) -> std::result::Result<(), ()> {
        self.0.poll_slow().map_err(|_| ())
    }
    fn charge(&mut self, bytes: usize) -> std::result::Result<(), ()> {
        if self.0.rt().charge(bytes) { Ok(()) } else { Err(()) }
    }
    fn release(&mut self, bytes: usize) {
        self.0.rt().discharge(bytes)
    }
}

/// The runtime's matcher and a vector for captures, taken while in use.
pub(super) struct Session<'a> {
    cx: &'a Context,
    matcher: Matcher,
    /// Two positions for each group of the last match.
    pub captures: Vec<u32>,
}
impl<'a> Session<'a> {
    pub fn new(cx: &'a Context) -> Session<'a> {
        let rt = cx.rt();
        let matcher = rt.regexp_matcher.take().unwrap_or_default();
        Session { cx, matcher, captures: rt.regexp_captures.take() }
    }
    /// Looks for a match in `s` from `start` on (with the sticky flag: at `start`); `captures` tells where it is.
    pub fn run(&mut self, program: &Program, s: &Str, start: usize) -> Result<bool> {
        let mut host = EngineHost(self.cx);
        match self.matcher.exec(program, text(s.chars()?), start, &mut self.captures, &mut host) {
            Ok(found) => Ok(found),
            Err(ExecError::Interrupted) => Err(Thrown),
            Err(ExecError::OutOfMemory) => Err(self.cx.throw_oom()),
        }
    }
    /// Group `i`'s begin and end, if it took part.
    #[inline]
    pub fn group(&self, i: usize) -> Option<(usize, usize)> {
        group(&self.captures, i)
    }
    /// Group `i`'s text or undefined.
    pub fn group_value(&self, s: &Str, i: usize) -> Result {
        match self.group(i) {
            Some((a, b)) => Ok(self.cx.rt().substring(s, a, b)?.into()),
            None => Ok(Value::UNDEFINED),
        }
    }
}
impl Drop for Session<'_> {
    fn drop(&mut self) {
        let rt = self.cx.rt();
        if let Ok(mut m) = rt.regexp_matcher.try_borrow_mut() {
            let mine = std::mem::take(&mut self.matcher);
            if let Some(mut other) = m.replace(mine) {
                // A match within a match left its own.
                other.clear(&mut EngineHost(self.cx));
            }
        }
        if self.captures.capacity() <= 4096
            && let Ok(mut c) = rt.regexp_captures.try_borrow_mut()
        {
            *c = std::mem::take(&mut self.captures);
        }
    }
}

/// Group `i`'s begin and end, if it took part.
#[inline]
fn group(captures: &[u32], i: usize) -> Option<(usize, usize)> {
    match (captures.get(2 * i), captures.get(2 * i + 1)) {
        (Some(&a), Some(&b)) if a != UNDEFINED && b != UNDEFINED && a <= b => Some((a as usize, b as usize)),
        _ => None,
    }
}

/// lastIndex as a property.
#[inline]
pub(super) fn last_index(o: &Object) -> Value {
    o.slot(0).clone()
}
/// Set(o, "lastIndex", v, true), on a regular expression.
#[inline]
pub(super) fn set_last_index(cx: &Context, o: &Object, v: Value) -> Result<()> {
    if o.shape().flags_at(0) & prop::WRITABLE == 0 {
        return Err(cx.throw_read_only(cx.name(Name::lastIndex)));
    }
    o.set_slot(0, v);
    Ok(())
}

/// RegExpBuiltinExec (22.2.7.2) without its result object: is there a match? `session` tells where.
pub(super) fn exec_raw(
    cx: &Context,
    o: &Object,
    d: &RegExpData,
    s: &Gc<Str>,
    session: &mut Session<'_>,
) -> Result<bool> {
    let start = match o.slot(0).as_int() {
        Some(i) => i.max(0) as u64,
        None => cx.to_length(&last_index(o))?,
    };
    let program = d.program();
    let flags = program.flags();
    let moves = flags.global() || flags.sticky();
    let start = if moves { start } else { 0 };
    let found = match usize::try_from(start) {
        Ok(i) if i <= s.len() => session.run(&program, s, i)?,
        _ => false,
    };
    if !found {
        if moves {
            set_last_index(cx, o, Value::int(0))?;
        }
        return Ok(false);
    }
    let (a, b) = session.group(0).unwrap_or((0, 0));
    if moves {
        set_last_index(cx, o, Value::int(b as i32))?;
    }
    remember(cx, o, d, s, a);
    Ok(true)
}

/// The result array of a match (22.2.7.2, steps 20 to 35).
pub(super) fn match_result(
    cx: &Context,
    program: &Program,
    s: &Gc<Str>,
    session: &Session<'_>,
) -> Result<Gc<Object>> {
    let rt = cx.rt();
    let n = program.capture_count();
    let indices = program.flags().has_indices();
    let room = if indices { 5 } else { 4 };
    let a = Object::new_array_with_room(rt, cx.array_shape(), n, room)?;
    let (begin, _) = session.group(0).unwrap_or((0, 0));
    a.add_property(cx.name(Name::index), Value::int(begin as i32), prop::ALL)?;
    a.add_property(cx.name(Name::input), s.to_value(), prop::ALL)?;
    let named = program.group_names().next().is_some();
    let groups = if named { Some(cx.new_object_with_proto(None)?) } else { None };
    let value = groups.as_ref().map_or(Value::UNDEFINED, |g| g.to_value());
    a.add_property(cx.name(Name::groups), value, prop::ALL)?;
    for i in 0..n {
        a.push_element(session.group_value(s, i)?)?;
    }
    if let Some(g) = &groups {
        fill_groups(cx, program, g, session, |i| session.group_value(s, i))?;
    }
    if indices {
        let list = Object::new_array_with_room(rt, cx.array_shape(), n, 2)?;
        let pair = |i: usize| -> Result {
            match session.group(i) {
                Some((x, y)) => Ok(cx.new_array_from([Value::int(x as i32), Value::int(y as i32)])?.into()),
                None => Ok(Value::UNDEFINED),
            }
        };
        let mut pairs = crate::heap::buf::Buf::with_capacity(rt, n)?;
        for i in 0..n {
            let p = pair(i)?;
            pairs.push(p.clone())?;
            list.push_element(p)?;
        }
        let mut value = Value::UNDEFINED;
        if named {
            let g = cx.new_object_with_proto(None)?;
            fill_groups(cx, program, &g, session, |i| Ok(pairs.get(i).cloned().unwrap_or_default()))?;
            value = g.into();
        }
        list.add_property(cx.name(Name::groups), value, prop::ALL)?;
        a.add_property(cx.name(Name::indices), list.into(), prop::ALL)?;
    }
    Ok(a)
}

/// The key of a group's name.
fn name_key(cx: &Context, name: &[u16]) -> Result<PropertyKey> {
    let mut narrow = [0u8; 32];
    if name.len() <= narrow.len() && name.iter().all(|&c| c < 256) {
        for (n, &c) in narrow.iter_mut().zip(name) {
            *n = c as u8;
        }
        return cx.rt().key_from_chars(Chars::Latin1(&narrow[..name.len()]));
    }
    cx.rt().key_from_chars(Chars::Utf16(name))
}

/// Gives a groups object its properties; of several groups with one name, the one that took part counts.
pub(super) fn fill_groups(
    cx: &Context,
    program: &Program,
    g: &Object,
    session: &Session<'_>,
    mut value: impl FnMut(usize) -> Result,
) -> Result<()> {
    for (name, i) in program.group_names() {
        let key = name_key(cx, name)?;
        match g.shape().lookup(&key) {
            None => g.add_property(&key, value(i)?, prop::ALL)?,
            Some((slot, _)) if session.group(i).is_some() => g.set_slot(slot, value(i)?),
            Some(_) => {}
        }
    }
    Ok(())
}

/// RegExpBuiltinExec (22.2.7.2)
pub(super) fn builtin_exec(cx: &Context, o: &Object, d: &RegExpData, s: &Gc<Str>) -> Result {
    let mut session = Session::new(cx);
    if !exec_raw(cx, o, d, s, &mut session)? {
        return Ok(Value::NULL);
    }
    let program = d.program();
    Ok(match_result(cx, &program, s, &session)?.into())
}

/// Is it the native function `f`?
pub(super) fn is_native(v: &Value, f: NativeFn) -> bool {
    v.as_object().and_then(|o| o.data::<NativeData>()).is_some_and(|d| std::ptr::fn_addr_eq(d.f, f))
}

/// RegExpExec (22.2.7.1): a result object or null.
pub(super) fn reg_exp_exec(cx: &Context, r: &Value, s: &Gc<Str>) -> Result {
    let f = cx.get_v(r, cx.name(Name::exec))?;
    let d = data(r);
    if f.is_callable() && !(d.is_some() && is_native(&f, exec)) {
        let result = cx.call(&f, r, &[s.to_value()])?;
        if !result.is_object() && !result.is_null() {
            return Err(cx.throw_type("object or null expected"));
        }
        return Ok(result);
    }
    match (r.as_object(), d) {
        (Some(o), Some(d)) => builtin_exec(cx, o, d, s),
        _ => Err(cx.throw_type("not a RegExp object")),
    }
}

/// The data of a regular expression that behaves as %RegExp.prototype% was made, so that nobody can see shortcuts:
/// no own properties but a writable lastIndex that is an int32, and the prototype's getters and `exec` untouched.
pub(super) fn pristine<'v>(cx: &Context, r: &'v Value) -> Result<Option<(&'v Object, &'v RegExpData)>> {
    let Some(o) = r.as_object() else {
        return Ok(None);
    };
    let Some(d) = o.data::<RegExpData>() else {
        return Ok(None);
    };
    let proto = cx.intrinsic(Intrinsic::RegExpPrototype)?;
    if o.shape().slot_count() != 1
        || !o.proto().is_some_and(|p| p.is(proto))
        || o.slot(0).as_int().is_none_or(|i| i < 0)
        || o.shape().flags_at(0) & prop::WRITABLE == 0
    {
        return Ok(None);
    }
    let proto = proto.clone();
    let epoch = Value::number(cx.rt().epoch.get() as f64);
    let slot = {
        let extra = cx.extra().borrow();
        match (extra.get(EPOCH), extra.get(EXEC_SLOT)) {
            (Some(e), Some(s)) if e.same_bits(&epoch) => s.as_int(),
            _ => None,
        }
    };
    let slot = match slot {
        Some(s) => s as usize,
        None => {
            if !getters_untouched(cx, &proto)? {
                return Ok(None);
            }
            let Some((slot, f)) = proto.find(cx, cx.name(Name::exec))? else {
                return Ok(None);
            };
            if f & prop::ACCESSOR != 0 {
                return Ok(None);
            }
            // Finding may have made lazy properties, which moves no slot.
            set_extra(cx, EPOCH, Value::number(cx.rt().epoch.get() as f64));
            set_extra(cx, EXEC_SLOT, Value::int(slot as i32));
            slot
        }
    };
    if slot >= proto.shape().slot_count() || !is_native(proto.slot(slot), exec) {
        return Ok(None);
    }
    Ok(Some((o, d)))
}

#[cold]
fn getters_untouched(cx: &Context, proto: &Object) -> Result<bool> {
    let is = |key: &PropertyKey, f: NativeFn, magic: i32| -> Result<bool> {
        let Some((slot, flags)) = proto.find(cx, key)? else {
            return Ok(false);
        };
        let getter = proto.slot(slot).as_gc::<crate::heap::Accessor>().map(|a| a.getter().clone());
        Ok(flags & prop::ACCESSOR != 0
            && getter.is_some_and(|g| {
                is_native(&g, f)
                    && g.as_object().and_then(|o| o.data::<NativeData>()).is_some_and(|d| d.magic == magic)
            }))
    };
    for (name, letter) in FLAG_GETTERS {
        if !is(cx.name(*name), flag, *letter as i32)? {
            return Ok(false);
        }
    }
    // @@match is asked by IsRegExp: a getter there could see it.
    match proto.find(cx, cx.symbol(Sym::match_))? {
        Some((_, f)) if f & prop::ACCESSOR == 0 => {}
        _ => return Ok(false),
    }
    is(cx.name(Name::flags), flags, 0)
}

/// Places in the realm's `extra` values.
const LAST_SUBJECT: usize = 0;
const LAST_REGEXP: usize = 1;
const LAST_START: usize = 2;
const EPOCH: usize = 3;
const EXEC_SLOT: usize = 4;
const LAST_INPUT: usize = 5;
const EXTRAS: usize = 6;

fn set_extra(cx: &Context, i: usize, v: Value) {
    let old = {
        let mut extra = cx.extra().borrow_mut();
        if extra.len() < EXTRAS {
            extra.resize(EXTRAS, Value::UNDEFINED);
        }
        match extra.get_mut(i) {
            Some(slot) => std::mem::replace(slot, v),
            None => v,
        }
    };
    drop(old);
}

// ---- legacy static properties (proposal-regexp-legacy-features)

const INPUT: i32 = 10;
const LAST_PAREN: i32 = 11;
const LEFT: i32 = 12;
const RIGHT: i32 = 13;

/// UpdateLegacyRegExpStaticProperties: keeps what is needed to make them when someone asks.
#[inline]
pub(super) fn remember(cx: &Context, o: &Object, d: &RegExpData, s: &Gc<Str>, start: usize) {
    if !d.legacy || d.realm != realm_address(cx) {
        return;
    }
    let (old_subject, old_regexp, old_input);
    {
        let mut extra = cx.extra().borrow_mut();
        if extra.len() < EXTRAS {
            extra.resize(EXTRAS, Value::UNDEFINED);
        }
        extra[LAST_START] = Value::int(start as i32);
        old_input = extra[LAST_INPUT].take();
        if extra[LAST_SUBJECT].same_bits(s.as_value()) && extra[LAST_REGEXP].same_bits(&o.to_value()) {
            return;
        }
        old_subject = std::mem::replace(&mut extra[LAST_SUBJECT], s.to_value());
        old_regexp = std::mem::replace(&mut extra[LAST_REGEXP], o.to_value());
    }
    drop((old_subject, old_regexp, old_input));
}

/// GetLegacyRegExpStaticProperty
fn legacy(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if !cx.intrinsic(Intrinsic::RegExp)?.as_value().same_bits(c.this) {
        return Err(cx.throw_type("not the RegExp constructor"));
    }
    let get = |i: usize| cx.extra().borrow().get(i).cloned().unwrap_or_default();
    if c.magic == INPUT && get(LAST_INPUT).is_string() {
        return Ok(get(LAST_INPUT));
    }
    let empty = || Ok(cx.name(Name::empty).raw().clone());
    let (subject, regexp) = (get(LAST_SUBJECT), get(LAST_REGEXP));
    let (Some(s), Some(d)) = (subject.as_string(), data(&regexp)) else {
        return empty();
    };
    if c.magic == INPUT {
        return Ok(s.into());
    }
    let program = d.program();
    let mut session = Session::new(cx);
    let start = get(LAST_START).as_int().unwrap_or(0).max(0) as usize;
    if !session.run(&program, s, start.min(s.len()))? {
        return empty();
    }
    let (a, b) = session.group(0).unwrap_or((0, 0));
    let n = program.capture_count();
    let v = match c.magic {
        LEFT => return Ok(cx.rt().substring(s, 0, a)?.into()),
        RIGHT => return Ok(cx.rt().substring(s, b, s.len())?.into()),
        LAST_PAREN if n > 1 => session.group_value(s, n - 1)?,
        LAST_PAREN => Value::UNDEFINED,
        i => session.group_value(s, i as usize)?,
    };
    if v.is_undefined() { empty() } else { Ok(v) }
}

/// SetLegacyRegExpStaticProperty, for `input`.
fn set_input(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if !cx.intrinsic(Intrinsic::RegExp)?.as_value().same_bits(c.this) {
        return Err(cx.throw_type("not the RegExp constructor"));
    }
    let s = cx.to_string(c.arg(0))?;
    set_extra(cx, LAST_INPUT, s.into());
    Ok(Value::UNDEFINED)
}

// ---- the prototype

/// `this` as a regular expression, or a TypeError.
fn this_regexp<'c>(c: &Call<'c>) -> Result<(&'c Object, &'c RegExpData)> {
    match (c.this.as_object(), data(c.this)) {
        (Some(o), Some(d)) => Ok((o, d)),
        _ => Err(c.cx.throw_type("not a RegExp object")),
    }
}

/// RegExp.prototype.exec (22.2.6.2)
pub(super) fn exec(c: &Call<'_>) -> Result {
    let (o, d) = this_regexp(c)?;
    let s = c.cx.to_string(c.arg(0))?;
    builtin_exec(c.cx, o, d, &s)
}

/// RegExp.prototype.test (22.2.6.16)
fn test(c: &Call<'_>) -> Result {
    let cx = c.cx;
    cx.expect_object(c.this)?;
    let s = cx.to_string(c.arg(0))?;
    if let Some((o, d)) = pristine(cx, c.this)? {
        let mut session = Session::new(cx);
        return Ok(Value::bool(exec_raw(cx, o, d, &s, &mut session)?));
    }
    Ok(Value::bool(!reg_exp_exec(cx, c.this, &s)?.is_null()))
}

/// RegExp.prototype.toString (22.2.6.17)
fn to_string(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let o = cx.expect_object(c.this)?;
    let source = cx.to_string(&o.get(cx, cx.name(Name::source))?)?;
    let flags = cx.to_string(&o.get(cx, cx.name(Name::flags))?)?;
    let mut b = StringBuilder::new(cx.rt());
    b.push_str("/")?;
    b.push_string(&source)?;
    b.push_str("/")?;
    b.push_string(&flags)?;
    Ok(b.finish()?.into())
}

/// The flags' properties in the order `flags` asks for them, and their letters.
const FLAG_GETTERS: &[(Name, u8)] = &[
    (Name::hasIndices, b'd'),
    (Name::global, b'g'),
    (Name::ignoreCase, b'i'),
    (Name::multiline, b'm'),
    (Name::dotAll, b's'),
    (Name::unicode, b'u'),
    (Name::unicodeSets, b'v'),
    (Name::sticky, b'y'),
];

/// get RegExp.prototype.flags (22.2.6.4)
fn flags(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let o = cx.expect_object(c.this)?;
    let mut letters = [0; 8];
    let mut n = 0;
    for (name, letter) in FLAG_GETTERS {
        if to_boolean(&o.get(cx, cx.name(*name))?) {
            letters[n] = *letter;
            n += 1;
        }
    }
    Ok(cx.rt().new_latin1(&letters[..n])?.into())
}

/// RegExpHasFlag (22.2.6.4.1); the magic number is the letter.
fn flag(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if let Some(d) = data(c.this) {
        let f = d.program.borrow().flags();
        return Ok(Value::bool(match c.magic as u8 {
            b'd' => f.has_indices(),
            b'g' => f.global(),
            b'i' => f.ignore_case(),
            b'm' => f.multiline(),
            b's' => f.dot_all(),
            b'u' => f.unicode(),
            b'v' => f.unicode_sets(),
            _ => f.sticky(),
        }));
    }
    if cx.intrinsic(Intrinsic::RegExpPrototype)?.as_value().same_bits(c.this) {
        return Ok(Value::UNDEFINED);
    }
    Err(cx.throw_type("not a RegExp object"))
}

/// get RegExp.prototype.source (22.2.6.13)
fn source(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let Some(d) = data(c.this) else {
        if cx.intrinsic(Intrinsic::RegExpPrototype)?.as_value().same_bits(c.this) {
            return cx.string("(?:)");
        }
        return Err(cx.throw_type("not a RegExp object"));
    };
    escape_pattern(cx, &d.original_source())
}

/// EscapeRegExpPattern (22.2.6.13.1)
fn escape_pattern(cx: &Context, s: &Gc<Str>) -> Result {
    let chars = s.chars()?;
    if chars.is_empty() {
        return cx.string("(?:)");
    }
    let odd = |u: u16| matches!(u, 0x2f | 10 | 13 | 0x2028 | 0x2029);
    if !chars.units().any(odd) {
        return Ok(s.to_value());
    }
    let mut b = StringBuilder::new(cx.rt());
    let (mut in_class, mut escaped) = (false, false);
    for u in chars.units() {
        let terminator = match u {
            10 => Some("n"),
            13 => Some("r"),
            0x2028 => Some("u2028"),
            0x2029 => Some("u2029"),
            _ => None,
        };
        if let Some(t) = terminator {
            if !escaped {
                b.push_str("\\")?;
            }
            b.push_str(t)?;
        } else {
            if u == 0x2f && !escaped && !in_class {
                b.push_str("\\")?;
            }
            b.push_unit(u)?;
        }
        if escaped {
            escaped = false;
        } else {
            match u {
                0x5c => escaped = true,
                0x5b => in_class = true,
                0x5d => in_class = false,
                _ => {}
            }
        }
    }
    Ok(b.finish()?.into())
}
