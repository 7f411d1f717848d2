//! The command line: what QuickJS-NG's `qjs` understands, by the same names.

use lexopt::prelude::*;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

pub const HELP: &str = "\
usage: qjs [options] [file [args]]
-h  --help             list options
-v  --version          print the version and exit
-e  --eval EXPR        evaluate EXPR
-i  --interactive      go to interactive mode
-C  --script           load as a script (default: detected)
-m  --module           load as an ES module (default: detected)
-I  --include FILE     run FILE as a script first
    --std              make 'std', 'os' and 'bjson' available to the script
-T  --trace            trace memory allocation
-d  --dump             dump memory usage at the end
-D  --dump-flags[=N]   flags of JS_SetDumpFlags (default: all)
-c  --compile FILE     compile FILE to a standalone executable
-o  --out FILE         the executable to write
    --exe FILE         the executable to base it on (default: this one)
    --cache DIR        keep compiled scripts and modules in DIR
    --memory-limit N   limit memory to N Kbytes (suffixes: k, m, g)
    --stack-size N     limit the native stack to N Kbytes (suffixes: k, m, g; 0: no limit)
-q  --quit             make the interpreter and quit
Without a file and -e, a script is read from standard input if that is no terminal; file '-' is standard input too.
";

/// Every JS_DUMP_* flag, and not the one that aborts.
const ALL_DUMPS: u64 = 0xf_ffff;

/// What the script is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Goal {
    /// A module if it parses as one, else a script.
    #[default]
    Detect,
    Script,
    Module,
}

/// `-c`, `-o`, `--exe`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compile {
    pub file: OsString,
    pub out: OsString,
    pub base: Option<OsString>,
}

#[derive(Default, PartialEq, Eq, Debug)]
pub struct Options {
    pub eval: Option<OsString>,
    /// The script and its arguments; with `-e`, arguments only.
    pub args: Vec<OsString>,
    pub includes: Vec<OsString>,
    pub goal: Goal,
    pub interactive: bool,
    pub std: bool,
    pub quit: bool,
    pub trace: bool,
    pub dump: bool,
    pub dump_flags: u64,
    pub compile: Option<Compile>,
    /// The folder of the code cache.
    pub cache: Option<OsString>,
    /// Bytes.
    pub memory_limit: Option<usize>,
    pub stack_size: Option<usize>,
}

/// What the command line asks for.
#[derive(PartialEq, Eq, Debug)]
pub enum Request {
    Run(Box<Options>),
    Help,
    Version,
}

/// Why a command line is wrong.
#[derive(PartialEq, Eq, Debug)]
pub struct Wrong {
    pub message: String,
    /// Show what options there are.
    pub usage: bool,
}

fn wrong<T>(message: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { message: message.into(), usage: false })
}

/// Reads a command line, without the command's own name.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Request, Wrong> {
    let mut o = Options::default();
    let (mut compile, mut out, mut base) = (None, None, None);
    let mut p = lexopt::Parser::from_args(args);
    loop {
        let arg = match p.next() {
            Ok(Some(a)) => a,
            Ok(None) => break,
            Err(e) => return Err(Wrong { message: format!("qjs: {e}"), usage: true }),
        };
        match arg {
            Short('h' | '?') | Long("help") => return Ok(Request::Help),
            Short('v') | Long("version") => return Ok(Request::Version),
            Short('e') | Long("eval") => o.eval = Some(operand(&mut p, "qjs: missing expression for -e")?),
            Short('i') | Long("interactive") => o.interactive = true,
            Short('C') | Long("script") => o.goal = Goal::Script,
            Short('m') | Long("module") => o.goal = Goal::Module,
            Short('I') | Long("include") => o.includes.push(operand(&mut p, "expecting filename")?),
            Long("std") => o.std = true,
            Short('T') | Long("trace") => o.trace = true,
            Short('d') | Long("dump") => o.dump = true,
            Short('D') | Long("dump-flags") => {
                o.dump_flags = match p.optional_value() {
                    Some(v) => flags(&v)?,
                    None => ALL_DUMPS,
                }
            }
            Short('c') | Long("compile") => compile = Some(operand(&mut p, "qjs: missing file for -c")?),
            Short('o') | Long("out") => out = Some(operand(&mut p, "qjs: missing file for -o")?),
            Long("exe") => base = Some(operand(&mut p, "qjs: missing file for --exe")?),
            Long("cache") => o.cache = Some(operand(&mut p, "qjs: missing folder for --cache")?),
            Long("memory-limit") => o.memory_limit = Some(size(&operand(&mut p, "expecting memory limit")?)?),
            Long("stack-size") => o.stack_size = Some(size(&operand(&mut p, "expecting stack size")?)?),
            Short('q') | Long("quit") => o.quit = true,
            Value(first) => {
                o.args.push(first);
                // What follows the script is the script's.
                match p.raw_args() {
                    Ok(rest) => o.args.extend(rest),
                    Err(e) => return wrong(format!("qjs: {e}")),
                }
                break;
            }
            Short(c) => return unknown(&format!("-{c}")),
            Long(name) => return unknown(&format!("--{name}")),
        }
    }
    if let Some(file) = compile {
        // (Without an output file upstream shows its options, too.)
        let Some(out) = out else {
            return Err(Wrong { message: "qjs: -c needs -o FILE".to_owned(), usage: true });
        };
        o.compile = Some(Compile { file, out, base });
    }
    Ok(Request::Run(Box::new(o)))
}

fn operand(p: &mut lexopt::Parser, or_else: &str) -> Result<OsString, Wrong> {
    p.value().or_else(|_| wrong(or_else))
}

fn unknown(option: &str) -> Result<Request, Wrong> {
    Err(Wrong { message: format!("qjs: unknown option '{option}'"), usage: true })
}

/// A size in Kbytes, or with a suffix, in bytes.
fn size(v: &OsStr) -> Result<usize, Wrong> {
    let text = v.to_string_lossy();
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1u64 << 10),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 1 << 20),
        Some(b'g' | b'G') => (&text[..text.len() - 1], 1 << 30),
        _ => (&*text, 1 << 10),
    };
    let n: f64 = match digits.parse() {
        Ok(n) if digits.as_bytes().first().is_some_and(u8::is_ascii_digit) => n,
        _ if text.as_bytes().first().is_some_and(u8::is_ascii_digit) => {
            return wrong(format!("Invalid limit: {text}, unrecognized suffix, only k,m,g are allowed"));
        }
        _ => return wrong(format!("Invalid limit: {text}")),
    };
    let bytes = n * unit as f64;
    // (More than there can be is no limit.)
    Ok(if bytes >= isize::MAX as f64 { 0 } else { bytes as usize })
}

/// A number as C writes it.
fn flags(v: &OsStr) -> Result<u64, Wrong> {
    let text = v.to_string_lossy();
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let n = match hex {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    n.or_else(|_| wrong(format!("Invalid dump flags: {text}")))
}

/// Is it `-`, the name of standard input?
pub fn is_stdin(file: &OsStr) -> bool {
    file.as_bytes() == b"-"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &[&str]) -> Options {
        match parse(args.iter().map(OsString::from)) {
            Ok(Request::Run(o)) => *o,
            other => panic!("{args:?}: {other:?}"),
        }
    }
    fn message(args: &[&str]) -> String {
        match parse(args.iter().map(OsString::from)) {
            Err(w) => w.message,
            other => panic!("{args:?}: {other:?}"),
        }
    }

    #[test]
    fn what_follows_the_script_is_its_own() {
        let o = run(&["-d", "a.js", "-e", "--", "-x"]);
        assert!(o.dump && o.eval.is_none());
        assert_eq!(o.args, ["a.js", "-e", "--", "-x"]);
        assert_eq!(run(&["--", "-x"]).args, ["-x"]);
        assert_eq!(run(&["-"]).args, ["-"]);
        let o = run(&["-e", "1", "a", "-b"]);
        assert_eq!((o.eval, o.args), (Some("1".into()), vec!["a".into(), "-b".into()]));
    }
    #[test]
    fn short_options_join() {
        let o = run(&["-qdTie1"]);
        assert!(o.quit && o.dump && o.trace && o.interactive);
        assert_eq!(o.eval, Some("1".into()));
        assert_eq!(run(&["-Ia.js", "--include=b.js", "-I", "c.js"]).includes, ["a.js", "b.js", "c.js"]);
    }
    #[test]
    fn the_last_one_counts() {
        assert_eq!(run(&["-m", "-C"]).goal, Goal::Script);
        assert_eq!(run(&["-e", "1", "--eval=2"]).eval, Some("2".into()));
        assert_eq!(parse(["-v".into(), "-h".into()]), Ok(Request::Version));
    }
    #[test]
    fn sizes() {
        let limit = |s: &str| run(&["--memory-limit", s]).memory_limit;
        assert_eq!(limit("100"), Some(100 << 10));
        assert_eq!(limit("3k"), Some(3 << 10));
        assert_eq!(limit("1.5M"), Some(3 << 19));
        assert_eq!(limit("2g"), Some(2 << 30));
        assert_eq!(limit("0"), Some(0));
        assert_eq!(limit("99999999999999999999"), Some(0));
        assert_eq!(run(&["--stack-size=64"]).stack_size, Some(64 << 10));
        for bad in ["", "abc", "-5", "k", "inf", "nan"] {
            assert_eq!(message(&[&format!("--memory-limit={bad}")]), format!("Invalid limit: {bad}"));
        }
        assert!(message(&["--stack-size", "10x"]).contains("unrecognized suffix"));
    }
    #[test]
    fn dump_flags() {
        assert_eq!(run(&["-D0x401"]).dump_flags, 0x401);
        assert_eq!(run(&["--dump-flags=12"]).dump_flags, 12);
        let o = run(&["-D", "a.js"]);
        assert_eq!((o.dump_flags, o.args), (ALL_DUMPS, vec!["a.js".into()]));
        assert_eq!(message(&["-Dx"]), "Invalid dump flags: x");
    }
    #[test]
    fn what_is_missing_or_unknown() {
        assert_eq!(message(&["-e"]), "qjs: missing expression for -e");
        assert_eq!(message(&["-I"]), "expecting filename");
        assert_eq!(message(&["--memory-limit"]), "expecting memory limit");
        assert_eq!(message(&["--nope"]), "qjs: unknown option '--nope'");
        assert_eq!(message(&["-Z"]), "qjs: unknown option '-Z'");
        assert_eq!(message(&["-c", "a.js"]), "qjs: -c needs -o FILE");
        let c = run(&["-c", "a.js", "-o", "a", "--exe", "qjs"]).compile;
        assert_eq!(c, Some(Compile { file: "a.js".into(), out: "a".into(), base: Some("qjs".into()) }));
    }
}
