// Dense arrays: index, push and pop, the methods with callbacks, splice, destructuring.
const a = [];
for (let i = 0; i < 1000000; i++) a.push(i);
let s = 0;
for (let k = 0; k < 3; k++) for (let i = 0; i < a.length; i++) s += a[i];
for (const x of a) s += x & 1;
s += a.map(x => x * 2).filter(x => x % 3 === 0).reduce((p, x) => p + x, 0);
a.forEach(x => { s ^= x; });
s += a.indexOf(999999) + a.slice(1000, 900000).length + a.concat(a).length;
while (a.length > 1) s += a.pop() & 1;
const q = [];
for (let i = 0; i < 200000; i++) { q.push(i); if (q.length > 50) s += q.shift(); }
for (let i = 0; i < 300000; i++) { const [x, y] = [i, i + 1]; s += x ^ y; }
const m = [];
for (let i = 0; i < 120; i++) m.push(new Array(120).fill(i));
for (let k = 0; k < 20; k++) for (let i = 0; i < 120; i++) for (let j = 0; j < 120; j++) s += m[i][j] * m[j][i];
const f = new Float64Array(500000);
for (let i = 0; i < f.length; i++) f[i] = i * 0.5;
for (let i = 0; i < f.length; i++) s += f[i];
print(s);
