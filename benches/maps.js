// Map, Set, WeakMap.
const m = new Map();
for (let i = 0; i < 300000; i++) m.set('k' + i, i);
let s = 0;
for (let i = 0; i < 300000; i++) s += m.get('k' + i);
const ints = new Map();
for (let i = 0; i < 500000; i++) ints.set(i * 7, i);
for (let i = 0; i < 500000; i++) if (ints.has(i)) s++;
for (const [k, v] of ints) s += k ^ v;
for (let i = 0; i < 500000; i += 2) ints.delete(i * 7);
const set = new Set();
for (let i = 0; i < 500000; i++) set.add(i % 1000);
const keys = [], w = new WeakMap();
for (let i = 0; i < 100000; i++) { const o = { i }; keys.push(o); w.set(o, i); }
for (const k of keys) s += w.get(k);
print(s, ints.size, set.size);
