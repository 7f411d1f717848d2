import * as os from 'os';
os.Worker.parent.addEventListener('message', (e) => {
    os.Worker.parent.postMessage(`${e.string} ${e.array} ${e.object.nested} ${e.number} ${e.data.number}`);
});
// ---- as printed
// Worker receives a copy (not a reference)
os.Worker.parent.onmessage = (msg) => {
    // msg is a deep copy of data
    msg.number = 100;  // Doesn't affect parent
};
