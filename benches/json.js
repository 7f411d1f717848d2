// JSON.stringify and JSON.parse of records.
const records = [];
for (let i = 0; i < 20000; i++) {
  records.push({ id: i, name: 'record "' + i + '"', tags: ['a', 'b', 'c\n'], ratio: i / 7, nested: { ok: true, none: null } });
}
let n = 0;
for (let i = 0; i < 5; i++) {
  const text = JSON.stringify(records);
  n += text.length;
  const back = JSON.parse(text);
  n += back.length + back[777].name.length;
}
n += JSON.stringify(records.slice(0, 5000), null, 2).length;
n += JSON.parse(JSON.stringify(records.slice(0, 5000)), (k, v) => (k === 'ratio' ? 0 : v)).length;
print(n);
