// Reading, writing, adding and deleting properties.
function Point(x, y) { this.x = x; this.y = y; }
const p = new Point(1, 2);
let s = 0;
for (let i = 0; i < 3000000; i++) { s += p.x + p.y; p.x = i & 15; p.y++; }
// four shapes at one site
const shapes = [{ a: 1, v: 1 }, { b: 1, v: 2 }, { c: 1, v: 3 }, { d: 1, e: 2, v: 4 }];
for (let i = 0; i < 1000000; i++) s += shapes[i & 3].v;
// computed names
const names = ['alpha', 'beta', 'gamma', 'delta'];
const o = { alpha: 1, beta: 2, gamma: 3, delta: 4 };
for (let i = 0; i < 1000000; i++) s += o[names[i & 3]];
// a dictionary
const d = {};
for (let i = 0; i < 100000; i++) d['key' + i] = i;
for (let i = 0; i < 100000; i += 2) delete d['key' + i];
for (const k in d) s += d[k];
// getters and setters
const g = { n: 0, get v() { return this.n; }, set v(x) { this.n = x; } };
for (let i = 0; i < 500000; i++) g.v = g.v + 1;
print(s, g.n, Object.keys(d).length);
