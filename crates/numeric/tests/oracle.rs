//! Random comparisons with `node`, the oracle on a developer's machine: `cargo test -p qjs-numeric -- --ignored`.
//! Each test sends expressions to one node process and compares what they print.

use qjs_numeric::date::{self, Fields};
use qjs_numeric::date_parse::parse_date;
use qjs_numeric::*;
use std::io::Write;
use std::process::{Command, Stdio};

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len() as u64) as usize]
    }

    /// Doubles of every kind: random bits, integers, short decimals, halves, powers, edges.
    fn double(&mut self) -> f64 {
        let x = match self.below(9) {
            0 => f64::from_bits(self.next()),
            1 => self.below(1 << 53) as f64,
            2 => self.below(100_000) as f64 / 1000.0,
            3 => self.below(2000) as f64 + 0.5,
            4 => self.below(1 << 20) as f64 / 1024.0,
            5 => 2f64.powi(self.below(2100) as i32 - 1075),
            6 => (self.below(1000) as f64) * 10f64.powi(self.below(44) as i32 - 22),
            7 => self.next() as f64 * 2f64.powi(self.below(20) as i32),
            _ => *self.pick(&[
                0.0,
                -0.0,
                5e-324,
                f64::MAX,
                2.2250738585072014e-308,
                1e21,
                1e-7,
                123e-20,
                0.000001,
                1e23,
            ]),
        };
        if self.below(4) == 0 { -x } else { x }
    }
}

const SCRIPT: &str = "
const f = h => { const b = new DataView(new ArrayBuffer(8)); b.setBigUint64(0, BigInt(h)); return b.getFloat64(0) };
const bits = x => { if (x !== x) return 'NaN'; const b = new DataView(new ArrayBuffer(8)); b.setFloat64(0, x); return b.getBigUint64(0).toString(16) };
const out = [];
for (const line of require('fs').readFileSync(0, 'utf8').split('\\n')) {
  let r; try { r = String(eval(line)) } catch (e) { r = '!' + e.name }
  out.push(r);
}
process.stdout.write(out.join('\\n'));
";

fn bits(x: f64) -> String {
    if x.is_nan() { "NaN".into() } else { format!("{:x}", x.to_bits()) }
}

fn js(x: f64) -> String {
    format!("f('0x{:x}')", x.to_bits())
}

/// Compares (expression, our answer) pairs; returns how many differ after printing the first of them.
fn differences(cases: &[(String, String)]) -> usize {
    differences_in("America/New_York", cases)
}

fn differences_in(zone: &str, cases: &[(String, String)]) -> usize {
    let mut node = Command::new("node")
        .args(["-e", SCRIPT])
        .env("TZ", zone)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node");
    let text = cases.iter().map(|c| c.0.as_str()).collect::<Vec<_>>().join("\n");
    let mut stdin = node.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = node.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<&str> = output.split('\n').collect();
    assert_eq!(answers.len(), cases.len());
    let mut count = 0;
    for ((expression, ours), theirs) in cases.iter().zip(answers) {
        if ours != theirs {
            count += 1;
            if count <= 25 {
                println!("{expression}\n  ours {ours}\n  node {theirs}");
            }
        }
    }
    println!("{count} of {} differ", cases.len());
    count
}

fn quote(s: &str) -> String {
    let mut out = String::from("\"");
    for unit in s.encode_utf16() {
        match unit {
            0x22 | 0x5c => out.push_str(&format!("\\x{unit:02x}")),
            0x20..=0x7e => out.push(char::from(unit as u8)),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out.push('"');
    out
}

#[test]
#[ignore = "needs node"]
fn to_text() {
    let mut r = Random(0x1234_5678_9abc_def1);
    let mut cases = Vec::new();
    for _ in 0..8000 {
        let x = r.double();
        cases.push((format!("String({})", js(x)), NumberBuffer::new().format(x).to_owned()));
        let n = r.below(101) as u32;
        let n = if r.below(2) == 0 { n } else { n % 5 };
        cases.push((format!("{}.toFixed({n})", js(x)), to_fixed(x, n)));
        cases.push((format!("{}.toExponential({n})", js(x)), to_exponential(x, Some(n))));
        cases.push((format!("{}.toExponential()", js(x)), to_exponential(x, None)));
        cases.push((format!("{}.toPrecision({})", js(x), n.max(1)), to_precision(x, n.max(1))));
    }
    assert_eq!(differences(&cases), 0);
}

const PYTHON: &str = "
import sys, re, struct
from fractions import Fraction
for line in sys.stdin:
    bits, radix, text = re.match(r\"f.'(0x[0-9a-f]+)'..toString.(\\d+). (.*)\", line).groups()
    x = struct.unpack('>d', int(bits, 16).to_bytes(8, 'big'))[0]
    if radix == '10' or x != x or x in (float('inf'), float('-inf')): continue
    whole, _, fraction = text.lstrip('-').partition('.')
    value = Fraction(int(whole + fraction, int(radix)), int(radix) ** len(fraction))
    if float(value) != abs(x): sys.exit(line)
";

/// V8 computes radix digits in doubles, so it may differ in the last ones; ours must read back as the same number.
#[test]
#[ignore = "needs node"]
fn radix() {
    let mut r = Random(77);
    let mut cases = Vec::new();
    for _ in 0..8000 {
        let x = r.double();
        let radix = r.below(35) as u32 + 2;
        cases.push((format!("{}.toString({radix})", js(x)), to_string_radix(x, radix)));
    }
    differences(&cases);
    let mut usual = Vec::new();
    for i in 0..4000 {
        let unit = (r.next() >> 11) as f64 / (1u64 << 53) as f64;
        let x = if i % 2 == 0 { unit } else { (unit * 1e9).floor() / 1000.0 };
        let radix = r.below(35) as u32 + 2;
        usual.push((format!("{}.toString({radix})", js(x)), to_string_radix(x, radix)));
    }
    differences(&usual);
    // Python's fractions are exact: every text must read back as its number.
    let mut python =
        Command::new("python3").args(["-c", PYTHON]).stdin(Stdio::piped()).spawn().expect("python3");
    let lines: String = cases.iter().chain(&usual).map(|c| format!("{} {}\n", c.0, c.1)).collect();
    python.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    assert!(python.wait().unwrap().success());
    let powers: Vec<_> = cases
        .into_iter()
        .filter(|c| [2, 4, 8, 16, 32].iter().any(|p| c.0.ends_with(&format!("({p})"))))
        .collect();
    assert_eq!(differences(&powers), 0);
}

#[test]
#[ignore = "needs node"]
fn from_text() {
    let mut r = Random(99);
    let mut cases = Vec::new();
    let pieces = [
        "0",
        "1",
        "9",
        "12345678901234567890",
        "00",
        "7",
        ".",
        "e",
        "E",
        "+",
        "-",
        "e-",
        "e+5",
        "e300",
        "e-320",
        "Infinity",
        "0x",
        "0b",
        "0o",
        "fF",
        "z",
        " ",
        "\u{a0}",
        "\u{2003}",
        "\u{feff}",
        "\n",
        "_",
        "NaN",
        "8",
        "5",
        "000000000000000000",
        "99999999999999999999999999999",
        "\u{180e}",
        "n",
    ];
    for _ in 0..30000 {
        let mut s = String::new();
        for _ in 0..r.below(7) {
            s.push_str(r.pick::<&str>(&pieces));
        }
        let wide: Vec<u16> = s.encode_utf16().collect();
        let q = quote(&s);
        cases.push((format!("bits(Number({q}))"), bits(string_to_number(&wide))));
        cases.push((format!("bits(parseFloat({q}))"), bits(parse_float(&wide))));
        let radix = *r.pick(&[0, 10, 16, 2, 8, 32, 4, 37, 1, -1]);
        cases.push((format!("bits(parseInt({q},{radix}))"), bits(parse_int(&wide, radix))));
        let big = match BigInt::from_text(&wide) {
            Ok(n) => n.to_string(),
            Err(_) => "!SyntaxError".into(),
        };
        cases.push((format!("BigInt({q})"), big));
        cases.push((
            format!("{{let s={q}; String(s>>>0)===s && s!=='4294967295'}}"),
            array_index(&wide).is_some().to_string(),
        ));
        cases.push((
            format!("{{let s={q}; s==='-0' || String(Number(s))===s}}"),
            canonical_numeric_index(&wide).is_some().to_string(),
        ));
    }
    // Ties and near ties: the exact decimal expansion of a midpoint, then one more digit.
    for _ in 0..3000 {
        let x = f64::from_bits(r.next() & !(1 << 63));
        if !x.is_finite() || x.abs() < 1e-290 || x > 1e300 {
            continue;
        }
        let shown = format!("{x:.1080}");
        let shown = shown.trim_end_matches('0');
        for s in [shown.to_owned(), format!("{shown}1"), format!("{shown}0000000001e5"), format!("{x:e}5")] {
            cases.push((format!("bits(Number('{s}'))"), bits(string_to_number(s.as_bytes()))));
        }
    }
    for _ in 0..3000 {
        let (a, b) = (r.next() | 1 << 63, r.next());
        let s = format!("{a:b}{:b}", b >> r.below(64));
        cases.push((format!("bits(parseInt('{s}',2))"), bits(parse_int(s.as_bytes(), 2))));
        let s = format!("0x{a:x}{:0>1$}", "", r.below(240) as usize);
        cases.push((format!("bits(Number('{s}'))"), bits(string_to_number(s.as_bytes()))));
    }
    assert_eq!(differences(&cases), 0);
}

/// parseInt in other radices: V8 approximates beyond 2^53; compared with an exact BigInt computation instead.
#[test]
#[ignore = "needs node"]
fn parse_int_exact() {
    let mut r = Random(5);
    let mut cases = Vec::new();
    for _ in 0..5000 {
        let radix = r.below(35) + 2;
        let digits: String = (0..r.below(60) + 1)
            .map(|_| char::from_digit(r.below(radix) as u32, radix as u32).unwrap())
            .collect();
        cases.push((
            format!("bits(Number([...'{digits}'].reduce((n,d)=>n*{radix}n+BigInt(parseInt(d,36)),0n)))"),
            bits(parse_int(digits.as_bytes(), radix as i32)),
        ));
    }
    assert_eq!(differences(&cases), 0);
}

#[test]
#[ignore = "needs node"]
fn bigint() {
    let mut r = Random(4242);
    let mut cases = Vec::new();
    let random_big = |r: &mut Random| {
        let bits = *r.pick(&[8, 32, 62, 63, 64, 65, 127, 128, 129, 200, 1000]);
        let mut n = BigInt::from(1u64);
        for _ in 0..bits / 32 + 1 {
            n = n.shl(&BigInt::from(32i64)).unwrap().add(&BigInt::from(r.next() >> 32)).unwrap();
        }
        let mut n = n.as_uint_n(bits).unwrap();
        match r.below(4) {
            // Powers of two and their neighbours.
            0 => {
                n = BigInt::ONE
                    .shl(&BigInt::from(bits))
                    .unwrap()
                    .add(&BigInt::from(r.below(3) as i64 - 1))
                    .unwrap()
            }
            1 => n = BigInt::from(r.below(3) as i64),
            _ => {}
        }
        if r.below(2) == 0 { n.neg() } else { n }
    };
    let show = |n: Option<BigInt>| n.map_or("!RangeError".into(), |n| n.to_string());
    for _ in 0..4000 {
        let (a, b) = (random_big(&mut r), random_big(&mut r));
        let (x, y) = (a.to_string(), b.to_string());
        let ok = |n: Result<BigInt, TooBig>| show(n.ok());
        cases.push((format!("({x}n)+({y}n)"), ok(a.add(&b))));
        cases.push((format!("({x}n)-({y}n)"), ok(a.sub(&b))));
        cases.push((format!("({x}n)*({y}n)"), ok(a.mul(&b))));
        cases.push((format!("({x}n)/({y}n)"), show(a.div(&b))));
        cases.push((format!("({x}n)%({y}n)"), show(a.rem(&b))));
        cases.push((format!("({x}n)&({y}n)"), a.and(&b).to_string()));
        cases.push((format!("({x}n)|({y}n)"), a.or(&b).to_string()));
        cases.push((format!("({x}n)^({y}n)"), a.xor(&b).to_string()));
        cases.push((format!("~({x}n)"), ok(a.not())));
        cases.push((format!("-({x}n)"), a.neg().to_string()));
        let s = r.below(300) as i64 - 150;
        cases.push((format!("({x}n)<<({s}n)"), ok(a.shl(&BigInt::from(s)))));
        cases.push((format!("({x}n)>>({s}n)"), ok(a.shr(&BigInt::from(s)))));
        // The other sign may be a shift too long to print.
        if !b.is_negative() {
            cases.push((format!("({x}n)>>({y}n)"), ok(a.shr(&b))));
        }
        let e = r.below(20) as i64;
        cases.push((format!("({x}n)**({e}n)"), ok(a.pow(&BigInt::from(e)))));
        let n = r.below(260);
        cases.push((format!("BigInt.asIntN({n},{x}n)"), a.as_int_n(n).to_string()));
        cases.push((format!("BigInt.asUintN({n},{x}n)"), ok(a.as_uint_n(n))));
        for n in [63, 64, 65] {
            cases.push((format!("BigInt.asIntN({n},{x}n)"), a.as_int_n(n).to_string()));
            cases.push((format!("BigInt.asUintN({n},{x}n)"), ok(a.as_uint_n(n))));
        }
        cases.push((format!("bits(Number({x}n))"), bits(a.to_f64())));
        cases.push((format!("BigInt.asIntN(64,{x}n)"), a.to_i64_wrapping().to_string()));
        cases.push((format!("BigInt.asUintN(64,{x}n)"), a.to_u64_wrapping().to_string()));
        let radix = r.below(35) as u32 + 2;
        let text = a.to_string_radix(radix);
        assert!(text.len() <= a.text_size_bound(radix));
        let negative = text.starts_with('-');
        let back = BigInt::from_digits(text.trim_start_matches('-').as_bytes(), radix).unwrap();
        assert!((if negative { back.neg() } else { back }) == a);
        cases.push((format!("({x}n).toString({radix})"), text));
        cases.push((format!("({x}n)<({y}n)"), (a < b).to_string()));
        cases.push((format!("({x}n)==({y}n)"), (a == b).to_string()));
        let d = match r.below(3) {
            0 => r.double(),
            1 => a.to_f64(),
            _ => a.to_f64() + 0.5,
        };
        cases.push((format!("[({x}n)<{0},({x}n)>{0},({x}n)=={0}]", js(d)), {
            use std::cmp::Ordering::*;
            let order = a.partial_cmp_f64(d);
            format!("{},{},{}", order == Some(Less), order == Some(Greater), order == Some(Equal))
        }));
        cases.push((format!("BigInt({})", js(d)), show(BigInt::from_f64(d))));
        let (negative, words) = a.to_words();
        assert!(BigInt::from_words(negative, &words).unwrap() == a);
    }
    assert_eq!(differences(&cases), 0);
}

#[test]
#[ignore = "needs node"]
fn math_and_conversions() {
    let mut r = Random(31337);
    let mut cases = Vec::new();
    for _ in 0..20000 {
        let (x, y) = (r.double(), r.double());
        let j = js(x);
        cases.push((format!("({j}|0)"), math::to_int32(x).to_string()));
        cases.push((format!("({j}>>>0)"), math::to_uint32(x).to_string()));
        cases.push((format!("new Uint8ClampedArray([{j}])[0]"), math::to_uint8_clamp(x).to_string()));
        cases.push((format!("new Int16Array([{j}])[0]"), math::to_int16(x).to_string()));
        cases.push((
            format!("Number.isFinite({j})?BigInt.asIntN(64,BigInt(Math.trunc({j}))):0"),
            math::to_int64_wrapping(x).to_string(),
        ));
        cases.push((format!("bits(Math.round({j}))"), bits(math::round(x))));
        cases.push((format!("bits(Math.fround({j}))"), bits(math::fround(x))));
        cases.push((format!("bits(Math.max({j},{}))", js(y)), bits(math::max(x, y))));
        cases.push((format!("bits(Math.min({j},{}))", js(y)), bits(math::min(x, y))));
        cases.push((format!("Math.clz32({j})"), math::clz32(x).to_string()));
        cases.push((format!("Math.imul({j},{})", js(y)), math::imul(x, y).to_string()));
        cases.push((format!("bits({j}%{})", js(y)), bits(math::remainder(x, y))));
    }
    assert_eq!(differences(&cases), 0);
}

#[test]
#[ignore = "needs node"]
fn date_fields_and_formats() {
    let mut r = Random(2000);
    let mut cases = Vec::new();
    for _ in 0..20000 {
        let t = match r.below(3) {
            0 => r.below(2 * 8_640_000_000_000_000 + 1) as f64 - 8.64e15,
            1 => r.below(20_000) as f64 * 86_400_000.0 - 1e12,
            _ => r.below(4_000_000_000_000) as f64 - 1e12,
        };
        let f = Fields::from_time(t);
        cases.push((format!("new Date({t}).toISOString()"), date_format::to_iso_string(&f)));
        cases.push((format!("new Date({t}).toUTCString()"), date_format::to_utc_string(&f)));
        cases.push((
            format!("{{let d=new Date({t}+new Date({t}).getTimezoneOffset()*60000);d.toDateString()}}"),
            date_format::to_date_string(&f),
        ));
        let mut number = |small: u64| r.below(small) as f64 - (small / 2) as f64;
        let args =
            [number(5000), number(400), number(1000), number(100), number(200), number(200), number(5000)];
        let day = date::make_day(date::make_full_year(args[0]), args[1], args[2]);
        let time = date::make_time(args[3], args[4], args[5], args[6]);
        cases.push((
            format!("bits(Date.UTC({}))", args.map(|x| x.to_string()).join(",")),
            bits(date::time_clip(date::make_date(day, time))),
        ));
    }
    // New York's summers come off New York's offsets, asked of node itself in whole hours.
    let hours: Vec<f64> = (0..24 * 800).map(|h| 1.6e12 + f64::from(h) * 3.6e6).collect();
    let rule = |t: f64| {
        // US rule since 2007: second Sunday of March 07:00 UTC to first Sunday of November 06:00 UTC.
        let year = f64::from(date::year_from_time(t));
        let sunday = |month: f64, nth: f64| {
            let first = date::make_day(year, month, 1.0);
            let weekday = f64::from(date::week_day(first * 8.64e7));
            (first + (7.0 - weekday) % 7.0 + (nth - 1.0) * 7.0) * 8.64e7
        };
        let summer = t >= sunday(2.0, 2.0) + 7.0 * 3.6e6 && t < sunday(10.0, 1.0) + 6.0 * 3.6e6;
        if summer { -4.0 * 3.6e6 } else { -5.0 * 3.6e6 }
    };
    for t in hours {
        let f = Fields::from_time(t);
        cases.push((
            format!("+new Date({},{},{},{},30)", f.year, f.month, f.day, f.hour),
            (date::utc(
                date::make_date(date::day(t), date::make_time(f64::from(f.hour), 30.0, 0.0, 0.0)),
                &rule,
            ))
            .to_string(),
        ));
        cases.push((format!("new Date({t}).toString().slice(0,33)"), {
            let local = date::local_time(t, &rule);
            date_format::to_string(&Fields::from_time(local), local - t, "")
        }));
    }
    assert_eq!(differences(&cases), 0);
}

fn parsed(text: &str) -> String {
    let wide: Vec<u16> = text.encode_utf16().collect();
    parse_date(&wide).map_or(f64::NAN, |date| date.time_value(&|_| 0.0)).to_string()
}

#[test]
#[ignore = "needs node"]
fn date_parse_random() {
    let mut r = Random(123_321);
    let mut cases = Vec::new();
    let pieces = [
        "1",
        "2",
        "31",
        "12",
        "2000",
        "99",
        "49",
        "50",
        "13",
        "32",
        "0",
        "Jan",
        "january",
        "Feb",
        "Dec.",
        "Sat",
        "Monday,",
        "/",
        "-",
        "-",
        "/",
        " ",
        " ",
        " ",
        ",",
        ", ",
        ":",
        "10:00",
        "3:04:05",
        "23:59:59.999",
        "24:00",
        "12:30",
        "AM",
        "pm",
        "PM",
        "GMT",
        "UTC",
        "Z",
        "EST",
        "PDT",
        "+0100",
        "-0530",
        "+05:30",
        "+1",
        "T",
        "(comment)",
        "(a (b) c)",
        "(",
        ")",
        "x",
        "2000-01-01",
        "T10:00",
        "T10:00:00Z",
        "1/2/2000",
        "2000/1/2",
        ".",
        "\u{a0}",
        "+002000",
        "1st",
        "of",
    ];
    for _ in 0..60000 {
        let mut s = String::new();
        for _ in 0..r.below(7) + 1 {
            s.push_str(r.pick::<&str>(&pieces));
            if r.below(2) == 0 {
                s.push(' ');
            }
        }
        cases.push((format!("Date.parse({})", quote(&s)), parsed(&s)));
    }
    println!("(differences here are of garbage and are looked at by eye)");
    differences_in("UTC", &cases);
}

/// Exact sums by Python's fractions.
#[test]
#[ignore = "needs python3"]
fn sums() {
    let mut r = Random(8);
    let mut lines = String::new();
    for _ in 0..3000 {
        let mut total = SumPrecise::new();
        let count = r.below(12) + 1;
        let narrow = r.below(2) == 0;
        for _ in 0..count {
            let mut x = r.double();
            if narrow {
                // Near each other, so that they cancel and carry.
                x = f64::from_bits(x.to_bits() & !(0x7ff << 52) | (1000 + r.below(60)) << 52);
            }
            if !x.is_finite() || x == 0.0 {
                x = 1.0;
            }
            total.add(x);
            lines.push_str(&format!("{:x} ", x.to_bits()));
        }
        lines.push_str(&format!("{:x}\n", total.finish().to_bits()));
    }
    const SUMS: &str = "
import sys, struct
from fractions import Fraction
f = lambda h: struct.unpack('>d', int(h, 16).to_bytes(8, 'big'))[0]
for line in sys.stdin:
    *terms, ours = map(f, line.split())
    total = sum(map(Fraction, terms))
    try: expected = float(total)
    except OverflowError: expected = float('inf') if total > 0 else float('-inf')
    if expected != ours: sys.exit(f'{line} {expected} {ours}')
";
    let mut python =
        Command::new("python3").args(["-c", SUMS]).stdin(Stdio::piped()).spawn().expect("python3");
    python.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    assert!(python.wait().unwrap().success());
}
