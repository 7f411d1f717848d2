// One site, several shapes: reads, writes, additions and calls of methods, own and inherited, up to more shapes than a
// site remembers.
class Leaf { constructor(v) { this.v = v; } size() { return 1; } }
class Pair { constructor(v) { this.l = v; this.v = v + 1; } size() { return 2; } }
class Triple { constructor(v) { this.a = v; this.b = v; this.v = v + 2; } size() { return 3; } }
class Named { constructor(v) { this.name = 'n'; this.tag = 0; this.v = v + 3; } size() { return 4; } get double() { return this.v * 2; } }
function run(list, n) {
  let s = 0;
  const mask = list.length - 1;
  for (let i = 0; i < n; i++) {
    const o = list[i & mask];
    s += o.v + o.size();
    o.v = i & 15;
  }
  return s;
}
const two = [new Leaf(1), new Pair(2)];
const four = [new Leaf(1), new Pair(2), new Triple(3), new Named(4)];
const eight = four.concat([{ v: 1, size() { return 5; } }, { x: 1, v: 2, size() { return 6; } },
  { y: 1, v: 3, size() { return 7; } }, { z: 1, v: 4, size() { return 8; } }]);
let s = run([new Leaf(1), new Leaf(2)], 500000) + run(two, 500000) + run(four, 1000000) + run(eight, 300000);
// additions at one site
function mark(o, i) { o.mark = i; return o; }
for (let i = 0; i < 300000; i++) {
  const o = i & 1 ? (i & 2 ? { a: i } : { b: i }) : (i & 2 ? { c: i } : { a: i, b: i });
  s += mark(o, i).mark & 1;
}
// accessors, own and inherited
const views = [four[3], { get double() { return 1; } }];
for (let i = 0; i < 500000; i++) s += views[i & 1].double;
print(s);
