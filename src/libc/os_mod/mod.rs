//! The module `os`: descriptors, paths, processes, signals, timers, workers.

mod fs;
mod io;
mod process;
mod timers;

use super::{sys, worker};
use qjs_engine::object::lazy::{Def, int, lazy_value, method, text};

/// What the module exports.
pub const TABLE: &[Def] = &[
    // descriptors
    method("open", io::open, 2),
    method("close", io::close, 1),
    method("seek", io::seek, 3),
    method("read", io::read, 4),
    method("write", io::write, 4),
    method("isatty", io::isatty, 1),
    method("ttyGetWinSize", io::tty_get_win_size, 1),
    method("ttySetRaw", io::tty_set_raw, 1),
    method("dup", io::dup, 1),
    method("dup2", io::dup2, 2),
    method("pipe", io::pipe, 0),
    method("setReadHandler", io::set_read_handler, 2),
    method("setWriteHandler", io::set_write_handler, 2),
    int("O_RDONLY", sys::O_RDONLY),
    int("O_WRONLY", sys::O_WRONLY),
    int("O_RDWR", sys::O_RDWR),
    int("O_APPEND", sys::O_APPEND),
    int("O_CREAT", sys::O_CREAT),
    int("O_EXCL", sys::O_EXCL),
    int("O_TRUNC", sys::O_TRUNC),
    // paths
    method("remove", fs::remove, 1),
    method("rename", fs::rename, 2),
    method("realpath", fs::realpath, 1),
    method("getcwd", fs::getcwd, 0),
    method("chdir", fs::chdir, 1),
    method("mkdir", fs::mkdir, 1),
    method("stat", fs::stat, 1),
    method("lstat", fs::lstat, 1),
    method("utimes", fs::utimes, 3),
    method("symlink", fs::symlink, 2),
    method("readlink", fs::readlink, 1),
    method("readdir", fs::readdir, 1),
    method("mkdtemp", fs::mkdtemp, 0),
    method("mkstemp", fs::mkstemp, 0),
    method("exePath", fs::exe_path, 0),
    int("S_IFMT", libc::S_IFMT as i32),
    int("S_IFIFO", libc::S_IFIFO as i32),
    int("S_IFCHR", libc::S_IFCHR as i32),
    int("S_IFDIR", libc::S_IFDIR as i32),
    int("S_IFBLK", libc::S_IFBLK as i32),
    int("S_IFREG", libc::S_IFREG as i32),
    int("S_IFSOCK", libc::S_IFSOCK as i32),
    int("S_IFLNK", libc::S_IFLNK as i32),
    int("S_ISGID", libc::S_ISGID as i32),
    int("S_ISUID", libc::S_ISUID as i32),
    // processes
    method("exec", process::exec, 1),
    method("waitpid", process::waitpid, 2),
    method("kill", process::kill, 2),
    method("getpid", process::getpid, 0),
    method("signal", process::signal, 2),
    int("WNOHANG", sys::WNOHANG),
    int("SIGHUP", libc::SIGHUP),
    int("SIGINT", libc::SIGINT),
    int("SIGQUIT", libc::SIGQUIT),
    int("SIGILL", libc::SIGILL),
    int("SIGABRT", libc::SIGABRT),
    int("SIGFPE", libc::SIGFPE),
    int("SIGKILL", libc::SIGKILL),
    int("SIGSEGV", libc::SIGSEGV),
    int("SIGPIPE", libc::SIGPIPE),
    int("SIGALRM", libc::SIGALRM),
    int("SIGTERM", libc::SIGTERM),
    int("SIGUSR1", libc::SIGUSR1),
    int("SIGUSR2", libc::SIGUSR2),
    int("SIGCHLD", libc::SIGCHLD),
    int("SIGCONT", libc::SIGCONT),
    int("SIGSTOP", libc::SIGSTOP),
    int("SIGTSTP", libc::SIGTSTP),
    int("SIGTTIN", libc::SIGTTIN),
    int("SIGTTOU", libc::SIGTTOU),
    int("SIGWINCH", libc::SIGWINCH),
    // time
    method("sleep", timers::sleep, 1),
    method("sleepAsync", timers::sleep_async, 1),
    method("setTimeout", timers::set_timeout, 2),
    method("clearTimeout", timers::clear_timer, 1),
    method("setInterval", timers::set_interval, 2),
    method("clearInterval", timers::clear_timer, 1),
    method("now", timers::now, 0),
    method("cputime", timers::cputime, 0),
    text("platform", PLATFORM),
    lazy_value("Worker", worker::class::constructor, 0),
];

/// What `os.platform` says.
const PLATFORM: &str = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
