//! Tokens.

use crate::ast::Name;

/// Kinds of token. Every IdentifierName is a `Word`; its `name` tells keywords apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum T {
    Eof,
    Word,
    /// `#name`; the token's name includes the `#`
    Private,
    Number,
    BigInt,
    String,
    /// A template starts; the parser asks the lexer for its parts.
    Backtick,
    LBrace,
    RBrace,
    LParen,
    RParen,
    LBracket,
    RBracket,
    Dot,
    Ellipsis,
    Semicolon,
    Comma,
    Colon,
    Question,
    OptionalDot,
    Arrow,
    Assign,
    Not,
    BitNot,
    Inc,
    Dec,
    // Binary operators.
    Coalesce,
    Or,
    And,
    BitOr,
    BitXor,
    BitAnd,
    Eq,
    Ne,
    StrictEq,
    StrictNe,
    Lt,
    Gt,
    Le,
    Ge,
    Shl,
    Sar,
    Shr,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Exp,
    // Compound assignment.
    AddAssign,
    SubAssign,
    MulAssign,
    DivAssign,
    ModAssign,
    ExpAssign,
    ShlAssign,
    SarAssign,
    ShrAssign,
    AndAssign,
    OrAssign,
    XorAssign,
    LogicalAndAssign,
    LogicalOrAssign,
    CoalesceAssign,
}

/// One token and what came before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub kind: T,
    /// A line terminator stands between this token and the one before.
    pub newline_before: bool,
    /// A word that holds a unicode escape (it is no keyword then).
    pub escaped: bool,
    /// A number or string in a form that strict mode forbids (legacy octal, `\8`).
    pub legacy_octal: bool,
    /// Radix of a BigInt.
    pub radix: u8,
    pub start: u32,
    pub end: u32,
    /// Of words, private names, strings
    pub name: Name,
    pub number: f64,
}

impl Token {
    pub(crate) const START: Token = Token {
        kind: T::Eof,
        newline_before: false,
        escaped: false,
        legacy_octal: false,
        radix: 10,
        start: 0,
        end: 0,
        name: Name(0),
        number: 0.0,
    };

    /// The unescaped word `name`: a keyword, contextual or not.
    #[inline]
    pub(crate) fn is_word(&self, name: Name) -> bool {
        self.kind == T::Word && self.name == name && !self.escaped
    }
}
