// Calls of functions: recursion, arguments, apply, spread, natives.
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
function five(a, b, c, d, e) { return a + b + c + d + e; }
function count() { return arguments.length; }
const add = (a, b = 1) => a + b;
let s = 0;
for (let i = 0; i < 500000; i++) {
  s += five(i, 1, 2, 3, 4) & 7;
  s += add(i) & 7;
  s += count(1, 2, 3);
  s += Math.max(i & 7, 3);
}
const args = [1, 2, 3, 4, 5];
for (let i = 0; i < 200000; i++) s += five(...args) + five.apply(null, args) + five.call(null, 1, 2, 3, 4, 5);
print(fib(29), s);
