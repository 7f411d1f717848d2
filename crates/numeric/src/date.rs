//! Time values and calendar arithmetic (21.4.1). A time value is milliseconds since 1970 UTC in an `f64`, NaN where
//! invalid. The system's time zone is not known here: it comes in as a [`TimeZone`].

/// Milliseconds in a day.
pub const MS_PER_DAY: f64 = 86_400_000.0;
/// The largest magnitude of a time value: 10^8 days.
pub const MAX_TIME: f64 = 8.64e15;
const MS_PER_DAY_INT: i64 = 86_400_000;

/// Day(t): days since 1970, for a finite `t`.
#[inline]
pub fn day(t: f64) -> f64 {
    (t / MS_PER_DAY).floor()
}

/// TimeWithinDay(t): 0 to 86,399,999, for a finite `t`.
#[inline]
pub fn time_within_day(t: f64) -> f64 {
    let rest = t % MS_PER_DAY;
    if rest < 0.0 { rest + MS_PER_DAY } else { rest }
}

/// A time value taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    pub year: i32,
    /// 0 to 11
    pub month: u32,
    /// 1 to 31
    pub day: u32,
    /// 0 to 23
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub millisecond: u32,
    /// 0 is Sunday
    pub weekday: u32,
}

impl Fields {
    /// The fields of a finite time value (UTC, or local where the offset has been added). Any `f64` is safe: it is
    /// clamped to the range of time values and a few days beyond.
    pub fn from_time(t: f64) -> Self {
        let t = (t as i64).clamp(-8_700_000_000_000_000, 8_700_000_000_000_000);
        let days = t.div_euclid(MS_PER_DAY_INT);
        let ms = t.rem_euclid(MS_PER_DAY_INT) as u32;
        let (year, month, day) = civil_from_days(days);
        Self {
            year,
            month,
            day,
            hour: ms / 3_600_000,
            minute: ms / 60_000 % 60,
            second: ms / 1000 % 60,
            millisecond: ms % 1000,
            weekday: week_day_of(days),
        }
    }
}

fn week_day_of(days: i64) -> u32 {
    // 1970-01-01 was a Thursday.
    (days + 4).rem_euclid(7) as u32
}

/// WeekDay(t): 0 is Sunday; for a finite `t`.
pub fn week_day(t: f64) -> u32 {
    week_day_of(day(t) as i64)
}

/// Days since 1970 of a proleptic Gregorian date; `month` 0 to 11, any `day`.
pub fn days_from_civil(year: i64, month: u32, day: i64) -> i64 {
    // Years begin in March here, so that the leap day is the last; eras of 400 years repeat.
    let year = if month < 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = i64::from((month + 10) % 12);
    let day_of_year = (153 * shifted + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468 + day - 1
}

/// The proleptic Gregorian date (year, month 0 to 11, day 1 to 31) of days since 1970.
pub fn civil_from_days(days: i64) -> (i32, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 2 } else { month - 10 };
    let year = era * 400 + year_of_era + i64::from(month < 2);
    (year as i32, month as u32, day as u32)
}

/// YearFromTime(t).
pub fn year_from_time(t: f64) -> i32 {
    Fields::from_time(t).year
}

/// Whether the year has 366 days.
pub fn is_leap_year(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The days of a month, 0 to 11.
pub fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        1 if is_leap_year(year) => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

/// MakeTime (21.4.1.27).
pub fn make_time(hour: f64, minute: f64, second: f64, ms: f64) -> f64 {
    if !(hour.is_finite() && minute.is_finite() && second.is_finite() && ms.is_finite()) {
        return f64::NAN;
    }
    ((hour.trunc() * 3_600_000.0 + minute.trunc() * 60_000.0) + second.trunc() * 1000.0) + ms.trunc()
}

/// MakeDay (21.4.1.28).
pub fn make_day(year: f64, month: f64, date: f64) -> f64 {
    if !(year.is_finite() && month.is_finite() && date.is_finite()) {
        return f64::NAN;
    }
    let month = month.trunc();
    let year = year.trunc() + (month / 12.0).floor();
    // Wider than any time value needs, so that a date far out of its month can bring it back.
    if year.abs() > 1_000_000.0 {
        return f64::NAN;
    }
    let month = month % 12.0;
    let month = if month < 0.0 { month + 12.0 } else { month };
    days_from_civil(year as i64, month as u32, 1) as f64 + date.trunc() - 1.0
}

/// MakeDate (21.4.1.29).
pub fn make_date(day: f64, time: f64) -> f64 {
    if !day.is_finite() || !time.is_finite() {
        return f64::NAN;
    }
    let t = day * MS_PER_DAY + time;
    if t.is_finite() { t } else { f64::NAN }
}

/// MakeFullYear (21.4.1.30): 0 to 99 are 1900 to 1999.
pub fn make_full_year(year: f64) -> f64 {
    if year.is_nan() {
        return f64::NAN;
    }
    let truncated = year.trunc() + 0.0;
    if (0.0..=99.0).contains(&truncated) { 1900.0 + truncated } else { truncated }
}

/// TimeClip (21.4.1.31).
pub fn time_clip(t: f64) -> f64 {
    // NaN compares false.
    if t.abs() <= MAX_TIME { t.trunc() + 0.0 } else { f64::NAN }
}

/// The system's time zone.
pub trait TimeZone {
    /// Local time minus UTC at a finite instant, both in milliseconds. Called with instants a few days out of the
    /// range of time values, too.
    fn offset_at(&self, utc_ms: f64) -> f64;
}

impl<F: Fn(f64) -> f64> TimeZone for F {
    fn offset_at(&self, utc_ms: f64) -> f64 {
        self(utc_ms)
    }
}

/// LocalTime(t) (21.4.1.25), for a finite `t`; NaN stays NaN.
pub fn local_time(t: f64, zone: &impl TimeZone) -> f64 {
    if t.is_finite() { t + zone.offset_at(t) } else { f64::NAN }
}

/// UTC(t) (21.4.1.26): a wall time that occurs twice is its first occurrence; one that is skipped is read with the
/// offset before the transition.
pub fn utc(t: f64, zone: &impl TimeZone) -> f64 {
    // Beyond this no offset brings it into the range of time values.
    if !t.is_finite() || t.abs() > MAX_TIME + 2.0 * MS_PER_DAY {
        return f64::NAN;
    }
    // No offset is as large as a day, so these are the offsets before and after a transition near t.
    let before = zone.offset_at(t - MS_PER_DAY);
    let after = zone.offset_at(t + MS_PER_DAY);
    let valid = |offset: f64| zone.offset_at(t - offset) == offset;
    // The larger offset gives the earlier instant.
    let (first, second) = if before >= after { (before, after) } else { (after, before) };
    if valid(first) {
        return t - first;
    }
    if second != first && valid(second) {
        return t - second;
    }
    // Two transitions within two days: an offset between them that holds.
    let between = zone.offset_at(t - before);
    if between != first && between != second && valid(between) {
        return t - between;
    }
    t - before
}
