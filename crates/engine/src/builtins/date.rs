//! Date (21.4).

use crate::context::{Context, Intrinsic};
use crate::heap::Gc;
use crate::heap::gc::Tracer;
use crate::object::Object;
use crate::object::class::{ClassId, Payload, id, vt_of};
use crate::object::function::{Call, FunctionSpec};
use crate::object::lazy::{Def, DefKey, What, alias, make_constructor, method, method_magic};
use crate::object::shape::prop;
use crate::ops::Hint;
use crate::sys::{local_offset_ms, now_ms};
use crate::text::names::{Name, Sym};
use crate::text::{Chars, Str};
use crate::value::{Result, Value};
use qjs_numeric::date::{
    self, Fields, local_time, make_date, make_day, make_full_year, make_time, time_clip,
};
use qjs_numeric::{date_format, date_parse};
use std::cell::Cell;

/// [[DateValue]]: milliseconds since 1970 UTC, NaN if invalid.
pub struct DateData(Cell<f64>);
impl Payload for DateData {
    const CLASSES: std::ops::RangeInclusive<ClassId> = id::DATE..=id::DATE;
    fn trace(&self, _: &mut Tracer<'_>) {}
}
pub(crate) fn class(_c: ClassId) -> super::Behaviour {
    (Some(vt_of::<DateData>()), None)
}

/// What a getter reads.
mod field {
    pub const DATE: i32 = 0;
    pub const DAY: i32 = 1;
    pub const FULL_YEAR: i32 = 2;
    pub const HOURS: i32 = 3;
    pub const MILLISECONDS: i32 = 4;
    pub const MINUTES: i32 = 5;
    pub const MONTH: i32 = 6;
    pub const SECONDS: i32 = 7;
    pub const YEAR: i32 = 8;
    /// Added: in UTC, not local time.
    pub const UTC: i32 = 16;
}
use field::UTC;

/// What a setter sets first: its arguments are this field and those after it.
mod part {
    pub const YEAR: i32 = 0;
    pub const MONTH: i32 = 1;
    pub const DAY: i32 = 2;
    pub const HOUR: i32 = 3;
    pub const MINUTE: i32 = 4;
    pub const SECOND: i32 = 5;
    pub const MS: i32 = 6;
}

/// The text formats.
mod format {
    pub const STRING: i32 = 0;
    pub const DATE: i32 = 1;
    pub const TIME: i32 = 2;
    pub const UTC: i32 = 3;
    pub const LOCALE: i32 = 4;
    pub const LOCALE_DATE: i32 = 5;
    pub const LOCALE_TIME: i32 = 6;
}

const STATICS: &[Def] = &[method("now", now, 0), method("parse", parse, 1), method("UTC", utc, 7)];

const MEMBERS: &[Def] = &[
    method_magic("getDate", get_field, 0, field::DATE),
    method_magic("getDay", get_field, 0, field::DAY),
    method_magic("getFullYear", get_field, 0, field::FULL_YEAR),
    method_magic("getHours", get_field, 0, field::HOURS),
    method_magic("getMilliseconds", get_field, 0, field::MILLISECONDS),
    method_magic("getMinutes", get_field, 0, field::MINUTES),
    method_magic("getMonth", get_field, 0, field::MONTH),
    method_magic("getSeconds", get_field, 0, field::SECONDS),
    method("getTime", get_time, 0),
    method("getTimezoneOffset", get_timezone_offset, 0),
    method_magic("getUTCDate", get_field, 0, field::DATE | UTC),
    method_magic("getUTCDay", get_field, 0, field::DAY | UTC),
    method_magic("getUTCFullYear", get_field, 0, field::FULL_YEAR | UTC),
    method_magic("getUTCHours", get_field, 0, field::HOURS | UTC),
    method_magic("getUTCMilliseconds", get_field, 0, field::MILLISECONDS | UTC),
    method_magic("getUTCMinutes", get_field, 0, field::MINUTES | UTC),
    method_magic("getUTCMonth", get_field, 0, field::MONTH | UTC),
    method_magic("getUTCSeconds", get_field, 0, field::SECONDS | UTC),
    method_magic("setDate", set_field, 1, part::DAY),
    method_magic("setFullYear", set_field, 3, part::YEAR),
    method_magic("setHours", set_field, 4, part::HOUR),
    method_magic("setMilliseconds", set_field, 1, part::MS),
    method_magic("setMinutes", set_field, 3, part::MINUTE),
    method_magic("setMonth", set_field, 2, part::MONTH),
    method_magic("setSeconds", set_field, 2, part::SECOND),
    method("setTime", set_time, 1),
    method_magic("setUTCDate", set_field, 1, part::DAY | UTC),
    method_magic("setUTCFullYear", set_field, 3, part::YEAR | UTC),
    method_magic("setUTCHours", set_field, 4, part::HOUR | UTC),
    method_magic("setUTCMilliseconds", set_field, 1, part::MS | UTC),
    method_magic("setUTCMinutes", set_field, 3, part::MINUTE | UTC),
    method_magic("setUTCMonth", set_field, 2, part::MONTH | UTC),
    method_magic("setUTCSeconds", set_field, 2, part::SECOND | UTC),
    method_magic("toDateString", to_text, 0, format::DATE),
    method("toISOString", to_iso_string, 0),
    method("toJSON", to_json, 1),
    method_magic("toLocaleDateString", to_text, 0, format::LOCALE_DATE),
    method_magic("toLocaleString", to_text, 0, format::LOCALE),
    method_magic("toLocaleTimeString", to_text, 0, format::LOCALE_TIME),
    method_magic("toString", to_text, 0, format::STRING),
    method_magic("toTimeString", to_text, 0, format::TIME),
    method_magic("toUTCString", to_text, 0, format::UTC),
    method("valueOf", get_time, 0),
    Def {
        key: DefKey::Y(Sym::toPrimitive),
        what: What::Method(to_primitive, 1, 0),
        flags: prop::CONFIGURABLE,
    },
    // B.2.3
    method_magic("getYear", get_field, 0, field::YEAR),
    method("setYear", set_year, 1),
    alias("toGMTString", "toUTCString"),
];

/// Makes %Date% and %Date.prototype%.
pub fn init(cx: &Context) -> Result<()> {
    let proto = cx.new_object_with_proto(Some(cx.object_prototype()))?;
    cx.set_intrinsic(Intrinsic::DatePrototype, proto.clone());
    let spec = FunctionSpec { f: construct, name: "Date", length: 7, magic: 0, constructor: true };
    let f = make_constructor(cx, &spec, None, &proto, STATICS, MEMBERS)?;
    cx.set_intrinsic(Intrinsic::Date, f);
    Ok(())
}

/// A new Date of this realm at milliseconds since 1970 UTC (clipped).
pub fn new_date(cx: &Context, epoch_ms: f64) -> Result<Gc<Object>> {
    let proto = cx.intrinsic(Intrinsic::DatePrototype)?.clone();
    cx.new_with_data(Some(&proto), id::DATE, DateData(Cell::new(time_clip(epoch_ms))))
}
/// The time value of a Date object; None for other values.
pub fn time_value(v: &Value) -> Option<f64> {
    v.as_object().and_then(|o| o.data::<DateData>()).map(|d| d.0.get())
}

fn current_time() -> f64 {
    now_ms().floor()
}

fn parse_text(s: &Str) -> Result<f64> {
    let parsed = match s.chars()? {
        Chars::Latin1(c) => date_parse::parse_date(c),
        Chars::Utf16(c) => date_parse::parse_date(c),
    };
    Ok(parsed.map_or(f64::NAN, |p| p.time_value(&local_offset_ms)))
}

/// The time value (not clipped, no zone applied) of year, month and so on as arguments.
fn time_of_args(c: &Call<'_>) -> Result<f64> {
    // Absent arguments: month and below begin where they do.
    let mut n = [f64::NAN, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    for (slot, v) in n.iter_mut().zip(c.args) {
        *slot = c.cx.to_number(v)?;
    }
    let day = make_day(make_full_year(n[0]), n[1], n[2]);
    Ok(make_date(day, make_time(n[3], n[4], n[5], n[6])))
}

/// Date(...) (21.4.2.1)
fn construct(c: &Call<'_>) -> Result {
    let cx = c.cx;
    if !c.is_construct() {
        return cx.string(&text(current_time(), format::STRING));
    }
    let t = match c.args {
        [] => current_time(),
        [v] => match time_value(v) {
            Some(t) => t,
            None => {
                let p = cx.to_primitive(v, Hint::Default)?;
                match p.as_string() {
                    Some(s) => parse_text(s)?,
                    None => time_clip(cx.to_number(&p)?),
                }
            }
        },
        _ => time_clip(date::utc(time_of_args(c)?, &local_offset_ms)),
    };
    let data = DateData(Cell::new(t));
    cx.new_from_constructor(c.new_target, Intrinsic::DatePrototype, id::DATE, data).map(Value::from)
}
/// Date.now (21.4.3.1)
fn now(_: &Call<'_>) -> Result {
    Ok(Value::number(current_time()))
}
/// Date.parse (21.4.3.2)
fn parse(c: &Call<'_>) -> Result {
    let s = c.cx.to_string(c.arg(0))?;
    parse_text(&s).map(Value::number)
}
/// Date.UTC (21.4.3.4)
fn utc(c: &Call<'_>) -> Result {
    time_of_args(c).map(|t| Value::number(time_clip(t)))
}

fn this_date<'a>(c: &Call<'a>) -> Result<&'a Cell<f64>> {
    match c.this.as_object().and_then(|o| o.data::<DateData>()) {
        Some(d) => Ok(&d.0),
        None => Err(c.cx.throw_type("not a Date object")),
    }
}

/// The fifteen getters and getYear (21.4.4.2 to .19, B.2.3.1)
fn get_field(c: &Call<'_>) -> Result {
    let t = this_date(c)?.get();
    if t.is_nan() {
        return Ok(Value::NAN);
    }
    let t = if c.magic & UTC != 0 { t } else { local_time(t, &local_offset_ms) };
    let f = Fields::from_time(t);
    Ok(Value::int(match c.magic & !UTC {
        field::DATE => f.day as i32,
        field::DAY => f.weekday as i32,
        field::FULL_YEAR => f.year,
        field::HOURS => f.hour as i32,
        field::MILLISECONDS => f.millisecond as i32,
        field::MINUTES => f.minute as i32,
        field::MONTH => f.month as i32,
        field::SECONDS => f.second as i32,
        _ => f.year - 1900,
    }))
}
/// Date.prototype.getTime, valueOf (21.4.4.10, .44)
fn get_time(c: &Call<'_>) -> Result {
    Ok(Value::number(this_date(c)?.get()))
}
/// Date.prototype.getTimezoneOffset (21.4.4.11)
fn get_timezone_offset(c: &Call<'_>) -> Result {
    let t = this_date(c)?.get();
    if t.is_nan() {
        return Ok(Value::NAN);
    }
    Ok(Value::number(-local_offset_ms(t) / 60_000.0 + 0.0))
}

/// The setters but setTime (21.4.4.20 to .34)
fn set_field(c: &Call<'_>) -> Result {
    let slot = this_date(c)?;
    let t = slot.get();
    let first = (c.magic & !UTC) as usize;
    // How many fields the setter takes: a date setter ends with the day, a time setter with milliseconds.
    let last = if first <= part::DAY as usize { part::DAY as usize } else { part::MS as usize };
    // The first argument is always converted, the others when present, all before anything else.
    let mut given = [None; 7];
    given[first] = Some(c.cx.to_number(c.arg(0))?);
    for (i, v) in c.args.iter().enumerate().skip(1).take(last - first) {
        given[first + i] = Some(c.cx.to_number(v)?);
    }
    let is_utc = c.magic & UTC != 0;
    let t = if t.is_nan() {
        if first as i32 != part::YEAR {
            return Ok(Value::NAN);
        }
        0.0
    } else if is_utc {
        t
    } else {
        local_time(t, &local_offset_ms)
    };
    let f = Fields::from_time(t);
    let or = |i: i32, v: f64| given[i as usize].unwrap_or(v);
    let day = if first <= part::DAY as usize {
        let (y, m, d) = (f.year as f64, f.month as f64, f.day as f64);
        make_day(or(part::YEAR, y), or(part::MONTH, m), or(part::DAY, d))
    } else {
        date::day(t)
    };
    let time = if first > part::DAY as usize {
        make_time(
            or(part::HOUR, f.hour as f64),
            or(part::MINUTE, f.minute as f64),
            or(part::SECOND, f.second as f64),
            or(part::MS, f.millisecond as f64),
        )
    } else {
        date::time_within_day(t)
    };
    let t = make_date(day, time);
    let t = time_clip(if is_utc { t } else { date::utc(t, &local_offset_ms) });
    slot.set(t);
    Ok(Value::number(t))
}
/// Date.prototype.setTime (21.4.4.27)
fn set_time(c: &Call<'_>) -> Result {
    let slot = this_date(c)?;
    let t = time_clip(c.cx.to_number(c.arg(0))?);
    slot.set(t);
    Ok(Value::number(t))
}
/// Date.prototype.setYear (B.2.3.2)
fn set_year(c: &Call<'_>) -> Result {
    let slot = this_date(c)?;
    let t = slot.get();
    let year = make_full_year(c.cx.to_number(c.arg(0))?);
    let t = if t.is_nan() { 0.0 } else { local_time(t, &local_offset_ms) };
    let f = Fields::from_time(t);
    let day = make_day(year, f.month as f64, f.day as f64);
    let t = time_clip(date::utc(make_date(day, date::time_within_day(t)), &local_offset_ms));
    slot.set(t);
    Ok(Value::number(t))
}

/// A time value as text in one of the formats. The zone's name is left out, as in QuickJS.
fn text(t: f64, format: i32) -> String {
    if t.is_nan() {
        return String::from("Invalid Date");
    }
    if format == format::UTC {
        return date_format::to_utc_string(&Fields::from_time(t));
    }
    let offset = local_offset_ms(t);
    let f = Fields::from_time(t + offset);
    let locale_date = || format!("{:02}/{:02}/{:04}", f.month + 1, f.day, f.year);
    let locale_time = || {
        let half = if f.hour < 12 { "AM" } else { "PM" };
        format!("{:02}:{:02}:{:02} {half}", (f.hour + 11) % 12 + 1, f.minute, f.second)
    };
    match format {
        format::STRING => date_format::to_string(&f, offset, ""),
        format::DATE => date_format::to_date_string(&f),
        format::TIME => date_format::to_time_string(&f, offset, ""),
        format::LOCALE_DATE => locale_date(),
        format::LOCALE_TIME => locale_time(),
        _ => format!("{}, {}", locale_date(), locale_time()),
    }
}
/// toString and the other formats that answer "Invalid Date" (21.4.4.35, .38 to .43)
fn to_text(c: &Call<'_>) -> Result {
    let t = this_date(c)?.get();
    c.cx.string(&text(t, c.magic))
}
/// Date.prototype.toISOString (21.4.4.36)
fn to_iso_string(c: &Call<'_>) -> Result {
    let t = this_date(c)?.get();
    if t.is_nan() {
        return Err(c.cx.throw_range("Date value is NaN"));
    }
    c.cx.string(&date_format::to_iso_string(&Fields::from_time(t)))
}
/// Date.prototype.toJSON (21.4.4.37)
fn to_json(c: &Call<'_>) -> Result {
    let o = c.cx.to_object(c.this)?;
    let tv = c.cx.to_primitive(o.as_value(), Hint::Number)?;
    if tv.as_number().is_some_and(|n| !n.is_finite()) {
        return Ok(Value::NULL);
    }
    c.cx.invoke(o.as_value(), &c.cx.key("toISOString")?, &[])
}
/// Date.prototype[@@toPrimitive] (21.4.4.45)
fn to_primitive(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let Some(o) = c.this.as_object() else {
        return Err(cx.throw_type("not an object"));
    };
    let hint = c.arg(0).as_string().map(|s| s.chars()).transpose()?;
    let order = match hint {
        Some(h) if h.is_ascii_text("string") || h.is_ascii_text("default") => [Name::toString, Name::valueOf],
        Some(h) if h.is_ascii_text("number") => [Name::valueOf, Name::toString],
        _ => return Err(cx.throw_type("invalid hint")),
    };
    // OrdinaryToPrimitive (7.1.1.1)
    for n in order {
        let f = o.get(cx, cx.name(n))?;
        if f.is_callable() {
            let r = cx.call(&f, c.this, &[])?;
            if !r.is_object() {
                return Ok(r);
            }
        }
    }
    Err(cx.throw_type("toPrimitive"))
}
