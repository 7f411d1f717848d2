//! Reads function bodies separated by a NUL byte from a file; prints `1` or `0` and the error for each,
//! to compare with what `Function(body)` says elsewhere.
use qjs_syntax::{Bump, Goal, ParseOptions, dynamic_function_source, parse};

fn main() {
    let Some(file) = std::env::args().nth(1) else { return eprintln!("usage: accepts FILE") };
    let Ok(text) = std::fs::read(&file) else { return eprintln!("cannot read {file}") };
    for source in text.split(|&b| b == 0) {
        let arena = Bump::new();
        let Some((source, parts)) = dynamic_function_source(false, false, b"", source) else { continue };
        let options = ParseOptions { goal: Goal::DynamicFunction(parts), ..Default::default() };
        match parse(&arena, &source, &options) {
            Ok(_) => println!("1"),
            Err(e) => println!("0 {}", e.to_string().replace('\n', " ")),
        }
    }
}
