import * as os from 'os';
const worker = new os.Worker('worker.js');
// ---- as printed
// Parent
const shared = new SharedArrayBuffer(1024);
const view = new Int32Array(shared);

worker.postMessage({ buffer: shared });

// Both parent and worker can access the same memory
Atomics.store(view, 0, 42);
