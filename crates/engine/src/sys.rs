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

/// Offsets are remembered per span, with the instant at which the offset changes within it: the system's zone data has
/// no two changes as close as three days (Freetown's of 1939 are closest, with almost four).
const SPAN: i64 = 3 * 86_400;
const SLOTS: usize = 64;

/// What is known of a span.
#[derive(Clone, Copy)]
struct Span {
    number: i64,
    /// The first second of the second offset; the span's end if there is only one.
    change: i64,
    offsets: [i64; 2],
}

impl Span {
    const UNKNOWN: Span = Span { number: i64::MIN, change: 0, offsets: [0; 2] };

    fn ask(number: i64) -> Span {
        let (start, end) = (number * SPAN, (number + 1) * SPAN);
        let first = local_offset(start);
        let last = local_offset(end - 1);
        let (mut before, mut change) = (start, end);
        if first != last {
            change -= 1;
            while change - before > 1 {
                let middle = before + (change - before) / 2;
                if local_offset(middle) == first { before = middle } else { change = middle }
            }
        }
        Span { number, change, offsets: [first, last] }
    }
}

thread_local! {
    static SPANS: [Cell<Span>; SLOTS] = const { [const { Cell::new(Span::UNKNOWN) }; SLOTS] };
}

/// Local time minus UTC in milliseconds, at a finite instant in milliseconds since 1970 UTC.
pub fn local_offset_ms(utc_ms: f64) -> f64 {
    let seconds = (utc_ms / 1000.0).floor() as i64;
    let number = seconds.div_euclid(SPAN);
    SPANS.with(|slots| {
        let slot = &slots[number.rem_euclid(SLOTS as i64) as usize];
        let mut span = slot.get();
        if span.number != number {
            span = Span::ask(number);
            slot.set(span);
        }
        span.offsets[usize::from(seconds >= span.change)] as f64 * 1000.0
    })
}
