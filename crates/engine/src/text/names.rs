//! Names and symbols the engine itself uses, interned once per runtime.

macro_rules! names {
    ($($id:ident = $s:literal,)+) => {
        /// A well-known name: `cx.name(Name::length)` is its property key.
        #[allow(non_camel_case_types, missing_docs)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u16)]
        pub enum Name { $($id,)+ }
        impl Name {
            /// Every name's text, by number.
            pub const TEXT: &'static [&'static str] = &[$($s,)+];
        }
    };
}

names! {
    empty = "", length = "length", name = "name", prototype = "prototype", constructor = "constructor",
    message = "message", stack = "stack", cause = "cause", errors = "errors", error = "error",
    suppressed = "suppressed", toString = "toString", valueOf = "valueOf", toJSON = "toJSON", get = "get",
    set = "set", value = "value", writable = "writable", enumerable = "enumerable",
    configurable = "configurable", next = "next", done = "done", return_ = "return", throw = "throw",
    callee = "callee", caller = "caller", arguments = "arguments", index = "index", input = "input",
    groups = "groups", indices = "indices", lastIndex = "lastIndex", exec = "exec", flags = "flags",
    source = "source", global = "global", raw = "raw", undefined = "undefined", null = "null", true_ = "true",
    false_ = "false", number = "number", string = "string", boolean = "boolean", symbol = "symbol",
    bigint = "bigint", object = "object", function = "function", default = "default", eval = "eval",
    anonymous = "anonymous", NaN = "NaN", Infinity = "Infinity", minus_Infinity = "-Infinity",
    proto = "__proto__", globalThis = "globalThis", prepareStackTrace = "prepareStackTrace",
    stackTraceLimit = "stackTraceLimit", captureStackTrace = "captureStackTrace", add = "add", has = "has",
    keys = "keys", size = "size", delete = "delete", apply = "apply", construct = "construct",
    defineProperty = "defineProperty", deleteProperty = "deleteProperty",
    getOwnPropertyDescriptor = "getOwnPropertyDescriptor", getPrototypeOf = "getPrototypeOf",
    isExtensible = "isExtensible", ownKeys = "ownKeys", preventExtensions = "preventExtensions",
    setPrototypeOf = "setPrototypeOf", proxy = "proxy", revoke = "revoke", then = "then",
    resolve = "resolve", promise = "promise", reject = "reject", join = "join", buffer = "buffer",
    byteLength = "byteLength", byteOffset = "byteOffset", dot_generator = "Generator", meta = "meta",
    url = "url", dot_description = "description", reason = "reason", status = "status",
    fulfilled = "fulfilled", rejected = "rejected", with = "with", type_ = "type",
    toLocaleString = "toLocaleString", hasIndices = "hasIndices", ignoreCase = "ignoreCase",
    multiline = "multiline", dotAll = "dotAll", unicode = "unicode", unicodeSets = "unicodeSets",
    sticky = "sticky", fields_init = "<class_fields>", star_default = "*default*", maxByteLength = "maxByteLength",
    mode = "mode", padding = "padding", rawJSON = "rawJSON", bound_space = "bound ", get_space = "get ", set_space = "set ",
    ok = "ok", timed_out = "timed-out", not_equal = "not-equal", async_ = "async", data = "data",
}

macro_rules! symbols {
    ($($id:ident = $s:literal,)+) => {
        /// A well-known symbol: `cx.symbol(Sym::iterator)` is its property key.
        #[allow(non_camel_case_types, missing_docs)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Sym { $($id,)+ }
        impl Sym {
            /// Every symbol's description, by number.
            pub const TEXT: &'static [&'static str] = &[$($s,)+];
        }
    };
}

symbols! {
    asyncIterator = "Symbol.asyncIterator", hasInstance = "Symbol.hasInstance",
    isConcatSpreadable = "Symbol.isConcatSpreadable", iterator = "Symbol.iterator", match_ = "Symbol.match",
    matchAll = "Symbol.matchAll", replace = "Symbol.replace", search = "Symbol.search",
    species = "Symbol.species", split = "Symbol.split", toPrimitive = "Symbol.toPrimitive",
    toStringTag = "Symbol.toStringTag", unscopables = "Symbol.unscopables", dispose = "Symbol.dispose",
    asyncDispose = "Symbol.asyncDispose",
}
