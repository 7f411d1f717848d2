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

/// The local zone at an instant: local time minus UTC in seconds, and the zone's abbreviation.
fn local(seconds: i64) -> Option<(i64, String)> {
    // SAFETY: tm is plain data, for which zeros are valid; localtime_r writes it or answers null. tm_zone points to
    // a string of the C library's that lives until the zone changes; it is copied at once.
    unsafe {
        let t = seconds as libc::time_t;
        let mut tm: libc::tm = std::mem::zeroed();
        if libc::localtime_r(&t, &mut tm).is_null() {
            return None;
        }
        let name = if tm.tm_zone.is_null() {
            String::new()
        } else {
            std::ffi::CStr::from_ptr(tm.tm_zone).to_string_lossy().into_owned()
        };
        Some((tm.tm_gmtoff as i64, name))
    }
}

/// Offsets are remembered per quarter of an hour: transitions happen at such times.
const QUARTER: i64 = 900;
const SLOTS: usize = 64;

thread_local! {
    static OFFSETS: [Cell<(i64, i64)>; SLOTS] = const { [const { Cell::new((i64::MIN, 0)) }; SLOTS] };
}

/// Local time minus UTC in milliseconds, at a finite instant in milliseconds since 1970 UTC.
pub fn local_offset_ms(utc_ms: f64) -> f64 {
    let quarter = ((utc_ms / 1000.0).floor() as i64).div_euclid(QUARTER);
    OFFSETS.with(|slots| {
        let slot = &slots[quarter.rem_euclid(SLOTS as i64) as usize];
        let (known, offset) = slot.get();
        if known == quarter {
            return offset as f64 * 1000.0;
        }
        let offset = local(quarter * QUARTER).map_or(0, |l| l.0);
        slot.set((quarter, offset));
        offset as f64 * 1000.0
    })
}

/// The zone's abbreviation at an instant; empty if there is none.
pub fn local_zone_name(utc_ms: f64) -> String {
    local((utc_ms / 1000.0).floor() as i64).map_or_else(String::new, |l| l.1)
}
