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

/// Column (from 1, in UTF-16 code units) of `offset` on the line that starts at `line_start`.
fn column(source: &[u8], line_start: usize, offset: usize) -> u32 {
    let line = source.get(line_start..offset.min(source.len())).unwrap_or(&[]);
    let units: usize = line.iter().map(|&b| usize::from(b & 0xC0 != 0x80) + usize::from(b >= 0xF0)).sum();
    units as u32 + 1
}

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
        Some(LineTable { starts })
    }

    /// Line and column, both from 1, the column in UTF-16 code units.
    pub fn locate(&self, source: &[u8], offset: u32) -> (u32, u32) {
        let line = self.starts.partition_point(|&s| s <= offset);
        let start = self.starts.get(line.wrapping_sub(1)).copied().unwrap_or(0);
        (line.max(1) as u32, column(source, start as usize, offset as usize))
    }
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
}
