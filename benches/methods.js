// Classes: methods, inheritance, super, private fields, polymorphic calls.
class Shape { constructor(n) { this.n = n; } area() { return 0; } twice() { return this.area() * 2; } }
class Square extends Shape { area() { return this.n * this.n; } }
class Circle extends Shape { area() { return 3 * this.n * this.n; } }
class Big extends Square { area() { return super.area() + 1; } }
class Counter { #n = 0; add(k) { this.#n += k; return this; } get value() { return this.#n; } }
const all = [new Square(2), new Circle(3), new Big(4), new Shape(5)];
let s = 0;
for (let i = 0; i < 1500000; i++) s += all[i & 3].twice();
for (let i = 0; i < 300000; i++) s += new Big(i & 15).area();
const c = new Counter();
for (let i = 0; i < 1000000; i++) c.add(i & 3);
print(s, c.value);
