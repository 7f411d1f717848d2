//! Processes: starting them, waiting for them.

use super::{Errno, Sys, again, check};
use std::ffi::{CStr, CString};
use std::ptr::null;

pub use libc::WNOHANG;

/// The exit status of a child that could not become what it should.
const NOT_STARTED: i32 = 127;

/// What to start, and how.
pub struct Exec<'a> {
    pub file: &'a CStr,
    pub args: &'a [CString],
    /// Look for the file in the child's PATH.
    pub use_path: bool,
    pub cwd: Option<&'a CStr>,
    /// `NAME=value`; None: the parent's.
    pub env: Option<&'a [CString]>,
    /// What the child has as 0, 1 and 2.
    pub stdio: [i32; 3],
    pub uid: Option<u32>,
    pub gid: Option<u32>,
    pub groups: Option<&'a [u32]>,
}

fn pointers(list: &[CString]) -> Vec<*const libc::c_char> {
    list.iter().map(|s| s.as_ptr()).chain([null()]).collect()
}

/// Starts a child and answers its pid. What fails in the child makes it exit with 127.
pub fn spawn(e: &Exec<'_>) -> Sys<i32> {
    // Everything that needs memory is made before the fork: other threads may hold its locks.
    let argv = pointers(e.args);
    let envp = e.env.map(pointers);
    let files = candidates(e);
    // SAFETY: sigset_t and sigaction are plain data; the child calls only what is safe after fork.
    unsafe {
        // No handler of ours is to run in the child before it has other dispositions.
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut old: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut old);
        let pid = libc::fork();
        if pid == 0 {
            child(e, &argv, envp.as_deref(), &files, &old);
            libc::_exit(NOT_STARTED);
        }
        let r = check(pid);
        libc::pthread_sigmask(libc::SIG_SETMASK, &old, std::ptr::null_mut());
        r
    }
}

/// The files to try, in order.
fn candidates(e: &Exec<'_>) -> Vec<CString> {
    let name = e.file.to_bytes();
    if !e.use_path || name.contains(&b'/') {
        return vec![e.file.to_owned()];
    }
    if name.is_empty() {
        return Vec::new();
    }
    // The child's own PATH decides, if it is given one.
    let path = match e.env {
        Some(env) => env.iter().find_map(|v| v.to_bytes().strip_prefix(b"PATH=")).map(<[u8]>::to_vec),
        None => super::getenv(c"PATH"),
    };
    let path = path.unwrap_or_else(|| b"/usr/local/bin:/usr/bin:/bin".to_vec());
    let join = |dir: &[u8]| {
        let mut p = dir.to_vec();
        if !p.is_empty() {
            p.push(b'/');
        }
        p.extend_from_slice(name);
        CString::new(p).ok()
    };
    path.split(|c| *c == b':').filter_map(join).collect()
}

/// What the child does between fork and exec. Comes back only when something failed.
///
/// # Safety
/// This is a child after fork: nothing here takes locks or memory.
unsafe fn child(
    e: &Exec<'_>,
    argv: &[*const libc::c_char],
    envp: Option<&[*const libc::c_char]>,
    files: &[CString],
    mask: &libc::sigset_t,
) {
    // SAFETY: per contract; all pointers are to memory of the parent's making, which the child has too.
    unsafe {
        let mut a: libc::sigaction = std::mem::zeroed();
        for s in 1..=super::MAX_SIGNAL {
            // What is ignored stays so, except for SIGPIPE, which the command ignores for itself.
            if libc::sigaction(s, null(), &mut a) == 0
                && (a.sa_sigaction != libc::SIG_IGN || s == libc::SIGPIPE)
            {
                a.sa_sigaction = libc::SIG_DFL;
                libc::sigaction(s, &a, std::ptr::null_mut());
            }
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, mask, std::ptr::null_mut());
        if !redirect(&e.stdio) {
            return;
        }
        close_from(3);
        if e.cwd.is_some_and(|d| libc::chdir(d.as_ptr()) != 0) {
            return;
        }
        // Groups while that is still allowed.
        if e.groups.is_some_and(|g| libc::setgroups(g.len() as _, g.as_ptr()) != 0)
            || e.gid.is_some_and(|g| libc::setgid(g) != 0)
            || e.uid.is_some_and(|u| libc::setuid(u) != 0)
        {
            return;
        }
        for f in files {
            match envp {
                Some(envp) => libc::execve(f.as_ptr(), argv.as_ptr(), envp.as_ptr()),
                None => libc::execv(f.as_ptr(), argv.as_ptr()),
            };
            // Elsewhere in the path there may be another one.
            let errno = *libc::__errno_location();
            if !matches!(errno, libc::ENOENT | libc::ENOTDIR | libc::EACCES) {
                return;
            }
        }
    }
}

/// Makes these descriptors the child's 0, 1 and 2.
///
/// # Safety
/// As for [`child`].
unsafe fn redirect(fds: &[i32; 3]) -> bool {
    let mut from = *fds;
    // SAFETY: numbers; per contract.
    unsafe {
        for (i, fd) in from.iter_mut().enumerate() {
            // One that another redirection would overwrite is moved away first.
            if *fd != i as i32 && (0..3).contains(fd) {
                *fd = libc::fcntl(*fd, libc::F_DUPFD_CLOEXEC, 3);
                if *fd < 0 {
                    return false;
                }
            }
        }
        for (i, fd) in from.iter().enumerate() {
            let i = i as i32;
            if *fd == i {
                // Inherited, closed or not, close-on-exec or not; asked for by a number that is its own.
                let flags = libc::fcntl(i, libc::F_GETFD);
                if flags >= 0 {
                    libc::fcntl(i, libc::F_SETFD, flags & !libc::FD_CLOEXEC);
                }
            } else if libc::dup2(*fd, i) < 0 {
                return false;
            }
        }
    }
    true
}

/// Closes every descriptor from `first` on: programs are given those they are meant to have.
///
/// # Safety
/// As for [`child`].
unsafe fn close_from(first: i32) {
    // SAFETY: numbers; per contract.
    unsafe {
        #[cfg(target_os = "linux")]
        if libc::syscall(libc::SYS_close_range, first as libc::c_uint, libc::c_uint::MAX, 0) == 0 {
            return;
        }
        let most = libc::sysconf(libc::_SC_OPEN_MAX);
        for fd in first..i32::try_from(most).unwrap_or(1024).min(65_536) {
            libc::close(fd);
        }
    }
}

/// waitpid: the pid (0: nothing yet) and the status.
pub fn waitpid(pid: i32, options: i32) -> Sys<(i32, i32)> {
    let mut status = 0;
    // SAFETY: room for the status.
    let r = again(|| unsafe { libc::waitpid(pid, &mut status, options) })?;
    Ok((r, if r == 0 { 0 } else { status }))
}
/// The exit status, or the negated number of the signal that ended it.
pub fn exit_code(status: i32) -> i32 {
    if libc::WIFEXITED(status) {
        libc::WEXITSTATUS(status)
    } else if libc::WIFSIGNALED(status) {
        -libc::WTERMSIG(status)
    } else {
        status
    }
}
pub fn getpid() -> i32 {
    // SAFETY: no conditions.
    unsafe { libc::getpid() }
}

/// Loads a shared library with a native module and answers the address of its `js_init_module`, or why not.
pub fn load_native(path: &CStr) -> Result<std::ptr::NonNull<libc::c_void>, Vec<u8>> {
    let message = || {
        // SAFETY: the C library's own text, copied at once.
        unsafe {
            let m = libc::dlerror();
            if m.is_null() { b"unknown error".to_vec() } else { CStr::from_ptr(m).to_bytes().to_vec() }
        }
    };
    // SAFETY: C strings. The library's constructors run, as the script that imports it wants.
    unsafe {
        let lib = libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
        if lib.is_null() {
            return Err(message());
        }
        match std::ptr::NonNull::new(libc::dlsym(lib, c"js_init_module".as_ptr())) {
            Some(f) => Ok(f),
            None => {
                let m = message();
                libc::dlclose(lib);
                Err(m)
            }
        }
    }
}

/// A thread's sleep; signals do not shorten it.
pub fn sleep(d: std::time::Duration) {
    std::thread::sleep(d);
}

/// How many bytes of native stack the running thread has below here, if the system can say.
pub fn stack_left() -> Option<usize> {
    #[cfg(target_os = "linux")]
    {
        let mark = 0u8;
        let here = &raw const mark as usize;
        let mut a = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
        let (mut low, mut size, mut guard) = (std::ptr::null_mut(), 0, 0);
        // SAFETY: out parameters; the attributes are initialized if the first call says so.
        unsafe {
            if libc::pthread_getattr_np(libc::pthread_self(), a.as_mut_ptr()) != 0 {
                return None;
            }
            let r = libc::pthread_attr_getstack(a.as_ptr(), &mut low, &mut size)
                | libc::pthread_attr_getguardsize(a.as_ptr(), &mut guard);
            libc::pthread_attr_destroy(a.as_mut_ptr());
            if r != 0 {
                return None;
            }
        }
        here.checked_sub(low as usize + guard)
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Names the running thread, for debuggers; what is too long is cut off.
pub fn name_thread(name: &CStr) {
    // SAFETY: a C string, and the thread that is running.
    #[cfg(target_os = "linux")]
    unsafe {
        let mut short = [0u8; 16];
        let bytes = name.to_bytes();
        let n = bytes.len().min(short.len() - 1);
        short[..n].copy_from_slice(&bytes[..n]);
        libc::pthread_setname_np(libc::pthread_self(), short.as_ptr().cast());
    }
    // SAFETY: a C string.
    #[cfg(target_os = "macos")]
    unsafe {
        libc::pthread_setname_np(name.as_ptr());
    }
    let _ = name;
}

/// ECHILD and the like, for callers that compare.
pub fn is_no_child(e: Errno) -> bool {
    e.0 == libc::ECHILD
}
