//! Fetches and builds what is compared: QuickJS-NG from the crate rquickjs-sys, Octane, the C program.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The crate carries QuickJS-NG's CMake project.
const NG_CRATE: &str = "rquickjs-sys";
const NG_VERSION: &str = "0.14";
const OCTANE: &str = "https://github.com/chromium/octane";
/// A machine's own copy of Octane, if it has one.
const OCTANE_MIRROR: &str = "/work/.mirror/chromium+octane/repo/.git";

/// One of the two engines.
pub struct Engine {
    /// The command that runs a script file.
    pub qjs: PathBuf,
    /// The C program linked against its library, or why there is none.
    pub embed: Result<PathBuf, String>,
}

/// Runs a command; its standard output.
fn output(command: &mut Command) -> Result<String, String> {
    let o = command.output().map_err(|e| format!("{:?}: {e}", command.get_program()))?;
    if o.status.success() {
        return Ok(String::from_utf8_lossy(&o.stdout).into_owned());
    }
    let text = String::from_utf8_lossy(&o.stderr).into_owned();
    let lines: Vec<&str> = text.lines().filter(|l| l.contains("error") || l.contains("undefined")).collect();
    let text = if lines.is_empty() {
        text.clone()
    } else {
        lines.into_iter().take(3).collect::<Vec<_>>().join("; ")
    };
    Err(format!("{:?} failed: {text}", command.get_program()))
}

/// The newest file of one of these names below `dir`.
fn find(dir: &Path, names: &[&str]) -> Option<PathBuf> {
    let mut dirs = vec![dir.to_owned()];
    while let Some(d) = dirs.pop() {
        for e in std::fs::read_dir(d).ok()?.flatten() {
            let p = e.path();
            if p.is_dir() {
                dirs.push(p);
            } else if names.iter().any(|n| p.file_name().is_some_and(|f| f == *n)) {
                return Some(p);
            }
        }
    }
    None
}

/// QuickJS-NG, built by its own CMake project with -O3 into `work`.
pub fn quickjs_ng(work: &Path, embed_c: &Path) -> Result<Engine, String> {
    let fetch = work.join("fetch");
    std::fs::create_dir_all(fetch.join("src")).map_err(|e| e.to_string())?;
    let manifest = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
         {NG_CRATE} = {{ version = \"{NG_VERSION}\", default-features = false }}\n"
    );
    let write = |p: PathBuf, s: &str| std::fs::write(p, s).map_err(|e| e.to_string());
    write(fetch.join("Cargo.toml"), &manifest)?;
    write(fetch.join("src/lib.rs"), "")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build = work.join("ng");
    if find(&build, &["qjs"]).is_none() {
        output(Command::new(&cargo).arg("fetch").current_dir(&fetch))?;
        let metadata =
            output(Command::new(&cargo).args(["metadata", "--format-version", "1"]).current_dir(&fetch))?;
        let source = metadata
            .split("\"manifest_path\":\"")
            .filter_map(|s| s.split('"').next())
            .find(|p| p.contains(&format!("/{NG_CRATE}-")))
            .and_then(|p| Path::new(p).parent())
            .ok_or("cargo metadata does not know the crate")?
            .join("quickjs");
        eprintln!("building QuickJS-NG from {}", source.display());
        // A copy: the registry's files stay as they are.
        output(Command::new("cp").arg("-rT").arg(&source).arg(work.join("ng-src")))?;
        let flags = ["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_C_FLAGS_RELEASE=-O3 -DNDEBUG"];
        output(Command::new("cmake").arg("-S").arg(work.join("ng-src")).arg("-B").arg(&build).args(flags))?;
        output(Command::new("cmake").arg("--build").arg(&build).args(["-j", "2"]))?;
    }
    let qjs = find(&build, &["qjs"]).ok_or("no qjs in QuickJS-NG's build")?;
    let lib = find(&build, &["libqjs.a", "libquickjs.a"]).ok_or("no library in QuickJS-NG's build")?;
    let embed = compile(embed_c, &work.join("ng-src"), &lib, &work.join("embed-ng"));
    Ok(Engine { qjs, embed })
}

/// Ours, as `make` left it in `build`; `OURS` names another command for scripts.
pub fn ours(build: &Path, work: &Path, embed_c: &Path) -> Result<Engine, String> {
    let qjs = std::env::var_os("OURS").map_or_else(|| build.join("qjs"), PathBuf::from);
    if !qjs.exists() {
        return Err(format!("{} is missing: run make first, or set OURS", qjs.display()));
    }
    let embed = compile(embed_c, Path::new("include"), &build.join("libqjs.a"), &work.join("embed-ours"));
    Ok(Engine { qjs, embed })
}

/// The program that measures a command's resident memory.
pub fn peak(work: &Path) -> Result<PathBuf, String> {
    let out = work.join("peak");
    output(cc().args(["-O2", "-D_GNU_SOURCE", "-o"]).arg(&out).arg("tools/bench/peak.c"))?;
    Ok(out)
}

fn cc() -> Command {
    Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()))
}

fn compile(source: &Path, include: &Path, lib: &Path, out: &Path) -> Result<PathBuf, String> {
    output(
        cc().args(["-O2", "-D_GNU_SOURCE", "-I"])
            .arg(include)
            .arg("-o")
            .arg(out)
            .arg(source)
            .arg(lib)
            .args(["-lm", "-lpthread", "-ldl"]),
    )?;
    Ok(out.to_owned())
}

/// Octane's files: OCTANE_DIR, or a copy in the user's cache.
pub fn octane(programs: &[&str]) -> Result<PathBuf, String> {
    if let Some(d) = std::env::var_os("OCTANE_DIR").filter(|d| !d.is_empty()) {
        let d = PathBuf::from(d);
        return if d.join("base.js").exists() {
            Ok(d)
        } else {
            Err(format!("no base.js in {}", d.display()))
        };
    }
    let home = std::env::var_os("HOME").ok_or("no HOME: set OCTANE_DIR")?;
    let dir = Path::new(&home).join(".cache/octane");
    if programs.iter().all(|p| dir.join(format!("{p}.js")).exists()) && dir.join("base.js").exists() {
        return Ok(dir);
    }
    std::fs::create_dir_all(&dir).map_err(|e| e.to_string())?;
    if Path::new(OCTANE_MIRROR).exists() {
        // It may lack the large files of programs that are not run here.
        for name in ["base"].iter().chain(programs) {
            let file = format!("{name}.js");
            let text = output(Command::new("git").args([
                "--git-dir",
                OCTANE_MIRROR,
                "show",
                &format!("HEAD:{file}"),
            ]))?;
            std::fs::write(dir.join(file), text).map_err(|e| e.to_string())?;
        }
    } else {
        output(Command::new("git").args(["clone", "-q", "--depth", "1", OCTANE]).arg(&dir))?;
    }
    Ok(dir)
}

/// npm's typescript, as `make realworld` has fetched it, or TYPESCRIPT_JS.
pub fn typescript(target: &Path) -> Option<PathBuf> {
    let file = std::env::var_os("TYPESCRIPT_JS")
        .map_or_else(|| target.join("realworld/node_modules/typescript/lib/typescript.js"), PathBuf::from);
    file.exists().then_some(file)
}
