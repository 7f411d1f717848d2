//! Sorting (23.1.3.30): a stable merge sort over natural runs, which any comparator may be given to.

use super::{MAX_ARRAY, Target, Walk, delete_index, this_and_length};
use crate::context::Context;
use crate::heap::Gc;
use crate::heap::buf::Buf;
use crate::object::function::Call;
use crate::text::Str;
use crate::value::{Result, Value};

/// Runs shorter than this are made longer by insertion.
const MIN_RUN: usize = 16;

/// Sorts by `less(a, b)` ("a comes before b"), stably. Whatever `less` says, the outcome is some permutation;
/// when it throws, the list's contents are lost, nothing else.
pub(crate) fn merge_sort<T: Default>(
    cx: &Context,
    list: &mut Buf<T>,
    mut less: impl FnMut(&T, &T) -> Result<bool>,
) -> Result<()> {
    let n = list.len();
    if n < 2 {
        return Ok(());
    }
    // The runs that wait to be merged, as (start, length); lengths fall off as in TimSort, so they are few.
    let mut runs: Vec<(usize, usize)> = Vec::new();
    if runs.try_reserve(96).is_err() {
        return Err(cx.throw_oom());
    }
    let mut spare: Buf<T> = Buf::new(cx.rt());
    let mut start = 0;
    while start < n {
        let len = next_run(&mut list[start..], &mut less)?;
        runs.push((start, len));
        start += len;
        while let Some(k) = to_merge(&runs, start == n) {
            let (a, la) = runs[k];
            let (_, lb) = runs[k + 1];
            merge(cx, &mut list[a..a + la + lb], la, &mut spare, &mut less)?;
            runs[k].1 = la + lb;
            runs.remove(k + 1);
        }
    }
    Ok(())
}
/// Which run is to be merged with its successor now, if any; at the end all are.
fn to_merge(runs: &[(usize, usize)], end: bool) -> Option<usize> {
    let n = runs.len();
    if n < 2 {
        return None;
    }
    let len = |k: usize| runs[n - 1 - k].1;
    let broken = n >= 3 && len(2) <= len(1) + len(0) || n >= 4 && len(3) <= len(2) + len(1);
    if broken && n >= 3 && len(2) < len(0) {
        Some(n - 3)
    } else if broken || len(1) <= len(0) || end {
        Some(n - 2)
    } else {
        None
    }
}
/// Finds the run at the list's beginning, turning a falling one round and making a short one longer.
fn next_run<T>(list: &mut [T], less: &mut impl FnMut(&T, &T) -> Result<bool>) -> Result<usize> {
    let n = list.len();
    if n < 2 {
        return Ok(n);
    }
    let mut len = 2;
    if less(&list[1], &list[0])? {
        while len < n && less(&list[len], &list[len - 1])? {
            len += 1;
        }
        list[..len].reverse();
    } else {
        while len < n && !less(&list[len], &list[len - 1])? {
            len += 1;
        }
    }
    let want = n.min(MIN_RUN);
    while len < want {
        // Binary insertion, after all equal ones.
        let (mut lo, mut hi) = (0, len);
        while lo < hi {
            let mid = (lo + hi) / 2;
            if less(&list[len], &list[mid])? { hi = mid } else { lo = mid + 1 }
        }
        list[lo..=len].rotate_right(1);
        len += 1;
    }
    Ok(len)
}
/// Merges the sorted parts before and from `mid` on.
fn merge<T: Default>(
    cx: &Context,
    list: &mut [T],
    mid: usize,
    spare: &mut Buf<T>,
    less: &mut impl FnMut(&T, &T) -> Result<bool>,
) -> Result<()> {
    // In order already?
    if !less(&list[mid], &list[mid - 1])? {
        return Ok(());
    }
    spare.clear();
    spare.reserve(mid)?;
    for v in &mut list[..mid] {
        spare.push(std::mem::take(v))?;
    }
    let (mut i, mut j, mut k) = (0, mid, 0);
    while i < spare.len() && j < list.len() {
        cx.poll()?;
        if less(&list[j], &spare[i])? {
            list[k] = std::mem::take(&mut list[j]);
            j += 1;
        } else {
            list[k] = std::mem::take(&mut spare[i]);
            i += 1;
        }
        k += 1;
    }
    while i < spare.len() {
        list[k] = std::mem::take(&mut spare[i]);
        i += 1;
        k += 1;
    }
    Ok(())
}

/// The comparator argument: undefined or callable.
pub(crate) fn comparator<'a>(c: &Call<'a>) -> Result<Option<&'a Value>> {
    let f = c.arg(0);
    if f.is_undefined() {
        Ok(None)
    } else if f.is_callable() {
        Ok(Some(f))
    } else {
        Err(c.cx.throw_not_a_function())
    }
}
/// Does `b` come before `a`, or rather: is compare(a, b) below zero?
#[inline]
pub(crate) fn call_less(cx: &Context, f: &Value, a: &Value, b: &Value) -> Result<bool> {
    let r = cx.call(f, &Value::UNDEFINED, &[a.clone(), b.clone()])?;
    match r.as_int() {
        Some(i) => Ok(i < 0),
        None => Ok(cx.to_number(&r)? < 0.0),
    }
}

/// A number whose order among such is that of the int32s' decimal texts.
fn decimal_order(i: i32) -> u64 {
    let n = i.unsigned_abs() as u64;
    let digits = n.checked_ilog10().unwrap_or(0);
    // The text as a fraction, filled up to ten digits; of equal ones ("1", "10") the shorter is first.
    let scaled = n * 10u64.pow(9 - digits);
    ((i >= 0) as u64) << 40 | scaled << 4 | digits as u64
}

/// SortIndexedProperties' and SortCompare's work on a list of values, undefined ones last.
fn sort_values(cx: &Context, list: &mut Buf<Value>, comparator: Option<&Value>) -> Result<()> {
    // Undefined values go to the end, uncompared.
    let mut k = 0;
    for i in 0..list.len() {
        if !list[i].is_undefined() {
            list.swap(k, i);
            k += 1;
        }
    }
    let undefined = list.len() - k;
    list.truncate(k);
    match comparator {
        Some(f) => merge_sort(cx, list, |a, b| call_less(cx, f, a, b))?,
        None if list.iter().all(|v| v.is_int()) => {
            list.sort_unstable_by_key(|v| decimal_order(v.int_unchecked()));
        }
        None => sort_as_text(cx, list)?,
    }
    for _ in 0..undefined {
        list.push(Value::UNDEFINED)?;
    }
    Ok(())
}
/// Sorts by the values' texts, each made once.
fn sort_as_text(cx: &Context, list: &mut Buf<Value>) -> Result<()> {
    let mut keyed: Buf<(Option<Gc<Str>>, Value)> = Buf::with_capacity(cx.rt(), list.len())?;
    for v in list.iter_mut() {
        cx.poll()?;
        let s = cx.to_string(v)?;
        s.chars()?;
        keyed.push((Some(s), v.take()))?;
    }
    merge_sort(cx, &mut keyed, |a, b| match (&a.0, &b.0) {
        (Some(x), Some(y)) => Ok(x.chars()? < y.chars()?),
        _ => Ok(false),
    })?;
    for (to, from) in list.iter_mut().zip(keyed.iter_mut()) {
        *to = from.1.take();
    }
    Ok(())
}

/// A tail this long is deleted index by index, whatever is there.
const FEW: u64 = 1000;

/// Array.prototype.sort ( comparator ) (23.1.3.30)
pub(super) fn sort(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let f = comparator(c)?;
    let (o, len) = this_and_length(c)?;
    let mut list: Buf<Value> = Buf::new(cx.rt());
    let mut walk = Walk::new(0, len);
    while let Some((_, v)) = walk.next(cx, &o)? {
        list.push(v)?;
    }
    sort_values(cx, &mut list, f)?;
    let count = list.len() as u64;
    for (i, v) in list.iter_mut().enumerate() {
        cx.poll()?;
        let v = v.take();
        if o.class() == crate::object::class::id::ARRAY && o.has_element(i as u32) {
            o.set_element(i as u32, v);
        } else {
            o.set_index(cx, i as u64, v)?;
        }
    }
    // What was there and now is further up goes: holes end up last.
    if o.exotic().is_some() || len.saturating_sub(count) <= FEW {
        for k in count..len {
            cx.poll()?;
            delete_index(cx, &o, k)?;
        }
        return Ok(o.into());
    }
    // Of a long and mostly empty tail, only what is there; the order of deletions shows nowhere.
    let mut k = len;
    let mut misses = 0;
    while k > count {
        k -= 1;
        cx.poll()?;
        if o.has_index(cx, k)? {
            delete_index(cx, &o, k)?;
        } else {
            misses += 1;
            if misses > 8 + o.index_search_cost() {
                misses = 0;
                if let Some(last) = o.previous_index(k) {
                    k = k.min(last.max(count));
                }
            }
        }
    }
    Ok(o.into())
}

/// Array.prototype.toSorted ( comparator ) (23.1.3.34)
pub(super) fn to_sorted(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let f = comparator(c)?;
    let (o, len) = this_and_length(c)?;
    if len > MAX_ARRAY {
        return Err(cx.throw_range("invalid array length"));
    }
    let target = Target::plain(cx, len)?;
    let mut list: Buf<Value> = Buf::new(cx.rt());
    for i in 0..len {
        cx.poll()?;
        list.push(o.get_index(cx, i)?)?;
    }
    sort_values(cx, &mut list, f)?;
    target.object.append_elements(&list)?;
    target.into_value()
}
