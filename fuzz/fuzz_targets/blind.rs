//! Changes to the corpus without libFuzzer's guidance, which takes most of its time: many times as many a second.
//!
//!     blind RUNS FIRST FOLDER…     FIRST is where to begin; a multiple of 100, to begin with a fresh machine
//!
//! What is found is found again by beginning at the number that was printed last.

#[path = "../driver.rs"]
mod driver;

use driver::{Dice, Machine};
use std::io::Write;

/// How many inputs share a machine.
const EACH: u64 = 100;
/// How often it is said where it is.
const SAY: u64 = 100_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = || arguments.next().and_then(|n| n.parse::<u64>().ok()).expect("RUNS FIRST FOLDER…");
    let (runs, first) = (number(), number());
    let place = std::env::var_os("BLIND_PLACE");
    let mut seeds = Vec::new();
    for folder in arguments {
        let mut list: Vec<_> =
            std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
        list.sort();
        seeds.extend(list.iter().map(|p| std::fs::read(p).expect("an input")));
    }
    let mut counts = [0u64; 4];
    let mut m = Machine::new();
    for i in first..first + runs {
        if i % EACH == 0 {
            m = Machine::new();
            if let Some(p) = &place {
                let _ = std::fs::File::create(p).and_then(|mut f| f.write_all(i.to_string().as_bytes()));
            }
        }
        if i % SAY == 0 {
            println!("{i}: refused, values, functions, modules: {counts:?}");
        }
        let mut dice = Dice::new((i as u32).wrapping_mul(2_654_435_761) ^ (i >> 32) as u32);
        let mut b = seeds[dice.roll(seeds.len())].clone();
        let other = dice.roll(seeds.len());
        dice.mutate(&mut b, &seeds[other]);
        driver::restore_header(&mut b);
        counts[m.run(&b) as usize] += 1;
    }
    drop(m);
    println!("{runs} runs from {first}: refused, values, functions, modules: {counts:?}");
}
