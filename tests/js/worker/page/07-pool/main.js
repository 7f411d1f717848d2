import * as os from 'os';

class WorkerPool {
    constructor(size, scriptPath) {
        this.workers = [];
        this.queue = [];
        this.nextWorker = 0;
        
        for (let i = 0; i < size; i++) {
            const worker = new os.Worker(scriptPath);
            worker.busy = false;
            worker.onmessage = (msg) => this.handleMessage(worker, msg);
            this.workers.push(worker);
        }
    }
    
    submit(task) {
        return new Promise((resolve, reject) => {
            this.queue.push({ task, resolve, reject });
            this.processQueue(); // CORRECTED, one word: the page has procesQueue, which does not exist
        });
    }
    
    processQueue() {
        while (this.queue.length > 0) {
            const worker = this.workers.find(w => !w.busy);
            if (!worker) break;
            
            const { task, resolve, reject } = this.queue.shift();
            worker.busy = true;
            worker.currentResolve = resolve;
            worker.currentReject = reject;
            worker.postMessage(task);
        }
    }
    
    handleMessage(worker, msg) {
        worker.busy = false;
        if (worker.currentResolve) {
            worker.currentResolve(msg);
            worker.currentResolve = null;
            worker.currentReject = null;
        }
        this.processQueue();
    }
}

// Usage
const pool = new WorkerPool(4, 'compute-worker.js');

for (let i = 0; i < 100; i++) {
    pool.submit({ data: i }).then(result => {
        console.log('Result:', result);
    });
}
