//! Line and column of a byte offset.

/// Byte length of the line terminator at `i`, or 0. CR LF counts as one.
fn terminator_len(source: &[u8], i: usize) -> usize {
    match source.get(i) {
        Some(b'\n') => 1,
        Some(b'\r') => 1 + usize::from(source.get(i + 1) == Some(&b'\n')),
        Some(0xE2) if matches!(source.get(i + 1..i + 3), Some([0x80, 0xA8 | 0xA9])) => 3,
        _ => 0,
    }
}

/// Number of UTF-16 code units of the text from `from` to `to`.
fn units(source: &[u8], from: usize, to: usize) -> u32 {
    let text = source.get(from..to.min(source.len())).unwrap_or(&[]);
    text.iter().map(|&b| u32::from(b & 0xC0 != 0x80) + u32::from(b >= 0xF0)).sum()
}

/// Column (from 1, in UTF-16 code units) of `offset` on the line that starts at `line_start`.
fn column(source: &[u8], line_start: usize, offset: usize) -> u32 {
    units(source, line_start, offset) + 1
}

/// Lines longer than this many bytes get a mark every so many.
const MARK_EVERY: usize = 2048;

/// Line and column (both from 1) of one offset, by scanning from the start.
pub fn locate(source: &[u8], offset: u32) -> (u32, u32) {
    let end = (offset as usize).min(source.len());
    let (mut line, mut start, mut i) = (1, 0, 0);
    while i < end {
        match terminator_len(source, i) {
            0 => i += 1,
            n => {
                i += n;
                if i <= end {
                    line += 1;
                    start = i;
                }
            }
        }
    }
    (line, column(source, start, end))
}

/// Where every line of a source starts; built once, for many look-ups.
#[derive(Clone, Debug)]
pub struct LineTable {
    starts: Vec<u32>,
    /// Places within long lines (minified code has them), ascending: byte offset and column.
    marks: Vec<(u32, u32)>,
}

impl LineTable {
    /// Finds all line starts. The table is 4 bytes per line; `None` if memory is refused.
    pub fn new(source: &[u8]) -> Option<LineTable> {
        let mut starts: Vec<u32> = Vec::new();
        let mut push = |v: usize| -> Option<()> {
            if starts.len() == starts.capacity() {
                starts.try_reserve(starts.len().max(64)).ok()?;
            }
            starts.push(v as u32);
            Some(())
        };
        push(0)?;
        let mut i = 0;
        while let Some(p) = memchr::memchr3(b'\n', b'\r', 0xE2, source.get(i..).unwrap_or(&[])) {
            i += p;
            match terminator_len(source, i) {
                0 => i += 1,
                n => {
                    i += n;
                    push(i)?;
                }
            }
        }
        let marks = marks(source, &starts)?;
        Some(LineTable { starts, marks })
    }

    /// Line and column, both from 1, the column in UTF-16 code units.
    pub fn locate(&self, source: &[u8], offset: u32) -> (u32, u32) {
        let line = self.starts.partition_point(|&s| s <= offset);
        let start = self.starts.get(line.wrapping_sub(1)).copied().unwrap_or(0);
        let mark = self.marks.partition_point(|m| m.0 <= offset).wrapping_sub(1);
        let column = match self.marks.get(mark) {
            Some(&(at, before)) if at > start => before + units(source, at as usize, offset as usize),
            _ => column(source, start as usize, offset as usize),
        };
        (line.max(1) as u32, column)
    }
}

/// The marks of long lines; `None` if memory is refused.
fn marks(source: &[u8], starts: &[u32]) -> Option<Vec<(u32, u32)>> {
    let mut list: Vec<(u32, u32)> = Vec::new();
    for (i, &start) in starts.iter().enumerate() {
        let end = starts.get(i + 1).map_or(source.len(), |&s| s as usize);
        let (mut at, mut column) = (start as usize, 1);
        while end - at > MARK_EVERY {
            column += units(source, at, at + MARK_EVERY);
            at += MARK_EVERY;
            if list.len() == list.capacity() {
                list.try_reserve(list.len().max(16)).ok()?;
            }
            list.push((at as u32, column));
        }
    }
    Some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_lines_and_columns() {
        let s = "a\r\nb\u{2028}\u{1F600}c\n".as_bytes();
        let table = LineTable::new(s).unwrap();
        for i in 0..=s.len() as u32 {
            if i != 2 {
                assert_eq!(table.locate(s, i), locate(s, i), "{i}");
            }
        }
        assert_eq!(locate(s, 11), (3, 3));
    }

    #[test]
    fn finds_columns_in_long_lines() {
        let s = format!("a\n{}\nb", "x\u{e9}\u{1F600}".repeat(1500));
        let table = LineTable::new(s.as_bytes()).unwrap();
        assert!(table.marks.len() >= 4);
        for i in 0..=s.len() as u32 {
            assert_eq!(table.locate(s.as_bytes(), i), locate(s.as_bytes(), i), "{i}");
        }
    }
}
