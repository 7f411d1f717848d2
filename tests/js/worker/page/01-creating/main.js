import * as os from 'os';

// Create a worker from a file
const worker = new os.Worker('worker.js');

// Send a message to the worker
worker.postMessage({ type: 'start', data: 42 });

// Receive messages from the worker
worker.onmessage = (msg) => {
    console.log('Received from worker:', msg);
};
