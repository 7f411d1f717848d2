//! The flags of a regular expression.

use crate::Text;

/// A set of flags, `u` and `v` never both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u16);

impl Flags {
    pub const HAS_INDICES: Flags = Flags(1);
    pub const GLOBAL: Flags = Flags(1 << 1);
    pub const IGNORE_CASE: Flags = Flags(1 << 2);
    pub const MULTILINE: Flags = Flags(1 << 3);
    pub const DOT_ALL: Flags = Flags(1 << 4);
    pub const UNICODE: Flags = Flags(1 << 5);
    pub const UNICODE_SETS: Flags = Flags(1 << 6);
    pub const STICKY: Flags = Flags(1 << 7);

    /// Parses flags; None if one is unknown or repeated, or if `u` and `v` come together
    /// (22.2.3.3, steps 4 and 5).
    pub fn parse(text: Text<'_>) -> Option<Flags> {
        if text.len() > 8 {
            return None;
        }
        let mut flags = Flags::default();
        for i in 0..text.len() {
            let letter = char::from_u32(text.unit(i)?)?;
            let flag = Flags(1 << "dgimsuvy".find(letter)?);
            if flags.contains(flag) {
                return None;
            }
            flags = flags.with(flag);
        }
        (!(flags.unicode() && flags.unicode_sets())).then_some(flags)
    }

    /// The bits: 0 to 7 for d, g, i, m, s, u, v, y.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Flags from their bits; None if there are others, or both `u` and `v`.
    pub const fn from_bits(bits: u16) -> Option<Flags> {
        if bits > 0xFF || bits & 0x60 == 0x60 { None } else { Some(Flags(bits)) }
    }

    pub const fn contains(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    pub const fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    pub const fn without(self, other: Flags) -> Flags {
        Flags(self.0 & !other.0)
    }

    pub const fn has_indices(self) -> bool {
        self.contains(Flags::HAS_INDICES)
    }

    pub const fn global(self) -> bool {
        self.contains(Flags::GLOBAL)
    }

    pub const fn ignore_case(self) -> bool {
        self.contains(Flags::IGNORE_CASE)
    }

    pub const fn multiline(self) -> bool {
        self.contains(Flags::MULTILINE)
    }

    pub const fn dot_all(self) -> bool {
        self.contains(Flags::DOT_ALL)
    }

    pub const fn unicode(self) -> bool {
        self.contains(Flags::UNICODE)
    }

    pub const fn unicode_sets(self) -> bool {
        self.contains(Flags::UNICODE_SETS)
    }

    pub const fn sticky(self) -> bool {
        self.contains(Flags::STICKY)
    }

    /// HasEitherUnicodeFlag.
    pub const fn either_unicode(self) -> bool {
        self.0 & (Flags::UNICODE.0 | Flags::UNICODE_SETS.0) != 0
    }
}
