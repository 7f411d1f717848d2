//! Timers and descriptors while a person types.
//!
//! The editor waits for keys on the main thread, where scripts must run, too. So a second thread waits for what the
//! event loop waits for, and when it comes, sends the editor a message to print. The editor clears its line, prints
//! the message (a line feed, which moves down), and draws the line again; for that it asks for its colours, on the
//! main thread, with the screen clear: then callbacks run, and what they print stands above the prompt.

use super::session::{Session, say};
use qjs::libc::event_loop::{self, Waits};
use qjs::libc::sys;
use rustyline::ExternalPrinter;
use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

/// Something is due; how often it may be at most, so that typing stays possible.
const BREATH: Duration = Duration::from_millis(5);

/// What the waiting thread is told: the number of the wait, its end (nanoseconds; all ones: none), the descriptor.
/// Number 0: to wait for nothing.
type Order = [u64; 3];
const NEVER: u64 = u64::MAX;

/// The main thread's end.
pub struct Events {
    orders: RefCell<UnixStream>,
    /// The number of the wait that is over.
    over: Arc<AtomicU64>,
    number: Cell<u64>,
    /// The line as it was last drawn.
    line: RefCell<Option<String>>,
}

impl Events {
    /// None where a thread or a socket cannot be had: events then wait for the line's end.
    pub fn new<P: ExternalPrinter + Send + 'static>(printer: P) -> Option<Events> {
        let (orders, theirs) = UnixStream::pair().ok()?;
        let over = Arc::new(AtomicU64::new(0));
        let told = over.clone();
        std::thread::Builder::new()
            .name("qjs-events".to_owned())
            .stack_size(64 * 1024)
            .spawn(move || watch(theirs, &told, printer))
            .ok()?;
        Some(Events { orders: RefCell::new(orders), over, number: Cell::new(0), line: RefCell::new(None) })
    }

    fn order(&self, w: Option<Waits>) {
        let order: Order = match w {
            None => [0, NEVER, NEVER],
            Some(w) => {
                self.number.set(self.number.get() + 1);
                let timer =
                    w.timer.map_or(NEVER, |t| u64::try_from(t.max(BREATH).as_nanos()).unwrap_or(NEVER));
                let fd = w.fd.and_then(|fd| u64::try_from(fd).ok()).unwrap_or(NEVER);
                [self.number.get(), timer, fd]
            }
        };
        // (Without the other thread there are no events; typing goes on.)
        let _ = self.orders.borrow_mut().write_all(&order.map(u64::to_ne_bytes).concat());
    }
    /// A line is about to be typed.
    pub fn begin(&self, s: &Session<'_>) {
        *self.line.borrow_mut() = None;
        self.order(event_loop::waits(s.cx));
    }
    /// It has been typed.
    pub fn end(&self) {
        self.order(None);
    }
    /// The line is about to be drawn: because of a key, or because the screen was cleared for a message. In the
    /// latter case it has not changed.
    pub fn drawing(&self, s: &Session<'_>, line: &str) {
        let changed = self.line.borrow().as_deref() != Some(line);
        if changed {
            *self.line.borrow_mut() = Some(line.to_owned());
        }
        let number = self.number.get();
        if number == 0 || self.over.load(SeqCst) != number {
            return;
        }
        if !changed {
            say("\x1b[A");
            s.run_due();
            fresh_line();
        }
        self.order(event_loop::waits(s.cx));
    }
}

/// Begins a new line if the cursor is not at the beginning of one: as many spaces as the screen is wide fill the rest
/// of a line that has something on it and wrap to the next one, but stay on an empty one.
pub fn fresh_line() {
    if let Some((columns, _)) = sys::window_size(libc::STDOUT_FILENO) {
        say(&format!("{}\r\x1b[K", " ".repeat(columns.into())));
    }
}

/// The other thread.
fn watch<P: ExternalPrinter>(mut orders: UnixStream, over: &AtomicU64, mut printer: P) {
    let mut order: Order = [0, NEVER, NEVER];
    loop {
        let [number, timer, fd] = order;
        let waits = number != 0;
        let fd = i32::try_from(fd).ok().filter(|_| waits).unwrap_or(-1);
        let timeout = (waits && timer != NEVER).then(|| Duration::from_nanos(timer));
        let ready = match sys::wait_readable([orders.as_raw_fd(), fd], timeout) {
            Ok(r) => r,
            Err(_) => return,
        };
        if ready[0] {
            let mut bytes = [0u8; 24];
            if orders.read_exact(&mut bytes).is_err() {
                return;
            }
            let word = |i: usize| u64::from_ne_bytes(std::array::from_fn(|k| bytes[i * 8 + k]));
            order = [word(0), word(1), word(2)];
        } else if waits {
            over.store(number, SeqCst);
            order = [0, NEVER, NEVER];
            if printer.print("\n".to_owned()).is_err() {
                return;
            }
        }
    }
}
