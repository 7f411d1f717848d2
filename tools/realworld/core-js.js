// core-js brings what is missing and mends what it finds wrong; what it then offers is the same everywhere.
const show = x => JSON.stringify(x, (k, v) => (v instanceof Map || v instanceof Set ? [...v] : typeof v === 'bigint' ? `${v}n` : v === undefined ? '(undefined)' : v));
print(show([
  Array.from({ length: 3 }, (_, i) => i * i), [1, [2, [3, [4]]]].flat(Infinity), [3, 1, 2].toSorted(), [1, 2, 3].with(1, 9),
  [1, 2, 3, 4].findLast(x => x % 2), Object.groupBy([1, 2, 3, 4], x => (x % 2 ? 'odd' : 'even')), Map.groupBy([1, 2, 3], x => x > 1),
  Object.fromEntries(new Map([['a', 1]])), Array.prototype.uniqueBy ? [1, 2, 1, 3].uniqueBy() : 0,
]));
print(show([
  [1, 2, 3, 4, 5].values().drop(1).filter(x => x % 2).map(x => x * 2).toArray(), Iterator.from({ next: (i => () => ({ value: i, done: i++ > 3 }))(0) }).take(2).toArray(),
  Iterator.range ? Iterator.range(0, 10, 3).toArray() : 0, [...Iterator.concat([1], [2, 3])], [...Iterator.zip([[1, 2], [3, 4]])], [...[1, 2, 3, 4, 5].values().chunks(2)],
  [...[1, 2, 3].values().windows(2)], Iterator.prototype.indexed ? [...['a', 'b'].values().indexed()] : 0,
]));
print(show([
  new Set([1, 2, 3]).union(new Set([4])), new Set([1, 2]).isSubsetOf(new Set([1, 2, 3])), new Set([1, 2, 3]).symmetricDifference(new Set([3, 4])),
  new Map([[1, 2]]).getOrInsert(3, 4), new Map([[1, 2], [3, 4]]).filter ? new Map([[1, 2], [3, 4]]).filter((v, k) => k > 1) : 0,
]));
print(show([
  'abc'.at(-1), 'a-b-c'.replaceAll('-', '+'), 'x'.padStart(3, 'ab'), '\ud800'.isWellFormed(), 'a\ud800b'.toWellFormed(), [...'a1b2'.matchAll(/[a-z](\d)/g)].map(m => m[1]),
  RegExp.escape('a.b*c'), String.dedent ? String.dedent`
    a
      b
  ` : 0, 'I😀'.codePoints ? [...'I😀'.codePoints()] : 0, 'abc'.anchor('"'), /(?<y>\d{4})/.exec('in 2024').groups.y, 'aBc'.replace(/b/i, '[$&$`]'),
]));
print(show([
  Math.sumPrecise([1e20, 0.1, -1e20]), Math.f16round(1.337), Math.hypot(3, 4), Math.clz32(5), Math.fround(5.5), Math.expm1(1e-10), Math.sign(-3), Number.parseFloat('1.5e3x'),
  (25).toString(36), (1.005).toFixed(2), (0.000001234).toExponential(2), (1234.5678).toPrecision(6), Number('0b101'), parseInt('0x1f'), Math.signbit ? Math.signbit(-0) : 0,
]));
print(show([
  JSON.stringify({ a: [1, '\ud800', { b: undefined }] }), JSON.parse('[1.0]', (k, v, c) => (c && c.source ? c.source : v)), JSON.stringify({ n: JSON.rawJSON('123456789012345678901') }),
  structuredClone(new Map([[{ a: 1 }, new Date(0)]])), new Uint8Array([1, 2, 255]).toBase64(), Uint8Array.fromHex('cafe').join(), new Date(0).toISOString(), escape('ü€'), unescape('%u20AC'),
  btoa('hello'), atob('aGVsbG8='), Error.isError(new TypeError()), new AggregateError([1], 'm').errors, Symbol('d').description,
]));
const url = new URL('https://user:pw@example.com:8080/a/../b/c?x=1&y=%20z#h');
url.searchParams.append('q', 'ä ö');
url.hostname = 'münchen.de';
print(url.href, url.origin, url.pathname, url.search, url.hash, show([...url.searchParams]), URL.canParse('nope'));
print(new URL('//x/y', 'http://a/b').href, new URL('http://0x7f.1/').host, new URL('http://[1:2::3]/').host, new URLSearchParams({ a: 'b c', d: '&' }).toString());
const log = [];
Promise.allSettled([1, Promise.reject(2)]).then(r => log.push(r))
  .then(() => Promise.any([Promise.reject(1), 2])).then(r => log.push(r))
  .then(() => Promise.try(() => { throw 3; })).catch(e => log.push(e)).finally(() => log.push('finally'))
  .then(() => Promise.withResolvers && Array.fromAsync([1, Promise.resolve(2)])).then(r => log.push(r))
  .then(async () => { for await (const x of (async function* () { yield 1; yield 2; })()) log.push(x); })
  .then(() => { const s = new DisposableStack(); s.defer(() => log.push('disposed')); s.dispose(); })
  .then(() => (typeof Observable === 'function' ? new Promise(done => Observable.of(1, 2, 3).subscribe({ next: x => log.push(`next ${x}`), complete: done })) : 0))
  .then(() => new Promise(done => queueMicrotask(done)))
  .then(() => print(show(log)), e => print('failed', e, e && e.stack));
