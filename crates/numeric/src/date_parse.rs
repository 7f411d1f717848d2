//! Date.parse (21.4.3.2): the Date Time String Format (21.4.1.32) first, then what every engine reads besides: the
//! output of toString and toUTCString, and the loose English forms of RFC 822 and of habit.

use crate::Unit;
use crate::date::{TimeZone, make_date, make_day, make_time, time_clip, utc};
use crate::from_text::is_js_whitespace;

/// A date and time as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParsedDate {
    pub year: i32,
    /// 0 to 11
    pub month: u32,
    /// 1 to 31, not checked against the month: 30 February is 1 or 2 March.
    pub day: u32,
    /// 0 to 24
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub millisecond: u32,
    /// Local time minus UTC in minutes; `None` is the system's local time.
    pub offset_minutes: Option<i32>,
}

impl ParsedDate {
    /// The time value, NaN where it is out of range.
    pub fn time_value(&self, zone: &impl TimeZone) -> f64 {
        let day = make_day(f64::from(self.year), f64::from(self.month), f64::from(self.day));
        let time = make_time(
            f64::from(self.hour),
            f64::from(self.minute),
            f64::from(self.second),
            f64::from(self.millisecond),
        );
        let t = make_date(day, time);
        time_clip(match self.offset_minutes {
            Some(minutes) => t - f64::from(minutes) * 60_000.0,
            None => utc(t, zone),
        })
    }
}

/// Date.parse's reading of `text`; `None` is NaN.
pub fn parse_date<U: Unit>(text: &[U]) -> Option<ParsedDate> {
    // A NUL ends the text, as in C.
    let text = text.iter().position(|u| u.unit() == 0).map_or(text, |end| &text[..end]);
    // The year -000000 is named invalid by 21.4.1.32.1, so the loose forms don't get to read it.
    let minus_zero = text.len() >= 7 && text.iter().zip(b"-000000").all(|(u, a)| u.unit() == u16::from(*a));
    parse_iso(text).or_else(|| if minus_zero { None } else { parse_legacy(text) })
}

/// Reads units one by one; past the end is 0.
struct Reader<'a, U> {
    text: &'a [U],
    at: usize,
}

impl<U: Unit> Reader<'_, U> {
    fn peek(&self) -> u16 {
        self.text.get(self.at).map_or(0, |u| u.unit())
    }

    fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    fn skip(&mut self, ascii: u8) -> bool {
        let found = !self.at_end() && self.peek() == u16::from(ascii);
        self.at += usize::from(found);
        found
    }

    fn is_digit(&self) -> bool {
        matches!(self.peek(), 0x30..=0x39)
    }

    /// Exactly `count` digits.
    fn fixed(&mut self, count: usize) -> Option<u32> {
        let mut n = 0;
        for _ in 0..count {
            if !self.is_digit() {
                return None;
            }
            n = n * 10 + u32::from(self.peek() - 0x30);
            self.at += 1;
        }
        Some(n)
    }

    /// All digits there are: their number (saturating) and count.
    fn number(&mut self) -> (u32, usize) {
        let start = self.at;
        let mut n = 0u32;
        while self.is_digit() {
            n = n.saturating_mul(10).saturating_add(u32::from(self.peek() - 0x30));
            self.at += 1;
        }
        (n, self.at - start)
    }

    /// Digits after a decimal point as milliseconds, those past the third dropped.
    fn milliseconds(&mut self) -> u32 {
        let mut ms = 0;
        let mut unit = 100;
        while self.is_digit() {
            ms += unit * u32::from(self.peek() - 0x30);
            unit /= 10;
            self.at += 1;
        }
        ms
    }
}

/// The Date Time String Format, expanded years included; `None` where the text is not exactly of it.
fn parse_iso<U: Unit>(text: &[U]) -> Option<ParsedDate> {
    let mut r = Reader { text, at: 0 };
    let mut date = ParsedDate {
        year: 0,
        month: 0,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
        millisecond: 0,
        offset_minutes: Some(0),
    };
    date.year = match r.peek() {
        0x2b | 0x2d => {
            let negative = r.peek() == 0x2d;
            r.at += 1;
            let year = r.fixed(6)? as i32;
            if negative && year == 0 {
                return None;
            }
            if negative { -year } else { year }
        }
        _ => r.fixed(4)? as i32,
    };
    if r.skip(b'-') {
        date.month = r.fixed(2)?.checked_sub(1).filter(|month| *month < 12)?;
        if r.skip(b'-') {
            date.day = r.fixed(2).filter(|day| (1..=31).contains(day))?;
        }
    }
    if r.skip(b'T') || r.skip(b't') {
        date.hour = r.fixed(2).filter(|hour| *hour <= 24)?;
        if !r.skip(b':') {
            return None;
        }
        date.minute = r.fixed(2).filter(|minute| *minute < 60)?;
        if r.skip(b':') {
            date.second = r.fixed(2).filter(|second| *second < 60)?;
            if r.skip(b'.') {
                if !r.is_digit() {
                    return None;
                }
                date.millisecond = r.milliseconds();
            }
        }
        if date.hour == 24 && (date.minute, date.second, date.millisecond) != (0, 0, 0) {
            return None;
        }
        date.offset_minutes = match r.peek() {
            0x5a | 0x7a => {
                r.at += 1;
                Some(0)
            }
            sign @ (0x2b | 0x2d) => {
                r.at += 1;
                let hours = r.fixed(2).filter(|hours| *hours < 24)? as i32;
                // The colon is often left out.
                r.skip(b':');
                let minutes = hours * 60 + r.fixed(2).filter(|minutes| *minutes < 60)? as i32;
                Some(if sign == 0x2d { -minutes } else { minutes })
            }
            _ => None,
        };
    }
    r.at_end().then_some(date)
}

/// What a word means, told by its first three letters.
enum Word {
    Month(u32),
    AmPm(u32),
    /// Hours from UTC.
    Zone(i32),
    Other,
}

fn word(letters: [u8; 3], length: usize) -> Word {
    const MONTHS: [&[u8; 3]; 12] =
        [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    if let Some(month) = MONTHS.iter().position(|name| **name == letters) {
        return Word::Month(month as u32);
    }
    match (&letters, length) {
        (b"am\0", 2) => Word::AmPm(0),
        (b"pm\0", 2) => Word::AmPm(12),
        (b"z\0\0", 1) | (b"ut\0", 2) | (b"utc" | b"gmt", 3) => Word::Zone(0),
        (b"edt", 3) => Word::Zone(-4),
        (b"est" | b"cdt", 3) => Word::Zone(-5),
        (b"cst" | b"mdt", 3) => Word::Zone(-6),
        (b"mst" | b"pdt", 3) => Word::Zone(-7),
        (b"pst", 3) => Word::Zone(-8),
        _ => Word::Other,
    }
}

fn is_day(n: i64) -> bool {
    (1..=31).contains(&n)
}

/// Letters and what else cannot stand between the parts of a date.
fn is_word_unit(unit: u16) -> bool {
    unit >= 0x41 && !is_js_whitespace(unit)
}

/// The loose forms. Numbers are sorted out by what follows them, words by their meaning; comments in parentheses and
/// words before the first number do not count.
fn parse_legacy<U: Unit>(text: &[U]) -> Option<ParsedDate> {
    let mut r = Reader { text, at: 0 };
    let mut numbers = [0i64; 3];
    let mut count = 0;
    let mut month = None;
    let mut time = [0u32; 4];
    let mut time_parts = 0;
    let mut time_done = false;
    let mut half = None;
    let mut zone: Option<i32> = None;
    let mut read_number = false;

    // An expanded year, after which the date goes on in another way than the format's.
    let digits = text.iter().skip(1).take_while(|u| matches!(u.unit(), 0x30..=0x39)).count();
    if digits == 6 && r.skip(b'-') {
        numbers[0] = -i64::from(r.number().0);
        count = 1;
        read_number = true;
        r.skip(b'-');
    }
    while !r.at_end() {
        let unit = r.peek();
        match unit {
            0x30..=0x39 => {
                read_number = true;
                let (n, _) = r.number();
                let in_time = time_parts > 0 && !time_done;
                if r.peek() == 0x3a && !time_done && time_parts < 3 {
                    r.at += 1;
                    time[time_parts] = n;
                    time_parts += 1;
                } else if r.peek() == 0x2e && in_time && time_parts == 2 {
                    r.at += 1;
                    time[time_parts] = n;
                    if !r.is_digit() {
                        return None;
                    }
                    time[3] = r.milliseconds();
                    time_parts = 4;
                    time_done = true;
                } else if in_time {
                    time[time_parts] = n;
                    time_parts += 1;
                    time_done = true;
                    // Z or an offset may follow without a space.
                    let next = r.peek();
                    let joined = matches!(next, 0x5a | 0x7a | 0x2b | 0x2d);
                    if !(r.at_end() || is_js_whitespace(next) || joined) {
                        return None;
                    }
                } else {
                    *numbers.get_mut(count)? = i64::from(n);
                    count += 1;
                    r.skip(b'-');
                }
            }
            0x28 => {
                let mut depth = 0usize;
                while !r.at_end() {
                    match r.peek() {
                        0x28 => depth += 1,
                        0x29 => depth -= 1,
                        _ => {}
                    }
                    r.at += 1;
                    if depth == 0 {
                        break;
                    }
                }
            }
            _ if is_word_unit(unit) => {
                let mut letters = [0; 3];
                let mut length = 0;
                while is_word_unit(r.peek()) {
                    if let Some(slot) = letters.get_mut(length) {
                        *slot = u8::try_from(r.peek()).unwrap_or(b'?').to_ascii_lowercase();
                    }
                    length += 1;
                    r.at += 1;
                }
                match word(letters, length) {
                    Word::Month(m) => {
                        month = Some(i64::from(m));
                        r.skip(b'-');
                    }
                    // "of13", "T10:00": not a date at all.
                    _ if r.is_digit() => return None,
                    Word::AmPm(hours) if time_parts > 0 => {
                        half = Some(hours);
                        time_done = true;
                    }
                    Word::Zone(hours) if read_number => {
                        zone = Some(hours * 60);
                    }
                    _ if read_number => return None,
                    _ => {}
                }
            }
            // Of several offsets the last counts.
            0x2b | 0x2d if zone == Some(0) || time_parts > 0 => {
                r.at += 1;
                read_number = true;
                time_done = true;
                let (n, length) = r.number();
                if length == 0 || length > 4 {
                    return None;
                }
                let minutes = if r.skip(b':') {
                    let minutes = Some(r.number().0).filter(|minutes| *minutes < 60 && r.peek() != 0x3a)?;
                    n.checked_mul(60)?.checked_add(minutes)?
                } else if length <= 2 {
                    n * 60
                } else {
                    n / 100 * 60 + n % 100
                };
                let minutes = i32::try_from(minutes).ok()?;
                zone = Some(if unit == 0x2d { -minutes } else { minutes });
            }
            0x2b | 0x2d | 0x29 if read_number => return None,
            _ => r.at += 1,
        }
    }

    let (year, month, day) = match (month, count) {
        (_, 0) => return None,
        // A single number is the day or the year, a lone one the month or the year.
        (Some(month), 1) if is_day(numbers[0]) => (None, month + 1, numbers[0]),
        (Some(month), 1) => (Some(numbers[0]), month + 1, 1),
        // With the month named, the day is the number that can be one.
        (Some(month), _) if is_day(numbers[0]) => (Some(numbers[1]), month + 1, numbers[0]),
        (Some(month), _) => (Some(numbers[0]), month + 1, numbers[1]),
        (None, 1) if is_day(numbers[0]) => (None, numbers[0], 1),
        (None, 1) => (Some(numbers[0]), 1, 1),
        (None, 2) if is_day(numbers[0]) => (None, numbers[0], numbers[1]),
        (None, 2) => (Some(numbers[0]), numbers[1], 1),
        (None, _) if is_day(numbers[0]) => (Some(numbers[2]), numbers[0], numbers[1]),
        (None, _) => (Some(numbers[0]), numbers[1], numbers[2]),
    };
    let year = match year {
        None => 2001,
        Some(year @ 0..=49) => 2000 + year,
        Some(year @ 50..=99) => 1900 + year,
        Some(year) => year,
    };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let [mut hour, minute, second, millisecond] = time;
    if let Some(half) = half {
        if hour > 12 {
            return None;
        }
        hour = hour % 12 + half;
    }
    let end_of_day = hour == 24 && minute == 0 && second == 0 && millisecond == 0;
    if (hour > 23 && !end_of_day) || minute > 59 || second > 59 {
        return None;
    }
    Some(ParsedDate {
        year: i32::try_from(year).ok()?,
        month: month as u32 - 1,
        day: day as u32,
        hour,
        minute,
        second,
        millisecond,
        offset_minutes: zone,
    })
}
