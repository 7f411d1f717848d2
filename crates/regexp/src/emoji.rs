//! Properties of strings (table 69), from UTS #51's data files of Unicode 17.

use crate::charset::{CharSet, ClassSet};
use crate::unicode::{basic_emoji, emoji_modifier_bases};

/// RGI_Emoji_ZWJ_Sequence. `+` stands for U+200D, `^` for U+FE0F, `S` for each of the five skin
/// tones; of a sequence that ends in `!` the two tones differ.
const ZWJ_SEQUENCES: &str = include_str!("emoji_zwj.txt");

/// RGI_Emoji_Flag_Sequence: pairs of regional indicators, as letters.
const FLAGS: &[u8] = b"ACADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCL\
CMCNCOCPCQCRCUCVCWCXCYCZDEDGDJDKDMDODZEAECEEEGEHERESETEUFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHU\
ICIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZ\
NANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTATCTDTFTGTH\
TJTKTLTMTNTOTRTTTVTWTZUAUGUMUNUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

const ZWJ: u32 = 0x200D;
const VS16: u32 = 0xFE0F;
const TONE: u32 = 0x1F3FB;

/// `\p{name}` under `v`, where `name` is a property of strings.
pub(crate) fn string_property(name: &str) -> Option<ClassSet> {
    let mut set = ClassSet::default();
    match name {
        "Basic_Emoji" => add_basic(&mut set),
        "Emoji_Keycap_Sequence" => add_keycaps(&mut set),
        "RGI_Emoji_Modifier_Sequence" => add_modified(&mut set),
        "RGI_Emoji_Flag_Sequence" => add_flags(&mut set),
        "RGI_Emoji_Tag_Sequence" => add_tags(&mut set),
        "RGI_Emoji_ZWJ_Sequence" => add_zwj(&mut set),
        "RGI_Emoji" => {
            add_basic(&mut set);
            add_keycaps(&mut set);
            add_modified(&mut set);
            add_flags(&mut set);
            add_tags(&mut set);
            add_zwj(&mut set);
        }
        _ => return None,
    }
    set.normalize();
    Some(set)
}

fn add_basic(set: &mut ClassSet) {
    let (chars, with_selector): (CharSet, Vec<u32>) = basic_emoji();
    set.chars.add_set(&chars);
    set.strings.extend(with_selector.into_iter().map(|c| vec![c, VS16]));
}

fn add_keycaps(set: &mut ClassSet) {
    set.strings.extend(b"#*0123456789".iter().map(|&c| vec![c as u32, VS16, 0x20E3]));
}

fn add_modified(set: &mut ClassSet) {
    for &(lo, hi) in emoji_modifier_bases().ranges() {
        for c in lo..=hi {
            set.strings.extend((0..5).map(|tone| vec![c, TONE + tone]));
        }
    }
}

fn add_flags(set: &mut ClassSet) {
    let indicator = |b: u8| 0x1F1E6 + (b - b'A') as u32;
    set.strings.extend(FLAGS.chunks_exact(2).map(|pair| vec![indicator(pair[0]), indicator(pair[1])]));
}

fn add_tags(set: &mut ClassSet) {
    for region in [b"gbeng", b"gbsct", b"gbwls"] {
        let mut string = vec![0x1F3F4];
        string.extend(region.iter().map(|&b| 0xE0000 + b as u32));
        string.push(0xE007F);
        set.strings.push(string);
    }
}

fn add_zwj(set: &mut ClassSet) {
    for word in ZWJ_SEQUENCES.split_ascii_whitespace() {
        let (word, differ) = match word.strip_suffix('!') {
            Some(word) => (word, true),
            None => (word, false),
        };
        let slots = word.bytes().filter(|&b| b == b'S').count();
        for tones in 0..5u32.pow(slots as u32) {
            let tones = [tones % 5, tones / 5];
            if differ && tones[0] == tones[1] {
                continue;
            }
            let mut next = tones.iter();
            set.strings.push(
                word.chars()
                    .map(|c| match c {
                        '+' => ZWJ,
                        '^' => VS16,
                        'S' => TONE + next.next().copied().unwrap_or(0),
                        c => c as u32,
                    })
                    .collect(),
            );
        }
    }
}
