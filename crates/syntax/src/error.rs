//! Why a parse failed, and where.

/// What kind of failure a [`ParseError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// SyntaxError
    Syntax,
    /// ReferenceError (no early error of the current language; kept for the engine's match).
    Reference,
    /// The memory limit was reached.
    OutOfMemory,
    /// Nested too deeply for the native stack.
    StackOverflow,
}

/// A failed parse.
#[derive(Clone, Debug)]
pub struct ParseError {
    pub kind: ErrorKind,
    pub message: String,
    /// Byte offset into the source.
    pub offset: u32,
    /// From 1.
    pub line: u32,
    /// From 1, in UTF-16 code units.
    pub column: u32,
}

impl ParseError {
    /// An error whose line and column are yet to be filled in.
    #[cold]
    pub(crate) fn bare(kind: ErrorKind, message: impl Into<String>, offset: u32) -> ParseError {
        ParseError { kind, message: message.into(), offset, line: 0, column: 0 }
    }

    pub(crate) fn locate(mut self, source: &[u8]) -> ParseError {
        let (line, column) = crate::lines::locate(source, self.offset);
        self.line = line;
        self.column = column;
        self
    }
}

/// Result inside the crate: the error boxed, to keep results small.
pub(crate) type R<T> = Result<T, Box<ParseError>>;

#[cold]
pub(crate) fn out_of_memory() -> Box<ParseError> {
    Box::new(ParseError::bare(ErrorKind::OutOfMemory, "out of memory", 0))
}

/// A syntax error at `offset`.
#[cold]
pub(crate) fn syntax<T>(offset: u32, message: impl Into<String>) -> R<T> {
    Err(Box::new(ParseError::bare(ErrorKind::Syntax, message, offset)))
}

/// `Vec::push` that reports a refused allocation.
#[inline]
pub(crate) fn push<T>(v: &mut Vec<T>, x: T) -> R<()> {
    if v.len() == v.capacity() {
        v.try_reserve(v.len().max(8)).map_err(|_| out_of_memory())?;
    }
    v.push(x);
    Ok(())
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ParseError {}
