// UglifyJS minifies a library in several ways. Its sources are plain scripts that share one scope.
for (const options of [
  { toplevel: true, compress: { passes: 2, unsafe: true, pure_getters: true }, mangle: { toplevel: true } },
  { compress: false, mangle: false, output: { beautify: true, comments: true } },
  { ie: true, v8: true, webkit: true, mangle: { eval: true } },
  { compress: { keep_fargs: false, drop_console: true }, output: { ascii_only: true, quote_style: 1, max_line_len: 100 } },
  { sourceMap: { includeSources: false, names: true, url: 'out.js.map' }, mangle: { properties: { regex: /^_[a-z]/ } } },
]) {
  const r = minify({ 'input.js': text }, options);
  print(r.error);
  print(r.code && r.code.length);
  print(r.code);
  print(r.map);
}
print(minify('const f = async (a, ...b) => { for await (let { c = 1, ...d } of a) yield_(`x${c}`, b?.[0] ?? d) }; class A { #p = 1; static q() { return super.q } }').code);
const bad = minify({ 'bad.js': 'a = ;\n' }).error;
print(bad.name, bad.message, bad.filename, bad.line, bad.col);
