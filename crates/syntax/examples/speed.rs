//! Times the parser: `speed FILE [times]`.
use qjs_syntax::{Bump, Goal, ParseOptions, parse};

fn main() {
    let mut args = std::env::args().skip(1);
    let Some(file) = args.next() else { return eprintln!("usage: speed FILE [times]") };
    let times: u32 = args.next().and_then(|n| n.parse().ok()).unwrap_or(5);
    let source = match std::fs::read(&file) {
        Ok(s) => s,
        Err(e) => return eprintln!("{file}: {e}"),
    };
    let goal = if file.ends_with(".mjs") { Goal::Module } else { Goal::Script };
    for _ in 0..times {
        let start = std::time::Instant::now();
        let arena = Bump::new();
        match parse(&arena, &source, &ParseOptions { goal, ..Default::default() }) {
            Ok(p) => {
                let t = start.elapsed().as_secs_f64();
                let mb = source.len() as f64 / 1e6;
                println!(
                    "{:.1} MB in {:.0} ms: {:.1} MB/s; arena {:.1} MB, {} names, {} functions, {} bindings",
                    mb,
                    t * 1e3,
                    mb / t,
                    arena.allocated_bytes() as f64 / 1e6,
                    p.names.len(),
                    p.functions.len(),
                    p.bindings.len()
                );
            }
            Err(e) => return println!("{file}:{e}"),
        }
    }
}
