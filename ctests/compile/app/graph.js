import { fib, where } from "./lib/fib.js";
console.log("fib", fib(10), "from", where);
const m = await import("./lib/lazy.js");
console.log("lazy", m.default, m.sum === fib(11));
