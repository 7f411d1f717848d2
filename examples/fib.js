// host fib.js: what fib.so, beside it, exports
import { fib } from './fib.so';

console.log([...Array(12).keys()].map(fib).join(' '));
try {
    fib(100);
} catch (e) {
    console.log(String(e));
}
