import * as os from 'os';
// (The parent stores after it has posted: wait for it.)
os.Worker.parent.addEventListener('message', (msg) => {
    Atomics.wait(new Int32Array(msg.buffer), 0, 0, 10000);
});
os.Worker.parent.addEventListener('message', () => os.setTimeout(() => console.log(seen), 0));
let seen;
const load = Atomics.load;
Atomics.load = (...args) => seen = load(...args);
// ---- as printed
// Worker
os.Worker.parent.onmessage = (msg) => {
    const view = new Int32Array(msg.buffer);
    const value = Atomics.load(view, 0);  // 42
};
