//! What the Unicode Character Database says, in the specification's terms: Canonicalize
//! (22.2.2.7.3), UnicodeMatchProperty (22.2.2.9.3 and tables 67 to 69), identifier characters.

use std::sync::OnceLock;

use icu_casemap::{CaseMapper, CaseMapperBorrowed};
use icu_properties::props::{self, BinaryProperty, GeneralCategory, GeneralCategoryGroup, Script};
use icu_properties::script::ScriptWithExtensions;
use icu_properties::{CodePointMapData, CodePointSetData, EmojiSetData, PropertyParser};
use smallvec::SmallVec;

use crate::charset::{CharSet, MAX_CODE_POINT};

/// Which of the two folds of Canonicalize applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Folding {
    /// Neither `u` nor `v`: toUppercase of one code unit.
    Legacy,
    /// `u` or `v`: simple case folding.
    Simple,
}

/// Characters that case-insensitive matching does not tell apart.
pub(crate) type Variants = SmallVec<[u32; 4]>;

/// The characters that Canonicalize changes, both ways round.
struct CaseTable {
    /// (character, its canonical form), where they differ; sorted.
    canonical: Vec<(u32, u32)>,
    /// (canonical form, a character that maps to it); sorted.
    members: Vec<(u32, u32)>,
}

fn case_table(folding: Folding) -> &'static CaseTable {
    static LEGACY: OnceLock<CaseTable> = OnceLock::new();
    static SIMPLE: OnceLock<CaseTable> = OnceLock::new();
    let cell = match folding {
        Folding::Legacy => &LEGACY,
        Folding::Simple => &SIMPLE,
    };
    cell.get_or_init(|| {
        let mapper = CaseMapper::new();
        let mut canonical = Vec::new();
        for range in CodePointSetData::new::<props::ChangesWhenCasemapped>().iter_ranges() {
            for c in range {
                if folding == Folding::Legacy && c > 0xFFFF {
                    break;
                }
                let k = canonicalize_slow(mapper, c, folding);
                if k != c {
                    canonical.push((c, k));
                }
            }
        }
        canonical.shrink_to_fit();
        let mut members: Vec<(u32, u32)> = canonical.iter().map(|&(c, k)| (k, c)).collect();
        members.sort_unstable();
        CaseTable { canonical, members }
    })
}

/// Canonicalize, from the case mappings themselves.
fn canonicalize_slow(mapper: CaseMapperBorrowed<'static>, c: u32, folding: Folding) -> u32 {
    let Some(ch) = char::from_u32(c) else { return c };
    match folding {
        Folding::Simple => mapper.simple_fold(ch) as u32,
        Folding::Legacy => {
            // toUppercase, where it is one code unit. Whether the full mapping is one character
            // does not change between Unicode versions, so the standard library may say it.
            if ch.to_uppercase().len() != 1 {
                return c;
            }
            let simple = mapper.simple_uppercase(ch) as u32;
            if simple > 0xFFFF || (c >= 128 && simple < 128) {
                return c;
            }
            simple
        }
    }
}

/// Canonicalize (22.2.2.7.3) under `i`, for a code unit (legacy) or a code point.
pub(crate) fn canonicalize(c: u32, folding: Folding) -> u32 {
    if c < 128 {
        return match folding {
            Folding::Legacy if (b'a' as u32..=b'z' as u32).contains(&c) => c - 32,
            Folding::Simple if (b'A' as u32..=b'Z' as u32).contains(&c) => c + 32,
            _ => c,
        };
    }
    let table = case_table(folding);
    match table.canonical.binary_search_by_key(&c, |e| e.0) {
        Ok(i) => table.canonical[i].1,
        Err(_) => c,
    }
}

/// Every character with the same canonical form as `c`, `c` included, in order.
pub(crate) fn case_variants(c: u32, folding: Folding) -> Variants {
    let mut out = Variants::new();
    if c < 128 && (folding == Folding::Legacy || !matches!(c | 0x20, 0x6B | 0x73)) {
        // ASCII letters but k and s have no relatives outside ASCII.
        if (c as u8).is_ascii_alphabetic() {
            out.push(c & !0x20);
            out.push(c | 0x20);
        } else {
            out.push(c);
        }
        return out;
    }
    let k = canonicalize(c, folding);
    let table = case_table(folding);
    out.push(k);
    let from = table.members.partition_point(|e| e.0 < k);
    out.extend(table.members[from..].iter().take_while(|e| e.0 == k).map(|e| e.1));
    out.sort_unstable();
    out
}

/// The set of all characters whose canonical form some member of `set` has, too.
pub(crate) fn close_over_case(set: &CharSet, folding: Folding) -> CharSet {
    if set.ranges().iter().all(|r| r.1 < 128)
        && (folding == Folding::Legacy || !"kKsS".bytes().any(|b| set.contains(b as u32)))
    {
        let mut out = set.clone();
        for c in b'a'..=b'z' {
            let (lower, upper) = (c as u32, c as u32 - 32);
            if set.contains(lower) || set.contains(upper) {
                out.add_char(lower);
                out.add_char(upper);
            }
        }
        out.normalize();
        return out;
    }
    let table = case_table(folding);
    let mut canon: Vec<u32> = Vec::new();
    for &(c, k) in &table.canonical {
        if set.contains(c) {
            canon.push(k);
        }
    }
    let mut i = 0;
    while i < table.members.len() {
        let k = table.members[i].0;
        if set.contains(k) {
            canon.push(k);
        }
        while i < table.members.len() && table.members[i].0 == k {
            i += 1;
        }
    }
    canon.sort_unstable();
    canon.dedup();
    let mut extra = CharSet::new();
    for k in canon {
        extra.add_char(k);
        let from = table.members.partition_point(|e| e.0 < k);
        for e in table.members[from..].iter().take_while(|e| e.0 == k) {
            extra.add_char(e.1);
        }
    }
    extra.normalize();
    let mut out = set.clone();
    out.add_set(&extra);
    out.normalize();
    out
}

/// MaybeSimpleCaseFolding (22.2.2.9.6) of a set, for `v` with `i`.
pub(crate) fn fold_set(set: &CharSet) -> CharSet {
    let table = case_table(Folding::Simple);
    let mut moved = CharSet::new();
    let mut folded = CharSet::new();
    for &(c, k) in &table.canonical {
        if set.contains(c) {
            moved.add_char(c);
            folded.add_char(k);
        }
    }
    moved.normalize();
    folded.normalize();
    let mut out = set.subtract(&moved);
    out.add_set(&folded);
    out.normalize();
    out
}

/// AllCharacters (22.2.2.9.5) under `v` and `i`: what simple case folding leaves alone.
pub(crate) fn all_folded() -> CharSet {
    let mut moved = CharSet::new();
    for &(c, _) in &case_table(Folding::Simple).canonical {
        moved.add_char(c);
    }
    moved.normalize();
    moved.complement(MAX_CODE_POINT)
}

/// ID_Start, `$` and `_`.
pub(crate) fn is_identifier_start(c: u32) -> bool {
    match c {
        0x24 | 0x5F => true,
        0..128 => (c as u8).is_ascii_alphabetic(),
        _ => CodePointSetData::new::<props::IdStart>().contains32(c),
    }
}

/// ID_Continue, `$` and the two joiners.
pub(crate) fn is_identifier_part(c: u32) -> bool {
    match c {
        0x24 | 0x5F | 0x200C | 0x200D => true,
        0..128 => (c as u8).is_ascii_alphanumeric(),
        _ => CodePointSetData::new::<props::IdContinue>().contains32(c),
    }
}

fn binary<P: BinaryProperty>() -> CharSet {
    let mut set = CharSet::new();
    for range in CodePointSetData::new::<P>().iter_ranges() {
        set.add(*range.start(), *range.end());
    }
    set
}

/// `\p{name=value}`; the names match exactly (22.2.2.9.3).
pub(crate) fn property_with_value(name: &str, value: &str) -> Option<CharSet> {
    match name {
        "General_Category" | "gc" => general_category(value),
        "Script" | "sc" => script(value, false),
        "Script_Extensions" | "scx" => script(value, true),
        _ => None,
    }
}

/// `\p{name}`: a value of General_Category or a binary property.
pub(crate) fn lone_property(name: &str) -> Option<CharSet> {
    general_category(name).or_else(|| binary_property(name))
}

fn general_category(value: &str) -> Option<CharSet> {
    let group = PropertyParser::<GeneralCategoryGroup>::new().get_strict(value)?;
    let mut set = CharSet::new();
    for range in CodePointMapData::<GeneralCategory>::new().iter_ranges_for_group(group) {
        set.add(*range.start(), *range.end());
    }
    set.normalize();
    Some(set)
}

fn script(value: &str, extensions: bool) -> Option<CharSet> {
    let script = PropertyParser::<Script>::new().get_strict(value)?;
    let mut set = CharSet::new();
    if extensions {
        for range in ScriptWithExtensions::new().get_script_extensions_ranges(script) {
            set.add(*range.start(), *range.end());
        }
    } else {
        for range in CodePointMapData::<Script>::new().iter_ranges_for_value(script) {
            set.add(*range.start(), *range.end());
        }
    }
    set.normalize();
    // ICU knows names of scripts that Unicode has not encoded; the UCD's value aliases name one
    // script without characters.
    if set.is_empty() && !matches!(value, "Katakana_Or_Hiragana" | "Hrkt") {
        return None;
    }
    Some(set)
}

macro_rules! binary_properties {
    ($name:expr; $($long:literal $($short:literal)? => $ty:ident,)*) => {
        match $name {
            $($long $(| $short)? => Some(binary::<props::$ty>()),)*
            _ => None,
        }
    };
}

/// Table 67: binary Unicode property aliases.
fn binary_property(name: &str) -> Option<CharSet> {
    match name {
        "ASCII" => return Some(CharSet::from_ranges(&[(0, 0x7F)])),
        "Any" => return Some(CharSet::from_ranges(&[(0, MAX_CODE_POINT)])),
        "Assigned" => return general_category("Cn").map(|s| s.complement(MAX_CODE_POINT)),
        _ => {}
    }
    binary_properties! { name;
        "ASCII_Hex_Digit" "AHex" => AsciiHexDigit,
        "Alphabetic" "Alpha" => Alphabetic,
        "Bidi_Control" "Bidi_C" => BidiControl,
        "Bidi_Mirrored" "Bidi_M" => BidiMirrored,
        "Case_Ignorable" "CI" => CaseIgnorable,
        "Cased" => Cased,
        "Changes_When_Casefolded" "CWCF" => ChangesWhenCasefolded,
        "Changes_When_Casemapped" "CWCM" => ChangesWhenCasemapped,
        "Changes_When_Lowercased" "CWL" => ChangesWhenLowercased,
        "Changes_When_NFKC_Casefolded" "CWKCF" => ChangesWhenNfkcCasefolded,
        "Changes_When_Titlecased" "CWT" => ChangesWhenTitlecased,
        "Changes_When_Uppercased" "CWU" => ChangesWhenUppercased,
        "Dash" => Dash,
        "Default_Ignorable_Code_Point" "DI" => DefaultIgnorableCodePoint,
        "Deprecated" "Dep" => Deprecated,
        "Diacritic" "Dia" => Diacritic,
        "Emoji" => Emoji,
        "Emoji_Component" "EComp" => EmojiComponent,
        "Emoji_Modifier" "EMod" => EmojiModifier,
        "Emoji_Modifier_Base" "EBase" => EmojiModifierBase,
        "Emoji_Presentation" "EPres" => EmojiPresentation,
        "Extended_Pictographic" "ExtPict" => ExtendedPictographic,
        "Extender" "Ext" => Extender,
        "Grapheme_Base" "Gr_Base" => GraphemeBase,
        "Grapheme_Extend" "Gr_Ext" => GraphemeExtend,
        "Hex_Digit" "Hex" => HexDigit,
        "IDS_Binary_Operator" "IDSB" => IdsBinaryOperator,
        "IDS_Trinary_Operator" "IDST" => IdsTrinaryOperator,
        "ID_Continue" "IDC" => IdContinue,
        "ID_Start" "IDS" => IdStart,
        "Ideographic" "Ideo" => Ideographic,
        "Join_Control" "Join_C" => JoinControl,
        "Logical_Order_Exception" "LOE" => LogicalOrderException,
        "Lowercase" "Lower" => Lowercase,
        "Math" => Math,
        "Noncharacter_Code_Point" "NChar" => NoncharacterCodePoint,
        "Pattern_Syntax" "Pat_Syn" => PatternSyntax,
        "Pattern_White_Space" "Pat_WS" => PatternWhiteSpace,
        "Quotation_Mark" "QMark" => QuotationMark,
        "Radical" => Radical,
        "Regional_Indicator" "RI" => RegionalIndicator,
        "Sentence_Terminal" "STerm" => SentenceTerminal,
        "Soft_Dotted" "SD" => SoftDotted,
        "Terminal_Punctuation" "Term" => TerminalPunctuation,
        "Unified_Ideograph" "UIdeo" => UnifiedIdeograph,
        "Uppercase" "Upper" => Uppercase,
        "Variation_Selector" "VS" => VariationSelector,
        "White_Space" "space" => WhiteSpace,
        "XID_Continue" "XIDC" => XidContinue,
        "XID_Start" "XIDS" => XidStart,
    }
}

/// Basic_Emoji: (single characters, characters that are an emoji with U+FE0F after them).
pub(crate) fn basic_emoji() -> (CharSet, Vec<u32>) {
    let basic = EmojiSetData::new::<props::BasicEmoji>();
    let (mut chars, mut with_selector) = (CharSet::new(), Vec::new());
    for range in CodePointSetData::new::<props::Emoji>().iter_ranges() {
        for c in range {
            if basic.contains32(c) {
                chars.add_char(c);
            }
            if let Some(ch) = char::from_u32(c) {
                let mut text = String::from(ch);
                text.push('\u{FE0F}');
                if basic.contains_str(&text) {
                    with_selector.push(c);
                }
            }
        }
    }
    chars.normalize();
    (chars, with_selector)
}

/// The code points of Emoji_Modifier_Base.
pub(crate) fn emoji_modifier_bases() -> CharSet {
    binary::<props::EmojiModifierBase>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_tables_hold_every_character_that_changes() {
        let mapper = CaseMapper::new();
        for folding in [Folding::Legacy, Folding::Simple] {
            let max = if folding == Folding::Legacy { 0xFFFF } else { MAX_CODE_POINT };
            for c in 0..=max {
                assert_eq!(canonicalize(c, folding), canonicalize_slow(mapper, c, folding), "{c:x}");
            }
        }
    }
}
