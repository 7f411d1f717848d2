//! What compiling may use: bytes of memory and native stack.

use crate::CompileError;

/// Bounds on compiling a pattern.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Native address of the lowest stack byte that may be used; recursion below it answers
    /// [`CompileError::StackOverflow`]. 0 means no bound.
    pub stack_limit: usize,
    /// Bytes that the program and the scratch memory of compiling may take together.
    pub memory_limit: usize,
}

impl Limits {
    /// No bound at all (tests and trusted patterns).
    pub const NONE: Limits = Limits { stack_limit: 0, memory_limit: usize::MAX };
}

/// The running account against [`Limits`].
pub(crate) struct Budget {
    stack_limit: usize,
    left: usize,
}

impl Budget {
    pub fn new(limits: &Limits) -> Budget {
        Budget { stack_limit: limits.stack_limit, left: limits.memory_limit }
    }

    /// Fails when the native stack has grown past its limit.
    #[inline]
    pub fn check_stack(&self) -> Result<(), CompileError> {
        let here = 0u8;
        if (&raw const here as usize) < self.stack_limit {
            return Err(CompileError::StackOverflow);
        }
        Ok(())
    }

    /// Takes `bytes` from the account.
    pub fn charge(&mut self, bytes: usize) -> Result<(), CompileError> {
        if bytes > self.left {
            return Err(CompileError::OutOfMemory);
        }
        self.left -= bytes;
        Ok(())
    }

    /// Gives `bytes` back to the account.
    pub fn release(&mut self, bytes: usize) {
        self.left = self.left.saturating_add(bytes);
    }

    /// `vec.push(item)`, fallible and charged.
    #[inline]
    pub fn push<T>(&mut self, vec: &mut Vec<T>, item: T) -> Result<(), CompileError> {
        if vec.len() == vec.capacity() {
            self.reserve(vec, 1)?;
        }
        vec.push(item);
        Ok(())
    }

    /// Makes room for `more` items, growing by at least half.
    pub fn reserve<T>(&mut self, vec: &mut Vec<T>, more: usize) -> Result<(), CompileError> {
        if vec.capacity() - vec.len() >= more {
            return Ok(());
        }
        let old = vec.capacity();
        let wanted = vec.len().saturating_add(more).max(old + old / 2).max(4);
        let size = core::mem::size_of::<T>().max(1);
        self.charge((wanted - old).saturating_mul(size))?;
        vec.try_reserve_exact(wanted - vec.len()).map_err(|_| CompileError::OutOfMemory)
    }

    /// Frees a vector and gives its bytes back.
    pub fn free<T>(&mut self, vec: Vec<T>) {
        self.release(vec.capacity() * core::mem::size_of::<T>());
    }
}
