//! Arrays as text: join, toString, toLocaleString.

use super::this_and_length;
use crate::context::{Context, Intrinsic};
use crate::object::Object;
use crate::object::function::Call;
use crate::text::build::StringBuilder;
use crate::text::names::Name;
use crate::text::{Chars, MAX_LENGTH, Str};
use crate::value::{Result, Value};
use std::cell::RefCell;

thread_local! {
    /// The objects being joined on this thread, for telling cycles (compared only, never followed).
    static JOINING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// An object being joined: entered once, left when dropped.
pub(crate) struct Joining;
impl Joining {
    /// None if the object is being joined already.
    pub(crate) fn enter(cx: &Context, o: &Object) -> Result<Option<Joining>> {
        cx.check_stack()?;
        let a = o as *const Object as usize;
        JOINING.with(|j| {
            let mut j = j.borrow_mut();
            if j.contains(&a) {
                return Ok(None);
            }
            if j.try_reserve(1).is_err() {
                drop(j);
                return Err(cx.throw_oom());
            }
            j.push(a);
            Ok(Some(Joining))
        })
    }
}
impl Drop for Joining {
    fn drop(&mut self) {
        JOINING.with(|j| {
            j.borrow_mut().pop();
        })
    }
}

/// Appends an element as join does: nothing for undefined and null.
#[inline]
pub(crate) fn push_element(cx: &Context, b: &mut StringBuilder<'_>, v: &Value) -> Result<()> {
    if let Some(s) = v.as_string() {
        return b.push_string(s);
    }
    if let Some(i) = v.as_int() {
        let mut digits = [0u8; 12];
        let mut at = digits.len();
        let mut n = i.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (n % 10) as u8;
            n /= 10;
            if n == 0 {
                break;
            }
        }
        if i < 0 {
            at -= 1;
            digits[at] = b'-';
        }
        return b.push_chars(Chars::Latin1(&digits[at..]));
    }
    if v.is_nullish() {
        return Ok(());
    }
    if let Some(n) = v.as_number() {
        let mut text = qjs_numeric::NumberBuffer::new();
        return b.push_chars(Chars::Latin1(text.format(n).as_bytes()));
    }
    b.push_string(&*cx.to_string(v)?)
}
/// Could a text with so many separators be a string at all? A RangeError if not: long before it is built.
pub(crate) fn check_join_length(cx: &Context, len: u64, separator: &Str) -> Result<()> {
    if len > 1 && (len - 1).saturating_mul(separator.len() as u64) > MAX_LENGTH as u64 {
        return Err(cx.throw_range("invalid string length"));
    }
    Ok(())
}

/// Array.prototype.join ( separator ) (23.1.3.18)
pub(super) fn join(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    let separator = if c.arg(0).is_undefined() { cx.atom(",")? } else { cx.to_string(c.arg(0))? };
    let Some(_joining) = Joining::enter(cx, &o)? else {
        return cx.string("");
    };
    check_join_length(cx, len, &separator)?;
    let mut b = StringBuilder::new(cx.rt());
    let mut i = 0;
    let mut misses = 0;
    while i < len {
        cx.poll()?;
        if i > 0 && !separator.is_empty() {
            b.push_string(&separator)?;
        }
        let v = o.get_index(cx, i)?;
        i += 1;
        push_element(cx, &mut b, &v)?;
        if v.is_undefined() {
            misses += 1;
            if misses > 8 + o.index_search_cost()
                && let Some(next) = o.next_index(i)
            {
                misses = 0;
                let gap = next.min(len).saturating_sub(i);
                if !separator.is_empty() {
                    for _ in 0..gap {
                        cx.poll()?;
                        b.push_string(&separator)?;
                    }
                }
                i += gap;
            }
        }
    }
    b.finish().map(Value::from)
}

/// Array.prototype.toString ( ) (23.1.3.36)
pub(super) fn to_string(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let o = cx.to_object(c.this)?;
    let f = o.get(cx, cx.name(Name::join))?;
    if f.is_callable() {
        return cx.call(&f, o.as_value(), &[]);
    }
    let f = cx.intrinsic(Intrinsic::ObjProtoToString)?.clone();
    cx.call_object(&f, o.as_value(), &[])
}

/// Array.prototype.toLocaleString ( [ reserved1 [ , reserved2 ] ] ) (23.1.3.34)
pub(super) fn to_locale_string(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let (o, len) = this_and_length(c)?;
    let Some(_joining) = Joining::enter(cx, &o)? else {
        return cx.string("");
    };
    let separator = cx.atom(",")?;
    check_join_length(cx, len, &separator)?;
    let mut b = StringBuilder::new(cx.rt());
    for i in 0..len {
        cx.poll()?;
        if i > 0 {
            b.push_string(&separator)?;
        }
        let v = o.get_index(cx, i)?;
        if !v.is_nullish() {
            let s = cx.invoke(&v, cx.name(Name::toLocaleString), &[])?;
            b.push_string(&*cx.to_string(&s)?)?;
        }
    }
    b.finish().map(Value::from)
}
