//! The members of %TypedArray% and its prototype (23.2.2, 23.2.3).

use super::array::join::{check_join_length, push_element};
use super::array::sort::{call_less, merge_sort};
use super::array_iterator::{IteratorKind, create as create_iterator};
use super::typed_array::{
    KINDS, Typed, allocate, check_content, collect, copy_elements, create_with_length, from_buffer,
    own_constructor, species, species_create, validate, validate_write,
};
use crate::context::Context;
use crate::heap::Gc;
use crate::heap::buf::Buf;
use crate::object::Object;
use crate::object::buffer::Element;
use crate::object::function::Call;
use crate::object::lazy::{Def, getter, method, method_magic, symbol_alias, symbol_getter};
use crate::ops::to_boolean;
use crate::text::build::StringBuilder;
use crate::text::names::{Name, Sym};
use crate::value::{Result, Value};
use std::cmp::Ordering;

fn this<'a>(c: &Call<'a>) -> Result<(Typed<'a>, usize)> {
    validate(c.cx, c.this)
}
fn callback<'a>(c: &Call<'a>) -> Result<&'a Value> {
    let f = c.arg(0);
    if !f.is_callable() {
        return Err(c.cx.throw_not_a_function());
    }
    Ok(f)
}
fn view_of<'a>(c: &Call<'a>) -> Result<Typed<'a>> {
    match c.this.as_object().and_then(Typed::of) {
        Some(t) => Ok(t),
        None => Err(c.cx.throw_type("not a TypedArray")),
    }
}

// ---- accessors

fn buffer(c: &Call<'_>) -> Result {
    Ok(view_of(c)?.view.buffer().to_value())
}
fn byte_length(c: &Call<'_>) -> Result {
    let t = view_of(c)?;
    Ok(Value::from_usize(t.len().unwrap_or(0) << t.e.shift()))
}
fn byte_offset(c: &Call<'_>) -> Result {
    let t = view_of(c)?;
    Ok(Value::from_usize(if t.len().is_some() { t.view.offset() } else { 0 }))
}
/// The getter of %TypedArray%.prototype.length: the machine knows it by address.
pub(crate) const LENGTH: crate::object::function::NativeFn = length;
fn length(c: &Call<'_>) -> Result {
    Ok(Value::from_usize(view_of(c)?.len().unwrap_or(0)))
}
fn to_string_tag(c: &Call<'_>) -> Result {
    match c.this.as_object().and_then(Typed::of) {
        Some(t) => c.cx.atom(KINDS[t.e as usize].3).map(Value::from),
        None => Ok(Value::UNDEFINED),
    }
}
fn species_getter(c: &Call<'_>) -> Result {
    Ok(c.this.clone())
}

// ---- statics

/// %TypedArray%.from (23.2.2.1)
fn from(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let Some(ctor) = c.this.as_object().filter(|o| o.is_constructor()) else {
        return Err(cx.throw_type("not a constructor"));
    };
    let map = c.arg(1);
    if !map.is_undefined() && !map.is_callable() {
        return Err(cx.throw_not_a_function());
    }
    let mapped = |v: Value, i: u64| -> Result {
        if map.is_undefined() { Ok(v) } else { cx.call(map, c.arg(2), &[v, Value::number(i as f64)]) }
    };
    if let Some(m) = cx.get_method(c.arg(0), cx.symbol(Sym::iterator))? {
        let mut list = collect(cx, c.arg(0), &m)?;
        let o = create_with_length(cx, ctor, list.len() as u64)?;
        for (i, v) in list.iter_mut().enumerate() {
            let v = mapped(v.take(), i as u64)?;
            o.set_index(cx, i as u64, v)?;
        }
        return Ok(o.into());
    }
    let src = cx.to_object(c.arg(0))?;
    let n = cx.length_of(&src)?;
    let o = create_with_length(cx, ctor, n)?;
    for i in 0..n {
        cx.poll()?;
        let v = mapped(src.get_index(cx, i)?, i)?;
        o.set_index(cx, i, v)?;
    }
    Ok(o.into())
}
/// %TypedArray%.of (23.2.2.2)
fn of(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let Some(ctor) = c.this.as_object().filter(|o| o.is_constructor()) else {
        return Err(cx.throw_type("not a constructor"));
    };
    let o = create_with_length(cx, ctor, c.args.len() as u64)?;
    for (i, v) in c.args.iter().enumerate() {
        o.set_index(cx, i as u64, v.clone())?;
    }
    Ok(o.into())
}

// ---- reading

fn at(c: &Call<'_>) -> Result {
    let (t, n) = this(c)?;
    let i = c.cx.to_integer(c.arg(0))?;
    let i = if i < 0.0 { n as f64 + i } else { i };
    if i < 0.0 || i >= n as f64 {
        return Ok(Value::UNDEFINED);
    }
    t.get(c.cx, i as usize)
}
fn iterator(c: &Call<'_>) -> Result {
    let (t, _) = this(c)?;
    let kind = match c.magic {
        0 => IteratorKind::Keys,
        1 => IteratorKind::Values,
        _ => IteratorKind::Entries,
    };
    create_iterator(c.cx, t.o.to_gc(), kind).map(Value::from)
}
/// every, some, forEach, find, findIndex, findLast, findLastIndex (magic 0 to 6)
fn search(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, n) = this(c)?;
    let f = callback(c)?;
    let backwards = c.magic >= 5;
    let mut args = [Value::UNDEFINED, Value::UNDEFINED, c.this.clone()];
    for k in 0..n {
        let i = if backwards { n - 1 - k } else { k };
        args[0] = t.get(cx, i)?;
        args[1] = Value::from_usize(i);
        let r = cx.call(f, c.arg(1), &args)?;
        let hit = c.magic != 2 && to_boolean(&r);
        match c.magic {
            0 if !hit => return Ok(Value::FALSE),
            1 if hit => return Ok(Value::TRUE),
            3 | 5 if hit => return Ok(args[0].take()),
            4 | 6 if hit => return Ok(args[1].take()),
            _ => {}
        }
        cx.poll()?;
    }
    Ok(match c.magic {
        0 => Value::TRUE,
        1 => Value::FALSE,
        4 | 6 => Value::int(-1),
        _ => Value::UNDEFINED,
    })
}

/// What to look for among raw elements.
enum Needle {
    /// These very bytes.
    Raw(u64),
    /// A float equal to this (0 equals -0).
    Float(f64),
    /// Any NaN.
    Nan,
}
/// The needle that an element type's search for a value comes to; None if no element can equal it.
fn needle(e: Element, v: &Value, nan: bool) -> Option<Needle> {
    if e.is_bigint() {
        let b = v.as_gc::<crate::heap::BigIntCell>()?;
        return if e == Element::BigInt64 { b.to_i64().map(|x| x as u64) } else { b.to_u64() }
            .map(Needle::Raw);
    }
    let x = v.as_number()?;
    if x.is_nan() {
        return if nan && e.is_float() { Some(Needle::Nan) } else { None };
    }
    if e.is_float() {
        return Some(Needle::Float(x));
    }
    let size_mask = u64::MAX >> (64 - 8 * e.size());
    let raw = e.encode(x) & size_mask;
    if e.decode(raw) == x { Some(Needle::Raw(raw)) } else { None }
}
/// The first (or last) index from `from` to `to` whose raw element is the needle; the block is read in pieces.
fn scan(
    cx: &Context,
    t: &Typed<'_>,
    from: usize,
    to: usize,
    what: &Needle,
    last: bool,
) -> Result<Option<usize>> {
    fn find<const N: usize>(b: &[u8], last: bool, hit: impl Fn(u64) -> bool) -> Option<usize> {
        let hit = |p: &[u8]| {
            let mut a = [0u8; 8];
            a[..N].copy_from_slice(p);
            let raw = u64::from_le_bytes(a);
            hit(if cfg!(target_endian = "big") { raw.swap_bytes() >> (64 - 8 * N) } else { raw })
        };
        // First whether there is a hit at all among so many, without branches, then where.
        let any = |p: &&[u8]| p.chunks_exact(N).fold(false, |a, x| a | hit(x));
        if last {
            let k = b.rchunks(32 * N).position(|p| any(&p))?;
            let end = b.len() / N - 32 * k;
            return b[..end * N].chunks_exact(N).rposition(hit);
        }
        let start = 32 * b.chunks(32 * N).position(|p| any(&p))?;
        b[start * N..].chunks_exact(N).position(hit).map(|i| start + i)
    }
    let mut buf = [0u8; 4096];
    let per = buf.len() >> t.e.shift();
    let (mut lo, mut hi) = (from, to);
    while lo < hi {
        cx.poll()?;
        let n = per.min(hi - lo);
        let start = if last { hi - n } else { lo };
        let bytes = &mut buf[..n << t.e.shift()];
        if !t.view.block().read_bytes(t.view.offset() + (start << t.e.shift()), bytes) {
            break;
        }
        let found = match (what, t.e) {
            (Needle::Raw(r), e) => match e.size() {
                1 => find::<1>(bytes, last, |x| x == *r),
                2 => find::<2>(bytes, last, |x| x == *r),
                4 => find::<4>(bytes, last, |x| x == *r),
                _ => find::<8>(bytes, last, |x| x == *r),
            },
            (Needle::Float(v), Element::Float64) => find::<8>(bytes, last, |x| f64::from_bits(x) == *v),
            (Needle::Float(v), Element::Float32) => {
                find::<4>(bytes, last, |x| f32::from_bits(x as u32) as f64 == *v)
            }
            (Needle::Float(v), e) => find::<2>(bytes, last, |x| e.decode(x) == *v),
            (Needle::Nan, e) => match e.size() {
                2 => find::<2>(bytes, last, |x| e.decode(x).is_nan()),
                4 => find::<4>(bytes, last, |x| e.decode(x).is_nan()),
                _ => find::<8>(bytes, last, |x| e.decode(x).is_nan()),
            },
        };
        if let Some(i) = found {
            return Ok(Some(start + i));
        }
        if last { hi = start } else { lo = start + n }
    }
    Ok(None)
}
/// includes, indexOf (magic 0, 1)
fn index_of(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, n) = this(c)?;
    let includes = c.magic == 0;
    let none = if includes { Value::FALSE } else { Value::int(-1) };
    if n == 0 {
        return Ok(none);
    }
    let from = cx.to_relative(c.arg(1), n as u64, 0)? as usize;
    // The conversion may have shortened it: what is gone is undefined to includes, and absent to indexOf.
    let now = t.len().unwrap_or(0).min(n);
    if includes && c.arg(0).is_undefined() {
        return Ok(Value::bool(from.max(now) < n));
    }
    let Some(what) = needle(t.e, c.arg(0), includes) else {
        return Ok(none);
    };
    match scan(cx, &t, from, now, &what, false)? {
        Some(_) if includes => return Ok(Value::TRUE),
        Some(i) => return Ok(Value::from_usize(i)),
        None => {}
    }
    Ok(none)
}
fn last_index_of(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, n) = this(c)?;
    if n == 0 {
        return Ok(Value::int(-1));
    }
    let from = if c.args.len() > 1 { cx.to_integer(c.arg(1))? } else { n as f64 - 1.0 };
    let from = if from < 0.0 { n as f64 + from } else { from.min(n as f64 - 1.0) };
    if from < 0.0 {
        return Ok(Value::int(-1));
    }
    let end = (from as usize + 1).min(t.len().unwrap_or(0));
    if let Some(what) = needle(t.e, c.arg(0), false)
        && let Some(i) = scan(cx, &t, 0, end, &what, true)?
    {
        return Ok(Value::from_usize(i));
    }
    Ok(Value::int(-1))
}
/// join, toLocaleString (magic 0, 1)
fn join(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, n) = this(c)?;
    let sep = if c.magic == 1 || c.arg(0).is_undefined() { cx.atom(",")? } else { cx.to_string(c.arg(0))? };
    check_join_length(cx, n as u64, &sep)?;
    let mut b = StringBuilder::new(cx.rt());
    for i in 0..n {
        if i > 0 {
            b.push_string(&sep)?;
        }
        let v = t.get(cx, i)?;
        if v.is_undefined() {
            continue;
        }
        let v = if c.magic == 1 { cx.invoke(&v, cx.name(Name::toLocaleString), &[])? } else { v };
        if c.magic == 1 {
            b.push_string(&*cx.to_string(&v)?)?
        } else {
            push_element(cx, &mut b, &v)?
        }
        cx.poll()?;
    }
    b.finish().map(Value::from)
}
/// reduce, reduceRight (magic 0, 1)
fn reduce(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, n) = this(c)?;
    let f = callback(c)?;
    let index = |k: usize| if c.magic == 0 { k } else { n - 1 - k };
    let mut k = 0;
    let first = if c.args.len() > 1 {
        c.arg(1).clone()
    } else {
        if n == 0 {
            return Err(cx.throw_type("empty array"));
        }
        k = 1;
        t.get(cx, index(0))?
    };
    let mut args = [first, Value::UNDEFINED, Value::UNDEFINED, c.this.clone()];
    while k < n {
        let i = index(k);
        args[1] = t.get(cx, i)?;
        args[2] = Value::from_usize(i);
        args[0] = cx.call(f, &Value::UNDEFINED, &args)?;
        cx.poll()?;
        k += 1;
    }
    Ok(args[0].take())
}

// ---- writing

fn copy_within(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, n) = validate_write(cx, c.this)?;
    let len = n as u64;
    let to = cx.to_relative(c.arg(0), len, 0)?;
    let from = cx.to_relative(c.arg(1), len, 0)?;
    let end = cx.to_relative(c.arg(2), len, len)?;
    let count = end.saturating_sub(from).min(len - to);
    if count > 0 {
        let Some(now) = t.len() else {
            return Err(Typed::throw_bounds(cx));
        };
        let now = now as u64;
        if from < now && to < now {
            let count = count.min(now - from).min(now - to) as usize;
            copy_elements(cx, &t, from as usize, &t, to as usize, count)?;
        }
    }
    Ok(c.this.clone())
}
fn fill(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, n) = validate_write(cx, c.this)?;
    let raw = t.convert(cx, c.arg(0))?;
    let start = cx.to_relative(c.arg(1), n as u64, 0)? as usize;
    let end = cx.to_relative(c.arg(2), n as u64, n as u64)? as usize;
    let Some(now) = t.len() else {
        return Err(Typed::throw_bounds(cx));
    };
    let end = end.min(now);
    if start < end {
        t.view.block().fill(t.view.offset() + (start << t.e.shift()), end - start, t.e.size(), raw);
    }
    Ok(c.this.clone())
}
fn reverse(c: &Call<'_>) -> Result {
    let (t, n) = validate_write(c.cx, c.this)?;
    let b = t.view.block();
    let at = |i: usize| t.view.offset() + (i << t.e.shift());
    for i in 0..n / 2 {
        let j = n - 1 - i;
        if let (Some(x), Some(y)) = (b.load(at(i), t.e.size()), b.load(at(j), t.e.size())) {
            b.store(at(i), t.e.size(), y);
            b.store(at(j), t.e.size(), x);
        }
    }
    Ok(c.this.clone())
}
/// %TypedArray%.prototype.set (23.2.3.26)
fn set(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let t = view_of(c)?;
    if t.view.block().is_immutable() {
        return Err(cx.throw_type("array buffer is immutable"));
    }
    let offset = cx.to_integer(c.arg(1))?;
    if offset < 0.0 {
        return Err(cx.throw_range("invalid array index"));
    }
    let Some(n) = t.len() else {
        return Err(Typed::throw_bounds(cx));
    };
    if let Some(src) = c.arg(0).as_object().and_then(Typed::of) {
        let Some(m) = src.len() else {
            return Err(Typed::throw_bounds(cx));
        };
        if src.e.is_bigint() != t.e.is_bigint() {
            return Err(cx.throw_type("content type mismatch"));
        }
        if offset + m as f64 > n as f64 {
            return Err(cx.throw_range("invalid array length"));
        }
        let same_block = src.view.block().as_ptr() == t.view.block().as_ptr();
        if same_block && src.e != t.e {
            // Through a copy, for source and target may overlap.
            let proto = cx.intrinsic(KINDS[src.e as usize].1)?.clone();
            let copy = allocate(cx, src.e, &proto, m as u64)?;
            if let Some(k) = Typed::of(&copy) {
                copy_elements(cx, &src, 0, &k, 0, m)?;
                copy_elements(cx, &k, 0, &t, offset as usize, m)?;
            }
        } else {
            copy_elements(cx, &src, 0, &t, offset as usize, m)?;
        }
        return Ok(Value::UNDEFINED);
    }
    let src = cx.to_object(c.arg(0))?;
    let m = cx.length_of(&src)?;
    if offset + m as f64 > n as f64 {
        return Err(cx.throw_range("invalid array length"));
    }
    for i in 0..m {
        let v = src.get_index(cx, i)?;
        t.set(cx, offset as usize + i as usize, &v)?;
        cx.poll()?;
    }
    Ok(Value::UNDEFINED)
}

// ---- making new ones

fn filter(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, n) = this(c)?;
    let f = callback(c)?;
    let mut kept: Buf<Value> = Buf::new(cx.rt());
    let mut args = [Value::UNDEFINED, Value::UNDEFINED, c.this.clone()];
    for i in 0..n {
        args[0] = t.get(cx, i)?;
        args[1] = Value::from_usize(i);
        if to_boolean(&cx.call(f, c.arg(1), &args)?) {
            kept.push(args[0].take())?;
        }
        cx.poll()?;
    }
    let o = species_create(cx, &t, kept.len() as u64)?;
    for (i, v) in kept.iter_mut().enumerate() {
        o.set_index(cx, i as u64, v.take())?;
    }
    Ok(o.into())
}
fn map(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, n) = this(c)?;
    let f = callback(c)?;
    let o = species_create(cx, &t, n as u64)?;
    let Some(target) = Typed::of(&o) else {
        return Ok(o.into());
    };
    let mut args = [Value::UNDEFINED, Value::UNDEFINED, c.this.clone()];
    for i in 0..n {
        args[0] = t.get(cx, i)?;
        args[1] = Value::from_usize(i);
        let r = cx.call(f, c.arg(1), &args)?;
        target.set_or_throw(cx, i, &r)?;
        cx.poll()?;
    }
    Ok(o.into())
}
/// slice (23.2.3.27)
fn slice(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, n) = this(c)?;
    let start = cx.to_relative(c.arg(0), n as u64, 0)?;
    let end = cx.to_relative(c.arg(1), n as u64, n as u64)?;
    let count = end.saturating_sub(start);
    let o = species_create(cx, &t, count)?;
    if count > 0 {
        let Some(now) = t.len() else {
            return Err(Typed::throw_bounds(cx));
        };
        let end = (end as usize).min(now);
        let start = start as usize;
        if let Some(r) = Typed::of(&o)
            && start < end
        {
            let count = (end - start).min(r.len().unwrap_or(0));
            if r.e == t.e {
                // Byte by byte in ascending order: source and target may share a buffer.
                let (s, d) = (t.view.offset() + (start << t.e.shift()), r.view.offset());
                let bytes = count << t.e.shift();
                if r.view.block().as_ptr() == t.view.block().as_ptr() && d > s && d < s + bytes {
                    for i in 0..bytes {
                        if let Some(b) = t.view.block().load(s + i, 1) {
                            r.view.block().store(d + i, 1, b);
                        }
                    }
                } else {
                    r.view.block().copy_from(d, t.view.block(), s, bytes);
                }
            } else {
                for i in 0..end - start {
                    let v = t.get(cx, start + i)?;
                    o.set_index(cx, i as u64, v)?;
                }
            }
        }
    }
    Ok(o.into())
}
/// subarray (23.2.3.30)
fn subarray(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let t = view_of(c)?;
    let n = t.len().unwrap_or(0) as u64;
    let start = cx.to_relative(c.arg(0), n, 0)?;
    let offset = t.view.offset() as u64;
    let begin = Value::number((offset + (start << t.e.shift())) as f64);
    let count = if t.view.is_tracking() && c.arg(1).is_undefined() {
        None
    } else {
        let end = cx.to_relative(c.arg(1), n, n)?;
        Some(Value::number(end.saturating_sub(start) as f64))
    };
    let ctor = species(cx, &t)?;
    if let Some(e) = own_constructor(cx, &ctor)
        && e.is_bigint() == t.e.is_bigint()
    {
        let proto = cx.intrinsic(KINDS[e as usize].1)?.clone();
        let count = count.unwrap_or_default();
        return from_buffer(cx, e, &proto, t.view.buffer(), &begin, &count).map(Value::from);
    }
    let buffer = t.view.buffer().to_value();
    let o = match count {
        Some(n) => cx.construct(&ctor, &[buffer, begin, n], &ctor)?,
        None => cx.construct(&ctor, &[buffer, begin], &ctor)?,
    };
    validate(cx, o.as_value())?;
    check_content(cx, &t, &o)?;
    Ok(o.into())
}
fn fresh(cx: &Context, t: &Typed<'_>, n: usize) -> Result<Gc<Object>> {
    let proto = cx.intrinsic(KINDS[t.e as usize].1)?.clone();
    allocate(cx, t.e, &proto, n as u64)
}
fn to_reversed(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, n) = this(c)?;
    let o = fresh(cx, &t, n)?;
    if let Some(r) = Typed::of(&o) {
        for i in 0..n {
            let v = t.get(cx, n - 1 - i)?;
            r.set(cx, i, &v)?;
        }
    }
    Ok(o.into())
}
fn with(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (t, n) = this(c)?;
    let i = cx.to_integer(c.arg(0))?;
    let i = if i < 0.0 { n as f64 + i } else { i };
    let v = if t.e.is_bigint() { cx.to_bigint(c.arg(1))? } else { Value::number(cx.to_number(c.arg(1))?) };
    if i < 0.0 || t.len().is_none_or(|n| i >= n as f64) {
        return Err(cx.throw_range("invalid array index"));
    }
    let o = fresh(cx, &t, n)?;
    if let Some(r) = Typed::of(&o) {
        for k in 0..n {
            let x = if k == i as usize { v.clone() } else { t.get(cx, k)? };
            r.set(cx, k, &x)?;
        }
    }
    Ok(o.into())
}

/// The elements' raw bytes in sorted order (TypedArray's own order: -0 before 0, NaN last), or by a comparator.
fn sorted(cx: &Context, t: &Typed<'_>, n: usize, f: &Value) -> Result<Buf<u64>> {
    let mut list: Buf<u64> = Buf::with_capacity(cx.rt(), n)?;
    for i in 0..n {
        list.push(t.view.block().load(t.view.offset() + (i << t.e.shift()), t.e.size()).unwrap_or(0))?;
    }
    let e = t.e;
    if f.is_undefined() {
        match e {
            Element::BigInt64 => list.sort_unstable_by_key(|&x| x as i64),
            Element::BigUint64 => list.sort_unstable(),
            // In place: equal elements cannot be told apart.
            _ => list.sort_unstable_by(|&x, &y| number_order(e.decode(x), e.decode(y))),
        }
    } else {
        merge_sort(cx, &mut list, |&x, &y| {
            call_less(cx, f, &e.to_value(cx.rt(), x)?, &e.to_value(cx.rt(), y)?)
        })?;
    }
    Ok(list)
}
fn number_order(x: f64, y: f64) -> Ordering {
    match (x.is_nan(), y.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        _ => match x.partial_cmp(&y) {
            Some(Ordering::Equal) | None => y.is_sign_negative().cmp(&x.is_sign_negative()),
            Some(o) => o,
        },
    }
}
fn check_comparator(c: &Call<'_>) -> Result<()> {
    if !c.arg(0).is_undefined() && !c.arg(0).is_callable() {
        return Err(c.cx.throw_not_a_function());
    }
    Ok(())
}
fn sort(c: &Call<'_>) -> Result {
    check_comparator(c)?;
    let (t, n) = validate_write(c.cx, c.this)?;
    for (i, raw) in sorted(c.cx, &t, n, c.arg(0))?.iter().enumerate() {
        t.put(i, *raw);
    }
    Ok(c.this.clone())
}
fn to_sorted(c: &Call<'_>) -> Result {
    check_comparator(c)?;
    let (t, n) = this(c)?;
    let o = fresh(c.cx, &t, n)?;
    let list = sorted(c.cx, &t, n, c.arg(0))?;
    if let Some(r) = Typed::of(&o) {
        for (i, raw) in list.iter().enumerate() {
            r.put(i, *raw);
        }
    }
    Ok(o.into())
}

pub(super) const BASE_STATICS: &[Def] =
    &[method("from", from, 1), method("of", of, 0), symbol_getter(Sym::species, species_getter)];
pub(super) const BASE_MEMBERS: &[Def] = &[
    getter("buffer", buffer),
    getter("byteLength", byte_length),
    getter("byteOffset", byte_offset),
    getter("length", length),
    method("at", at, 1),
    method("copyWithin", copy_within, 2),
    method_magic("entries", iterator, 0, 2),
    method_magic("every", search, 1, 0),
    method("fill", fill, 1),
    method("filter", filter, 1),
    method_magic("find", search, 1, 3),
    method_magic("findIndex", search, 1, 4),
    method_magic("findLast", search, 1, 5),
    method_magic("findLastIndex", search, 1, 6),
    method_magic("forEach", search, 1, 2),
    method_magic("includes", index_of, 1, 0),
    method_magic("indexOf", index_of, 1, 1),
    method("join", join, 1),
    method_magic("keys", iterator, 0, 0),
    method("lastIndexOf", last_index_of, 1),
    method("map", map, 1),
    method_magic("reduce", reduce, 1, 0),
    method_magic("reduceRight", reduce, 1, 1),
    method("reverse", reverse, 0),
    method("set", set, 1),
    method("slice", slice, 2),
    method_magic("some", search, 1, 1),
    method("sort", sort, 1),
    method("subarray", subarray, 2),
    method_magic("toLocaleString", join, 0, 1),
    method("toReversed", to_reversed, 0),
    method("toSorted", to_sorted, 1),
    method_magic("values", iterator, 0, 1),
    method("with", with, 2),
    symbol_alias(Sym::iterator, "values"),
    symbol_getter(Sym::toStringTag, to_string_tag),
];
