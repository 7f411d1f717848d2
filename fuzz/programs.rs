//! Programs that nobody wrote: other programs' files, cut into tokens and put together anew. What comes of that parses more
//! often than not, and does with the engine what its own tests do, though not in the order or with the values that they
//! were written for.

use crate::driver::Dice;
use std::collections::HashSet;
use std::path::Path;
use std::rc::Rc;

/// Values that trip builtins: they throw, run code where none is expected, are of another realm, detached, holey, large.
const VALUES: &[&str] = &[
    "-0",
    "NaN",
    "2**31",
    "-(2**31)",
    "2**32-1",
    "2**53",
    "1e308",
    "Infinity",
    "0.5",
    "null",
    "undefined",
    "1n<<64n",
    "-1n",
    "''",
    "'\\ud800'",
    "'ab\\u0100'.repeat(3000)",
    "'constructor'",
    "'__proto__'",
    "'length'",
    "Symbol()",
    "Symbol.iterator",
    "Symbol.species",
    "[]",
    "[1.5,,3]",
    "new Array(70000)",
    "Object.freeze([1,2,3])",
    "{length:-1}",
    "{length:2**32,0:1}",
    "{__proto__:null}",
    "globalThis",
    "this",
    "arguments",
    "$262.createRealm().global",
    "$262.IsHTMLDDA",
    "{valueOf(){$262.gc();return 2}}",
    "{valueOf(){throw 1}}",
    "{get [Symbol.toPrimitive](){$262.gc();return()=>1}}",
    "{toString(){return 'x'},get x(){delete this.x;return 1}}",
    "new Proxy({},{})",
    "new Proxy([1,2],{get(t,k,r){$262.gc();return Reflect.get(t,k,r)}})",
    "new Proxy(function(){},{has(){throw 2},ownKeys(){return['a','b']}})",
    "(r=>(r.revoke(),r.proxy))(Proxy.revocable([],{}))",
    "new Proxy(class{},{construct(t,a){return Reflect.construct(t,a,Array)}})",
    "(b=>($262.detachArrayBuffer(b.buffer),b))(new Float64Array(4))",
    "(b=>(b.buffer.resize(1),b))(new Uint8Array(new ArrayBuffer(8,{maxByteLength:64})))",
    "new Uint8Array(new SharedArrayBuffer(8,{maxByteLength:16}))",
    "new DataView(new ArrayBuffer(3,{maxByteLength:9}),1)",
    "new BigInt64Array(3)",
    "function(){return this}",
    "function*(){try{yield*arguments}finally{yield 7}}",
    "async function(){await 1;throw this}",
    "async function*(){yield await 2}",
    "()=>{throw new Error}",
    "class extends Array{constructor(){super(3)}static get[Symbol.species](){return Object}}",
    "class{#p=1;static has(o){return #p in o}}",
    "/(?<n>a|b)*?\\k<n>(?<=.)$/gudy",
    "/(a*)*b/",
    "new Map([[1,{}],[{},1]])",
    "new Set([1,,2])",
    "new WeakMap",
    "new WeakRef({})",
    "new FinalizationRegistry(()=>{})",
    "new Date(NaN)",
    "Promise.reject(3)",
    "new Promise(()=>{})",
    "{then(f,g){f(this);g(1);throw 1}}",
    "[].values()",
    "Iterator.from({next(){return{get done(){throw 3}}}})",
    "(function*(){yield 1;yield 2})()",
    "JSON.parse('{\"a\":[1,{\"b\":null}]}')",
    "JSON.rawJSON('1')",
    "Reflect",
    "Object.prototype",
    "Array.prototype",
    "new Error('m',{cause:[]})",
    "new (class extends null{constructor(){return{}}})",
    "new.target",
    "super.x",
    "import.meta",
    "await 1",
    "yield 1",
    "...[1,2]",
];
/// Statements that change what others rely on.
const STATEMENTS: &[&str] = &[
    "$262.gc();",
    "Array.prototype[1]=7;",
    "Object.defineProperty(Array.prototype,0,{get(){return 1},set(v){$262.gc()},configurable:true});",
    "Array.prototype.__proto__=new Proxy({},{get(t,k){return t[k]}});",
    "Object.prototype.then=function(f){f(1)};",
    "Object.prototype.get=function(){return 1};",
    "Array.prototype[Symbol.iterator]=function*(){yield*[3,4]};",
    "RegExp.prototype.exec=function(){return{index:9,length:3,0:'x'}};",
    "Object.freeze(globalThis);",
    "Promise.prototype.constructor=Object;",
    "Function.prototype.call=null;",
    "String.prototype.__proto__=null;",
    "delete Object.prototype.__proto__;",
    "debugger;",
    "with(new Proxy({},{has(){return true},get(){$262.gc();return 1}})){x=y}",
    "eval('var x=1;(function(){return x})');",
    "label:for(;;){break label}",
    "try{throw 1}finally{$262.gc()}",
    "{using r={[Symbol.dispose](){throw 1}};throw 2}",
    "new Function('a','return a')",
    "Error.prepareStackTrace=(e,s)=>s;",
    "globalThis.k=structuredClone;",
];
/// Words that are rarely wrong anywhere.
const WORDS: &[&str] = &[
    "of",
    "in",
    "instanceof",
    "new",
    "delete",
    "typeof",
    "void",
    "async",
    "await",
    "yield",
    "static",
    "get",
    "set",
    "let",
    "const",
    "var",
    "super",
    "this",
    "arguments",
    "eval",
    "undefined",
    "constructor",
    "prototype",
    "__proto__",
    "length",
    "name",
    "return",
    "throw",
    "break",
    "continue",
    "default",
    "extends",
    "class",
    "function",
    "#p",
    "using",
    "import",
];
/// What a whole program is put into: before, after.
const WRAPPERS: &[(&str, &str)] = &[
    ("(function*(){", "\n})().next();"),
    ("(async()=>{", "\n})();"),
    ("(async function*(){", "\n})().next();"),
    ("for(let i=0;i<3;i++){", "\n}"),
    ("try{", "\n}catch(e){}finally{}"),
    ("class C{static{", "\n}}"),
    ("new (class extends Array{constructor(){super();", "\n}})();"),
    ("with({}){", "\n}"),
    ("switch(1){default:", "\n}"),
    ("(()=>{'use strict';", "\n})();"),
    ("[1,2,3].forEach(function(x){", "\n});"),
    ("for(var p of(function*(){yield 1})()){", "\n}"),
    ("$262.evalScript(String.raw`", "\n`);"),
];

/// Shared by all that are the same: test262 has some ten million.
type Token = Rc<str>;

fn is_word(t: &str) -> bool {
    t.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$' | '#' | '@') || c as u32 >= 0x80)
}
fn closer(t: &str) -> Option<&'static str> {
    match t {
        "(" => Some(")"),
        "[" => Some("]"),
        "{" => Some("}"),
        _ => None,
    }
}

/// Cuts a text into tokens, comments left out. It need not be right about everything: regular expressions are told from
/// divisions by what stands before them.
fn tokens(text: &str, known: &mut HashSet<Token>) -> Vec<Token> {
    let b: Vec<char> = text.chars().collect();
    let mut list: Vec<Token> = Vec::new();
    let newline: Token = "\n".into();
    let mut i = 0;
    while i < b.len() {
        let start = i;
        let at = |k: usize| b.get(k).copied().unwrap_or('\0');
        let c = b[i];
        i += 1;
        if c == '\n' {
            if list.last().is_some_and(|t| &**t != "\n") {
                list.push(newline.clone());
            }
            continue;
        } else if c.is_whitespace() {
            continue;
        } else if c == '/' && at(i) == '/' {
            while i < b.len() && b[i] != '\n' {
                i += 1;
            }
            continue;
        } else if c == '/' && at(i) == '*' {
            i += 1;
            while i < b.len() && !(b[i] == '/' && b[i - 1] == '*' && i > start + 2) {
                i += 1;
            }
            i += 1;
            continue;
        } else if c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '\\') || c as u32 >= 0x80 {
            let number = c.is_ascii_digit();
            while i < b.len()
                && (b[i].is_alphanumeric()
                    || matches!(b[i], '_' | '$' | '\\')
                    || b[i] as u32 >= 0x80
                    || number && (b[i] == '.' || matches!(b[i], '+' | '-') && matches!(b[i - 1], 'e' | 'E')))
            {
                i += 1;
            }
        } else if matches!(c, '"' | '\'' | '`') {
            while i < b.len() && b[i] != c && (c == '`' || b[i] != '\n') {
                i += if b[i] == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if c == '/'
            && list.last().is_none_or(|t| {
                !is_word(t)
                    && !t.starts_with(|c: char| c.is_ascii_digit())
                    && !matches!(&**t, ")" | "]" | "}")
                    || matches!(&**t, "return" | "typeof" | "case" | "in" | "of" | "yield" | "await")
            })
        {
            let mut class = false;
            while i < b.len() && b[i] != '\n' && (class || b[i] != '/') {
                match b[i] {
                    '[' => class = true,
                    ']' => class = false,
                    '\\' => i += 1,
                    _ => {}
                }
                i += 1;
            }
            i += 1;
            while i < b.len() && b[i].is_alphabetic() {
                i += 1;
            }
        } else if !matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | ';' | ',' | '~') {
            // An operator of several characters: those that go on in a way that one does.
            while i < b.len() && i - start < 4 {
                let more: String = b[start..=i].iter().collect();
                let known = [
                    ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==",
                    "!=", "<=", ">=", "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=",
                    "|=", "^=", "<<", ">>", "**",
                ];
                if !known.iter().any(|k| k.starts_with(&more)) {
                    break;
                }
                i += 1;
            }
        }
        i = i.min(b.len());
        let t: String = b[start..i].iter().collect();
        if !known.contains(&*t) {
            known.insert(t.as_str().into());
        }
        list.extend(known.get(&*t).cloned());
    }
    list
}

/// The files that programs are made of.
pub struct Pool {
    files: Vec<Vec<Token>>,
}

impl Pool {
    /// Reads every `.js` file below these folders that is not huge.
    pub fn new(folders: &[String]) -> Pool {
        let mut files = Vec::new();
        let mut known = HashSet::new();
        for f in folders {
            collect(Path::new(f), &mut files, &mut known);
        }
        assert!(!files.is_empty(), "no .js files in {folders:?}");
        Pool { files }
    }

    fn file(&self, dice: &mut Dice) -> &[Token] {
        &self.files[dice.roll(self.files.len())]
    }

    /// The program of a throw of dice. Changes after which it no longer `parses` are mostly taken back.
    pub fn program(&self, dice: &mut Dice, parses: impl Fn(&str) -> bool) -> String {
        let mut p = self.file(dice).to_vec();
        if dice.roll(3) == 0 {
            p.push("\n".into());
            p.extend_from_slice(self.file(dice));
        }
        let mut text = joined(&p);
        for _ in 0..=dice.roll(12) {
            let mut changed = p.clone();
            self.change(&mut changed, dice);
            let new = joined(&changed);
            if parses(&new) || dice.roll(30) == 0 {
                (p, text) = (changed, new);
            }
        }
        if dice.roll(4) == 0 {
            let (before, after) = WRAPPERS[dice.roll(WRAPPERS.len())];
            let new = format!("{before}{text}{after}");
            if parses(&new) || dice.roll(30) == 0 {
                text = new;
            }
        }
        text
    }

    fn change(&self, p: &mut Vec<Token>, dice: &mut Dice) {
        if p.is_empty() {
            return;
        }
        let at = dice.roll(p.len());
        match dice.roll(16) {
            // Another value where an argument or an element stands.
            0..=3 => {
                if let Some(i) =
                    (at..p.len()).find(|&i| matches!(&*p[i], "(" | "," | "=" | "[" | "return" | "=>"))
                {
                    let end = expression_end(p, i + 1);
                    p.splice(i + 1..end, [VALUES[dice.roll(VALUES.len())].into()]);
                }
            }
            // What is in brackets: replaced by what is in others, doubled, or left out.
            4..=6 => {
                if let Some((i, end)) = group(p, at) {
                    let other = self.file(dice);
                    let from = dice.roll(other.len());
                    let with = match dice.roll(4) {
                        0 => Vec::new(),
                        1 => [&p[i..end], &p[i..end]].concat(),
                        _ => match (from..other.len())
                            .find(|&j| other[j] == p[i])
                            .and_then(|j| group(other, j))
                        {
                            Some((a, b)) => other[a..b].to_vec(),
                            None => return,
                        },
                    };
                    p.splice(i..end, with);
                }
            }
            // A line of another file, or of this one again; or a statement that disturbs.
            7..=9 => {
                let Some(i) = (at..p.len()).find(|&i| matches!(&*p[i], ";" | "\n" | "{")) else { return };
                let line = match dice.roll(3) {
                    0 => vec![STATEMENTS[dice.roll(STATEMENTS.len())].into()],
                    k => {
                        let other = if k == 1 { self.file(dice).to_vec() } else { p.clone() };
                        let from = dice.roll(other.len());
                        let from = (from..other.len()).find(|&j| &*other[j] == "\n").map_or(0, |j| j + 1);
                        statement(&other, from)
                    }
                };
                p.splice(i + 1..i + 1, line);
            }
            // Another name: of this file, of another, of what is always there.
            10..=12 => {
                if let Some(i) = (at..p.len()).find(|&i| is_word(&p[i])) {
                    let other = if dice.roll(2) == 0 { &p[..] } else { self.file(dice) };
                    let from = dice.roll(other.len());
                    p[i] = match (from..other.len()).find(|&j| is_word(&other[j])) {
                        Some(j) if dice.roll(4) > 0 => other[j].clone(),
                        _ => WORDS[dice.roll(WORDS.len())].into(),
                    };
                }
            }
            // Tokens: out, doubled, exchanged.
            13 => drop(p.remove(at)),
            14 => p.insert(at, p[at].clone()),
            _ => {
                let b = dice.roll(p.len());
                p.swap(at, b);
            }
        }
    }
}

fn collect(path: &Path, files: &mut Vec<Vec<Token>>, known: &mut HashSet<Token>) {
    if path.is_dir() {
        let mut list: Vec<_> =
            std::fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).collect();
        list.sort();
        for p in list {
            collect(&p, files, known);
        }
    } else if path.extension().is_some_and(|e| e == "js")
        && let Ok(text) = std::fs::read_to_string(path)
        && text.len() < 20_000
    {
        let list = tokens(&text, known);
        if !list.is_empty() {
            files.push(list);
        }
    }
}

fn joined(p: &[Token]) -> String {
    let mut text = String::new();
    for t in p {
        text.push_str(t);
        if &**t != "\n" {
            text.push(' ');
        }
    }
    text
}

/// The first group of brackets from `at` on.
fn group(p: &[Token], at: usize) -> Option<(usize, usize)> {
    let start = (at..p.len()).find(|&i| closer(&p[i]).is_some())?;
    Some((start, skip(p, start)))
}
/// Where what begins at `i` ends: behind the bracket that closes it, or one token.
fn skip(p: &[Token], i: usize) -> usize {
    if closer(&p[i]).is_none() {
        return i + 1;
    }
    let mut depth = 0;
    for (k, t) in p.iter().enumerate().skip(i) {
        match &**t {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return k + 1;
        }
    }
    p.len()
}
fn expression_end(p: &[Token], mut i: usize) -> usize {
    while i < p.len() && !matches!(&*p[i], "," | ")" | "]" | "}" | ";" | "\n") {
        i = skip(p, i);
    }
    i
}
fn statement(p: &[Token], mut i: usize) -> Vec<Token> {
    let start = i;
    while i < p.len() && i - start < 200 && !matches!(&*p[i], ";" | ")" | "]" | "}") {
        i = skip(p, i);
    }
    let mut line = p[start..i].to_vec();
    line.push(";".into());
    line
}
