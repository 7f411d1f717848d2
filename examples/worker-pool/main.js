// A pool of workers: tasks go to whichever worker is free, and each is a promise for its answer. After the pattern of
// QuickJS-NG's page on workers; besides, a task that fails rejects its promise, and its worker is replaced.
//
//     qjs examples/worker-pool/main.js
import * as os from 'os';

class WorkerPool {
    constructor(size, scriptPath) {
        this.scriptPath = scriptPath;
        this.idle = [];
        this.queue = [];
        this.workers = new Set();
        for (let i = 0; i < size; i++) this.add();
    }
    add() {
        const worker = new os.Worker(this.scriptPath, { name: `pool ${this.workers.size}` });
        worker.onmessage = e => this.settle(worker, 'resolve', e.data);
        worker.onerror = e => {
            // The worker has ended: its task has failed, and another takes its place.
            this.workers.delete(worker);
            this.idle = this.idle.filter(w => w !== worker);
            worker.task?.reject(e.error);
            this.add();
        };
        this.workers.add(worker);
        this.idle.push(worker);
        this.next();
    }
    /// A promise for what the worker's script answers to `message`. Buffers in `transfer` are moved, not copied.
    submit(message, transfer) {
        return new Promise((resolve, reject) => {
            this.queue.push({ message, transfer, resolve, reject });
            this.next();
        });
    }
    next() {
        while (this.queue.length && this.idle.length) {
            const task = this.queue.shift();
            const worker = this.idle.pop();
            try {
                worker.postMessage(task.message, task.transfer);
                worker.task = task;
            } catch (e) {
                // It cannot be cloned.
                this.idle.push(worker);
                task.reject(e);
            }
        }
    }
    settle(worker, how, value) {
        const { task } = worker;
        worker.task = null;
        this.idle.push(worker);
        task[how](value);
        this.next();
    }
    close() {
        for (const w of this.workers) w.terminate();
    }
}

const pool = new WorkerPool(4, './compute-worker.js');
const tasks = Array.from({ length: 100 }, (_, n) => pool.submit({ n }));
const results = await Promise.allSettled(tasks);
let failed = 0;
for (const [n, r] of results.entries()) {
    if (r.status === 'rejected') {
        if (n % 33 || !n) throw r.reason;
        failed++;
    } else if (r.value !== n * n) throw Error(`task ${n}: ${r.value}`);
}
if (failed !== 3) throw Error(`${failed} tasks failed`);
pool.close();
print('all 100 tasks done');
