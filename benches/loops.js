// Integer and floating-point loops.
function integers(n) {
  let s = 0;
  for (let i = 0; i < n; i++) {
    if ((i & 3) === 0) s = (s + i) | 0;
    else s = (s ^ (i << 1)) | 0;
  }
  return s;
}
function doubles(n) {
  let x = 0.5;
  for (let i = 0; i < n; i++) x = x * 3.7 * (1 - x);
  return x;
}
function sieve(n) {
  const composite = new Uint8Array(n + 1);
  let count = 0;
  for (let i = 2; i <= n; i++) {
    if (composite[i]) continue;
    count++;
    for (let j = i * 2; j <= n; j += i) composite[j] = 1;
  }
  return count;
}
print(integers(8000000), doubles(3000000), sieve(2000000));
