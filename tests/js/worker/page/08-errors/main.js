import * as os from 'os';

const worker = new os.Worker('worker.js');

worker.onerror = (error) => {
    console.error('Worker error:', error);
};

worker.onmessageerror = (error) => {
    console.error('Message deserialization error:', error);
};
// ---- end of what is printed
worker.addEventListener('error', (e) => console.log(e.message, e.filename.endsWith('worker.js'), e.lineno, e.error instanceof RangeError));
