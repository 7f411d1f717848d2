// Small objects, arrays and trees, made and dropped.
function tree(depth) { return depth === 0 ? { left: null, right: null } : { left: tree(depth - 1), right: tree(depth - 1) }; }
function check(t) { return t.left === null ? 1 : 1 + check(t.left) + check(t.right); }
let s = 0;
for (let i = 0; i < 20; i++) s += check(tree(14));
for (let i = 0; i < 1500000; i++) { const o = { x: i, y: i + 1, z: null }; s += o.y & 1; }
for (let i = 0; i < 700000; i++) { const a = [i, i, i]; s += a.length; }
let list = null;
for (let i = 0; i < 500000; i++) list = { next: list, value: i };
for (let l = list; l; l = l.next) s += l.value & 1;
print(s);
