// lodash: a tour of its functions over made-up records.
const people = [];
for (let i = 0; i < 500; i++) {
  people.push({
    id: i,
    name: ['ann', 'bob', 'cid', 'dot', 'eve'][i % 5] + i,
    age: (i * 37) % 90,
    tags: _.times(i % 4, n => 'tag' + n),
    address: { city: 'city ' + (i % 7), geo: { lat: i / 3, lng: -i / 7 } },
    joined: new Date(Date.UTC(2000 + (i % 20), i % 12, 1 + (i % 28))),
  });
}
const show = (label, value) => print(label + ': ' + JSON.stringify(value));
show('chunk', _.chunk(_.range(20), 3));
show('groupBy', _.mapValues(_.groupBy(people, 'address.city'), g => g.length));
show('orderBy', _.map(_.orderBy(people, ['age', 'name'], ['desc', 'asc']).slice(0, 20), 'name'));
show('sortBy', _.map(_.sortBy(people, p => -p.address.geo.lat), 'id').slice(0, 20));
show('uniqBy', _.map(_.uniqBy(people, 'age'), 'id'));
show('countBy', _.countBy(people, p => p.tags.length));
show('keyBy', Object.keys(_.keyBy(people.slice(0, 30), 'name')));
show('partition', _.partition(_.map(people, 'age'), a => a > 45).map(x => x.length));
show('sum', [_.sumBy(people, 'age'), _.meanBy(people, 'age'), _.maxBy(people, 'age').id, _.minBy(people, 'age').id]);
const deep = _.cloneDeep(people);
deep[3].address.geo.lat = NaN;
show('isEqual', [_.isEqual(people, deep), _.isEqual(people.slice(4), deep.slice(4)), _.isEqual(new Map([[1, new Set([2])]]), new Map([[1, new Set([2])]]))]);
show('merge', _.merge({}, people[1], { address: { geo: { alt: 5 } }, tags: ['x'] }));
show('get set', [_.get(people, '[2].address.geo.lng'), _.set({}, 'a[0].b.c', 4), _.has(people[0], 'address.geo'), _.unset({ a: { b: 1 } }, 'a.b')]);
show('pick omit', [_.pick(people[7], ['id', 'address.city']), _.omit(people[7], ['tags', 'address.geo', 'joined'])]);
show('strings', ['camelCase', 'kebabCase', 'snakeCase', 'startCase', 'upperFirst', 'deburr', 'capitalize', 'escape', 'words', 'toUpper', 'trim']
  .map(f => _[f]('  Foo bar-baz_qux<déjà vu> fooBar XMLHttpRequest 42nd & œuvre  ')));
show('pad', [_.pad('abc', 8, '_-'), _.padStart('7', 3, '0'), _.truncate('hi-diddly-ho there, neighborino', { length: 24, separator: /,? +/ }), _.repeat('ab', 3)]);
show('template', _.template('<% _.forEach(list, function (p) { %><li class="<%= p.id %>"><%- p.name %> & co</li>\n<% }); %>${ list.length }')({ list: people.slice(0, 5) }));
show('difference', [_.difference(_.range(50), _.range(0, 50, 3)), _.intersection([1, 2, 3], [2, 3, 4], [3, 2]), _.xor([1, 2], [2, 3]), _.union([1], [2, 1], [3])]);
show('flatten', [_.flattenDeep([1, [2, [3, [4, [5]]]]]), _.flattenDepth([1, [2, [3, [4]]]], 2), _.compact([0, 1, false, 2, '', 3, null, NaN])]);
show('zip', [_.zip(['a', 'b'], [1, 2], [true, false]), _.zipObjectDeep(['a.b[0].c', 'a.b[1].d'], [1, 2]), _.unzip([['a', 1], ['b', 2]])]);
show('functions', [_.curry((a, b, c) => [a, b, c])(1)(2)(3), _.partial((a, b) => a - b, _, 3)(10), _.flow([x => x + 1, x => x * 2])(4), _.memoize(x => x * 2)(21), _.ary(Array.of, 2)(1, 2, 3), _.rearg((a, b) => [a, b], [1, 0])('x', 'y')]);
show('once', _.times(3, _.once(() => 5)));
show('types', _.map([1, 'a', [], {}, null, undefined, NaN, /x/g, new Date(0), () => 1, Symbol('s'), new Map(), new Set(), new Error('e'), new Uint8Array(2), arguments = (function () { return arguments; })(1)],
  v => ['isNumber', 'isString', 'isArray', 'isPlainObject', 'isNil', 'isNaN', 'isRegExp', 'isDate', 'isFunction', 'isSymbol', 'isMap', 'isSet', 'isError', 'isTypedArray', 'isArguments', 'isEmpty'].map(f => +_[f](v)).join('')));
show('numbers', [_.clamp(12, 0, 10), _.inRange(3, 2, 4), _.round(4.0067, 2), _.floor(-4.567, 1), _.ceil(6040, -2), _.toInteger('3.7'), _.toFinite(Infinity), _.toSafeInteger(1e300)]);
show('chain', _(people).filter('tags.length').map('tags').flatten().countBy().toPairs().sortBy(1).value());
show('lazy', _(_.range(1000)).map(x => x * x).filter(x => x % 2).take(5).reverse().value());
show('transform', _.transform(people.slice(0, 9), (acc, p) => { (acc[p.age % 3] = acc[p.age % 3] || []).push(p.id); }, {}));
show('invert', [_.invertBy({ a: 1, b: 2, c: 1 }), _.mapKeys({ a: 1, b: 2 }, (v, k) => k + v), _.defaultsDeep({ a: { b: 1 } }, { a: { b: 2, c: 3 } }), _.findKey({ x: 1, y: 2 }, v => v > 1)]);
show('regexp', ['escapeRegExp', 'unescape', 'lowerCase', 'upperCase'].map(f => _[f]('[lodash](https://lodash.com/) &amp; Été 2024')));
show('unicode', [_.toArray('a👍🏽b🇫🇷c'), _.size('👨‍👩‍👧‍👦'), _.split('ña.ño', '.'), _.reverse(_.toArray('héllo'))]);
show('dates', _.map(_.sortBy(people, 'joined').slice(0, 10), p => p.joined.toISOString()));
show('cloneDeep', _.cloneDeep({ m: [...new Map([[1, { a: 1 }]])], r: /a/gi.source, d: new Date(5), t: [...new Float32Array([1.5, 2.5])] }));
