//! Finding a string in a string, in time linear in both whatever they are.

use super::Chars;
use std::sync::OnceLock;

/// Needles up to this length are compared at every place where their first character stands.
const SHORT: usize = 32;

/// Where `needle`, which is not empty, first is in `h`.
pub(super) fn find(h: Chars<'_>, needle: Chars<'_>) -> Option<usize> {
    match (h, needle) {
        (Chars::Latin1(h), Chars::Latin1([c])) => memchr::memchr(*c, h),
        // Preparing memmem's search costs more than a short one.
        (Chars::Latin1(h), Chars::Latin1(n)) if h.len() <= 64 => find_units(h, n),
        (Chars::Latin1(h), Chars::Latin1(n)) => memchr::memmem::find(h, n),
        (Chars::Latin1(h), Chars::Utf16(n)) => find_units(h, n),
        (Chars::Utf16(h), Chars::Latin1(n)) => find_units(h, n),
        (Chars::Utf16(h), Chars::Utf16(n)) => find_units(h, n),
    }
}

/// Where `needle`, which is not empty, last is in `h`.
pub(super) fn rfind(h: Chars<'_>, needle: Chars<'_>) -> Option<usize> {
    match (h, needle) {
        (Chars::Latin1(h), Chars::Latin1(n)) => memchr::memmem::rfind(h, n),
        (Chars::Latin1(h), Chars::Utf16(n)) => rfind_units(h, n),
        (Chars::Utf16(h), Chars::Latin1(n)) => rfind_units(h, n),
        (Chars::Utf16(h), Chars::Utf16(n)) => rfind_units(h, n),
    }
}

fn same<H: Copy + Into<u16>, N: Copy + Into<u16>>(h: &[H], n: &[N]) -> bool {
    h.iter().zip(n).all(|(&a, &b)| a.into() == b.into())
}

fn find_units<H: Copy + Into<u16>, N: Copy + Into<u16>>(h: &[H], n: &[N]) -> Option<usize> {
    let last = h.len().checked_sub(n.len())?;
    if n.len() > SHORT {
        return rolling(h.iter().map(|&c| c.into()), n.iter().map(|&c| c.into()), n.len(), |i| {
            same(&h[i..i + n.len()], n)
        });
    }
    let first: u16 = (*n.first()?).into();
    let mut from = 0;
    while from <= last {
        from += h[from..=last].iter().position(|&c| c.into() == first)?;
        if same(&h[from..from + n.len()], n) {
            return Some(from);
        }
        from += 1;
    }
    None
}

fn rfind_units<H: Copy + Into<u16>, N: Copy + Into<u16>>(h: &[H], n: &[N]) -> Option<usize> {
    let last = h.len().checked_sub(n.len())?;
    if n.len() > SHORT {
        // Both read backward.
        let i =
            rolling(h.iter().rev().map(|&c| c.into()), n.iter().rev().map(|&c| c.into()), n.len(), |i| {
                same(&h[last - i..last - i + n.len()], n)
            })?;
        return Some(last - i);
    }
    (0..=last).rev().find(|&i| same(&h[i..i + n.len()], n))
}

const PRIME: u64 = (1 << 61) - 1;

fn mul(a: u64, b: u64) -> u64 {
    let p = a as u128 * b as u128;
    let r = (p as u64 & PRIME) + (p >> 61) as u64;
    if r >= PRIME { r - PRIME } else { r }
}

/// Rabin's and Karp's search with a base that nobody can know beforehand: `matches` is asked where the hashes are
/// the same.
fn rolling(
    h: impl Iterator<Item = u16> + Clone,
    needle: impl Iterator<Item = u16>,
    len: usize,
    matches: impl Fn(usize) -> bool,
) -> Option<usize> {
    static BASE: OnceLock<u64> = OnceLock::new();
    let base = *BASE.get_or_init(|| {
        let state = std::collections::hash_map::RandomState::new();
        std::hash::BuildHasher::hash_one(&state, 1u32) % (PRIME - (1 << 20)) + (1 << 17)
    });
    let push = |hash: u64, c: u16| (mul(hash, base) + c as u64) % PRIME;
    let wanted = needle.fold(0, push);
    // The weight of a character that leaves the window.
    let mut weight = 1;
    for _ in 1..len {
        weight = mul(weight, base);
    }
    let mut leaving = h.clone();
    let mut hash = 0;
    for (i, c) in h.enumerate() {
        if i >= len
            && let Some(old) = leaving.next()
        {
            hash = (hash + PRIME - mul(weight, old as u64)) % PRIME;
        }
        hash = push(hash, c);
        if i + 1 >= len && hash == wanted && matches(i + 1 - len) {
            return Some(i + 1 - len);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_definition() {
        let mut seed = 12345u32;
        let mut random = |n: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % n
        };
        for _ in 0..2000 {
            let n = random(120) as usize;
            let h: Vec<u16> = (0..n).map(|_| 97 + random(2) as u16).collect();
            let m = 1 + random(50) as usize;
            let needle: Vec<u16> = if random(2) == 0 && n > m {
                let at = random((n - m) as u32) as usize;
                h[at..at + m].to_vec()
            } else {
                (0..m).map(|_| 97 + random(2) as u16).collect()
            };
            let narrow: Vec<u8> = h.iter().map(|&c| c as u8).collect();
            let narrow_needle: Vec<u8> = needle.iter().map(|&c| c as u8).collect();
            let places: Vec<usize> =
                (0..(n + 1).saturating_sub(m)).filter(|&i| h[i..i + m] == needle[..]).collect();
            for hay in [Chars::Utf16(&h), Chars::Latin1(&narrow)] {
                for n in [Chars::Utf16(&needle), Chars::Latin1(&narrow_needle)] {
                    assert_eq!(find(hay, n), places.first().copied());
                    assert_eq!(rfind(hay, n), places.last().copied());
                }
            }
        }
    }
}
