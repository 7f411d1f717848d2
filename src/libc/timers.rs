//! Timers: a heap by deadline, and a table by number, so that setting, clearing and firing cost O(log n).

use qjs_engine::{Context, Gc, Runtime, Value};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

/// What a timer does.
pub enum Action {
    /// Calls a function.
    Call(Value, Box<[Value]>),
    /// Resolves a promise by its function.
    Resolve(Value),
}

/// A pending timer.
pub struct Timer {
    pub realm: Gc<Context>,
    pub action: Action,
    /// An interval's length.
    pub every: Option<Duration>,
    seq: u64,
}

/// A timer that is due.
pub struct Due {
    pub realm: Gc<Context>,
    pub call: Value,
    pub args: Box<[Value]>,
}

/// The pending timers of a runtime.
#[derive(Default)]
pub struct Timers {
    /// Deadline, order of setting, number. Cleared timers stay until they come up.
    heap: BinaryHeap<Reverse<(Duration, u64, u64)>>,
    live: HashMap<u64, Timer>,
    last_id: u64,
    next_seq: u64,
}

/// What one timer is charged to its runtime: an entry of the heap and one of the table.
const COST: usize = 160;
/// As soon as QuickJS fires what is due "now".
pub const SHORTEST: Duration = Duration::from_millis(1);
/// A century: deadlines stay computable.
const LONGEST_MS: f64 = 3.2e12;

/// A script's delay in milliseconds, whatever number it is.
pub fn delay(ms: f64) -> Duration {
    if ms.is_nan() {
        return SHORTEST;
    }
    Duration::from_millis(ms.clamp(1.0, LONGEST_MS) as u64)
}

impl Timers {
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }
    pub fn len(&self) -> usize {
        self.live.len()
    }
    /// Adds a timer that is due at `at`; its number, or None past the memory limit.
    pub fn add(
        &mut self,
        realm: &Context,
        at: Duration,
        every: Option<Duration>,
        action: Action,
    ) -> Option<u64> {
        let rt = realm.rt();
        if self.heap.try_reserve(1).is_err() || self.live.try_reserve(1).is_err() || !rt.charge(COST) {
            return None;
        }
        self.last_id += 1;
        let id = self.last_id;
        let seq = self.schedule(at, id);
        self.live.insert(id, Timer { realm: realm.to_gc(), action, every, seq });
        Some(id)
    }
    fn schedule(&mut self, at: Duration, id: u64) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        self.heap.push(Reverse((at, seq, id)));
        seq
    }
    /// Takes a timer out; to be dropped where nothing is borrowed.
    pub fn remove(&mut self, rt: &Runtime, id: u64) -> Option<Timer> {
        let t = self.live.remove(&id)?;
        rt.discharge(COST);
        // Cleared entries are swept out when they are most of the heap.
        if self.heap.len() > 64 && self.heap.len() / 4 > self.live.len() {
            let live = &self.live;
            self.heap.retain(|Reverse((_, seq, id))| live.get(id).is_some_and(|t| t.seq == *seq));
            self.heap.shrink_to(self.live.len() * 2);
        }
        Some(t)
    }
    /// When the next timer is due.
    pub fn next_due(&mut self) -> Option<Duration> {
        while let Some(Reverse((at, seq, id))) = self.heap.peek() {
            if self.live.get(id).is_some_and(|t| t.seq == *seq) {
                return Some(*at);
            }
            self.heap.pop();
        }
        None
    }
    /// A mark before which all present timers were set: what they set in turn comes in a later turn.
    pub fn mark(&self) -> u64 {
        self.next_seq
    }
    /// The next timer that is due at `now` and was set before `mark`. An interval is set again.
    pub fn take_due(&mut self, rt: &Runtime, now: Duration, mark: u64) -> Option<Due> {
        if self.next_due()? > now {
            return None;
        }
        let Reverse((_, seq, id)) = *self.heap.peek()?;
        if seq >= mark {
            return None;
        }
        self.heap.pop();
        if let Some(every) = self.live.get(&id)?.every {
            let seq = self.schedule(now.saturating_add(every), id);
            let t = self.live.get_mut(&id)?;
            t.seq = seq;
            if let Action::Call(f, args) = &t.action {
                return Some(Due { realm: t.realm.clone(), call: f.clone(), args: args.clone() });
            }
        }
        let t = self.live.remove(&id)?;
        rt.discharge(COST);
        let (call, args) = match t.action {
            Action::Call(f, args) => (f, args),
            Action::Resolve(f) => (f, Box::default()),
        };
        Some(Due { realm: t.realm, call, args })
    }
    /// Gives back what all timers were charged.
    pub fn give_back(&self, rt: &Runtime) {
        rt.discharge(COST * self.live.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays() {
        assert_eq!(delay(f64::NAN), SHORTEST);
        assert_eq!(delay(-5.0), SHORTEST);
        assert_eq!(delay(0.0), SHORTEST);
        assert_eq!(delay(1.9), SHORTEST);
        assert_eq!(delay(250.0), Duration::from_millis(250));
        assert!(delay(f64::INFINITY) < Duration::from_secs(4_000_000_000));
    }
}
