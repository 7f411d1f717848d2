// Making closures, and using what they captured.
function counter() { let n = 0; return { up() { n++; return n; }, get() { return n; } }; }
let total = 0;
for (let i = 0; i < 200000; i++) { const c = counter(); c.up(); c.up(); total += c.get(); }
const one = counter();
for (let i = 0; i < 2000000; i++) one.up();
const fs = [];
for (let i = 0; i < 200000; i++) fs.push(x => x + i);
for (const f of fs) total += f(1);
const compose = (f, g) => x => f(g(x));
let h = x => x;
for (let i = 0; i < 50; i++) h = compose(h, x => x + 1);
for (let i = 0; i < 10000; i++) total += h(i);
print(total, one.get());
