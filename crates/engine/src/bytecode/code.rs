//! What the emitter produces: a function's code and tables as plain data, which knows no heap.
//! `bytecode::template` turns it into a heap cell.

use super::op::Instr;
use crate::heap::Gc;
use crate::text::{Chars, Str};
use std::cell::OnceCell;
use std::rc::Rc;

/// Text of a name or literal: Latin-1 whenever every unit is below 256. Its copies are one, and share the string that the
/// heap makes of it.
#[derive(Clone, Default)]
pub struct Text(
    /// None is empty.
    Option<Rc<Word>>,
);
struct Word {
    letters: Letters,
    /// Made where a template first needs it.
    string: OnceCell<Gc<Str>>,
}
enum Letters {
    Latin1(Box<[u8]>),
    Utf16(Box<[u16]>),
}

impl Text {
    fn new(letters: Letters) -> Text {
        Text(Some(Rc::new(Word { letters, string: OnceCell::new() })))
    }
    pub fn latin1(text: impl Into<Box<[u8]>>) -> Text {
        Text::new(Letters::Latin1(text.into()))
    }
    /// At least one unit is above 255.
    pub fn utf16(text: impl Into<Box<[u16]>>) -> Text {
        Text::new(Letters::Utf16(text.into()))
    }
    pub fn chars(&self) -> Chars<'_> {
        match self.0.as_deref() {
            None => Chars::Latin1(&[]),
            Some(Word { letters: Letters::Latin1(b), .. }) => Chars::Latin1(b),
            Some(Word { letters: Letters::Utf16(u), .. }) => Chars::Utf16(u),
        }
    }
    /// The place of the string, unless the text is empty.
    pub(crate) fn string(&self) -> Option<&OnceCell<Gc<Str>>> {
        self.0.as_deref().map(|w| &w.string)
    }
}
impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.chars() == other.chars()
    }
}
impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", super::dis::display(self))
    }
}

/// A constant. Strings are interned when the template is made.
#[derive(Clone, PartialEq, Debug)]
pub enum Const {
    Int(i32),
    Number(f64),
    String(Text),
    /// Digits without prefix and separators, and their radix.
    BigInt(Text, u32),
}

/// Where a closure's capture comes from when it is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CaptureSource {
    /// The Box in the parent's register.
    Register(u16),
    /// The parent's own capture.
    Capture(u32),
    /// Direct eval code only: slot of the call site's [`EvalScope`].
    External(u32),
}

/// An exception handler: for a throw at `start <= pc < end` (pc of the throwing instruction), release the
/// registers from `top` to the frame's end, move the exception to `R[reg]` and go on at `target`.
/// Inner handlers come before outer ones; the first that fits is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handler {
    pub start: u32,
    pub end: u32,
    pub target: u32,
    pub reg: u16,
    pub top: u16,
}

/// What kind of function a template makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum FunctionKind {
    #[default]
    Normal,
    Generator,
    Async,
    AsyncGenerator,
}

/// What one direct eval call site sees.
#[derive(Clone, Debug, Default)]
pub struct EvalScope {
    /// For [`qjs_syntax::Goal::DirectEval`].
    pub chain: qjs_syntax::scope::ScopeChain,
    /// Where each slot of the chain lives in the calling function: a register holding a Box, or a capture.
    pub slots: Vec<CaptureSource>,
}

/// [[RequestedModules]]' entry.
#[derive(Clone, PartialEq, Debug)]
pub struct ModuleRequest {
    pub specifier: Text,
    /// 0 evaluation, 1 defer, 2 source
    pub phase: u8,
    pub attributes: Vec<(Text, Text)>,
    pub position: u32,
}

/// ImportEntry: the Box of the exporting module (or a new one holding the namespace object) goes to `slot`.
#[derive(Clone, PartialEq, Debug)]
pub struct ImportEntry {
    pub request: u32,
    /// `None`: the namespace object
    pub import_name: Option<Text>,
    pub slot: u32,
    pub position: u32,
}

/// `export { … } from`
#[derive(Clone, PartialEq, Debug)]
pub struct IndirectExport {
    pub export_name: Text,
    pub request: u32,
    /// `None`: `export * as name from`
    pub import_name: Option<Text>,
    pub position: u32,
}

/// A module's tables (16.2.1.6). The module has `slots` Boxes: the engine makes one (holding the
/// uninitialized mark) for each slot that no import names when the record is made, and fills those of
/// imports when linking. Then it runs the code up to its one InitialYield, which takes the Boxes
/// (LoadModuleCell) and initialises hoisted functions; evaluation resumes it there.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ModuleRecord {
    pub requests: Vec<ModuleRequest>,
    pub imports: Vec<ImportEntry>,
    /// Export name and slot.
    pub local_exports: Vec<(Text, u32)>,
    pub indirect_exports: Vec<IndirectExport>,
    /// `export * from`: indices of requests
    pub star_exports: Vec<u32>,
    pub slots: u32,
    /// Contains a top-level await: the code's kind is Async, otherwise Normal.
    pub has_await: bool,
}

/// A global declaration of a script or of eval code.
#[derive(Clone, PartialEq, Debug)]
pub enum GlobalDecl {
    Var(Text),
    Function(Text),
    Let(Text),
    Const(Text),
    Class(Text),
    /// Annex B.3.3: a block function that becomes a var if nothing forbids it.
    AnnexBFunction(Text),
}

/// One function's code.
#[derive(Clone, Debug, Default)]
pub struct Code {
    pub instrs: Vec<Instr>,
    pub consts: Vec<Const>,
    /// Keys of the inline caches, by IC index.
    pub ic_keys: Vec<Text>,
    pub children: Vec<Code>,
    pub handlers: Vec<Handler>,
    pub captures: Vec<CaptureSource>,
    pub capture_names: Vec<Text>,
    /// Names of registers, for messages and a debugger: (register, name).
    pub local_names: Vec<(u16, Text)>,
    pub eval_scopes: Vec<EvalScope>,
    /// Tagged templates: cooked (None: undefined) and raw strings.
    pub templates: Vec<Vec<(Option<Text>, Text)>>,
    /// Regular expression literals: pattern and flags.
    pub regexps: Vec<(Text, Text)>,
    pub global_decls: Vec<GlobalDecl>,
    /// (pc, byte offset in the source) pairs, pc ascending: the position of every instruction that can throw
    /// or call is that of the last pair at or before it.
    pub positions: Vec<(u32, u32)>,
    /// The `name` property, complete ("get x", "#m").
    pub name: Text,
    /// The `length` property: parameters before the first default or rest.
    pub length: u32,
    /// Formal parameters with a register (R[2..2+nparams]); missing arguments arrive as undefined.
    pub nparams: u16,
    /// Callee, this, parameters and locals: registers below this one live as long as the frame.
    pub nlocals: u16,
    pub nregs: u16,
    pub kind: FunctionKind,
    pub flags: u32,
    /// The function's source text, as byte offsets (for toString).
    pub source_start: u32,
    pub source_end: u32,
    /// Of a module's top-level code.
    pub module: Option<Box<ModuleRecord>>,
}

#[cfg(feature = "parser")]
impl Code {
    /// Takes the code out: lists of the size that they have, while the room they were built in stays for the next one. None
    /// if memory is refused.
    pub(crate) fn take(&mut self) -> Option<Code> {
        fn exact<T>(list: &mut Vec<T>) -> Option<Vec<T>> {
            let mut new = Vec::new();
            new.try_reserve_exact(list.len()).ok()?;
            new.append(list);
            Some(new)
        }
        Some(Code {
            instrs: exact(&mut self.instrs)?,
            consts: exact(&mut self.consts)?,
            ic_keys: exact(&mut self.ic_keys)?,
            children: exact(&mut self.children)?,
            handlers: exact(&mut self.handlers)?,
            captures: exact(&mut self.captures)?,
            capture_names: exact(&mut self.capture_names)?,
            local_names: exact(&mut self.local_names)?,
            positions: exact(&mut self.positions)?,
            eval_scopes: std::mem::take(&mut self.eval_scopes),
            templates: std::mem::take(&mut self.templates),
            regexps: std::mem::take(&mut self.regexps),
            global_decls: std::mem::take(&mut self.global_decls),
            name: std::mem::take(&mut self.name),
            module: self.module.take(),
            ..*self
        })
    }
    /// Forgets everything but the lists' room.
    pub(crate) fn clear(&mut self) {
        self.instrs.clear();
        self.consts.clear();
        self.ic_keys.clear();
        self.children.clear();
        self.handlers.clear();
        self.captures.clear();
        self.capture_names.clear();
        self.local_names.clear();
        self.positions.clear();
        self.eval_scopes.clear();
        self.templates.clear();
        self.regexps.clear();
        self.global_decls.clear();
        self.name = Text::default();
        self.length = 0;
        self.nparams = 0;
        self.nlocals = 0;
        self.nregs = 0;
        self.kind = FunctionKind::default();
        self.flags = 0;
        self.source_start = 0;
        self.source_end = 0;
        self.module = None;
    }
}

/// Bits of [`Code::flags`].
pub mod flags {
    pub const STRICT: u32 = 1;
    /// No own this: the callee's lexical this is a capture.
    pub const ARROW: u32 = 2;
    /// Has [[Construct]] and a prototype property (plain functions).
    pub const CONSTRUCTOR: u32 = 4;
    /// A class constructor: calling it without new throws.
    pub const CLASS_CONSTRUCTOR: u32 = 8;
    /// A derived class constructor: `this` starts uninitialized.
    pub const DERIVED: u32 = 16;
    /// Reads arguments beyond nparams (arguments object or rest parameter).
    pub const VARARGS: u32 = 32;
    /// Uses the home object (super); arrows take it from the enclosing function.
    pub const NEEDS_HOME: u32 = 64;
    pub const METHOD: u32 = 128;
    pub const GETTER: u32 = 256;
    pub const SETTER: u32 = 512;
    /// Script, module or eval code rather than a function.
    pub const TOP_LEVEL: u32 = 1024;
    pub const MODULE: u32 = 2048;
    pub const EVAL: u32 = 4096;
    /// A synthesized class field initializer or static block.
    pub const FIELD_INIT: u32 = 8192;
    /// Uses new.target (arrows: it is a capture).
    pub const USES_NEW_TARGET: u32 = 16384;
}
