//! The methods of String.prototype (22.1.3, B.2.2).

use super::string_case as case;
use crate::context::Context;
use crate::heap::Gc;
use crate::object::class::id;
use crate::object::function::Call;
use crate::object::lazy::{Def, alias, method, method_magic, symbol_method};
use crate::ops::to_boolean;
use crate::text::build::StringBuilder;
use crate::text::names::{Name, Sym};
use crate::text::{Chars, MAX_LENGTH, Str};
use crate::value::{Result, Thrown, Value};
use qjs_numeric::is_js_whitespace;

pub(super) const MEMBERS: &[Def] = &[
    method("at", at, 1),
    method("charCodeAt", char_code_at, 1),
    method("charAt", char_at, 1),
    method("codePointAt", code_point_at, 1),
    method("concat", concat, 1),
    method("endsWith", ends_with, 1),
    method("includes", includes, 1),
    method("indexOf", index_of, 1),
    method("isWellFormed", case::is_well_formed, 0),
    method("lastIndexOf", last_index_of, 1),
    method("localeCompare", case::locale_compare, 1),
    method_magic("match", delegate, 1, Delegate::MATCH),
    method_magic("matchAll", delegate, 1, Delegate::MATCH_ALL),
    method("normalize", case::normalize_method, 0),
    method("padEnd", pad_end, 1),
    method("padStart", pad_start, 1),
    method("repeat", repeat, 1),
    method_magic("replace", replace, 2, 0),
    method_magic("replaceAll", replace, 2, 1),
    method_magic("search", delegate, 1, Delegate::SEARCH),
    method("slice", slice, 2),
    method("split", split, 2),
    method("substring", substring, 2),
    method("substr", substr, 2),
    method("startsWith", starts_with, 1),
    method("toLowerCase", case::to_lower_case, 0),
    method("toLocaleLowerCase", case::to_lower_case, 0),
    method("toUpperCase", case::to_upper_case, 0),
    method("toLocaleUpperCase", case::to_upper_case, 0),
    method("toString", to_string, 0),
    method("toWellFormed", case::to_well_formed, 0),
    method_magic("trim", trim, 0, 3),
    method_magic("trimEnd", trim, 0, 2),
    alias("trimRight", "trimEnd"),
    method_magic("trimStart", trim, 0, 1),
    alias("trimLeft", "trimStart"),
    method("valueOf", to_string, 0),
    symbol_method(Sym::iterator, super::string::iterator, 0),
    method_magic("anchor", html, 1, 0),
    method_magic("big", html, 0, 1),
    method_magic("blink", html, 0, 2),
    method_magic("bold", html, 0, 3),
    method_magic("fixed", html, 0, 4),
    method_magic("fontcolor", html, 1, 5),
    method_magic("fontsize", html, 1, 6),
    method_magic("italics", html, 0, 7),
    method_magic("link", html, 1, 8),
    method_magic("small", html, 0, 9),
    method_magic("strike", html, 0, 10),
    method_magic("sub", html, 0, 11),
    method_magic("sup", html, 0, 12),
];

// ---- characters

/// The index an argument names, if it is within the string.
#[inline]
fn index_arg(cx: &Context, v: &Value, len: usize) -> Result<Option<usize>> {
    let n = cx.to_integer(v)?;
    Ok(if n >= 0.0 && n < len as f64 { Some(n as usize) } else { None })
}

/// String.prototype.at (22.1.3.1)
fn at(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let n = cx.to_integer(c.arg(0))?;
    let k = if n < 0.0 { s.len() as f64 + n } else { n };
    if k < 0.0 || k >= s.len() as f64 {
        return Ok(Value::UNDEFINED);
    }
    Ok(cx.rt().new_unit(s.at(k as usize)?)?.into())
}

/// String.prototype.charAt (22.1.3.2)
fn char_at(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    match index_arg(cx, c.arg(0), s.len())? {
        Some(i) => Ok(cx.rt().new_unit(s.at(i)?)?.into()),
        None => Ok(cx.name(Name::empty).raw().clone()),
    }
}

/// String.prototype.charCodeAt (22.1.3.3)
fn char_code_at(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if let (Some(s), Some(i)) = (c.this.as_string(), c.arg(0).as_int()) {
        return Ok(if i >= 0 && (i as usize) < s.len() {
            Value::int(s.at(i as usize)? as i32)
        } else {
            Value::NAN
        });
    }
    let s = cx.this_string(c.this)?;
    match index_arg(cx, c.arg(0), s.len())? {
        Some(i) => Ok(Value::int(s.at(i)? as i32)),
        None => Ok(Value::NAN),
    }
}

/// String.prototype.codePointAt (22.1.3.4)
fn code_point_at(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    match index_arg(cx, c.arg(0), s.len())? {
        Some(i) => Ok(Value::int(s.chars()?.code_point_at(i).0 as i32)),
        None => Ok(Value::UNDEFINED),
    }
}

/// String.prototype.toString and valueOf (22.1.3.29, 22.1.3.35)
fn to_string(c: &Call<'_>) -> Result {
    if c.this.is_string() {
        return Ok(c.this.clone());
    }
    match c.this.as_object().and_then(super::string::string_data) {
        Some(s) => Ok(s.into()),
        None => Err(c.cx.throw_type("not a string")),
    }
}

/// String.prototype.concat (22.1.3.5)
fn concat(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let mut s = cx.this_string(c.this)?;
    for a in c.args {
        let t = cx.to_string(a)?;
        s = cx.rt().append(s, &t).map_err(|_| Thrown)?;
    }
    Ok(s.into())
}

// ---- searching

/// IsRegExp (7.2.8)
pub(super) fn is_reg_exp(cx: &Context, v: &Value) -> Result<bool> {
    let Some(o) = v.as_object() else {
        return Ok(false);
    };
    let m = o.get(cx, cx.symbol(Sym::match_))?;
    Ok(if m.is_undefined() { o.class() == id::REGEXP } else { to_boolean(&m) })
}

/// The string to look for, which may be no regular expression.
fn search_string(cx: &Context, v: &Value) -> Result<Gc<Str>> {
    if is_reg_exp(cx, v)? {
        return Err(cx.throw_type("regexp not supported"));
    }
    cx.to_string(v)
}

/// A position argument clamped to the string.
fn clamp(cx: &Context, v: &Value, len: usize) -> Result<usize> {
    Ok(cx.to_integer(v)?.clamp(0.0, len as f64) as usize)
}

/// String.prototype.includes (22.1.3.8)
fn includes(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let t = search_string(cx, c.arg(0))?;
    let from = clamp(cx, c.arg(1), s.len())?;
    Ok(Value::bool(s.chars()?.index_of(t.chars()?, from).is_some()))
}

/// String.prototype.indexOf (22.1.3.9)
fn index_of(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let t = cx.to_string(c.arg(0))?;
    let from = clamp(cx, c.arg(1), s.len())?;
    Ok(s.chars()?.index_of(t.chars()?, from).map_or(Value::int(-1), |i| Value::int(i as i32)))
}

/// String.prototype.lastIndexOf (22.1.3.11)
fn last_index_of(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let t = cx.to_string(c.arg(0))?;
    let n = cx.to_number(c.arg(1))?;
    let from = if n.is_nan() { s.len() } else { n.clamp(0.0, s.len() as f64) as usize };
    Ok(s.chars()?.last_index_of(t.chars()?, from).map_or(Value::int(-1), |i| Value::int(i as i32)))
}

/// String.prototype.startsWith (22.1.3.24)
fn starts_with(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let t = search_string(cx, c.arg(0))?;
    let start = clamp(cx, c.arg(1), s.len())?;
    let n = t.len();
    Ok(Value::bool(n <= s.len() - start && s.chars()?.slice(start, start + n) == t.chars()?))
}

/// String.prototype.endsWith (22.1.3.7)
fn ends_with(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let t = search_string(cx, c.arg(0))?;
    let end = if c.arg(1).is_undefined() { s.len() } else { clamp(cx, c.arg(1), s.len())? };
    let n = t.len();
    Ok(Value::bool(n <= end && s.chars()?.slice(end - n, end) == t.chars()?))
}

// ---- parts

/// String.prototype.slice (22.1.3.22)
fn slice(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let len = s.len() as u64;
    let from = cx.to_relative(c.arg(0), len, 0)?;
    let to = cx.to_relative(c.arg(1), len, len)?;
    Ok(cx.rt().substring(&s, from as usize, to.max(from) as usize)?.into())
}

/// String.prototype.substring (22.1.3.25)
fn substring(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let a = clamp(cx, c.arg(0), s.len())?;
    let b = if c.arg(1).is_undefined() { s.len() } else { clamp(cx, c.arg(1), s.len())? };
    Ok(cx.rt().substring(&s, a.min(b), a.max(b))?.into())
}

/// String.prototype.substr (B.2.2.1)
fn substr(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let len = s.len() as u64;
    let start = cx.to_relative(c.arg(0), len, 0)? as usize;
    let n = if c.arg(1).is_undefined() { s.len() } else { clamp(cx, c.arg(1), s.len())? };
    let end = (start + n).min(s.len());
    Ok(cx.rt().substring(&s, start, end)?.into())
}

/// TrimString (22.1.3.32.1); magic bits: 1 at the start, 2 at the end.
fn trim(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let chars = s.chars()?;
    let (mut a, mut b) = (0, chars.len());
    if c.magic & 1 != 0 {
        while a < b && is_js_whitespace(chars.at(a)) {
            a += 1;
        }
    }
    if c.magic & 2 != 0 {
        while b > a && is_js_whitespace(chars.at(b - 1)) {
            b -= 1;
        }
    }
    Ok(cx.rt().substring(&s, a, b)?.into())
}

/// String.prototype.padStart (22.1.3.17)
fn pad_start(c: &Call<'_>) -> Result {
    pad(c, true)
}
/// String.prototype.padEnd (22.1.3.16)
fn pad_end(c: &Call<'_>) -> Result {
    pad(c, false)
}
/// StringPaddingBuiltinsImpl (22.1.3.17.1)
fn pad(c: &Call<'_>, start: bool) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let max = cx.to_length(c.arg(0))?;
    if max <= s.len() as u64 {
        return Ok(s.into());
    }
    let fill = if c.arg(1).is_undefined() { cx.rt().single(b' ')? } else { cx.to_string(c.arg(1))? };
    if fill.is_empty() {
        return Ok(s.into());
    }
    if max > MAX_LENGTH as u64 {
        return Err(cx.throw_range("invalid string length"));
    }
    let n = max as usize - s.len();
    let mut b = StringBuilder::new(cx.rt());
    b.reserve(max as usize)?;
    if !start {
        b.push_string(&s)?;
    }
    push_repeated(&mut b, fill.chars()?, n)?;
    if start {
        b.push_string(&s)?;
    }
    Ok(b.finish()?.into())
}

/// Appends `n` units of endless repetitions of `unit`.
fn push_repeated(b: &mut StringBuilder<'_>, unit: Chars<'_>, n: usize) -> Result<()> {
    if let Chars::Latin1([c]) = unit {
        let block = [*c; 256];
        for at in (0..n).step_by(256) {
            b.push_chars(Chars::Latin1(&block[..256.min(n - at)]))?;
        }
        return Ok(());
    }
    // Several at a time.
    if unit.len() <= 64 && n >= unit.len() * 4 {
        let mut latin1 = [0u8; 512];
        let mut utf16 = [0u16; 512];
        let copies = (512 / unit.len()).min(n / unit.len());
        let len = copies * unit.len();
        let block = match unit {
            Chars::Latin1(u) => {
                latin1[..len].chunks_exact_mut(u.len()).for_each(|c| c.copy_from_slice(u));
                Chars::Latin1(&latin1[..len])
            }
            Chars::Utf16(u) => {
                utf16[..len].chunks_exact_mut(u.len()).for_each(|c| c.copy_from_slice(u));
                Chars::Utf16(&utf16[..len])
            }
        };
        let mut left = n;
        while left >= len {
            b.push_chars(block)?;
            left -= len;
        }
        return b.push_chars(block.slice(0, left));
    }
    let mut left = n;
    while left >= unit.len() {
        b.push_chars(unit)?;
        left -= unit.len();
    }
    b.push_chars(unit.slice(0, left))
}

/// String.prototype.repeat (22.1.3.18)
fn repeat(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let n = cx.to_integer(c.arg(0))?;
    if n < 0.0 || n.is_infinite() {
        return Err(cx.throw_range("invalid repeat count"));
    }
    if s.is_empty() || n == 0.0 {
        return Ok(cx.name(Name::empty).raw().clone());
    }
    let total = n * s.len() as f64;
    if total > MAX_LENGTH as f64 {
        return Err(cx.throw_range("invalid string length"));
    }
    if n == 1.0 {
        return Ok(s.into());
    }
    let chars = s.chars()?;
    let mut b = StringBuilder::new(cx.rt());
    b.reserve(total as usize)?;
    push_repeated(&mut b, chars, total as usize)?;
    Ok(b.finish()?.into())
}

// ---- methods that ask a symbol of their argument

struct Delegate;
impl Delegate {
    const MATCH: i32 = 0;
    const MATCH_ALL: i32 = 1;
    const SEARCH: i32 = 2;
}

/// Are the flags of a regular expression given to matchAll or replaceAll global? TypeError if not.
fn require_global(cx: &Context, regexp: &Value) -> Result<()> {
    let flags = cx.get_v(regexp, cx.name(Name::flags))?;
    cx.require_object_coercible(&flags)?;
    let flags = cx.to_string(&flags)?;
    if flags.chars()?.index_of(Chars::Latin1(b"g"), 0).is_none() {
        return Err(cx.throw_type("regexp must have the 'g' flag"));
    }
    Ok(())
}

/// String.prototype.match, matchAll and search (22.1.3.13, 22.1.3.14, 22.1.3.21)
fn delegate(c: &Call<'_>) -> Result {
    let cx = c.cx;
    cx.require_object_coercible(c.this)?;
    let regexp = c.arg(0);
    let sym = match c.magic {
        Delegate::MATCH => Sym::match_,
        Delegate::MATCH_ALL => Sym::matchAll,
        _ => Sym::search,
    };
    if regexp.is_object() {
        if c.magic == Delegate::MATCH_ALL && is_reg_exp(cx, regexp)? {
            require_global(cx, regexp)?;
        }
        if let Some(f) = cx.get_method(regexp, cx.symbol(sym))? {
            return cx.call(&f, regexp, std::slice::from_ref(c.this));
        }
    }
    let s = cx.to_string(c.this)?;
    let flags = if c.magic == Delegate::MATCH_ALL { cx.string("g")? } else { Value::UNDEFINED };
    let rx = super::regexp::create(cx, regexp, &flags)?;
    cx.invoke(rx.as_value(), cx.symbol(sym), &[s.into()])
}

/// String.prototype.replace and replaceAll (22.1.3.19, 22.1.3.20)
fn replace(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let all = c.magic == 1;
    cx.require_object_coercible(c.this)?;
    let (search, replacement) = (c.arg(0), c.arg(1));
    if search.is_object() {
        if all && is_reg_exp(cx, search)? {
            require_global(cx, search)?;
        }
        if let Some(f) = cx.get_method(search, cx.symbol(Sym::replace))? {
            return cx.call(&f, search, &[c.this.clone(), replacement.clone()]);
        }
    }
    let s = cx.to_string(c.this)?;
    let needle = cx.to_string(search)?;
    let template = if replacement.is_callable() { None } else { Some(cx.to_string(replacement)?) };
    let step = needle.len().max(1);
    let Some(first) = s.chars()?.index_of(needle.chars()?, 0) else {
        return Ok(s.into());
    };
    let mut b = StringBuilder::new(cx.rt());
    let mut end = 0;
    let mut at = Some(first);
    while let Some(p) = at {
        cx.poll()?;
        b.push_chars(s.chars()?.slice(end, p))?;
        match &template {
            Some(t) => {
                let sub = Substitution { subject: s.chars()?, position: p, length: needle.len() };
                sub.expand(cx, t.chars()?, &NoCaptures, &mut b)?;
            }
            None => {
                let args = [needle.to_value(), Value::int(p as i32), s.to_value()];
                let r = cx.call(replacement, &Value::UNDEFINED, &args)?;
                b.push_string(&*cx.to_string(&r)?)?;
            }
        }
        end = p + needle.len();
        at = if all { s.chars()?.index_of(needle.chars()?, p + step) } else { None };
    }
    b.push_chars(s.chars()?.slice(end, s.len()))?;
    Ok(b.finish()?.into())
}

/// String.prototype.split (22.1.3.23)
fn split(c: &Call<'_>) -> Result {
    let cx = c.cx;
    cx.require_object_coercible(c.this)?;
    let (separator, limit) = (c.arg(0), c.arg(1));
    if separator.is_object()
        && let Some(f) = cx.get_method(separator, cx.symbol(Sym::split))?
    {
        return cx.call(&f, separator, &[c.this.clone(), limit.clone()]);
    }
    let s = cx.to_string(c.this)?;
    let limit = if limit.is_undefined() { u32::MAX } else { cx.to_uint32(limit)? } as usize;
    let sep = cx.to_string(separator)?;
    let a = cx.new_array(0)?;
    if limit == 0 {
        return Ok(a.into());
    }
    if separator.is_undefined() {
        a.push_element(s.into())?;
        return Ok(a.into());
    }
    let rt = cx.rt();
    let (chars, sep) = (s.chars()?, sep.chars()?);
    if chars.is_empty() {
        if !sep.is_empty() {
            a.push_element(s.to_value())?;
        }
        return Ok(a.into());
    }
    if sep.is_empty() {
        for i in 0..chars.len().min(limit) {
            cx.poll()?;
            a.push_element(rt.new_unit(chars.at(i))?.into())?;
        }
        return Ok(a.into());
    }
    let mut start = 0;
    let mut n = 0;
    while let Some(i) = find(chars, sep, start) {
        cx.poll()?;
        a.push_element(rt.substring(&s, start, i)?.into())?;
        n += 1;
        if n >= limit {
            return Ok(a.into());
        }
        start = i + sep.len();
    }
    a.push_element(rt.substring(&s, start, chars.len())?.into())?;
    Ok(a.into())
}

/// index_of, with a fast path for separators of one character.
#[inline]
fn find(chars: Chars<'_>, sep: Chars<'_>, from: usize) -> Option<usize> {
    match (chars, sep) {
        (Chars::Latin1(h), Chars::Latin1([c])) => memchr::memchr(*c, h.get(from..)?).map(|i| i + from),
        _ => chars.index_of(sep, from),
    }
}

// ---- GetSubstitution

/// What GetSubstitution asks of a match's captures.
pub(super) trait Captures {
    /// How many there are, the whole match not counted.
    fn count(&self) -> usize;
    /// Appends capture `i` (from 1); nothing if it is undefined.
    fn push(&self, cx: &Context, i: usize, out: &mut StringBuilder<'_>) -> Result<()>;
    /// Are there named groups?
    fn has_names(&self) -> bool;
    /// Appends the named capture; nothing if it is undefined.
    fn push_named(&self, cx: &Context, name: Chars<'_>, out: &mut StringBuilder<'_>) -> Result<()>;
}

/// A match without captures.
pub(super) struct NoCaptures;
impl Captures for NoCaptures {
    fn count(&self) -> usize {
        0
    }
    fn push(&self, _: &Context, _: usize, _: &mut StringBuilder<'_>) -> Result<()> {
        Ok(())
    }
    fn has_names(&self) -> bool {
        false
    }
    fn push_named(&self, _: &Context, _: Chars<'_>, _: &mut StringBuilder<'_>) -> Result<()> {
        Ok(())
    }
}

/// A match for GetSubstitution (22.1.3.19.1): where in the subject, and how long.
pub(super) struct Substitution<'a> {
    pub subject: Chars<'a>,
    pub position: usize,
    pub length: usize,
}

impl Substitution<'_> {
    /// Appends the template, its `$` sequences replaced.
    pub fn expand(
        &self,
        cx: &Context,
        template: Chars<'_>,
        captures: &impl Captures,
        out: &mut StringBuilder<'_>,
    ) -> Result<()> {
        let end = (self.position + self.length).min(self.subject.len());
        let matched = self.subject.slice(self.position.min(end), end);
        self.expand_matched(cx, template, matched, captures, out)
    }
    /// The same where the matched text need not be what the subject has there.
    pub fn expand_matched(
        &self,
        cx: &Context,
        template: Chars<'_>,
        matched: Chars<'_>,
        captures: &impl Captures,
        out: &mut StringBuilder<'_>,
    ) -> Result<()> {
        let dollar = |from: usize| template.index_of(Chars::Latin1(b"$"), from);
        let n = template.len();
        let end = (self.position + self.length).min(self.subject.len());
        let position = self.position.min(self.subject.len());
        let mut i = 0;
        while let Some(d) = dollar(i) {
            out.push_chars(template.slice(i, d))?;
            let next = template.get(d + 1).unwrap_or(0);
            i = d + 2;
            match u8::try_from(next).unwrap_or(0) {
                b'$' => out.push_unit(b'$' as u16)?,
                b'`' => out.push_chars(self.subject.slice(0, position))?,
                b'&' => out.push_chars(matched)?,
                b'\'' => out.push_chars(self.subject.slice(end, self.subject.len()))?,
                digit @ b'0'..=b'9' => {
                    let one = (digit - b'0') as usize;
                    let m = captures.count();
                    let two = match template.get(d + 2) {
                        Some(c) if (48..58).contains(&c) => Some(one * 10 + (c - 48) as usize),
                        _ => None,
                    };
                    if let Some(k) = two
                        && (1..=m).contains(&k)
                    {
                        captures.push(cx, k, out)?;
                        i = d + 3;
                    } else if (1..=m).contains(&one) {
                        captures.push(cx, one, out)?;
                    } else {
                        out.push_unit(b'$' as u16)?;
                        i = d + 1;
                    }
                }
                b'<' if captures.has_names() => match template.index_of(Chars::Latin1(b">"), d + 2) {
                    Some(close) => {
                        captures.push_named(cx, template.slice(d + 2, close), out)?;
                        i = close + 1;
                    }
                    None => {
                        out.push_unit(b'$' as u16)?;
                        i = d + 1;
                    }
                },
                _ => {
                    out.push_unit(b'$' as u16)?;
                    i = d + 1;
                }
            }
        }
        if i < n { out.push_chars(template.slice(i, n)) } else { Ok(()) }
    }
}

// ---- HTML methods

const TAGS: &[(&str, &str)] = &[
    ("a", "name"),
    ("big", ""),
    ("blink", ""),
    ("b", ""),
    ("tt", ""),
    ("font", "color"),
    ("font", "size"),
    ("i", ""),
    ("a", "href"),
    ("small", ""),
    ("strike", ""),
    ("sub", ""),
    ("sup", ""),
];

/// CreateHTML (B.2.2.2.1)
fn html(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let s = cx.this_string(c.this)?;
    let Some(&(tag, attribute)) = TAGS.get(c.magic as usize) else {
        return Ok(Value::UNDEFINED);
    };
    let mut b = StringBuilder::new(cx.rt());
    b.push_str("<")?;
    b.push_str(tag)?;
    if !attribute.is_empty() {
        let v = cx.to_string(c.arg(0))?;
        b.push_str(" ")?;
        b.push_str(attribute)?;
        b.push_str("=\"")?;
        for u in v.chars()?.units() {
            if u == b'"' as u16 {
                b.push_str("&quot;")?;
            } else {
                b.push_unit(u)?;
            }
        }
        b.push_str("\"")?;
    }
    b.push_str(">")?;
    b.push_string(&s)?;
    b.push_str("</")?;
    b.push_str(tag)?;
    b.push_str(">")?;
    Ok(b.finish()?.into())
}
