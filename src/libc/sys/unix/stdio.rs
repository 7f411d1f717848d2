//! Streams of the C library.

use super::{Errno, Sys, check, fs};
use qjs_engine::object::buffer::BufferData;
use std::ffi::CStr;
use std::ptr::NonNull;

unsafe extern "C" {
    #[link_name = "stdin"]
    static C_STDIN: *mut libc::FILE;
    #[link_name = "stdout"]
    static C_STDOUT: *mut libc::FILE;
    #[link_name = "stderr"]
    static C_STDERR: *mut libc::FILE;
}

/// How a stream is closed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    /// A process at the other end.
    Process,
    /// One of the three that every process has: closed by nobody.
    Standard,
}

/// A stream of the C library; closed when dropped.
pub struct File {
    fp: NonNull<libc::FILE>,
    kind: Kind,
}

/// The three streams that every process has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    In,
    Out,
    Err,
}

/// Nothing to read any more, or an error.
const EOF: i32 = -1;

impl File {
    fn new(fp: *mut libc::FILE, kind: Kind) -> Sys<File> {
        NonNull::new(fp).map(|fp| File { fp, kind }).ok_or_else(Errno::last)
    }
    pub fn open(path: &CStr, mode: &CStr) -> Sys<File> {
        // SAFETY: C strings.
        File::new(unsafe { libc::fopen(path.as_ptr(), mode.as_ptr()) }, Kind::File)
    }
    pub fn popen(command: &CStr, mode: &CStr) -> Sys<File> {
        // SAFETY: C strings.
        File::new(unsafe { libc::popen(command.as_ptr(), mode.as_ptr()) }, Kind::Process)
    }
    pub fn fdopen(fd: i32, mode: &CStr) -> Sys<File> {
        // SAFETY: a number and a C string.
        File::new(unsafe { libc::fdopen(fd, mode.as_ptr()) }, Kind::File)
    }
    pub fn tmpfile() -> Sys<File> {
        // SAFETY: no conditions.
        File::new(unsafe { libc::tmpfile() }, Kind::File)
    }
    pub fn standard(s: Standard) -> File {
        // SAFETY: variables of the C library, set before main.
        let fp = unsafe {
            match s {
                Standard::In => C_STDIN,
                Standard::Out => C_STDOUT,
                Standard::Err => C_STDERR,
            }
        };
        match NonNull::new(fp) {
            Some(fp) => File { fp, kind: Kind::Standard },
            None => unreachable!("the C library has its streams"),
        }
    }
    pub fn is_standard(&self) -> bool {
        self.kind == Kind::Standard
    }
    fn p(&self) -> *mut libc::FILE {
        self.fp.as_ptr()
    }

    /// Closes the stream; of a process, answers its wait status.
    pub fn close(self) -> Sys<i32> {
        let this = std::mem::ManuallyDrop::new(self);
        this.shut()
    }
    fn shut(&self) -> Sys<i32> {
        // SAFETY: called once, with the stream given up.
        match self.kind {
            Kind::File => check(unsafe { libc::fclose(self.p()) }),
            Kind::Process => check(unsafe { libc::pclose(self.p()) }),
            Kind::Standard => Ok(0),
        }
    }
    /// Writes all bytes, or says how many went before an error.
    pub fn write(&self, b: &[u8]) -> usize {
        // SAFETY: an open stream, and the bytes there are.
        unsafe { libc::fwrite(b.as_ptr().cast(), 1, b.len(), self.p()) }
    }
    /// Reads up to the length of `b`; less only at the end or after an error.
    pub fn read(&self, b: &mut [u8]) -> usize {
        // SAFETY: an open stream, and the room there is.
        unsafe { libc::fread(b.as_mut_ptr().cast(), 1, b.len(), self.p()) }
    }
    /// The same into a buffer.
    pub fn read_block(&self, b: &BufferData, at: usize, len: usize) -> Sys<usize> {
        let p = fs::block_bytes(b, at, len)?;
        // SAFETY: the span is within the block, which nothing changes during the call.
        Ok(unsafe { libc::fread(p.cast(), 1, len, self.p()) })
    }
    /// Writes from a buffer.
    pub fn write_block(&self, b: &BufferData, at: usize, len: usize) -> Sys<usize> {
        let p = fs::block_bytes(b, at, len)?;
        // SAFETY: as above.
        Ok(unsafe { libc::fwrite(p.cast(), 1, len, self.p()) })
    }
    /// Appends bytes up to and with the next line feed; false if there were none.
    pub fn read_line(&self, line: &mut Vec<u8>) -> Sys<bool> {
        let before = line.len();
        loop {
            // SAFETY: an open stream.
            let c = unsafe { libc::fgetc(self.p()) };
            if c == EOF {
                return Ok(line.len() > before);
            }
            if line.len() == line.capacity() && line.try_reserve(line.len().max(64)).is_err() {
                return Err(Errno(libc::ENOMEM));
            }
            line.push(c as u8);
            if c as u8 == b'\n' {
                return Ok(true);
            }
        }
    }
    /// The next byte, -1 at the end.
    pub fn get_byte(&self) -> i32 {
        // SAFETY: an open stream.
        unsafe { libc::fgetc(self.p()) }
    }
    /// Writes a byte; the byte, or -1.
    pub fn put_byte(&self, c: i32) -> i32 {
        // SAFETY: an open stream.
        unsafe { libc::fputc(c & 0xff, self.p()) }
    }
    pub fn flush(&self) -> Sys {
        // SAFETY: an open stream.
        check(unsafe { libc::fflush(self.p()) }).map(|_| ())
    }
    pub fn tell(&self) -> Sys<i64> {
        // SAFETY: an open stream.
        let r = unsafe { libc::ftello(self.p()) };
        if r == -1 { Err(Errno::last()) } else { Ok(r) }
    }
    pub fn seek(&self, offset: i64, whence: i32) -> Sys {
        // SAFETY: an open stream and numbers.
        check(unsafe { libc::fseeko(self.p(), offset, whence) }).map(|_| ())
    }
    pub fn eof(&self) -> bool {
        // SAFETY: an open stream.
        unsafe { libc::feof(self.p()) != 0 }
    }
    pub fn error(&self) -> bool {
        // SAFETY: an open stream.
        unsafe { libc::ferror(self.p()) != 0 }
    }
    pub fn clear_error(&self) {
        // SAFETY: an open stream.
        unsafe { libc::clearerr(self.p()) }
    }
    pub fn fileno(&self) -> i32 {
        // SAFETY: an open stream.
        unsafe { libc::fileno(self.p()) }
    }
    /// Sets the buffering (one of _IOFBF, _IOLBF, _IONBF) and its size.
    pub fn set_buffer(&self, mode: i32, size: usize) -> Sys {
        // SAFETY: an open stream; the C library takes memory of its own.
        check(unsafe { libc::setvbuf(self.p(), std::ptr::null_mut(), mode, size) }).map(|_| ())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = self.shut();
    }
}

/// A conversion of one number by the C library's own printf. `format` holds exactly one conversion (with neither
/// `*` nor `n`), of the type that the variant says.
pub enum Number {
    /// `%…d` and the like.
    Int(i32),
    /// `%…ld`: 64 bits.
    Long(i64),
    /// `%…f` and the like.
    Double(f64),
}

/// The formatted number; None if memory is out or the C library refuses.
pub fn format_number(format: &CStr, n: &Number) -> Option<Vec<u8>> {
    // SAFETY: (all) the buffer's size is said, and the argument is what the format's conversion asks for.
    let print = |buf: *mut libc::c_char, size: usize| unsafe {
        match *n {
            Number::Int(i) => libc::snprintf(buf, size, format.as_ptr(), i),
            Number::Long(i) => libc::snprintf(buf, size, format.as_ptr(), i as libc::c_longlong),
            Number::Double(d) => libc::snprintf(buf, size, format.as_ptr(), d),
        }
    };
    let mut out: Vec<u8> = Vec::new();
    out.try_reserve(64).ok()?;
    let len = usize::try_from(print(out.as_mut_ptr().cast(), 64)).ok()?;
    if len >= 64 {
        out.try_reserve(len + 1).ok()?;
        print(out.as_mut_ptr().cast(), len + 1);
    }
    // SAFETY: that many bytes have been written, and a NUL.
    unsafe { out.set_len(len) };
    Some(out)
}
