//! Hostile bytes through the reader, and what it accepts through the machine: see fuzz/README.md.
#![no_main]

#[path = "../driver.rs"]
mod driver;

use driver::Machine;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use std::cell::RefCell;

thread_local! {
    /// Used a hundred times: making one takes longer than most inputs do. QJS_FUZZ_FRESH=1 makes one for each.
    static MACHINE: RefCell<Machine> = RefCell::new(Machine::new());
    static FRESH: bool = std::env::var_os("QJS_FUZZ_FRESH").is_some();
}

fuzz_target!(|data: &[u8]| {
    MACHINE.with_borrow_mut(|m| {
        m.run(data);
        if m.is_old() || FRESH.with(|f| *f) {
            *m = Machine::new();
        }
    });
});

// libFuzzer's changes, or some of our own; then the checksum is made right, or nothing would come past it.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut dice = driver::Dice::new(seed);
    let n = if dice.roll(3) == 0 {
        let mut b = data[..size].to_vec();
        dice.mutate(&mut b, &data[..size]);
        b.truncate(max_size);
        data[..b.len()].copy_from_slice(&b);
        b.len()
    } else {
        fuzzer_mutate(data, size, max_size)
    };
    driver::restore_header(&mut data[..n]);
    n
});
