//! The numbers that QuickJS-NG gives some atoms ahead of all others. They are in no public header, but bindings of
//! other languages are made from a private one, use them, and compare them with the atoms that they are handed: these
//! strings and symbols have these numbers whenever they are interned, and live from then on as long as the runtime.

use super::atoms::PropertyKey;
use super::names::{Name, Sym};
use crate::heap::Gc;
use crate::runtime::Runtime;
use crate::text::{Chars, Symbol, SymbolSort};

/// The strings from number 1 on.
const STRINGS: [&str; 225] = [
    "null",
    "false",
    "true",
    "if",
    "else",
    "return",
    "var",
    "this",
    "delete",
    "void",
    "typeof",
    "new",
    "in",
    "instanceof",
    "do",
    "while",
    "for",
    "break",
    "continue",
    "switch",
    "case",
    "default",
    "throw",
    "try",
    "catch",
    "finally",
    "function",
    "debugger",
    "with",
    "class",
    "const",
    "enum",
    "export",
    "extends",
    "import",
    "super",
    "using",
    "implements",
    "interface",
    "let",
    "package",
    "private",
    "protected",
    "public",
    "static",
    "yield",
    "await",
    "",
    "keys",
    "size",
    "length",
    "message",
    "cause",
    "errors",
    "error",
    "suppressed",
    "stack",
    "name",
    "toString",
    "toLocaleString",
    "valueOf",
    "eval",
    "prototype",
    "constructor",
    "configurable",
    "writable",
    "enumerable",
    "value",
    "get",
    "set",
    "of",
    "__proto__",
    "undefined",
    "number",
    "boolean",
    "string",
    "object",
    "symbol",
    "integer",
    "unknown",
    "arguments",
    "callee",
    "caller",
    "<eval>",
    "<ret>",
    "<var>",
    "<arg_var>",
    "<with>",
    "<using_dispose>",
    "use",
    "dispose",
    "disposeAsync",
    "lastIndex",
    "target",
    "index",
    "input",
    "defineProperties",
    "apply",
    "join",
    "concat",
    "split",
    "construct",
    "getPrototypeOf",
    "setPrototypeOf",
    "isExtensible",
    "preventExtensions",
    "has",
    "deleteProperty",
    "defineProperty",
    "getOwnPropertyDescriptor",
    "ownKeys",
    "add",
    "done",
    "next",
    "values",
    "source",
    "flags",
    "global",
    "unicode",
    "raw",
    "rawJSON",
    "new.target",
    "this.active_func",
    "<home_object>",
    "<computed_field>",
    "<static_computed_field>",
    "<class_fields_init>",
    "<brand>",
    "#constructor",
    "as",
    "from",
    "fromAsync",
    "meta",
    "*default*",
    "*",
    "Module",
    "then",
    "resolve",
    "reject",
    "promise",
    "proxy",
    "revoke",
    "async",
    "exec",
    "groups",
    "indices",
    "status",
    "reason",
    "globalThis",
    "bigint",
    "not-equal",
    "timed-out",
    "ok",
    "toJSON",
    "maxByteLength",
    "zip",
    "zipKeyed",
    "Object",
    "Array",
    "Error",
    "Number",
    "String",
    "Boolean",
    "Symbol",
    "Arguments",
    "Math",
    "JSON",
    "Date",
    "Function",
    "GeneratorFunction",
    "ForInIterator",
    "RegExp",
    "ArrayBuffer",
    "SharedArrayBuffer",
    "Uint8ClampedArray",
    "Int8Array",
    "Uint8Array",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "BigInt64Array",
    "BigUint64Array",
    "Float16Array",
    "Float32Array",
    "Float64Array",
    "DataView",
    "BigInt",
    "WeakRef",
    "FinalizationRegistry",
    "Map",
    "Set",
    "WeakMap",
    "WeakSet",
    "Iterator",
    "Iterator Concat",
    "Iterator Helper",
    "Iterator Wrap",
    "Map Iterator",
    "Set Iterator",
    "Array Iterator",
    "String Iterator",
    "RegExp String Iterator",
    "Generator",
    "Proxy",
    "Promise",
    "PromiseResolveFunction",
    "PromiseRejectFunction",
    "AsyncFunction",
    "AsyncFunctionResolve",
    "AsyncFunctionReject",
    "AsyncGeneratorFunction",
    "AsyncGenerator",
    "EvalError",
    "RangeError",
    "ReferenceError",
    "SyntaxError",
    "TypeError",
    "URIError",
    "InternalError",
    "DOMException",
    "CallSite",
    "DisposableStack",
    "AsyncDisposableStack",
    "SuppressedError",
];
/// The private symbol that follows: no script has it.
const BRAND: u32 = STRINGS.len() as u32 + 1;
/// The symbols that follow.
const SYMBOLS: [Sym; 15] = [
    Sym::toPrimitive,
    Sym::iterator,
    Sym::match_,
    Sym::matchAll,
    Sym::replace,
    Sym::search,
    Sym::split,
    Sym::toStringTag,
    Sym::isConcatSpreadable,
    Sym::hasInstance,
    Sym::species,
    Sym::unscopables,
    Sym::asyncIterator,
    Sym::dispose,
    Sym::asyncDispose,
];
/// The first number that is no such atom's.
pub(crate) const END: u32 = BRAND + 1 + SYMBOLS.len() as u32;

/// Where the search for a string's number begins. (Not the hash of interned strings: that one is seeded.)
const fn place(text: &[u8]) -> usize {
    let n = text.len();
    if n == 0 {
        return 0;
    }
    (n * 37 + text[0] as usize * 5 + text[n / 2] as usize * 11 + text[n - 1] as usize * 23) % PLACES
}
const PLACES: usize = 512;
/// Open addressing: numbers, 0 is empty.
static NUMBERS: [u8; PLACES] = {
    let mut table = [0; PLACES];
    let mut number = 1;
    while number <= STRINGS.len() {
        let mut i = place(STRINGS[number - 1].as_bytes());
        while table[i] != 0 {
            i = (i + 1) % PLACES;
        }
        table[i] = number as u8;
        number += 1;
    }
    table
};
/// The numbers of the engine's own names, 0 for none.
pub(crate) static OF_NAMES: [u8; Name::TEXT.len()] = {
    let mut list = [0; Name::TEXT.len()];
    let mut i = 0;
    while i < list.len() {
        list[i] = number_of(Name::TEXT[i].as_bytes());
        i += 1;
    }
    list
};

const fn number_of(text: &[u8]) -> u8 {
    let mut i = place(text);
    while NUMBERS[i] != 0 {
        let other = STRINGS[NUMBERS[i] as usize - 1].as_bytes();
        let mut k = 0;
        if other.len() == text.len() {
            while k < text.len() && text[k] == other[k] {
                k += 1;
            }
            if k == text.len() {
                return NUMBERS[i];
            }
        }
        i = (i + 1) % PLACES;
    }
    0
}
/// The number that a string has ahead of others, or 0.
#[inline]
pub(crate) fn number(c: Chars<'_>) -> u8 {
    match c {
        Chars::Latin1(text) => number_of(text),
        Chars::Utf16(_) => 0,
    }
}

impl Runtime {
    /// Gives the well-known symbols their numbers.
    pub(crate) fn number_symbols(&self) {
        for (number, &s) in (BRAND + 1..).zip(&SYMBOLS) {
            if let Some(s) = self.symbol(s).as_symbol() {
                self.number_symbol(s, number);
            }
        }
    }
    fn number_symbol(&self, s: &Symbol, number: u32) {
        self.atoms.hold(number, s.header(), s.hash);
        s.atom.set(number);
    }

    /// What a number stands for that was not asked for yet; None without memory (nothing is thrown).
    #[cold]
    pub(crate) fn meet_predefined(&self, atom: u32) -> Option<PropertyKey> {
        let made = match atom {
            BRAND => self.static_key("<brand>").and_then(|d| {
                let s = self.new_symbol(d.as_str().map(Gc::from_ref), SymbolSort::Private)?;
                self.number_symbol(&s, BRAND);
                Ok(PropertyKey::symbol(s))
            }),
            _ => self.static_key(STRINGS.get((atom as usize).checked_sub(1)?)?),
        };
        if made.is_err() {
            self.clear_exception();
        }
        made.ok()
    }
}
