//! Runs recorded calls of exec again and again, and says what each pattern costs.
//! Usage: replay FILE [ROUNDS]; FILE has lines `P flags hex(pattern)`, `S hex(UTF-16LE subject)`
//! and `C pattern subject start`, fields separated by tabs.

use std::time::Instant;

use qjs_regexp::{Flags, Host, Limits, Matcher, Program, Text, compile};

struct Free;

impl Host for Free {
    fn poll(&mut self) -> Result<(), ()> {
        Ok(())
    }
    fn charge(&mut self, _: usize) -> Result<(), ()> {
        Ok(())
    }
    fn release(&mut self, _: usize) {}
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn main() {
    let mut args = std::env::args().skip(1);
    let text = std::fs::read_to_string(args.next().expect("a file")).unwrap();
    let rounds: usize = args.next().map_or(5, |n| n.parse().unwrap());
    let mut programs: Vec<(String, Program)> = Vec::new();
    let mut subjects: Vec<Vec<u8>> = Vec::new();
    let mut calls: Vec<(usize, usize, usize)> = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        match fields[0] {
            "P" => {
                let source = bytes(fields[2]);
                let flags = Flags::parse(Text::Latin1(fields[1].as_bytes())).unwrap();
                let program = compile(Text::Latin1(&source), flags, &Limits::NONE).unwrap();
                programs.push((format!("/{}/{}", String::from_utf8_lossy(&source), fields[1]), program));
            }
            "S" => subjects.push(bytes(fields[1]).into_iter().step_by(2).collect()),
            "C" => calls.push((
                fields[1].parse().unwrap(),
                fields[2].parse().unwrap(),
                fields[3].parse().unwrap(),
            )),
            _ => {}
        }
    }
    let mut matcher = Matcher::new();
    let mut captures = Vec::new();
    let mut run = |calls: &[(usize, usize, usize)]| {
        let begin = Instant::now();
        let mut sum = 0usize;
        for &(program, subject, start) in calls {
            let subject = Text::Latin1(&subjects[subject]);
            if matcher.exec(&programs[program].1, subject, start, &mut captures, &mut Free) == Ok(true) {
                sum = sum.wrapping_add(captures[1] as usize);
            }
        }
        std::hint::black_box(sum);
        begin.elapsed().as_secs_f64()
    };
    run(&calls);
    let best = (0..rounds).map(|_| run(&calls)).fold(f64::MAX, f64::min);
    println!(
        "all: {:.2} ms, {} calls, {:.1} ns each",
        best * 1e3,
        calls.len(),
        best * 1e9 / calls.len() as f64
    );
    let mut costs = Vec::new();
    for i in 0..programs.len() {
        let own: Vec<_> = calls.iter().copied().filter(|c| c.0 == i).collect();
        let time = (0..rounds).map(|_| run(&own)).fold(f64::MAX, f64::min);
        costs.push((time, own.len(), i));
    }
    costs.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (time, count, i) in costs.into_iter().take(25) {
        let each = time * 1e9 / count.max(1) as f64;
        println!("{:8.3} ms {count:7} × {each:8.1} ns  {:.100}", time * 1e3, programs[i].0);
    }
}
