//! What the engine asks of the operating system: the clock and the time zone.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 UTC, with their fraction.
pub fn now_ms() -> f64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(d) => d.as_secs_f64() * 1000.0,
        Err(e) => -e.duration().as_secs_f64() * 1000.0,
    }
}

/// Milliseconds of the monotonic clock, with their fraction.
pub fn monotonic_ms() -> f64 {
    // SAFETY: timespec is plain data, which clock_gettime writes.
    let t = unsafe {
        let mut t: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut t);
        t
    };
    t.tv_sec as f64 * 1e3 + t.tv_nsec as f64 / 1e6
}

/// Local time minus UTC in seconds, at an instant in seconds since 1970 UTC.
fn local_offset(seconds: i64) -> i64 {
    // SAFETY: tm is plain data, for which zeros are valid; localtime_r writes it or answers null.
    unsafe {
        let t = seconds as libc::time_t;
        let mut tm: libc::tm = std::mem::zeroed();
        if libc::localtime_r(&t, &mut tm).is_null() { 0 } else { tm.tm_gmtoff as i64 }
    }
}

/// Offsets are remembered per week where they are the same at both its ends, and per quarter of an hour in the
/// other weeks: transitions happen at quarters.
const QUARTER: i64 = 900;
const WEEK: i64 = 7 * 86_400;
const SLOTS: usize = 64;

/// What is known: the number of a span, and the offset in it.
type Slots = [Cell<(i64, i64)>; SLOTS];
/// The offset of a week in which it changes.
const MIXED: i64 = i64::MIN;

thread_local! {
    static WEEKS: Slots = const { [const { Cell::new((i64::MIN, 0)) }; SLOTS] };
    static QUARTERS: Slots = const { [const { Cell::new((i64::MIN, 0)) }; SLOTS] };
}

fn remembered(slots: &Slots, span: i64, ask: impl FnOnce() -> i64) -> i64 {
    let slot = &slots[span.rem_euclid(SLOTS as i64) as usize];
    let (known, offset) = slot.get();
    if known == span {
        return offset;
    }
    let offset = ask();
    slot.set((span, offset));
    offset
}

/// Local time minus UTC in milliseconds, at a finite instant in milliseconds since 1970 UTC.
pub fn local_offset_ms(utc_ms: f64) -> f64 {
    let seconds = (utc_ms / 1000.0).floor() as i64;
    let week = seconds.div_euclid(WEEK);
    let offset = WEEKS.with(|slots| {
        remembered(slots, week, || {
            let first = local_offset(week * WEEK);
            if first == local_offset((week + 1) * WEEK) { first } else { MIXED }
        })
    });
    if offset != MIXED {
        return offset as f64 * 1000.0;
    }
    let quarter = seconds.div_euclid(QUARTER);
    QUARTERS.with(|slots| remembered(slots, quarter, || local_offset(quarter * QUARTER))) as f64 * 1000.0
}
