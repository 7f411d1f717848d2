//! A counted pointer that threads share.
//!
//! `std::sync::Arc` orders its last two drops by a fence, which ThreadSanitizer does not see unless the standard
//! library itself was built for it: every `Arc` dropped last by another thread than its maker's is reported. Here the
//! decrement itself acquires. What crosses threads in the engine uses this, and parking_lot's locks.

use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A pointer to a value that all its clones own together.
pub struct Shared<T> {
    inner: NonNull<Inner<T>>,
    owns: PhantomData<Inner<T>>,
}

struct Inner<T> {
    count: AtomicUsize,
    value: T,
}

// SAFETY: clones on several threads give them &T, and the last of them drops T.
unsafe impl<T: Send + Sync> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Shared<T> {}

impl<T> Shared<T> {
    pub fn new(value: T) -> Shared<T> {
        let inner = Box::new(Inner { count: AtomicUsize::new(1), value });
        Shared { inner: NonNull::from(Box::leak(inner)), owns: PhantomData }
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: alive while counted.
        unsafe { &self.inner.as_ref().value }
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Shared<T> {
        // SAFETY: alive while counted.
        let old = unsafe { self.inner.as_ref().count.fetch_add(1, Ordering::Relaxed) };
        if old > isize::MAX as usize {
            // Clones were forgotten without end.
            std::process::abort();
        }
        Shared { inner: self.inner, owns: PhantomData }
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        // SAFETY: alive while counted; the last to go frees it, after all others let go.
        unsafe {
            if self.inner.as_ref().count.fetch_sub(1, Ordering::AcqRel) == 1 {
                drop(Box::from_raw(self.inner.as_ptr()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_once_by_the_last() {
        struct Count(&'static AtomicUsize);
        impl Drop for Count {
            fn drop(&mut self) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        static DROPS: AtomicUsize = AtomicUsize::new(0);
        let first = Shared::new(Count(&DROPS));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let mine = first.clone();
                std::thread::spawn(move || drop((mine.clone(), mine)))
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().unwrap_or_default());
        assert_eq!(DROPS.load(Ordering::SeqCst), 0);
        drop(first);
        assert_eq!(DROPS.load(Ordering::SeqCst), 1);
    }
}
