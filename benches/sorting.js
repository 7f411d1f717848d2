// Array.prototype.sort with and without a comparator, on numbers, strings and objects.
let seed = 12345;
const random = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff);
const numbers = Array.from({ length: 200000 }, random);
const sorted = numbers.slice().sort((a, b) => a - b);
const text = numbers.slice(0, 60000).sort();
const words = numbers.slice(0, 60000).map(n => 'w' + n.toString(36)).sort();
const objects = numbers.slice(0, 100000).map(n => ({ n, k: n % 100 })).sort((a, b) => a.k - b.k || a.n - b.n);
sorted.sort((a, b) => a - b);
const typed = Float64Array.from(numbers).sort();
function quick(a, lo, hi) {
  while (lo < hi) {
    let i = lo, j = hi;
    const p = a[(lo + hi) >> 1];
    while (i <= j) {
      while (a[i] < p) i++;
      while (a[j] > p) j--;
      if (i <= j) { const t = a[i]; a[i] = a[j]; a[j] = t; i++; j--; }
    }
    if (j - lo < hi - i) { quick(a, lo, j); lo = i; } else { quick(a, i, hi); hi = j; }
  }
}
const own = numbers.slice();
quick(own, 0, own.length - 1);
print(sorted[1000], text[1000], words[1000], objects[1000].n, typed[1000], own[1000]);
