//! RegExp.prototype's symbol methods (22.2.6.8 to 22.2.6.14), which String.prototype's methods call, and RegExp
//! string iterators (22.2.9). Where nobody can see it, matches are run without result objects.

use super::regexp::{
    RegExpData, Session, builtin_exec, exec_raw, fill_groups, last_index, match_result, pristine,
    reg_exp_exec, remember, set_last_index,
};
use super::string_proto::{Captures, Substitution};
use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::buf::Buf;
use crate::heap::gc::Tracer;
use crate::object::Object;
use crate::object::class::{ClassId, Payload, id};
use crate::object::function::Call;
use crate::ops::same_value;
use crate::text::build::StringBuilder;
use crate::text::names::Name;
use crate::text::{Chars, Str};
use crate::value::{Result, Value};
use qjs_regexp::Program;
use std::cell::Cell;

/// AdvanceStringIndex (22.2.7.3)
fn advance(s: &Str, i: u64, unicode: bool) -> Result<u64> {
    if !unicode || i >= s.len() as u64 {
        return Ok(i + 1);
    }
    Ok(i + s.chars()?.code_point_at(i as usize).1 as u64)
}

fn has(flags: &Str, letter: u8) -> Result<bool> {
    Ok(flags.chars()?.index_of(Chars::Latin1(&[letter]), 0).is_some())
}

fn get_flags(cx: &Context, rx: &Object) -> Result<Gc<Str>> {
    let f = rx.get(cx, cx.name(Name::flags))?;
    cx.to_string(&f)
}

/// ToLength(Get(rx, "lastIndex"))
fn get_last_index(cx: &Context, rx: &Object) -> Result<u64> {
    let v = rx.get(cx, cx.name(Name::lastIndex))?;
    cx.to_length(&v)
}

/// After an empty match of a generic regular expression: moves lastIndex on.
fn step_over(cx: &Context, rx: &Object, s: &Str, unicode: bool) -> Result<()> {
    let i = get_last_index(cx, rx)?;
    let next = advance(s, i, unicode)?;
    rx.set(cx, cx.name(Name::lastIndex), Value::number(next as f64))
}

// ---- @@match, @@search

/// RegExp.prototype [ @@match ] (22.2.6.8)
pub(super) fn match_(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let rx = cx.expect_object(c.this)?;
    let s = cx.to_string(c.arg(0))?;
    if let Some((o, d)) = pristine(cx, c.this)? {
        let program = d.program();
        if !program.flags().global() {
            return builtin_exec(cx, o, d, &s);
        }
        return match_all_at_once(cx, o, d, &program, &s);
    }
    let flags = get_flags(cx, rx)?;
    if !has(&flags, b'g')? {
        return reg_exp_exec(cx, c.this, &s);
    }
    let unicode = has(&flags, b'u')? || has(&flags, b'v')?;
    rx.set(cx, cx.name(Name::lastIndex), Value::int(0))?;
    let a = cx.new_array(0)?;
    loop {
        cx.poll()?;
        let r = reg_exp_exec(cx, c.this, &s)?;
        let Some(r) = r.as_object() else {
            return Ok(if a.array_length() == 0 { Value::NULL } else { a.into() });
        };
        let m = r.get_index(cx, 0)?;
        let m = cx.to_string(&m)?;
        let empty = m.is_empty();
        a.push_element(m.into())?;
        if empty {
            step_over(cx, rx, &s, unicode)?;
        }
    }
}

/// The global case, nobody looking.
fn match_all_at_once(cx: &Context, o: &Object, d: &RegExpData, program: &Program, s: &Gc<Str>) -> Result {
    set_last_index(cx, o, Value::int(0))?;
    let mut session = Session::new(cx);
    let mut found: Option<Gc<Object>> = None;
    let unicode = program.flags().either_unicode();
    let mut at = 0;
    let mut last = 0;
    while at <= s.len() && session.run(program, s, at)? {
        cx.poll()?;
        let (a, b) = session.group(0).unwrap_or((at, at));
        let list = match &found {
            Some(l) => l,
            None => found.insert(cx.new_array(0)?),
        };
        list.push_element(cx.rt().substring(s, a, b)?.into())?;
        last = a;
        at = if a == b { advance(s, b as u64, unicode)? as usize } else { b };
    }
    match found {
        Some(l) => {
            remember(cx, o, d, s, last);
            Ok(l.into())
        }
        None => Ok(Value::NULL),
    }
}

/// RegExp.prototype [ @@search ] (22.2.6.12)
pub(super) fn search(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let rx = cx.expect_object(c.this)?;
    let s = cx.to_string(c.arg(0))?;
    if let Some((o, d)) = pristine(cx, c.this)? {
        let mut session = Session::new(cx);
        if !session.run(&d.program(), &s, 0)? {
            return Ok(Value::int(-1));
        }
        let (a, _) = session.group(0).unwrap_or((0, 0));
        remember(cx, o, d, &s, a);
        return Ok(Value::int(a as i32));
    }
    let key = cx.name(Name::lastIndex);
    let previous = rx.get(cx, key)?;
    if !same_value(&previous, &Value::int(0)) {
        rx.set(cx, key, Value::int(0))?;
    }
    let r = reg_exp_exec(cx, c.this, &s)?;
    let current = rx.get(cx, key)?;
    if !same_value(&current, &previous) {
        rx.set(cx, key, previous)?;
    }
    match r.as_object() {
        Some(r) => r.get(cx, cx.name(Name::index)),
        None => Ok(Value::int(-1)),
    }
}

// ---- @@replace

/// The captures of a match that is still in the session.
struct Ranges<'a> {
    subject: Chars<'a>,
    session: &'a Session<'a>,
    program: &'a Program,
}
impl Captures for Ranges<'_> {
    fn count(&self) -> usize {
        self.program.capture_count().saturating_sub(1)
    }
    fn push(&self, _: &Context, i: usize, out: &mut StringBuilder<'_>) -> Result<()> {
        match self.session.group(i) {
            Some((a, b)) => out.push_chars(self.subject.slice(a, b)),
            None => Ok(()),
        }
    }
    fn has_names(&self) -> bool {
        self.program.group_names().next().is_some()
    }
    fn push_named(&self, cx: &Context, name: Chars<'_>, out: &mut StringBuilder<'_>) -> Result<()> {
        for (n, i) in self.program.group_names() {
            if Chars::Utf16(n) == name && self.session.group(i).is_some() {
                return self.push(cx, i, out);
            }
        }
        Ok(())
    }
}

/// The captures of a result object.
struct Values<'a> {
    captures: &'a [Value],
    named: &'a Value,
}
impl Captures for Values<'_> {
    fn count(&self) -> usize {
        self.captures.len()
    }
    fn push(&self, _: &Context, i: usize, out: &mut StringBuilder<'_>) -> Result<()> {
        match self.captures.get(i.wrapping_sub(1)).and_then(|v| v.as_string()) {
            Some(s) => out.push_string(s),
            None => Ok(()),
        }
    }
    fn has_names(&self) -> bool {
        !self.named.is_undefined()
    }
    fn push_named(&self, cx: &Context, name: Chars<'_>, out: &mut StringBuilder<'_>) -> Result<()> {
        let key = cx.rt().key_from_chars(name)?;
        let v = cx.get_v(self.named, &key)?;
        if v.is_undefined() {
            return Ok(());
        }
        out.push_string(&*cx.to_string(&v)?)
    }
}

/// RegExp.prototype [ @@replace ] (22.2.6.11)
pub(super) fn replace(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let rx = cx.expect_object(c.this)?;
    let s = cx.to_string(c.arg(0))?;
    let value = c.arg(1);
    let template = if value.is_callable() { None } else { Some(cx.to_string(value)?) };
    if let Some((o, d)) = pristine(cx, c.this)? {
        return replace_unseen(cx, o, d, &s, value, template.as_deref());
    }
    let flags = get_flags(cx, rx)?;
    let global = has(&flags, b'g')?;
    let unicode = has(&flags, b'u')? || has(&flags, b'v')?;
    if global {
        rx.set(cx, cx.name(Name::lastIndex), Value::int(0))?;
    }
    let mut results: Buf<Value> = Buf::new(cx.rt());
    loop {
        cx.poll()?;
        let r = reg_exp_exec(cx, c.this, &s)?;
        let Some(o) = r.as_object() else {
            break;
        };
        if !global {
            results.push(r)?;
            break;
        }
        let m = o.get_index(cx, 0)?;
        let m = cx.to_string(&m)?;
        results.push(r)?;
        if m.is_empty() {
            step_over(cx, rx, &s, unicode)?;
        }
    }
    let mut out = StringBuilder::new(cx.rt());
    let mut next = 0;
    for r in results.iter() {
        cx.poll()?;
        let Some(r) = r.as_object() else {
            continue;
        };
        let n = cx.length_of(r)?.saturating_sub(1);
        let matched = r.get_index(cx, 0)?;
        let matched = cx.to_string(&matched)?;
        let position = r.get(cx, cx.name(Name::index))?;
        let position = cx.to_integer(&position)?.clamp(0.0, s.len() as f64) as usize;
        // What the function gets, should there be one: matched, captures, position, string, groups.
        let mut args: Vec<Value> = vec![matched.to_value()];
        for i in 1..=n {
            cx.poll()?;
            let mut v = r.get_index(cx, i)?;
            if !v.is_undefined() {
                v = cx.to_string(&v)?.into();
            }
            if args.try_reserve(1).is_err() || i > 1 << 24 {
                return Err(cx.throw_oom());
            }
            args.push(v);
        }
        let mut named = r.get(cx, cx.name(Name::groups))?;
        let mut replacement = StringBuilder::new(cx.rt());
        match &template {
            None => {
                args.push(Value::int(position as i32));
                args.push(s.to_value());
                if !named.is_undefined() {
                    args.push(named);
                }
                let v = cx.call(value, &Value::UNDEFINED, &args)?;
                replacement.push_string(&*cx.to_string(&v)?)?;
            }
            Some(t) => {
                if !named.is_undefined() {
                    named = cx.to_object(&named)?.into();
                }
                let sub = Substitution { subject: s.chars()?, position, length: matched.len() };
                sub.expand_matched(
                    cx,
                    t.chars()?,
                    matched.chars()?,
                    &Values { captures: &args[1..], named: &named },
                    &mut replacement,
                )?;
            }
        }
        if position >= next {
            out.push_chars(s.chars()?.slice(next, position))?;
            out.push_chars(replacement.chars())?;
            next = (position + matched.len()).min(s.len());
        }
    }
    if next == 0 && out.is_empty() {
        return Ok(s.into());
    }
    out.push_chars(s.chars()?.slice(next, s.len()))?;
    Ok(out.finish()?.into())
}

/// @@replace of a pristine regular expression.
fn replace_unseen(
    cx: &Context,
    o: &Object,
    d: &RegExpData,
    s: &Gc<Str>,
    function: &Value,
    template: Option<&Str>,
) -> Result {
    let program = d.program();
    let flags = program.flags();
    let unicode = flags.either_unicode();
    let mut session = Session::new(cx);
    let mut at = 0;
    if flags.global() {
        set_last_index(cx, o, Value::int(0))?;
    } else if flags.sticky() {
        at = last_index(o).as_int().unwrap_or(0).max(0) as usize;
    }
    let mut found = at <= s.len() && session.run(&program, s, at)?;
    if !found {
        if flags.sticky() {
            set_last_index(cx, o, Value::int(0))?;
        }
        return Ok(s.to_value());
    }
    let plain = match template {
        Some(t) => t.chars()?.index_of(Chars::Latin1(b"$"), 0).is_none(),
        None => false,
    };
    let named = program.group_names().next().is_some();
    let mut out = StringBuilder::new(cx.rt());
    let mut next = 0;
    let mut args: Vec<Value> = Vec::new();
    while found {
        cx.poll()?;
        let (a, b) = session.group(0).unwrap_or((at, at));
        if !flags.global() {
            if flags.sticky() {
                set_last_index(cx, o, Value::int(b as i32))?;
            }
            remember(cx, o, d, s, a);
        }
        out.push_chars(s.chars()?.slice(next, a))?;
        match template {
            Some(t) if plain => out.push_string(t)?,
            Some(t) => {
                let sub = Substitution { subject: s.chars()?, position: a, length: b - a };
                let captures = Ranges { subject: s.chars()?, session: &session, program: &program };
                sub.expand(cx, t.chars()?, &captures, &mut out)?;
            }
            None => {
                args.clear();
                for i in 0..program.capture_count() {
                    args.push(session.group_value(s, i)?);
                }
                args.push(Value::int(a as i32));
                args.push(s.to_value());
                if named {
                    let g = cx.new_object_with_proto(None)?;
                    fill_groups(cx, &program, &g, &session, |i| session.group_value(s, i))?;
                    args.push(g.into());
                }
                let v = cx.call(function, &Value::UNDEFINED, &args)?;
                match v.as_string() {
                    Some(t) => out.push_string(t)?,
                    None => out.push_string(&*cx.to_string(&v)?)?,
                }
            }
        }
        next = b;
        if !flags.global() {
            break;
        }
        at = if a == b { advance(s, b as u64, unicode)? as usize } else { b };
        found = at <= s.len() && session.run(&program, s, at)?;
        if !found {
            remember(cx, o, d, s, a);
        }
    }
    out.push_chars(s.chars()?.slice(next, s.len()))?;
    Ok(out.finish()?.into())
}

// ---- @@split

/// RegExp.prototype [ @@split ] (22.2.6.14)
pub(super) fn split(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let rx = cx.expect_object(c.this)?;
    let s = cx.to_string(c.arg(0))?;
    let limit = c.arg(1);
    let constructor = cx.species_constructor(rx, Intrinsic::RegExp)?;
    // Converting any other limit may run a script, which may change what is pristine.
    if (limit.is_undefined() || limit.is_number())
        && constructor.is(cx.intrinsic(Intrinsic::RegExp)?)
        && let Some((_, d)) = pristine(cx, c.this)?
        && !d.program().flags().sticky()
    {
        let program = d.program();
        let limit = if limit.is_undefined() { u32::MAX } else { cx.to_uint32(limit)? };
        return split_unseen(cx, &program, &s, limit);
    }
    let flags = get_flags(cx, rx)?;
    let unicode = has(&flags, b'u')? || has(&flags, b'v')?;
    let flags =
        if has(&flags, b'y')? { flags } else { cx.rt().concat(&flags, &*cx.rt().new_latin1(b"y")?)? };
    let splitter = cx.construct(&constructor, &[c.this.clone(), flags.into()], &constructor)?;
    let limit = if limit.is_undefined() { u32::MAX } else { cx.to_uint32(limit)? };
    let a = cx.new_array(0)?;
    if limit == 0 {
        return Ok(a.into());
    }
    if s.is_empty() {
        if reg_exp_exec(cx, splitter.as_value(), &s)?.is_null() {
            a.push_element(s.into())?;
        }
        return Ok(a.into());
    }
    let key = cx.name(Name::lastIndex);
    let size = s.len() as u64;
    let (mut p, mut q) = (0u64, 0u64);
    while q < size {
        cx.poll()?;
        splitter.set(cx, key, Value::number(q as f64))?;
        let z = reg_exp_exec(cx, splitter.as_value(), &s)?;
        let Some(z) = z.as_object() else {
            q = advance(&s, q, unicode)?;
            continue;
        };
        let e = get_last_index(cx, &splitter)?.min(size);
        if e == p {
            q = advance(&s, q, unicode)?;
            continue;
        }
        a.push_element(cx.rt().substring(&s, p.min(q) as usize, q as usize)?.into())?;
        if a.array_length() == limit {
            return Ok(a.into());
        }
        p = e;
        let n = cx.length_of(z)?.saturating_sub(1);
        for i in 1..=n {
            cx.poll()?;
            a.push_element(z.get_index(cx, i)?)?;
            if a.array_length() == limit {
                return Ok(a.into());
            }
        }
        q = p;
    }
    a.push_element(cx.rt().substring(&s, p as usize, s.len())?.into())?;
    Ok(a.into())
}

/// @@split of a pristine, not sticky regular expression.
fn split_unseen(cx: &Context, program: &Program, s: &Gc<Str>, limit: u32) -> Result {
    let rt = cx.rt();
    let a = cx.new_array(0)?;
    if limit == 0 {
        return Ok(a.into());
    }
    let mut session = Session::new(cx);
    let size = s.len();
    if size == 0 {
        if !session.run(program, s, 0)? {
            a.push_element(s.to_value())?;
        }
        return Ok(a.into());
    }
    let unicode = program.flags().either_unicode();
    let (mut p, mut q) = (0, 0);
    while q < size && session.run(program, s, q)? {
        cx.poll()?;
        let (m, e) = session.group(0).unwrap_or((size, size));
        if m >= size {
            break;
        }
        if e == p || e == m && m < q {
            q = advance(s, q.max(m) as u64, unicode)? as usize;
            continue;
        }
        a.push_element(rt.substring(s, p, m)?.into())?;
        if a.array_length() == limit {
            return Ok(a.into());
        }
        p = e;
        for i in 1..program.capture_count() {
            a.push_element(session.group_value(s, i)?)?;
            if a.array_length() == limit {
                return Ok(a.into());
            }
        }
        q = p;
    }
    a.push_element(rt.substring(s, p, size)?.into())?;
    Ok(a.into())
}

// ---- @@matchAll

/// The payload of RegExp string iterators.
pub(crate) struct StringIterator {
    regexp: Gc<Object>,
    string: Gc<Str>,
    global: bool,
    unicode: bool,
    done: Cell<bool>,
}
impl Payload for StringIterator {
    const CLASSES: std::ops::RangeInclusive<ClassId> =
        id::REGEXP_STRING_ITERATOR..=id::REGEXP_STRING_ITERATOR;
    fn trace(&self, t: &mut Tracer<'_>) {
        t.visit(self.regexp.as_value());
        t.visit(self.string.as_value());
    }
}

/// RegExp.prototype [ @@matchAll ] (22.2.6.9)
pub(super) fn match_all(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let rx = cx.expect_object(c.this)?;
    let s = cx.to_string(c.arg(0))?;
    let constructor = cx.species_constructor(rx, Intrinsic::RegExp)?;
    let flags = get_flags(cx, rx)?;
    let matcher = cx.construct(&constructor, &[c.this.clone(), flags.to_value()], &constructor)?;
    let at = get_last_index(cx, rx)?;
    matcher.set(cx, cx.name(Name::lastIndex), Value::number(at as f64))?;
    let it = StringIterator {
        regexp: matcher,
        string: s,
        global: has(&flags, b'g')?,
        unicode: has(&flags, b'u')? || has(&flags, b'v')?,
        done: Cell::new(false),
    };
    let proto = cx.intrinsic(Intrinsic::RegExpStringIteratorPrototype)?.clone();
    Ok(cx.new_with_data(Some(&proto), id::REGEXP_STRING_ITERATOR, it)?.into())
}

/// %RegExpStringIteratorPrototype%.next (22.2.9.2.1)
pub(crate) fn iterator_next(c: &Call<'_>) -> Result {
    let cx = c.cx;
    match c.this.as_object().and_then(|o| iterator_step(cx, o)) {
        Some(Ok(Some(v))) => cx.iter_result(v, false),
        Some(Ok(None)) => cx.iter_result(Value::UNDEFINED, true),
        Some(Err(t)) => Err(t),
        None => Err(cx.throw_type("RegExp String Iterator object expected")),
    }
}

/// What `next` does, without an iterator result object; None if `o` is no RegExp string iterator.
pub(crate) fn iterator_step(cx: &Context, o: &Object) -> Option<Result<Option<Value>>> {
    o.data::<StringIterator>().map(|it| it.step(cx))
}

impl StringIterator {
    fn step(&self, cx: &Context) -> Result<Option<Value>> {
        if self.done.get() {
            return Ok(None);
        }
        // Whatever throws ends the iteration.
        self.done.set(true);
        let (rx, s) = (self.regexp.clone(), self.string.clone());
        if self.global
            && let Some((o, d)) = pristine(cx, rx.as_value())?
        {
            let program = d.program();
            let mut session = Session::new(cx);
            if !exec_raw(cx, o, d, &s, &mut session)? {
                return Ok(None);
            }
            let (a, b) = session.group(0).unwrap_or((0, 0));
            let r = match_result(cx, &program, &s, &session)?;
            if a == b {
                set_last_index(cx, o, Value::number(advance(&s, b as u64, self.unicode)? as f64))?;
            }
            self.done.set(false);
            return Ok(Some(r.into()));
        }
        let r = reg_exp_exec(cx, rx.as_value(), &s)?;
        let Some(o) = r.as_object() else {
            return Ok(None);
        };
        if self.global {
            let m = o.get_index(cx, 0)?;
            if cx.to_string(&m)?.is_empty() {
                step_over(cx, &rx, &s, self.unicode)?;
            }
            self.done.set(false);
        }
        Ok(Some(r))
    }
}
