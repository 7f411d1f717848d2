import * as os from 'os';
// (Atomics.wait may block a worker, but not the main thread.)
new os.Worker('worker.js');
