//! The fixed formats of `Date.prototype` (21.4.4.36, .41 to .43).

use crate::date::Fields;
use std::fmt::Write;

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn day_name(f: &Fields) -> &'static str {
    DAYS[(f.weekday % 7) as usize]
}

fn month_name(f: &Fields) -> &'static str {
    MONTHS[(f.month % 12) as usize]
}

/// The year of toString and kin: four digits at least, a sign before them if negative.
fn push_year(out: &mut String, year: i32) {
    if year < 0 {
        out.push('-');
    }
    let _ = write!(out, "{:04}", year.unsigned_abs());
}

fn push_clock(out: &mut String, f: &Fields) {
    let _ = write!(out, "{:02}:{:02}:{:02} GMT", f.hour, f.minute, f.second);
}

/// Date.prototype.toISOString, of the fields of a valid time value in UTC.
pub fn to_iso_string(f: &Fields) -> String {
    let mut out = String::with_capacity(27);
    if (0..=9999).contains(&f.year) {
        let _ = write!(out, "{:04}", f.year);
    } else {
        out.push(if f.year < 0 { '-' } else { '+' });
        let _ = write!(out, "{:06}", f.year.unsigned_abs());
    }
    let _ = write!(
        out,
        "-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        f.month + 1,
        f.day,
        f.hour,
        f.minute,
        f.second,
        f.millisecond
    );
    out
}

/// Date.prototype.toUTCString, of the fields in UTC.
pub fn to_utc_string(f: &Fields) -> String {
    let mut out = String::with_capacity(32);
    let _ = write!(out, "{}, {:02} {} ", day_name(f), f.day, month_name(f));
    push_year(&mut out, f.year);
    out.push(' ');
    push_clock(&mut out, f);
    out
}

/// DateString (21.4.4.41.2): Date.prototype.toDateString, of the local fields.
pub fn to_date_string(f: &Fields) -> String {
    let mut out = String::with_capacity(16);
    push_date(&mut out, f);
    out
}

fn push_date(out: &mut String, f: &Fields) {
    let _ = write!(out, "{} {} {:02} ", day_name(f), month_name(f), f.day);
    push_year(out, f.year);
}

fn push_time(out: &mut String, f: &Fields, offset_ms: f64, zone_name: &str) {
    push_clock(out, f);
    let minutes = (offset_ms.abs() / 60_000.0) as u32;
    let _ = write!(out, "{}{:02}{:02}", if offset_ms < 0.0 { '-' } else { '+' }, minutes / 60, minutes % 60);
    if !zone_name.is_empty() {
        let _ = write!(out, " ({zone_name})");
    }
}

/// Date.prototype.toTimeString: TimeString and TimeZoneString of the local fields. `offset_ms` is local time minus
/// UTC; an empty `zone_name` leaves its parentheses out.
pub fn to_time_string(f: &Fields, offset_ms: f64, zone_name: &str) -> String {
    let mut out = String::with_capacity(48);
    push_time(&mut out, f, offset_ms, zone_name);
    out
}

/// ToDateString (21.4.4.41.4) of a valid time value: Date.prototype.toString, of the local fields.
pub fn to_string(f: &Fields, offset_ms: f64, zone_name: &str) -> String {
    let mut out = String::with_capacity(64);
    push_date(&mut out, f);
    out.push(' ');
    push_time(&mut out, f, offset_ms, zone_name);
    out
}
