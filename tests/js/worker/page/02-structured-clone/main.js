import * as os from 'os';
const worker = new os.Worker('worker.js');
worker.onmessage = (e) => { console.log(e.data, data.number); };
// ---- as printed
// Parent
const data = {
    number: 42,
    string: 'hello',
    array: [1, 2, 3],
    object: { nested: true },
};

worker.postMessage(data);  // Serialized
