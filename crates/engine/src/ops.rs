//! Type conversion (7.1), comparison (7.2) and the operators' slow halves.

use crate::context::{Context, Intrinsic};
use crate::heap::{BigIntCell, Gc, flag};
use crate::object::Object;
use crate::object::class::id;
use crate::object::function::{BigIntPrimitive, BoundData, Primitive};
use crate::text::atoms::PropertyKey;
use crate::text::names::{Name, Sym};
use crate::text::{Chars, Str};
use crate::value::{Result, Thrown, Value};
use qjs_numeric::BigInt;
use std::cmp::Ordering;

/// Preferred type of ToPrimitive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hint {
    Default,
    Number,
    String,
}

/// The operators with a slow half here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arith {
    Sub,
    Mul,
    Div,
    Mod,
    Exp,
    BitAnd,
    BitOr,
    BitXor,
    Shl,
    Shr,
    UShr,
}

/// ToBoolean
#[inline]
pub fn to_boolean(v: &Value) -> bool {
    if let Some(b) = v.as_bool() {
        return b;
    }
    if let Some(i) = v.as_int() {
        return i != 0;
    }
    if let Some(d) = v.as_number() {
        return d != 0.0 && !d.is_nan();
    }
    if let Some(s) = v.as_string() {
        return !s.is_empty();
    }
    if let Some(b) = v.as_gc::<BigIntCell>() {
        return !b.is_zero();
    }
    match v.as_object() {
        Some(o) => !o.has_flag(flag::HTMLDDA),
        None => v.is_symbol(),
    }
}

/// SameValue
pub fn same_value(a: &Value, b: &Value) -> bool {
    if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
        return x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan());
    }
    same_non_number(a, b)
}
/// SameValueZero
pub fn same_value_zero(a: &Value, b: &Value) -> bool {
    if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
        return x == y || (x.is_nan() && y.is_nan());
    }
    same_non_number(a, b)
}
/// IsStrictlyEqual. (Joining a rope may run out of memory; then the strings count as different.)
#[inline]
pub fn strict_equals(a: &Value, b: &Value) -> bool {
    if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
        return x == y;
    }
    same_non_number(a, b)
}
fn same_non_number(a: &Value, b: &Value) -> bool {
    if a.same_bits(b) {
        return true;
    }
    if let (Some(x), Some(y)) = (a.as_string(), b.as_string()) {
        return x.equals(y);
    }
    if let (Some(x), Some(y)) = (a.as_gc::<BigIntCell>(), b.as_gc::<BigIntCell>()) {
        return x.value == y.value;
    }
    false
}

/// What `typeof` says.
pub fn type_of(v: &Value) -> Name {
    if v.is_number() {
        Name::number
    } else if v.is_string() {
        Name::string
    } else if v.is_bool() {
        Name::boolean
    } else if v.is_symbol() {
        Name::symbol
    } else if v.is_bigint() {
        Name::bigint
    } else if let Some(o) = v.as_object() {
        if o.has_flag(flag::HTMLDDA) {
            Name::undefined
        } else if o.is_callable() {
            Name::function
        } else {
            Name::object
        }
    } else if v.is_null() {
        Name::object
    } else {
        Name::undefined
    }
}

impl Context {
    // ---- conversions

    /// ToPrimitive
    pub fn to_primitive(&self, v: &Value, hint: Hint) -> Result {
        let Some(o) = v.as_object() else {
            return Ok(v.clone());
        };
        self.check_stack()?;
        if let Some(f) = self.get_method(v, self.symbol(Sym::toPrimitive))? {
            let h = match hint {
                Hint::Default => Name::default,
                Hint::Number => Name::number,
                Hint::String => Name::string,
            };
            let r = self.call(&f, v, &[self.name(h).raw().clone()])?;
            if r.is_object() {
                return Err(self.throw_type("toPrimitive returned an object"));
            }
            return Ok(r);
        }
        let order = if hint == Hint::String {
            [Name::toString, Name::valueOf]
        } else {
            [Name::valueOf, Name::toString]
        };
        for n in order {
            let f = o.get(self, self.name(n))?;
            if f.is_callable() {
                let r = self.call(&f, v, &[])?;
                if !r.is_object() {
                    return Ok(r);
                }
            }
        }
        Err(self.throw_type("toPrimitive"))
    }
    /// ToNumber
    #[inline]
    pub fn to_number(&self, v: &Value) -> Result<f64> {
        match v.as_number() {
            Some(n) => Ok(n),
            None => self.to_number_slow(v),
        }
    }
    fn to_number_slow(&self, v: &Value) -> Result<f64> {
        if v.is_undefined() {
            return Ok(f64::NAN);
        }
        if let Some(b) = v.as_bool() {
            return Ok(b as u8 as f64);
        }
        if v.is_null() {
            return Ok(0.0);
        }
        if let Some(s) = v.as_string() {
            return string_to_number(s);
        }
        if v.is_symbol() {
            return Err(self.throw_type("cannot convert symbol to number"));
        }
        if v.is_bigint() {
            return Err(self.throw_type("cannot convert BigInt to number"));
        }
        if v.is_object() {
            let p = self.to_primitive(v, Hint::Number)?;
            return self.to_number(&p);
        }
        Ok(f64::NAN)
    }
    /// ToNumeric: a number or BigInt value.
    pub fn to_numeric(&self, v: &Value) -> Result {
        if v.is_number() || v.is_bigint() {
            return Ok(v.clone());
        }
        let p = self.to_primitive(v, Hint::Number)?;
        if p.is_bigint() {
            return Ok(p);
        }
        Ok(Value::number(self.to_number(&p)?))
    }
    /// ToInt32
    pub fn to_int32(&self, v: &Value) -> Result<i32> {
        match v.as_int() {
            Some(i) => Ok(i),
            None => Ok(qjs_numeric::math::to_int32(self.to_number(v)?)),
        }
    }
    /// ToUint32
    pub fn to_uint32(&self, v: &Value) -> Result<u32> {
        Ok(self.to_int32(v)? as u32)
    }
    /// ToIntegerOrInfinity
    pub fn to_integer(&self, v: &Value) -> Result<f64> {
        if let Some(i) = v.as_int() {
            return Ok(i as f64);
        }
        let n = self.to_number(v)?;
        Ok(if n.is_nan() { 0.0 } else { n.trunc() + 0.0 })
    }
    /// ToLength
    pub fn to_length(&self, v: &Value) -> Result<u64> {
        let n = self.to_integer(v)?;
        Ok(if n <= 0.0 { 0 } else { n.min(9007199254740991.0) as u64 })
    }
    /// ToIndex: RangeError outside 0 to 2^53-1.
    pub fn to_index(&self, v: &Value) -> Result<u64> {
        if v.is_undefined() {
            return Ok(0);
        }
        let n = self.to_integer(v)?;
        if !(0.0..=9007199254740991.0).contains(&n) {
            return Err(self.throw_range("invalid array index"));
        }
        Ok(n as u64)
    }
    /// A relative index as slice and its kin take it: clamped to 0..=len; undefined means `default`.
    pub fn to_relative(&self, v: &Value, len: u64, default: u64) -> Result<u64> {
        if v.is_undefined() {
            return Ok(default);
        }
        if let Some(i) = v.as_int() {
            let n = i.unsigned_abs() as u64;
            return Ok(if i < 0 { len.saturating_sub(n) } else { n.min(len) });
        }
        let n = self.to_integer(v)?;
        Ok(if n < 0.0 { (len as f64 + n).max(0.0) as u64 } else { n.min(len as f64) as u64 })
    }
    /// The length an array is set to: RangeError unless a uint32 (steps 3 to 5 of ArraySetLength).
    pub fn to_array_length(&self, v: &Value) -> Result<u32> {
        if let Some(i) = v.as_int()
            && i >= 0
        {
            return Ok(i as u32);
        }
        let n = self.to_uint32(v)?;
        let d = self.to_number(v)?;
        if n as f64 != d {
            return Err(self.throw_range("invalid array length"));
        }
        Ok(n)
    }
    /// ToString
    #[inline]
    pub fn to_string(&self, v: &Value) -> Result<Gc<Str>> {
        match v.as_string() {
            Some(s) => Ok(Gc::from_ref(s)),
            None => self.to_string_slow(v),
        }
    }
    fn to_string_slow(&self, v: &Value) -> Result<Gc<Str>> {
        let rt = self.rt();
        if let Some(i) = v.as_int() {
            return rt.int_to_string(i);
        }
        if let Some(n) = v.as_number() {
            return number_to_string(self, n);
        }
        let text = if v.is_undefined() {
            Name::undefined
        } else if v.is_null() {
            Name::null
        } else if let Some(b) = v.as_bool() {
            if b { Name::true_ } else { Name::false_ }
        } else if v.is_symbol() {
            return Err(self.throw_type("cannot convert symbol to string"));
        } else if let Some(b) = v.as_gc::<BigIntCell>() {
            return self.bigint_to_string(b, 10);
        } else if v.is_object() {
            let p = self.to_primitive(v, Hint::String)?;
            return self.to_string(&p);
        } else {
            Name::undefined
        };
        match self.name(text).as_str() {
            Some(s) => Ok(Gc::from_ref(s)),
            None => Err(Thrown),
        }
    }
    /// BigInt::toString
    pub fn bigint_to_string(&self, b: &BigInt, radix: u32) -> Result<Gc<Str>> {
        let size = b.text_size_bound(radix) + b.text_scratch_bound();
        if !self.rt().charge(size) {
            return Err(self.throw_oom());
        }
        let mut interrupted = false;
        let text = b.to_text(radix, &mut || {
            interrupted = interrupted || self.poll_slow().is_err();
            interrupted
        });
        let r = match text {
            Some(s) => self.rt().new_latin1(s.as_bytes()),
            None if interrupted => Err(Thrown),
            None => Err(self.throw_oom()),
        };
        self.rt().discharge(size);
        r
    }
    /// ToObject
    pub fn to_object(&self, v: &Value) -> Result<Gc<Object>> {
        if let Some(o) = v.as_object() {
            return Ok(Gc::from_ref(o));
        }
        let Some(proto) = self.primitive_prototype(v)? else {
            let what = if v.is_null() { "null" } else { "undefined" };
            return Err(self.throw_type(&format!("cannot convert {what} to object")));
        };
        let proto = proto.clone();
        let class = if v.is_string() {
            return self.new_with_data(Some(&proto), id::STRING, Primitive(v.clone()));
        } else if v.is_number() {
            id::NUMBER
        } else if v.is_bool() {
            id::BOOLEAN
        } else if v.is_symbol() {
            id::SYMBOL
        } else {
            return self.new_with_data(Some(&proto), id::BIGINT, BigIntPrimitive(v.clone()));
        };
        self.new_with_data(Some(&proto), class, Primitive(v.clone()))
    }
    /// ToPropertyKey
    #[inline]
    pub fn to_property_key(&self, v: &Value) -> Result<PropertyKey> {
        if let Some(i) = v.as_int()
            && i >= 0
        {
            return Ok(PropertyKey::int(i));
        }
        if let Some(s) = v.as_string() {
            return self.rt().key_from_str(s);
        }
        if v.is_symbol() {
            return Ok(PropertyKey::from_value_unchecked(v.clone()));
        }
        let p = self.to_primitive(v, Hint::String)?;
        if p.is_symbol() {
            return Ok(PropertyKey::from_value_unchecked(p));
        }
        let s = self.to_string(&p)?;
        self.rt().key_from_str(&s)
    }
    /// ToBigInt
    pub fn to_bigint(&self, v: &Value) -> Result {
        let p = self.to_primitive(v, Hint::Number)?;
        if p.is_bigint() {
            return Ok(p);
        }
        if let Some(b) = p.as_bool() {
            return self.rt().new_bigint(BigInt::from(b as i64));
        }
        if let Some(s) = p.as_string() {
            return match self.string_to_bigint(s)? {
                Some(b) => self.rt().new_bigint(b),
                None => Err(self.throw_syntax("invalid BigInt literal")),
            };
        }
        Err(self.throw_type("cannot convert to bigint"))
    }
    /// StringToBigInt; None where the text is none.
    pub fn string_to_bigint(&self, s: &Str) -> Result<Option<BigInt>> {
        use qjs_numeric::ParseBigIntError as E;
        let chars = s.chars()?;
        let size = BigInt::from_text_bound(chars.len());
        if !self.rt().charge(size) {
            return Err(self.throw_oom());
        }
        let mut stop = || self.poll_slow().is_err();
        let r = match chars {
            Chars::Latin1(c) => BigInt::from_text_until(c, &mut stop),
            Chars::Utf16(c) => BigInt::from_text_until(c, &mut stop),
        };
        self.rt().discharge(size);
        match r {
            Ok(b) => Ok(Some(b)),
            Err(E::Syntax) => Ok(None),
            Err(E::TooBig) => Err(self.throw_range("BigInt is too large to allocate")),
            Err(E::OutOfMemory) => Err(self.throw_oom()),
            Err(E::Stopped) => Err(Thrown),
        }
    }
    /// RequireObjectCoercible
    pub fn require_object_coercible(&self, v: &Value) -> Result<()> {
        if v.is_nullish() {
            let what = if v.is_null() { "null" } else { "undefined" };
            return Err(self.throw_type(&format!("cannot convert {what} to object")));
        }
        Ok(())
    }
    /// `this` as a string, for String.prototype's methods.
    pub fn this_string(&self, v: &Value) -> Result<Gc<Str>> {
        if v.is_nullish() {
            return Err(self.throw_type("null or undefined are forbidden"));
        }
        self.to_string(v)
    }
    /// The object a value is, or a TypeError.
    pub fn expect_object<'v>(&self, v: &'v Value) -> Result<&'v Object> {
        v.as_object().ok_or_else(|| self.throw_type("not an object"))
    }

    // ---- tests and comparison

    /// IsArray; a revoked proxy throws.
    pub fn is_array(&self, v: &Value) -> Result<bool> {
        match v.as_object() {
            Some(o) if o.class() == id::ARRAY => Ok(true),
            Some(o) if o.class() == id::PROXY => {
                self.check_stack()?;
                let t = crate::builtins::proxy::target(self, o)?;
                self.is_array(t.as_value())
            }
            _ => Ok(false),
        }
    }
    /// IsLooselyEqual
    pub fn loose_equals(&self, a: &Value, b: &Value) -> Result<bool> {
        if a.is_number() && b.is_number() || a.same_bits(b) {
            return Ok(strict_equals(a, b));
        }
        if a.is_nullish() && b.is_nullish() {
            return Ok(true);
        }
        if a.is_nullish() || b.is_nullish() {
            let other = if a.is_nullish() { b } else { a };
            return Ok(other.as_object().is_some_and(|o| o.has_flag(flag::HTMLDDA)));
        }
        if (a.is_string() && b.is_string())
            || (a.is_object() && b.is_object())
            || (a.is_bigint() && b.is_bigint())
            || (a.is_symbol() && b.is_symbol())
            || (a.is_bool() && b.is_bool())
        {
            return Ok(strict_equals(a, b));
        }
        if a.is_object() {
            let p = self.to_primitive(a, Hint::Default)?;
            return self.loose_equals(&p, b);
        }
        if b.is_object() {
            let p = self.to_primitive(b, Hint::Default)?;
            return self.loose_equals(a, &p);
        }
        if a.is_symbol() || b.is_symbol() {
            return Ok(false);
        }
        for (x, y) in [(a, b), (b, a)] {
            if let Some(big) = x.as_gc::<BigIntCell>() {
                if let Some(s) = y.as_string() {
                    return Ok(self.string_to_bigint(s)?.is_some_and(|o| o == big.value));
                }
                return Ok(big.eq_f64(self.to_number(y)?));
            }
        }
        Ok(self.to_number(a)? == self.to_number(b)?)
    }
    /// IsLessThan in the order left, right: None is undefined (a NaN is involved).
    pub fn compare(&self, a: &Value, b: &Value) -> Result<Option<Ordering>> {
        if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
            return Ok(x.partial_cmp(&y));
        }
        let a = self.to_primitive(a, Hint::Number)?;
        let b = self.to_primitive(b, Hint::Number)?;
        if let (Some(x), Some(y)) = (a.as_string(), b.as_string()) {
            return Ok(Some(x.chars()?.cmp(&y.chars()?)));
        }
        if let (Some(x), Some(s)) = (a.as_gc::<BigIntCell>(), b.as_string()) {
            return Ok(self.string_to_bigint(s)?.map(|y| x.value.cmp(&y)));
        }
        if let (Some(s), Some(y)) = (a.as_string(), b.as_gc::<BigIntCell>()) {
            return Ok(self.string_to_bigint(s)?.map(|x| x.cmp(&y.value)));
        }
        let a = self.to_numeric(&a)?;
        let b = self.to_numeric(&b)?;
        Ok(match (a.as_gc::<BigIntCell>(), b.as_gc::<BigIntCell>()) {
            (Some(x), Some(y)) => Some(x.value.cmp(&y.value)),
            (Some(x), None) => x.partial_cmp_f64(b.as_number().unwrap_or(f64::NAN)),
            (None, Some(y)) => y.partial_cmp_f64(a.as_number().unwrap_or(f64::NAN)).map(Ordering::reverse),
            (None, None) => a.as_number().partial_cmp(&b.as_number()),
        })
    }
    /// InstanceofOperator
    pub fn instance_of(&self, v: &Value, target: &Value) -> Result<bool> {
        let Some(t) = target.as_object() else {
            return Err(self.throw_type("invalid 'instanceof' right operand"));
        };
        if let Some(f) = self.get_method(target, self.symbol(Sym::hasInstance))? {
            // The ordinary method needs no call.
            return Ok(to_boolean(&self.call(&f, target, std::slice::from_ref(v))?));
        }
        if !t.is_callable() {
            return Err(self.throw_type("invalid 'instanceof' right operand"));
        }
        self.ordinary_has_instance(target, v)
    }
    /// OrdinaryHasInstance
    pub fn ordinary_has_instance(&self, c: &Value, v: &Value) -> Result<bool> {
        let Some(f) = c.as_object().filter(|o| o.is_callable()) else {
            return Ok(false);
        };
        if let Some(b) = f.data::<BoundData>() {
            self.check_stack()?;
            return self.instance_of(v, b.target.as_value());
        }
        let Some(o) = v.as_object() else {
            return Ok(false);
        };
        let p = f.get(self, self.name(Name::prototype))?;
        let Some(p) = p.as_object() else {
            return Err(self.throw_type("operand 'prototype' property is not an object"));
        };
        let mut cur = o.get_prototype_of(self)?;
        while let Some(q) = cur {
            if q.is(p) {
                return Ok(true);
            }
            self.poll()?;
            cur = q.get_prototype_of(self)?;
        }
        Ok(false)
    }
    /// HasProperty for the `in` operator.
    pub fn has_in(&self, key: &Value, target: &Value) -> Result<bool> {
        let Some(o) = target.as_object() else {
            return Err(self.throw_type("invalid 'in' operand"));
        };
        let key = self.to_property_key(key)?;
        o.has_property(self, &key)
    }

    // ---- operators

    /// The addition operator.
    pub fn add(&self, a: &Value, b: &Value) -> Result {
        if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
            return Ok(Value::number(x + y));
        }
        if let (Some(x), Some(y)) = (a.as_string(), b.as_string()) {
            return self.rt().concat(x, y).map(Value::from);
        }
        if let (Some(x), Some(y)) = (a.as_gc::<BigIntCell>(), b.as_gc::<BigIntCell>())
            && let (Some(x), Some(y)) = (x.value.to_i64(), y.value.to_i64())
            && let Some(r) = x.checked_add(y)
        {
            return self.rt().new_bigint(BigInt::from(r));
        }
        let a = self.to_primitive(a, Hint::Default)?;
        let b = self.to_primitive(b, Hint::Default)?;
        if a.is_string() || b.is_string() {
            let x = self.to_string(&a)?;
            let y = self.to_string(&b)?;
            return self.rt().concat(&x, &y).map(Value::from);
        }
        let a = self.to_numeric(&a)?;
        let b = self.to_numeric(&b)?;
        match (a.as_gc::<BigIntCell>(), b.as_gc::<BigIntCell>()) {
            (Some(x), Some(y)) => self.checked_big(x.add_size_bound(&y.value), || x.value.add(&y.value).ok()),
            (None, None) => Ok(Value::number(num(&a) + num(&b))),
            _ => Err(self.throw_mixed()),
        }
    }
    fn throw_mixed(&self) -> Thrown {
        self.throw_type("cannot mix BigInt and other types, use explicit conversions")
    }
    fn checked_big(&self, bound: usize, f: impl FnOnce() -> Option<BigInt>) -> Result {
        if bound > self.rt().memory_left() {
            return Err(self.throw_oom());
        }
        match f() {
            Some(b) => self.rt().new_bigint(b),
            None => Err(self.throw_range("BigInt is too large to allocate")),
        }
    }
    /// Every other binary operator on numbers.
    pub fn arith(&self, op: Arith, a: &Value, b: &Value) -> Result {
        if let (Some(x), Some(y)) = (a.as_gc::<BigIntCell>(), b.as_gc::<BigIntCell>()) {
            return self.arith_big(op, &x.value, &y.value);
        }
        let a = self.to_numeric(a)?;
        let b = self.to_numeric(b)?;
        match (a.as_gc::<BigIntCell>(), b.as_gc::<BigIntCell>()) {
            (Some(x), Some(y)) => self.arith_big(op, &x.value, &y.value),
            (None, None) => Ok(arith_number(op, num(&a), num(&b))),
            _ => Err(self.throw_mixed()),
        }
    }
    /// Of two that fit 64 bits, where the result does too.
    fn arith_small(&self, op: Arith, x: i64, y: i64) -> Option<i64> {
        match op {
            Arith::Sub => x.checked_sub(y),
            Arith::Mul => x.checked_mul(y),
            Arith::Div => x.checked_div(y),
            Arith::Mod => x.checked_rem(y),
            Arith::BitAnd => Some(x & y),
            Arith::BitOr => Some(x | y),
            Arith::BitXor => Some(x ^ y),
            _ => None,
        }
    }
    fn arith_big(&self, op: Arith, x: &BigInt, y: &BigInt) -> Result {
        if let (Some(a), Some(b)) = (x.to_i64(), y.to_i64())
            && let Some(r) = self.arith_small(op, a, b)
        {
            return self.rt().new_bigint(BigInt::from(r));
        }
        let zero = || self.throw_range("BigInt division by zero");
        match op {
            Arith::Sub => self.checked_big(x.add_size_bound(y), || x.sub(y).ok()),
            Arith::Mul => self.checked_big(x.mul_size_bound(y), || x.mul(y).ok()),
            Arith::Div if y.is_zero() => Err(zero()),
            Arith::Div => self.checked_big(x.add_size_bound(y), || x.div(y)),
            Arith::Mod if y.is_zero() => Err(zero()),
            Arith::Mod => self.checked_big(x.add_size_bound(y), || x.rem(y)),
            Arith::Exp => {
                if y.is_negative() {
                    return Err(self.throw_range("BigInt negative exponent"));
                }
                self.checked_big(x.pow_size_bound(y), || x.pow(y).ok())
            }
            Arith::BitAnd => self.checked_big(x.add_size_bound(y), || Some(x.and(y))),
            Arith::BitOr => self.checked_big(x.add_size_bound(y), || Some(x.or(y))),
            Arith::BitXor => self.checked_big(x.add_size_bound(y), || Some(x.xor(y))),
            Arith::Shl => self.checked_big(x.shl_size_bound(y), || x.shl(y).ok()),
            Arith::Shr if y.is_negative() => self.checked_big(x.shl_size_bound(&y.neg()), || x.shr(y).ok()),
            Arith::Shr => self.checked_big(x.add_size_bound(x), || x.shr(y).ok()),
            Arith::UShr => Err(self.throw_type("bigint operands are forbidden for >>>")),
        }
    }
    /// Unary minus.
    pub fn negate(&self, v: &Value) -> Result {
        let v = self.to_numeric(v)?;
        match v.as_gc::<BigIntCell>() {
            Some(b) => self.checked_big(b.add_size_bound(b), || Some(b.neg())),
            None => Ok(Value::number(-num(&v))),
        }
    }
    /// Bitwise not.
    pub fn bit_not(&self, v: &Value) -> Result {
        let v = self.to_numeric(v)?;
        match v.as_gc::<BigIntCell>() {
            Some(b) => self.checked_big(b.add_size_bound(b), || b.not().ok()),
            None => Ok(Value::int(!qjs_numeric::math::to_int32(num(&v)))),
        }
    }
    /// `v + delta` after ToNumeric, delta being 1 or -1.
    pub fn increment(&self, v: &Value, delta: i32) -> Result {
        let v = self.to_numeric(v)?;
        match v.as_gc::<BigIntCell>() {
            Some(b) => {
                self.checked_big(b.add_size_bound(b), || if delta > 0 { b.inc().ok() } else { b.dec().ok() })
            }
            None => Ok(Value::number(num(&v) + delta as f64)),
        }
    }

    // ---- objects

    /// LengthOfArrayLike
    pub fn length_of(&self, o: &Object) -> Result<u64> {
        if o.class() == id::ARRAY {
            return Ok(o.array_length() as u64);
        }
        let v = o.get(self, self.name(Name::length))?;
        self.to_length(&v)
    }
    /// SpeciesConstructor
    pub fn species_constructor(&self, o: &Object, default: Intrinsic) -> Result<Gc<Object>> {
        let c = o.get(self, self.name(Name::constructor))?;
        if c.is_undefined() {
            return self.intrinsic(default).cloned();
        }
        let Some(c) = c.as_object() else {
            return Err(self.throw_type("not an object"));
        };
        let s = c.get(self, self.symbol(Sym::species))?;
        if s.is_nullish() {
            return self.intrinsic(default).cloned();
        }
        match s.into_gc::<Object>() {
            Ok(s) if s.is_constructor() => Ok(s),
            _ => Err(self.throw_type("not a constructor")),
        }
    }
    /// CreateListFromArrayLike
    pub fn list_from_array_like(&self, v: &Value) -> Result<Vec<Value>> {
        let Some(o) = v.as_object() else {
            return Err(self.throw_type("not an object"));
        };
        let n = self.length_of(o)?;
        let mut list = Vec::new();
        if n > 10_000_000 || list.try_reserve(n as usize).is_err() {
            return Err(self.throw_range("too many arguments"));
        }
        for i in 0..n {
            list.push(o.get_index(self, i)?);
        }
        Ok(list)
    }
    /// The `message`-like display of a thrown value, for reports: never throws.
    pub fn describe(&self, v: &Value) -> String {
        let s = if v.is_symbol() {
            v.as_symbol().and_then(|s| s.description().map(|d| format!("Symbol({})", d.to_lossy())))
        } else {
            self.to_string(v).ok().map(|s| s.to_lossy())
        };
        match s {
            Some(s) => s,
            None => {
                self.rt().clear_exception();
                String::from("[exception]")
            }
        }
    }
}

fn num(v: &Value) -> f64 {
    v.as_number().unwrap_or(f64::NAN)
}

/// The binary operators on numbers.
pub fn arith_number(op: Arith, a: f64, b: f64) -> Value {
    use qjs_numeric::math;
    let i = math::to_int32;
    match op {
        Arith::Sub => Value::number(a - b),
        Arith::Mul => Value::number(a * b),
        Arith::Div => Value::number(a / b),
        Arith::Mod => Value::number(a % b),
        Arith::Exp => Value::number(math::pow(a, b)),
        Arith::BitAnd => Value::int(i(a) & i(b)),
        Arith::BitOr => Value::int(i(a) | i(b)),
        Arith::BitXor => Value::int(i(a) ^ i(b)),
        Arith::Shl => Value::int(i(a).wrapping_shl(i(b) as u32 & 31)),
        Arith::Shr => Value::int(i(a) >> (i(b) as u32 & 31)),
        Arith::UShr => Value::from_u32(i(a) as u32 >> (i(b) as u32 & 31)),
    }
}

/// StringToNumber
pub fn string_to_number(s: &Str) -> Result<f64> {
    Ok(match s.chars()? {
        Chars::Latin1(c) => qjs_numeric::string_to_number(c),
        Chars::Utf16(c) => qjs_numeric::string_to_number(c),
    })
}

/// Number::toString
pub fn number_to_string(cx: &Context, n: f64) -> Result<Gc<Str>> {
    let mut buf = qjs_numeric::NumberBuffer::new();
    cx.rt().new_latin1(buf.format(n).as_bytes())
}
