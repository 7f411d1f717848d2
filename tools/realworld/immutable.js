// Immutable: its collections, with many changes, and what they print.
const { List, Map: IMap, OrderedMap, Set: ISet, OrderedSet, Stack, Range, Repeat, Record, Seq, fromJS, is, hash, merge, mergeDeep, getIn, setIn, updateIn, removeIn } = Immutable;
let random = 12345;
const next = n => (random = (random * 1103515245 + 12345) & 0x7fffffff) % n;
let list = List(), map = IMap(), ordered = OrderedMap(), set = ISet(), stack = Stack();
for (let i = 0; i < 20000; i++) {
  const k = next(5000), how = next(6);
  if (how < 3) list = list.push(k);
  else if (how === 3 && list.size) list = list.set(next(list.size), -k);
  else if (how === 4) list = list.unshift(k);
  else if (list.size) list = how === 5 && i % 2 ? list.pop() : list.shift();
  map = how ? map.set(k % 3 ? k : `s${k}`, i) : map.delete(k);
  ordered = how > 1 ? ordered.set(k, i) : ordered.remove(k);
  set = how > 2 ? set.add(k) : set.delete(k);
  stack = how ? stack.push(k) : stack.pop();
}
print(list.size, map.size, ordered.size, set.size, stack.size, list.hashCode(), map.hashCode(), ordered.hashCode(), set.hashCode(), stack.hashCode());
print(String(list.take(50)), String(map.take(50)), String(ordered.takeLast(50)), String(set.take(50)), String(stack.slice(0, 20)));
print(String(list.groupBy(x => Math.abs(x) % 5).map(g => g.size)), list.reduce((a, b) => a + b, 0), list.max(), list.minBy(x => -x), String(list.sort().takeLast(5)), String(list.sortBy(x => x % 100).take(5)));
print(String(map.filter((v, k) => v % 1000 === 0).sortBy(v => v)), String(map.keySeq().filter(k => typeof k === 'string').sort().take(9)), String(ordered.flip().take(4)), String(ordered.reverse().take(3)));
const data = fromJS({ a: { b: [1, { c: 2 }], d: null }, e: [[1, 2], [3, [4]]], f: 'text' });
print(String(data), JSON.stringify(data), String(data.getIn(['a', 'b', 1, 'c'])), String(data.setIn(['a', 'b', 5], 9)), String(data.updateIn(['a', 'x', 'y'], 0, x => x + 1)), String(data.deleteIn(['a', 'b', 0])), String(data.mergeDeep({ a: { z: 1 }, e: [[9]] })), String(data.get('e').flatten()));
print(is(data, fromJS(data.toJS())), is(IMap({ a: List([1]) }), IMap({ a: List([1]) })), hash('hello'), hash(1.5), hash(true), hash(null), hash([1].length), is(NaN, NaN), is(0, -0));
const Point = Record({ x: 0, y: 0, tags: List() }, 'Point');
const p = new Point({ x: 1 });
print(String(p), String(p.set('y', 5).update('tags', t => t.push('a'))), p.equals(new Point({ x: 1 })), JSON.stringify(p), p.has('z'), String(p.merge({ x: 9, q: 1 })), Object.keys(p.toObject()).join());
print(String(Range(0, 100, 7).filter(x => x % 2).map(x => x * x)), String(Repeat('ab', 3)), Range(1, Infinity).map(x => x * 2).filter(x => x % 3 === 0).skip(5).take(4).join(), String(Seq({ a: 1, b: 2 }).mapKeys(k => k + k).concat({ c: 3 })));
print(String(OrderedSet([3, 1, 2, 3]).union([5, 1]).subtract([2])), String(ISet([1, 2, 3]).intersect([2, 3, 4])), String(List([1, 2, 3]).zip(List('abc'))), String(List(['a', 'b']).interpose('-')), String(List([1, [2]]).concat([3], 4)));
print(map.equals(IMap(map.toArray().reverse())), map.withMutations(m => { for (let i = 0; i < 500; i++) m.set(i, -i); }).size, map.asMutable().set(1, 2).asImmutable().get(1));
print(JSON.stringify(setIn({ a: { b: 1 } }, ['a', 'c', 'd'], 2)), JSON.stringify(merge({ a: [1] }, { b: 2 })), JSON.stringify(mergeDeep({ a: [1] }, { a: [2] })), getIn({ a: [1, 2] }, ['a', 1]), JSON.stringify(removeIn({ a: { b: 1 } }, ['a', 'b'])), JSON.stringify(updateIn({ n: 1 }, ['n'], n => n + 1)));
print([...map.entries()].length, [...list.keys()].length, [...set].slice(0, 5).join(), Immutable.version);
