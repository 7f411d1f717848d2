//! Source text to tokens (12 ECMAScript Language: Lexical Grammar).

use crate::ast::Name;
use crate::error::{R, out_of_memory, push, syntax};
use crate::names::{Interner, known};
use crate::token::{T, Token};
use bumpalo::Bump;
use icu_properties::CodePointSetData;
use icu_properties::props::{IdContinue, IdStart};

/// ASCII bytes by class: 1 may start an identifier, 2 may continue one, 4 digit.
const CLASS: [u8; 256] = {
    let mut t = [0u8; 256];
    let mut i = 0;
    while i < 128 {
        let b = i as u8;
        if b.is_ascii_alphabetic() || b == b'$' || b == b'_' {
            t[i] = 3;
        } else if b.is_ascii_digit() {
            t[i] = 6;
        }
        i += 1;
    }
    t
};

/// Decodes the code point at `i`: (code point, length). Surrogates may come encoded (WTF-8); any
/// other ill-formed byte is U+FFFD of length 1. Past the end: (0, 0).
pub(crate) fn decode(src: &[u8], i: usize) -> (u32, usize) {
    let Some(&b0) = src.get(i) else { return (0, 0) };
    if b0 < 0x80 {
        return (u32::from(b0), 1);
    }
    let cont = |k: usize| src.get(i + k).filter(|&&b| b & 0xC0 == 0x80).map(|&b| u32::from(b & 0x3F));
    match b0 {
        0xC2..=0xDF => {
            if let Some(b1) = cont(1) {
                return (u32::from(b0 & 0x1F) << 6 | b1, 2);
            }
        }
        0xE0..=0xEF => {
            if let (Some(b1), Some(b2)) = (cont(1), cont(2)) {
                let c = u32::from(b0 & 0x0F) << 12 | b1 << 6 | b2;
                if c >= 0x800 {
                    return (c, 3);
                }
            }
        }
        0xF0..=0xF4 => {
            if let (Some(b1), Some(b2), Some(b3)) = (cont(1), cont(2), cont(3)) {
                let c = u32::from(b0 & 0x07) << 18 | b1 << 12 | b2 << 6 | b3;
                if (0x10000..=0x10FFFF).contains(&c) {
                    return (c, 4);
                }
            }
        }
        _ => {}
    }
    (0xFFFD, 1)
}

fn is_id_start(c: u32) -> bool {
    if c < 128 { CLASS[c as usize] & 1 != 0 } else { CodePointSetData::new::<IdStart>().contains32(c) }
}

fn is_id_continue(c: u32) -> bool {
    if c < 128 {
        CLASS[c as usize] & 2 != 0
    } else {
        c == 0x200C || c == 0x200D || CodePointSetData::new::<IdContinue>().contains32(c)
    }
}

/// Non-ASCII white space.
fn is_space(c: u32) -> bool {
    matches!(c, 0xA0 | 0x1680 | 0x2000..=0x200A | 0x202F | 0x205F | 0x3000 | 0xFEFF)
}

/// Appends a code point as UTF-16.
fn push_code_point(buf: &mut Vec<u16>, c: u32) -> R<()> {
    if c < 0x10000 {
        push(buf, c as u16)
    } else {
        let c = c - 0x10000;
        push(buf, 0xD800 | (c >> 10) as u16)?;
        push(buf, 0xDC00 | (c & 0x3FF) as u16)
    }
}

/// The text of one template part.
pub(crate) struct TemplateText {
    pub cooked: Option<Name>,
    pub raw: Name,
    /// The template ends here (else `${` follows).
    pub tail: bool,
    /// Where the first invalid escape is.
    pub bad_escape: u32,
    /// Of the text, without delimiters.
    pub start: u32,
    pub end: u32,
}

pub(crate) struct Lexer<'a> {
    pub src: &'a [u8],
    pub pos: usize,
    /// What may be read (parts of dynamic functions end early).
    text: &'a [u8],
    pub html_comments: bool,
    pub names: Interner<'a>,
    arena: &'a Bump,
    buf: Vec<u16>,
    raw: Vec<u16>,
}

enum Escape {
    Code(u32),
    /// A line continuation.
    Nothing,
    /// Legacy octal or \8 \9
    Legacy(u32),
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(arena: &'a Bump, src: &'a [u8], seed: u64) -> Lexer<'a> {
        Lexer {
            src,
            pos: 0,
            text: src,
            html_comments: true,
            names: Interner::new(seed, src.len()),
            arena,
            buf: Vec::new(),
            raw: Vec::new(),
        }
    }

    /// Reads no further than to `end`.
    pub(crate) fn end_at(&mut self, end: usize) {
        self.text = &self.src[..end.min(self.src.len())];
    }

    /// Byte at `i`, 0 past the end.
    #[inline]
    fn at(&self, i: usize) -> u8 {
        self.text.get(i).copied().unwrap_or(0)
    }

    fn decode(&self, i: usize) -> (u32, usize) {
        decode(self.text, i)
    }

    pub(crate) fn skip_hashbang(&mut self) {
        if self.at(0) == b'#' && self.at(1) == b'!' {
            self.skip_line();
        }
    }

    /// To the next line terminator or the end.
    fn skip_line(&mut self) {
        while let Some(p) = memchr::memchr3(b'\n', b'\r', 0xE2, &self.text[self.pos..]) {
            self.pos += p;
            if self.at(self.pos) != 0xE2 {
                return;
            }
            if self.at(self.pos + 1) == 0x80 && matches!(self.at(self.pos + 2), 0xA8 | 0xA9) {
                return;
            }
            self.pos += 1;
        }
        self.pos = self.text.len();
    }

    /// Skips white space and comments; true if a line terminator was among them.
    #[inline]
    fn skip_space(&mut self) -> R<bool> {
        let mut newline = false;
        loop {
            match self.at(self.pos) {
                b' ' => self.skip_blanks(),
                b'\t' | 0x0B | 0x0C => self.pos += 1,
                b'\n' | b'\r' => {
                    newline = true;
                    self.pos += 1;
                }
                b'/' => match self.at(self.pos + 1) {
                    b'/' => {
                        self.pos += 2;
                        self.skip_line();
                    }
                    b'*' => newline |= self.block_comment()?,
                    _ => return Ok(newline),
                },
                b'<' if self.html_comments && self.text[self.pos..].starts_with(b"<!--") => {
                    self.skip_line();
                }
                b'-' if self.html_comments
                    && (newline || self.pos == 0 || self.only_space_before())
                    && self.text[self.pos..].starts_with(b"-->") =>
                {
                    self.skip_line();
                }
                0x80.. => match self.decode(self.pos) {
                    (0x2028 | 0x2029, n) => {
                        newline = true;
                        self.pos += n;
                    }
                    (c, n) if is_space(c) => self.pos += n,
                    _ => return Ok(newline),
                },
                _ => return Ok(newline),
            }
        }
    }

    /// Skips spaces, of which lines begin with many.
    #[inline]
    fn skip_blanks(&mut self) {
        let text = &self.text[self.pos..];
        let mut n = 1;
        while let Some(eight) = text[n..].first_chunk::<8>() {
            let others = u64::from_le_bytes(*eight) ^ 0x2020_2020_2020_2020;
            if others != 0 {
                self.pos += n + others.trailing_zeros() as usize / 8;
                return;
            }
            n += 8;
        }
        while text.get(n) == Some(&b' ') {
            n += 1;
        }
        self.pos += n;
    }

    /// No token before `pos`: `-->` may close an HTML-like comment on the first line.
    #[cold]
    fn only_space_before(&self) -> bool {
        let mut probe = 0;
        let src = &self.src[..self.pos];
        while probe < src.len() {
            match src[probe] {
                b' ' | b'\t' | 0x0B | 0x0C => probe += 1,
                b'/' if src.get(probe + 1) == Some(&b'*') => {
                    match memchr::memmem::find(&src[probe + 2..], b"*/") {
                        Some(p) => probe += p + 4,
                        None => return false,
                    }
                }
                0x80.. => match decode(src, probe) {
                    (c, n) if is_space(c) => probe += n,
                    _ => return false,
                },
                _ => return false,
            }
        }
        true
    }

    fn block_comment(&mut self) -> R<bool> {
        let start = self.pos;
        let body = &self.text[start + 2..];
        let mut i = 0;
        loop {
            match memchr::memchr(b'*', &body[i..]) {
                Some(p) if body.get(i + p + 1) == Some(&b'/') => {
                    i += p;
                    break;
                }
                Some(p) => i += p + 1,
                None => return syntax(start as u32, "unexpected end of comment"),
            }
        }
        self.pos = start + 2 + i + 2;
        // The first that may end a line mostly does.
        let mut text = &body[..i];
        while let Some(p) = memchr::memchr3(b'\n', b'\r', 0xE2, text) {
            text = &text[p..];
            if text[0] != 0xE2 || matches!(text, [_, 0x80, 0xA8 | 0xA9, ..]) {
                return Ok(true);
            }
            text = &text[1..];
        }
        Ok(false)
    }

    /// Reads the next token; a `/` is taken as division.
    pub(crate) fn next_token(&mut self) -> R<Token> {
        let newline_before = self.skip_space()?;
        let start = self.pos;
        let mut tok = Token { newline_before, start: start as u32, end: 0, ..Token::START };
        let b = self.at(start);
        if CLASS[b as usize] & 1 != 0 {
            let src = self.src;
            let mut i = start + 1;
            while let Some(&b) = self.text.get(i)
                && CLASS[b as usize] & 2 != 0
            {
                i += 1;
            }
            let stop = self.at(i);
            tok.kind = T::Word;
            if stop == b'\\' || stop >= 0x80 {
                self.slow_word(start, &mut tok)?;
            } else {
                tok.name = self.names.source(src, start, i)?;
                self.pos = i;
            }
            tok.end = self.pos as u32;
            return Ok(tok);
        }
        let (a1, a2) = (self.at(start + 1), self.at(start + 2));
        let (kind, len) = match b {
            b'{' => (T::LBrace, 1),
            b'}' => (T::RBrace, 1),
            b'(' => (T::LParen, 1),
            b')' => (T::RParen, 1),
            b'[' => (T::LBracket, 1),
            b']' => (T::RBracket, 1),
            b';' => (T::Semicolon, 1),
            b',' => (T::Comma, 1),
            b':' => (T::Colon, 1),
            b'~' => (T::BitNot, 1),
            b'`' => (T::Backtick, 1),
            b'0'..=b'9' => {
                self.number(&mut tok)?;
                tok.end = self.pos as u32;
                return Ok(tok);
            }
            b'.' => match (a1, a2) {
                (b'0'..=b'9', _) => {
                    self.number(&mut tok)?;
                    tok.end = self.pos as u32;
                    return Ok(tok);
                }
                (b'.', b'.') => (T::Ellipsis, 3),
                _ => (T::Dot, 1),
            },
            b'"' | b'\'' => {
                self.string(b, &mut tok)?;
                tok.end = self.pos as u32;
                return Ok(tok);
            }
            b'?' => match (a1, a2) {
                (b'?', b'=') => (T::CoalesceAssign, 3),
                (b'?', _) => (T::Coalesce, 2),
                (b'.', b'0'..=b'9') => (T::Question, 1),
                (b'.', _) => (T::OptionalDot, 2),
                _ => (T::Question, 1),
            },
            b'=' => match (a1, a2) {
                (b'=', b'=') => (T::StrictEq, 3),
                (b'=', _) => (T::Eq, 2),
                (b'>', _) => (T::Arrow, 2),
                _ => (T::Assign, 1),
            },
            b'!' => match (a1, a2) {
                (b'=', b'=') => (T::StrictNe, 3),
                (b'=', _) => (T::Ne, 2),
                _ => (T::Not, 1),
            },
            b'+' => match a1 {
                b'+' => (T::Inc, 2),
                b'=' => (T::AddAssign, 2),
                _ => (T::Add, 1),
            },
            b'-' => match a1 {
                b'-' => (T::Dec, 2),
                b'=' => (T::SubAssign, 2),
                _ => (T::Sub, 1),
            },
            b'*' => match (a1, a2) {
                (b'*', b'=') => (T::ExpAssign, 3),
                (b'*', _) => (T::Exp, 2),
                (b'=', _) => (T::MulAssign, 2),
                _ => (T::Mul, 1),
            },
            b'/' => match a1 {
                b'=' => (T::DivAssign, 2),
                _ => (T::Div, 1),
            },
            b'%' => match a1 {
                b'=' => (T::ModAssign, 2),
                _ => (T::Mod, 1),
            },
            b'<' => match (a1, a2) {
                (b'<', b'=') => (T::ShlAssign, 3),
                (b'<', _) => (T::Shl, 2),
                (b'=', _) => (T::Le, 2),
                _ => (T::Lt, 1),
            },
            b'>' => match (a1, a2, self.at(start + 3)) {
                (b'>', b'>', b'=') => (T::ShrAssign, 4),
                (b'>', b'>', _) => (T::Shr, 3),
                (b'>', b'=', _) => (T::SarAssign, 3),
                (b'>', _, _) => (T::Sar, 2),
                (b'=', _, _) => (T::Ge, 2),
                _ => (T::Gt, 1),
            },
            b'&' => match (a1, a2) {
                (b'&', b'=') => (T::LogicalAndAssign, 3),
                (b'&', _) => (T::And, 2),
                (b'=', _) => (T::AndAssign, 2),
                _ => (T::BitAnd, 1),
            },
            b'|' => match (a1, a2) {
                (b'|', b'=') => (T::LogicalOrAssign, 3),
                (b'|', _) => (T::Or, 2),
                (b'=', _) => (T::OrAssign, 2),
                _ => (T::BitOr, 1),
            },
            b'^' => match a1 {
                b'=' => (T::XorAssign, 2),
                _ => (T::BitXor, 1),
            },
            b'#' => {
                self.private_name(start, &mut tok)?;
                tok.end = self.pos as u32;
                return Ok(tok);
            }
            _ if start >= self.text.len() => (T::Eof, 0),
            b'\\' | 0x80.. => {
                tok.kind = T::Word;
                self.slow_word(start, &mut tok)?;
                tok.end = self.pos as u32;
                return Ok(tok);
            }
            _ => return self.unexpected_character(start),
        };
        tok.kind = kind;
        self.pos = start + len;
        tok.end = self.pos as u32;
        Ok(tok)
    }

    #[cold]
    fn unexpected_character<X>(&self, i: usize) -> R<X> {
        let (c, _) = self.decode(i);
        let shown = match char::from_u32(c) {
            Some(ch) if c > 32 && c != 127 => format!("unexpected character: '{ch}'"),
            _ => format!("unexpected character: U+{c:04X}"),
        };
        syntax(i as u32, shown)
    }

    /// An identifier with escapes or non-ASCII characters, from `start`. Leaves `pos` behind it.
    #[cold]
    fn slow_word(&mut self, start: usize, tok: &mut Token) -> R<()> {
        self.buf.clear();
        self.pos = start;
        self.slow_word_rest(true, tok)?;
        tok.name = self.names.utf16_copy(self.arena, &self.buf)?;
        Ok(())
    }

    fn slow_word_rest(&mut self, mut first: bool, tok: &mut Token) -> R<()> {
        loop {
            let at = self.pos;
            let (mut c, mut len) = self.decode(at);
            if len == 0 {
                break;
            }
            let escaped = c == u32::from(b'\\');
            if escaped {
                if self.at(at + 1) != b'u' {
                    return self.unexpected_character(at);
                }
                self.pos = at + 2;
                c = match self.unicode_escape() {
                    Some(c) => c,
                    None => return syntax(at as u32, "invalid Unicode escape sequence in identifier"),
                };
                len = self.pos - at;
                tok.escaped = true;
            }
            let ok = if first { is_id_start(c) } else { is_id_continue(c) };
            if !ok {
                if first || escaped {
                    if escaped {
                        return syntax(at as u32, "invalid Unicode escape sequence in identifier");
                    }
                    return self.unexpected_character(at);
                }
                break;
            }
            first = false;
            push_code_point(&mut self.buf, c)?;
            self.pos = at + len;
        }
        if first { self.unexpected_character(self.pos) } else { Ok(()) }
    }

    fn private_name(&mut self, start: usize, tok: &mut Token) -> R<()> {
        tok.kind = T::Private;
        let mut i = start + 1;
        if CLASS[self.at(i) as usize] & 1 != 0 {
            let src = self.src;
            while i < self.text.len() && CLASS[src[i] as usize] & 2 != 0 {
                i += 1;
            }
            let stop = self.at(i);
            if stop != b'\\' && stop < 0x80 {
                tok.name = self.names.latin1(&src[start..i])?;
                self.pos = i;
                return Ok(());
            }
        }
        let (c, n) = self.decode(start + 1);
        if n == 0 || !(c == u32::from(b'\\') || is_id_start(c)) {
            return syntax(start as u32, "invalid first character of private name");
        }
        self.buf.clear();
        push(&mut self.buf, u16::from(b'#'))?;
        self.pos = start + 1;
        self.slow_word_rest(true, tok)?;
        tok.name = self.names.utf16_copy(self.arena, &self.buf)?;
        Ok(())
    }

    /// After `\u`: four hex digits or `{…}`. Moves `pos` behind it; `None` (with `pos` somewhere
    /// inside) if ill-formed.
    fn unicode_escape(&mut self) -> Option<u32> {
        if self.at(self.pos) == b'{' {
            self.pos += 1;
            let mut c = 0u32;
            let first = self.pos;
            while let Some(d) = (self.at(self.pos) as char).to_digit(16) {
                c = c * 16 + d;
                if c > 0x10FFFF {
                    return None;
                }
                self.pos += 1;
            }
            if self.pos == first || self.at(self.pos) != b'}' {
                return None;
            }
            self.pos += 1;
            Some(c)
        } else {
            self.hex_digits(4)
        }
    }

    fn hex_digits(&mut self, n: usize) -> Option<u32> {
        let mut c = 0;
        for _ in 0..n {
            c = c * 16 + (self.at(self.pos) as char).to_digit(16)?;
            self.pos += 1;
        }
        Some(c)
    }

    /// An escape sequence after the backslash (at `pos`). `Err(offset)` if ill-formed.
    fn escape(&mut self) -> Result<Escape, usize> {
        let at = self.pos;
        let (c, len) = self.decode(at);
        if len == 0 {
            return Err(at);
        }
        self.pos += len;
        Ok(match c {
            0x0A | 0x2028 | 0x2029 => Escape::Nothing,
            0x0D => {
                if self.at(self.pos) == b'\n' {
                    self.pos += 1;
                }
                Escape::Nothing
            }
            0x6E => Escape::Code(0x0A),
            0x74 => Escape::Code(0x09),
            0x72 => Escape::Code(0x0D),
            0x62 => Escape::Code(0x08),
            0x76 => Escape::Code(0x0B),
            0x66 => Escape::Code(0x0C),
            0x78 => Escape::Code(self.hex_digits(2).ok_or(at)?),
            0x75 => Escape::Code(self.unicode_escape().ok_or(at)?),
            0x30..=0x37 => {
                let mut v = c - 0x30;
                if v == 0 && !self.at(self.pos).is_ascii_digit() {
                    return Ok(Escape::Code(0));
                }
                let max = if v <= 3 { 2 } else { 1 };
                for _ in 0..max {
                    match self.at(self.pos) {
                        d @ b'0'..=b'7' => {
                            v = v * 8 + u32::from(d - b'0');
                            self.pos += 1;
                        }
                        _ => break,
                    }
                }
                Escape::Legacy(v)
            }
            0x38 | 0x39 => Escape::Legacy(c),
            c => Escape::Code(c),
        })
    }

    fn string(&mut self, quote: u8, tok: &mut Token) -> R<()> {
        tok.kind = T::String;
        let start = self.pos;
        let src = self.src;
        let mut i = start + 1;
        let mut high = 0u8;
        loop {
            if i >= self.text.len() {
                return syntax(start as u32, "unexpected end of string");
            }
            let b = src[i];
            if b == quote || b == b'\\' || b == b'\n' || b == b'\r' {
                break;
            }
            high |= b;
            i += 1;
        }
        if src[i] == quote && high < 0x80 {
            tok.name = self.names.source(src, start + 1, i)?;
            self.pos = i + 1;
            return Ok(());
        }
        self.buf.clear();
        self.pos = start + 1;
        loop {
            let b = self.at(self.pos);
            if b == quote {
                self.pos += 1;
                break;
            }
            if b == b'\\' {
                let at = self.pos;
                self.pos += 1;
                match self.escape() {
                    Ok(Escape::Code(c)) => push_code_point(&mut self.buf, c)?,
                    Ok(Escape::Nothing) => {}
                    Ok(Escape::Legacy(c)) => {
                        tok.legacy_octal = true;
                        push_code_point(&mut self.buf, c)?;
                    }
                    Err(_) => return syntax(at as u32, "malformed escape sequence in string literal"),
                }
            } else if b == b'\n' || b == b'\r' || self.pos >= self.text.len() {
                return syntax(start as u32, "unexpected end of string");
            } else if b < 0x80 {
                push(&mut self.buf, u16::from(b))?;
                self.pos += 1;
            } else {
                let (c, len) = self.decode(self.pos);
                push_code_point(&mut self.buf, c)?;
                self.pos += len;
            }
        }
        tok.name = self.names.utf16_copy(self.arena, &self.buf)?;
        Ok(())
    }

    /// Reads template text from `pos` up to and including `` ` `` or `${`.
    pub(crate) fn template_text(&mut self) -> R<TemplateText> {
        let start = self.pos;
        let src = self.src;
        let mut i = start;
        let mut high = 0u8;
        while i < self.text.len() {
            let b = src[i];
            if b == b'`' || b == b'\\' || b == b'\r' || (b == b'$' && self.at(i + 1) == b'{') {
                break;
            }
            high |= b;
            i += 1;
        }
        let none = u32::MAX;
        if i < self.text.len() && high < 0x80 && (src[i] == b'`' || src[i] == b'$') {
            let name = self.names.latin1(&src[start..i])?;
            let tail = src[i] == b'`';
            self.pos = i + if tail { 1 } else { 2 };
            return Ok(TemplateText {
                cooked: Some(name),
                raw: name,
                tail,
                bad_escape: none,
                start: start as u32,
                end: i as u32,
            });
        }
        self.buf.clear();
        self.raw.clear();
        let mut bad = none;
        loop {
            if self.pos >= self.text.len() {
                return syntax(start as u32, "unexpected end of template");
            }
            let b = self.at(self.pos);
            let end = self.pos as u32;
            let tail = b == b'`';
            if tail || (b == b'$' && self.at(self.pos + 1) == b'{') {
                self.pos += if tail { 1 } else { 2 };
                let raw = self.names.utf16_copy(self.arena, &self.raw)?;
                let cooked = match bad == none {
                    true => Some(self.names.utf16_copy(self.arena, &self.buf)?),
                    false => None,
                };
                return Ok(TemplateText { cooked, raw, tail, bad_escape: bad, start: start as u32, end });
            }
            if b == b'\\' {
                let at = self.pos;
                self.pos += 1;
                match self.escape() {
                    Ok(Escape::Code(c)) => push_code_point(&mut self.buf, c)?,
                    Ok(Escape::Nothing) => {}
                    Ok(Escape::Legacy(_)) | Err(_) => {
                        bad = bad.min(at as u32);
                        // The raw text goes on; only the delimiters matter.
                        self.pos = self.pos.min(self.text.len());
                    }
                }
                self.raw_between(at)?;
            } else if b == b'\r' {
                self.pos += 1 + usize::from(self.at(self.pos + 1) == b'\n');
                push(&mut self.buf, 0x0A)?;
                push(&mut self.raw, 0x0A)?;
            } else {
                let (c, len) = self.decode(self.pos);
                push_code_point(&mut self.buf, c)?;
                push_code_point(&mut self.raw, c)?;
                self.pos += len;
            }
        }
    }

    /// Appends the source from `from` to `pos` to the raw text, line ends normalised.
    fn raw_between(&mut self, from: usize) -> R<()> {
        let mut i = from;
        while i < self.pos {
            let (c, len) = self.decode(i);
            if c == 0x0D {
                push(&mut self.raw, 0x0A)?;
                i += 1 + usize::from(self.at(i + 1) == b'\n');
            } else {
                push_code_point(&mut self.raw, c)?;
                i += len.max(1);
            }
        }
        Ok(())
    }

    /// Interns the source text of a span.
    fn intern_source(&mut self, start: usize, end: usize) -> R<Name> {
        let text = &self.src[start..end];
        if text.is_ascii() {
            return self.names.latin1(text);
        }
        self.buf.clear();
        let mut i = start;
        while i < end {
            let (c, len) = self.decode(i);
            push_code_point(&mut self.buf, c)?;
            i += len.max(1);
        }
        self.names.utf16_copy(self.arena, &self.buf)
    }

    /// Reads a regular expression literal whose `/` is at `start`: (pattern, flags).
    pub(crate) fn regexp(&mut self, start: usize) -> R<(Name, Name)> {
        let mut i = start + 1;
        let mut in_class = false;
        loop {
            if i >= self.text.len() {
                return syntax(start as u32, "unexpected end of regexp");
            }
            match self.src[i] {
                b'/' if !in_class => break,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'\\' => i += 1,
                _ => {}
            }
            match self.at(i) {
                b'\n' | b'\r' => return syntax(start as u32, "unexpected line terminator in regexp"),
                0xE2 if self.at(i + 1) == 0x80 && matches!(self.at(i + 2), 0xA8 | 0xA9) => {
                    return syntax(start as u32, "unexpected line terminator in regexp");
                }
                _ => {}
            }
            i += 1;
        }
        let pattern = self.intern_source(start + 1, i)?;
        let flags_start = i + 1;
        i = flags_start;
        loop {
            let (c, len) = self.decode(i);
            if c == u32::from(b'\\') {
                return syntax(i as u32, "invalid regular expression flags");
            }
            if len == 0 || !is_id_continue(c) {
                break;
            }
            i += len;
        }
        let flags = self.intern_source(flags_start, i)?;
        self.pos = i;
        Ok((pattern, flags))
    }

    fn number(&mut self, tok: &mut Token) -> R<()> {
        tok.kind = T::Number;
        let start = self.pos;
        let src = self.src;
        if self.at(start) == b'0' {
            let radix = match self.at(start + 1) | 0x20 {
                b'x' => 16,
                b'o' => 8,
                b'b' => 2,
                _ => 0,
            };
            if radix != 0 {
                return self.radix_number(start + 2, radix, tok);
            }
            if self.at(start + 1).is_ascii_digit() || self.at(start + 1) == b'_' {
                // 010 is legacy octal, 089 is decimal.
                let mut i = start;
                while self.at(i).is_ascii_digit() {
                    i += 1;
                }
                if self.at(i) == b'_' {
                    return syntax(i as u32, "numeric separator is not allowed here");
                }
                tok.legacy_octal = true;
                let digits = &src[start..i];
                if digits.iter().all(|&d| d < b'8') {
                    tok.number = digits_to_f64(digits, 8);
                    self.pos = i;
                    return self.number_end();
                }
            }
        }
        let mut separators = false;
        let mut i = self.decimal_digits(start, &mut separators)?;
        if self.at(i) == b'n' && self.at(start) != b'.' && !tok.legacy_octal {
            tok.kind = T::BigInt;
            tok.radix = 10;
            self.pos = i + 1;
            return self.number_end();
        }
        let mut integer = true;
        if self.at(i) == b'.' {
            integer = false;
            if tok.legacy_octal && separators {
                return syntax(i as u32, "invalid number literal");
            }
            let j = self.decimal_digits(i + 1, &mut separators)?;
            if j == i + 1 && i == start {
                return syntax(i as u32, "invalid number literal");
            }
            i = j;
        }
        if self.at(i) | 0x20 == b'e' {
            integer = false;
            let mut j = i + 1;
            if matches!(self.at(j), b'+' | b'-') {
                j += 1;
            }
            let k = self.decimal_digits(j, &mut separators)?;
            if k == j {
                return syntax(start as u32, "invalid number literal");
            }
            i = k;
        }
        self.pos = i;
        let text = &src[start..i];
        tok.number = if integer && !separators && text.len() <= 15 {
            text.iter().fold(0u64, |n, &d| n * 10 + u64::from(d - b'0')) as f64
        } else {
            let mut clean = Vec::new();
            clean.try_reserve_exact(text.len()).map_err(|_| out_of_memory())?;
            clean.extend(text.iter().filter(|&&b| b != b'_'));
            std::str::from_utf8(&clean).ok().and_then(|s| s.parse().ok()).unwrap_or(f64::NAN)
        };
        self.number_end()
    }

    /// Decimal digits with separators from `i`; returns the end.
    fn decimal_digits(&self, start: usize, separators: &mut bool) -> R<usize> {
        let mut i = start;
        loop {
            match self.at(i) {
                b'0'..=b'9' => i += 1,
                b'_' => {
                    if i == start || !self.at(i - 1).is_ascii_digit() || !self.at(i + 1).is_ascii_digit() {
                        return syntax(i as u32, "numeric separator is not allowed here");
                    }
                    *separators = true;
                    i += 1;
                }
                _ => return Ok(i),
            }
        }
    }

    fn radix_number(&mut self, start: usize, radix: u8, tok: &mut Token) -> R<()> {
        let mut i = start;
        let digit = |b: u8| (b as char).is_digit(u32::from(radix));
        let mut clean = Vec::new();
        loop {
            let b = self.at(i);
            if digit(b) {
                push(&mut clean, b)?;
            } else if b == b'_' {
                if i == start || !digit(self.at(i - 1)) || !digit(self.at(i + 1)) {
                    return syntax(i as u32, "numeric separator is not allowed here");
                }
            } else {
                break;
            }
            i += 1;
        }
        if i == start {
            return syntax(start as u32 - 2, "invalid number literal");
        }
        if self.at(i) == b'n' {
            tok.kind = T::BigInt;
            tok.radix = radix;
            i += 1;
        } else {
            tok.number = digits_to_f64(&clean, u32::from(radix));
        }
        self.pos = i;
        self.number_end()
    }

    /// No identifier or digit may follow a number at once.
    fn number_end(&self) -> R<()> {
        let (c, len) = self.decode(self.pos);
        if len != 0 && (is_id_start(c) || c == u32::from(b'\\') || (c < 128 && (c as u8).is_ascii_digit())) {
            return syntax(self.pos as u32, "invalid number literal");
        }
        Ok(())
    }

    /// The digits of the BigInt token, in the arena.
    pub(crate) fn bigint_digits(&self, tok: &Token) -> R<&'a [u8]> {
        let skip = if tok.radix == 10 { 0 } else { 2 };
        let src = self.src;
        let text = src.get(tok.start as usize + skip..(tok.end as usize).saturating_sub(1)).unwrap_or(b"0");
        if memchr::memchr(b'_', text).is_none() {
            return Ok(text);
        }
        let mut clean = Vec::new();
        clean.try_reserve_exact(text.len()).map_err(|_| out_of_memory())?;
        clean.extend(text.iter().filter(|&&b| b != b'_'));
        Ok(self.arena.try_alloc_slice_copy(&clean).map_err(|_| out_of_memory())?)
    }

    /// Makes the name of a private name's or other ASCII text.
    pub(crate) fn intern(&mut self, text: &[u8]) -> R<Name> {
        self.names.latin1_copy(self.arena, text)
    }

    pub(crate) fn intern_js(&mut self, s: crate::names::JsStr<'_>) -> R<Name> {
        self.names.js_str(self.arena, s)
    }

    /// Is `name` a private name?
    pub(crate) fn is_private_name(&self, name: Name) -> bool {
        name == known::PrivateConstructor || self.names.get(name).unit(0) == Some(u16::from(b'#'))
    }

    /// Bytes of heap held outside the arena, roughly.
    pub(crate) fn memory(&self) -> usize {
        self.names.memory() + (self.buf.capacity() + self.raw.capacity()) * 2
    }
}

/// The number that digits of a power-of-two radix denote, rounded to nearest even.
fn digits_to_f64(digits: &[u8], radix: u32) -> f64 {
    let shift = radix.trailing_zeros();
    let (mut mantissa, mut exponent, mut sticky) = (0u64, 0i32, false);
    for &d in digits {
        let d = u64::from((d as char).to_digit(radix).unwrap_or(0));
        for bit in (0..shift).rev() {
            let bit = d >> bit & 1;
            if mantissa >> 62 == 0 {
                mantissa = mantissa << 1 | bit;
            } else {
                exponent = exponent.saturating_add(1);
                sticky |= bit != 0;
            }
        }
    }
    // 63 bits with a sticky bit at the bottom round correctly in the conversion.
    let m = (mantissa << 1 | u64::from(sticky)) as f64;
    let exponent = exponent - 1;
    if exponent > 1100 { if mantissa == 0 { 0.0 } else { f64::INFINITY } } else { m * 2f64.powi(exponent) }
}
