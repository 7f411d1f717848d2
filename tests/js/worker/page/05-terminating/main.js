import * as os from 'os';
const worker = new os.Worker('worker.js');
worker.onmessage = (e) => { console.log(e.type); };
// ---- as printed
// Parent
worker.postMessage({ type: 'exit' });
