//! ECMAScript 2026 regular expressions: pattern → program → match.
//!
//! [`compile`] turns a pattern into a [`Program`], plain data that knows no engine; a [`Matcher`]
//! runs it on Latin-1 or UTF-16 text as it lies in memory. Everything that a pattern or a subject
//! can make grow is bounded: compiling by [`Limits`], matching by a [`Host`].

#![forbid(unsafe_code)]

mod analysis;
mod ast;
mod budget;
mod charset;
mod class;
mod compiler;
mod emoji;
mod flags;
mod matcher;
mod parser;
mod program;
mod search;
mod unicode;

use std::borrow::Cow;

pub use budget::Limits;
pub use flags::Flags;
pub use matcher::{ExecError, Host, Matcher, UNDEFINED};
pub use program::Program;

use budget::Budget;

/// Text in one of the two forms that strings have.
#[derive(Clone, Copy, Debug)]
pub enum Text<'a> {
    /// One byte per character, U+0000 to U+00FF.
    Latin1(&'a [u8]),
    /// Code units; surrogates may stand alone.
    Utf16(&'a [u16]),
}

impl Text<'_> {
    /// Length in code units.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Text::Latin1(s) => s.len(),
            Text::Utf16(s) => s.len(),
        }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub(crate) fn unit(&self, i: usize) -> Option<u32> {
        match self {
            Text::Latin1(s) => s.get(i).map(|&u| u as u32),
            Text::Utf16(s) => s.get(i).map(|&u| u as u32),
        }
    }
}

/// Why a pattern has no program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// An early error; `offset` is a code unit index into the pattern.
    Syntax { message: Cow<'static, str>, offset: usize },
    /// [`Limits::memory_limit`] is reached, or the allocator refuses.
    OutOfMemory,
    /// [`Limits::stack_limit`] is reached.
    StackOverflow,
}

/// Compiles a pattern.
pub fn compile(pattern: Text<'_>, flags: Flags, limits: &Limits) -> Result<Program, CompileError> {
    let mut budget = Budget::new(limits);
    let tree = parser::parse(pattern, flags, &mut budget)?;
    compiler::compile(&tree, flags, &mut budget)
}

/// Finds a pattern's early errors (22.2.1.1), without compiling it.
pub fn check(pattern: Text<'_>, flags: Flags, limits: &Limits) -> Result<(), CompileError> {
    let mut budget = Budget::new(limits);
    parser::parse(pattern, flags, &mut budget).map(drop)
}
