import * as os from "os";
import { fib } from "./lib/fib.js";
os.Worker.parent.onmessage = e => {
    os.Worker.parent.postMessage(fib(e.data));
    os.Worker.parent.onmessage = null;
};
