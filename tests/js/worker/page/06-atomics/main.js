const sab = new SharedArrayBuffer(4);
const view = new Int32Array(sab);

// Atomic operations are thread-safe
Atomics.store(view, 0, 42);
const value = Atomics.load(view, 0);

// Compare and exchange
Atomics.compareExchange(view, 0, 42, 100);

// Wait/notify for synchronization
Atomics.wait(view, 0, 0);  // Block until value changes
Atomics.notify(view, 0, 1);  // Wake one waiting thread
// ---- end of what is printed
console.log(value, view[0], Atomics.wait(view, 0, 0), Atomics.notify(view, 0, 1));
