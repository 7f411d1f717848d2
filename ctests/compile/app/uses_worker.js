import * as os from "os";
const w = new os.Worker("./worker.js");
w.onmessage = e => {
    console.log("from the worker:", e.data);
    w.onmessage = null;
};
w.postMessage(8);
