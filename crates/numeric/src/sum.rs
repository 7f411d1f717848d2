//! Math.sumPrecise (21.3.2.35): the exact sum of doubles, rounded once.

/// Limbs of 32 bits from 2^-1074 up to 2^1024 and 2^64 times beyond.
const LIMBS: usize = 68;

/// An exact accumulator: a fixed-point number wide enough for every double, whatever the order of the terms.
#[derive(Clone)]
pub struct SumPrecise {
    /// Signed digits of base 2^32, not normalised between additions.
    limbs: [i64; LIMBS],
    /// Additions since the carries were last propagated.
    pending: u32,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    MinusZero,
    Finite,
    PlusInfinity,
    MinusInfinity,
    NaN,
}

impl Default for SumPrecise {
    fn default() -> Self {
        Self::new()
    }
}

impl SumPrecise {
    /// The sum of nothing, -0.
    pub fn new() -> Self {
        Self { limbs: [0; LIMBS], pending: 0, state: State::MinusZero }
    }

    /// Adds one term.
    pub fn add(&mut self, x: f64) {
        if x.is_nan() {
            self.state = State::NaN;
            return;
        }
        if x.is_infinite() {
            self.state = match (self.state, x > 0.0) {
                (State::NaN, _) | (State::PlusInfinity, false) | (State::MinusInfinity, true) => State::NaN,
                (_, true) => State::PlusInfinity,
                (_, false) => State::MinusInfinity,
            };
            return;
        }
        if !matches!(self.state, State::MinusZero | State::Finite) || (x == 0.0 && x.is_sign_negative()) {
            return;
        }
        self.state = State::Finite;
        let (m, e) = crate::to_text::decode(x);
        let position = (e + 1074) as usize;
        let at = position / 32;
        let shifted = u128::from(m) << (position % 32);
        for (i, limb) in self.limbs[at..at + 3].iter_mut().enumerate() {
            let part = i64::from((shifted >> (32 * i)) as u32);
            *limb += if x < 0.0 { -part } else { part };
        }
        self.pending += 1;
        // Each addition moves a limb by less than 2^32.
        if self.pending == 1 << 30 {
            self.propagate();
        }
    }

    /// Brings every limb but the last into 0..2^32.
    fn propagate(&mut self) {
        let mut carry = 0;
        for limb in &mut self.limbs[..LIMBS - 1] {
            let value = *limb + carry;
            *limb = value & 0xffff_ffff;
            carry = value >> 32;
        }
        self.limbs[LIMBS - 1] += carry;
        self.pending = 0;
    }

    /// The sum, rounded to nearest, ties to even.
    pub fn finish(mut self) -> f64 {
        match self.state {
            State::MinusZero => return -0.0,
            State::NaN => return f64::NAN,
            State::PlusInfinity => return f64::INFINITY,
            State::MinusInfinity => return f64::NEG_INFINITY,
            State::Finite => {}
        }
        self.propagate();
        let negative = self.limbs[LIMBS - 1] < 0;
        if negative {
            for limb in &mut self.limbs {
                *limb = -*limb;
            }
            self.propagate();
        }
        let Some(top) = self.limbs.iter().rposition(|limb| *limb != 0) else { return 0.0 };
        // The last limb holds 32 bits at most: 2^64 additions of the largest double do not fill it.
        let bit = |i: usize| u32::try_from(self.limbs[i]).unwrap_or(u32::MAX);
        let length = top * 32 + 32 - bit(top).leading_zeros() as usize;
        // 65 bits or more from the top, the rest as a sticky bit; a subnormal's 53 bits or fewer are all exact.
        let mut mantissa = 0u128;
        for i in (top.saturating_sub(2)..=top).rev() {
            mantissa = mantissa << 32 | u128::from(bit(i));
        }
        let lowest = top.saturating_sub(2) * 32;
        let sticky = (0..top.saturating_sub(2)).any(|i| bit(i) != 0);
        let magnitude = if length <= 53 {
            f64::from_bits(mantissa as u64)
        } else {
            // Rounds here: `as` is to nearest, ties to even, and the sticky bit is below the last bit of 53.
            let rounded = (mantissa << 1 | u128::from(sticky)) as f64;
            scale(rounded, lowest as i32 - 1 - 1074)
        };
        if negative { -magnitude } else { magnitude }
    }
}

/// `x × 2^power` where the result is normal or overflows, so that no step rounds.
fn scale(mut x: f64, mut power: i32) -> f64 {
    while power > 1000 {
        x *= 2f64.powi(1000);
        power -= 1000;
    }
    while power < -1000 {
        x *= 2f64.powi(-1000);
        power += 1000;
    }
    x * 2f64.powi(power)
}
