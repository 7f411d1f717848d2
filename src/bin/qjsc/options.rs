//! The command line: what QuickJS-NG's `qjsc` understands, by the same letters, and `--object`.

use lexopt::prelude::*;
use qjs::libc::graph::Native;
use std::ffi::OsString;

pub const HELP: &str = "\
usage: qjsc [options] [files]

options are:
-b          output raw bytecode instead of C code
-e          output main() and bytecode in a C file
-o output   set the output filename (default: out.c)
-n script_name    set the script name (as used in stack traces)
-N cname    set the C name of the generated data
-C          compile as JS classic script (default=autodetect)
-m          compile as ES module (default=autodetect)
-D module_name         compile a dynamically loaded module or worker
-M module_name[,cname] add initialization code for an external C module
-p prefix   set the prefix of the generated C names
-P          do not add default system modules
-s          strip the source code, specify twice to also strip debug info
-S n        set the maximum stack size to 'n' bytes (default=1048576)
--object    output an ELF object file with the data: no C compiler is needed
";

/// What is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    C,
    Raw,
    Object,
}

/// What the files are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    Detect,
    Script,
    Module,
}

#[derive(PartialEq, Eq, Debug)]
pub struct Options {
    pub files: Vec<OsString>,
    /// Modules that no import names: loaded, not run.
    pub dynamic: Vec<OsString>,
    pub natives: Vec<Native>,
    pub format: Format,
    /// With a `main`.
    pub executable: bool,
    pub out: OsString,
    pub script_name: Option<String>,
    pub c_name: Option<String>,
    pub goal: Goal,
    pub prefix: String,
    pub system_modules: bool,
    /// 0, 1 (no source) or 2 (no names and positions either).
    pub strip: u8,
    /// Bytes; 0: the library's own.
    pub stack_size: usize,
}

#[derive(PartialEq, Eq, Debug)]
pub enum Request {
    Compile(Box<Options>),
    Help,
}

fn text(p: &mut lexopt::Parser, what: &str) -> Result<String, String> {
    let v = p.value().map_err(|_| format!("{what} expected"))?;
    v.into_string().map_err(|_| format!("{what} must be UTF-8"))
}

/// The C identifier that a module's init function ends with, from `-M name[,cname]`.
fn native(argument: &str) -> Native {
    let (name, cname) = match argument.split_once(',') {
        Some((n, c)) => (n, c.to_owned()),
        None => {
            let base = argument.rsplit('/').next().unwrap_or(argument);
            (argument, super::compile::identifier(base.strip_suffix(".so").unwrap_or(base)))
        }
    };
    Native { name: name.to_owned(), cname }
}

/// Reads a command line, without the command's own name.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Request, String> {
    let mut o = Options {
        files: Vec::new(),
        dynamic: Vec::new(),
        natives: Vec::new(),
        format: Format::C,
        executable: false,
        out: OsString::new(),
        script_name: None,
        c_name: None,
        goal: Goal::Detect,
        prefix: "qjsc_".to_owned(),
        system_modules: true,
        strip: 0,
        stack_size: 0,
    };
    let mut p = lexopt::Parser::from_args(args);
    while let Some(arg) = p.next().map_err(|e| e.to_string())? {
        match arg {
            Short('h' | '?') | Long("help") => return Ok(Request::Help),
            Short('b') => o.format = Format::Raw,
            Short('c') => o.executable = false,
            Short('e') => o.executable = true,
            Short('o') => o.out = p.value().map_err(|_| "output expected")?,
            Short('n') => o.script_name = Some(text(&mut p, "script name")?),
            Short('N') => o.c_name = Some(text(&mut p, "C name")?),
            Short('C') => o.goal = Goal::Script,
            Short('m') => o.goal = Goal::Module,
            Short('D') => o.dynamic.push(p.value().map_err(|_| "module name expected")?),
            Short('M') => o.natives.push(native(&text(&mut p, "module name")?)),
            Short('p') => o.prefix = text(&mut p, "prefix")?,
            Short('P') => o.system_modules = false,
            Short('s') => o.strip = (o.strip + 1).min(2),
            Short('S') => {
                let n = text(&mut p, "stack size")?;
                o.stack_size = n.parse().map_err(|_| format!("invalid stack size '{n}'"))?;
            }
            Long("object") => o.format = Format::Object,
            Value(file) => o.files.push(file),
            other => return Err(other.unexpected().to_string()),
        }
    }
    if o.files.is_empty() {
        return Err("no input file".to_owned());
    }
    if o.executable && o.format != Format::C {
        return Err("-e makes a C file: not with -b or --object".to_owned());
    }
    if let Some(n) = &o.c_name
        && super::compile::identifier(n) != *n
    {
        return Err(format!("'{n}' is no C name"));
    }
    if o.out.is_empty() {
        o.out = match o.format {
            Format::Object => "out.o",
            Format::Raw => "out.bin",
            Format::C => "out.c",
        }
        .into();
    }
    Ok(Request::Compile(Box::new(o)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Request, String> {
        parse(args.iter().map(OsString::from))
    }
    fn options(args: &[&str]) -> Options {
        match parsed(args) {
            Ok(Request::Compile(o)) => *o,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn upstreams_letters() {
        let o = options(&["-e", "-ss", "-M", "dir/my-mod.so", "-M", "a,b", "-S", "4096", "-p", "x_", "f.js"]);
        assert!(o.executable && o.strip == 2 && o.stack_size == 4096);
        let names: Vec<(&str, &str)> = o.natives.iter().map(|n| (&*n.name, &*n.cname)).collect();
        assert_eq!(names, [("dir/my-mod.so", "my_mod"), ("a", "b")]);
        assert_eq!((&*o.prefix, o.out.to_str()), ("x_", Some("out.c")));
    }

    #[test]
    fn refusals() {
        for bad in
            [&["-e"][..], &["-e", "-b", "f.js"], &["-N", "9x", "f.js"], &["-S", "no", "f.js"], &["--nope"]]
        {
            assert!(parsed(bad).is_err(), "{bad:?}");
        }
    }
}
