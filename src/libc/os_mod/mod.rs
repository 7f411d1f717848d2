//! The module `os`: descriptors, paths, processes, signals, timers, workers.

mod fs;
mod io;
mod process;
mod timers;

use super::args::{Export, Exporter, export_table, table_names};
use super::{sys, worker};
use qjs_engine::{Context, Result};

use Export::{F, N};

const TABLE: &[Export] = &[
    // descriptors
    F("open", io::open, 2),
    F("close", io::close, 1),
    F("seek", io::seek, 3),
    F("read", io::read, 4),
    F("write", io::write, 4),
    F("isatty", io::isatty, 1),
    F("ttyGetWinSize", io::tty_get_win_size, 1),
    F("ttySetRaw", io::tty_set_raw, 1),
    F("dup", io::dup, 1),
    F("dup2", io::dup2, 2),
    F("pipe", io::pipe, 0),
    F("setReadHandler", io::set_read_handler, 2),
    F("setWriteHandler", io::set_write_handler, 2),
    N("O_RDONLY", sys::O_RDONLY),
    N("O_WRONLY", sys::O_WRONLY),
    N("O_RDWR", sys::O_RDWR),
    N("O_APPEND", sys::O_APPEND),
    N("O_CREAT", sys::O_CREAT),
    N("O_EXCL", sys::O_EXCL),
    N("O_TRUNC", sys::O_TRUNC),
    // paths
    F("remove", fs::remove, 1),
    F("rename", fs::rename, 2),
    F("realpath", fs::realpath, 1),
    F("getcwd", fs::getcwd, 0),
    F("chdir", fs::chdir, 1),
    F("mkdir", fs::mkdir, 1),
    F("stat", fs::stat, 1),
    F("lstat", fs::lstat, 1),
    F("utimes", fs::utimes, 3),
    F("symlink", fs::symlink, 2),
    F("readlink", fs::readlink, 1),
    F("readdir", fs::readdir, 1),
    F("mkdtemp", fs::mkdtemp, 0),
    F("mkstemp", fs::mkstemp, 0),
    F("exePath", fs::exe_path, 0),
    N("S_IFMT", libc::S_IFMT as i32),
    N("S_IFIFO", libc::S_IFIFO as i32),
    N("S_IFCHR", libc::S_IFCHR as i32),
    N("S_IFDIR", libc::S_IFDIR as i32),
    N("S_IFBLK", libc::S_IFBLK as i32),
    N("S_IFREG", libc::S_IFREG as i32),
    N("S_IFSOCK", libc::S_IFSOCK as i32),
    N("S_IFLNK", libc::S_IFLNK as i32),
    N("S_ISGID", libc::S_ISGID as i32),
    N("S_ISUID", libc::S_ISUID as i32),
    // processes
    F("exec", process::exec, 1),
    F("waitpid", process::waitpid, 2),
    F("kill", process::kill, 2),
    F("getpid", process::getpid, 0),
    F("signal", process::signal, 2),
    N("WNOHANG", sys::WNOHANG),
    N("SIGHUP", libc::SIGHUP),
    N("SIGINT", libc::SIGINT),
    N("SIGQUIT", libc::SIGQUIT),
    N("SIGILL", libc::SIGILL),
    N("SIGABRT", libc::SIGABRT),
    N("SIGFPE", libc::SIGFPE),
    N("SIGKILL", libc::SIGKILL),
    N("SIGSEGV", libc::SIGSEGV),
    N("SIGPIPE", libc::SIGPIPE),
    N("SIGALRM", libc::SIGALRM),
    N("SIGTERM", libc::SIGTERM),
    N("SIGUSR1", libc::SIGUSR1),
    N("SIGUSR2", libc::SIGUSR2),
    N("SIGCHLD", libc::SIGCHLD),
    N("SIGCONT", libc::SIGCONT),
    N("SIGSTOP", libc::SIGSTOP),
    N("SIGTSTP", libc::SIGTSTP),
    N("SIGTTIN", libc::SIGTTIN),
    N("SIGTTOU", libc::SIGTTOU),
    N("SIGWINCH", libc::SIGWINCH),
    // time
    F("sleep", timers::sleep, 1),
    F("sleepAsync", timers::sleep_async, 1),
    F("setTimeout", timers::set_timeout, 2),
    F("clearTimeout", timers::clear_timer, 1),
    F("setInterval", timers::set_interval, 2),
    F("clearInterval", timers::clear_timer, 1),
    F("now", timers::now, 0),
    F("cputime", timers::cputime, 0),
];

/// What `os.platform` says.
const PLATFORM: &str = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };

/// What the module exports.
pub fn names() -> impl Iterator<Item = &'static str> {
    table_names(TABLE).chain(["platform", "Worker"])
}
/// Hands over the module's exports.
pub fn export(cx: &Context, to: Exporter<'_>) -> Result<()> {
    export_table(cx, TABLE, to)?;
    to("platform", cx.string(PLATFORM)?)?;
    to("Worker", worker::class::constructor(cx)?)
}
