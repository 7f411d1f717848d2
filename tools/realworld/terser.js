// Terser minifies a library in several ways.
var self = globalThis;
(async () => {
  for (const options of [
    { toplevel: true, compress: { passes: 3, unsafe: true, pure_getters: true }, mangle: { properties: { regex: /^_/ } } },
    { ecma: 5, compress: false, mangle: true, output: { comments: 'all' } },
    { ecma: 2020, module: true, compress: { drop_console: true, keep_fargs: false } },
    { mangle: false, format: { beautify: true, quote_style: 1, wrap_iife: true }, compress: { sequences: false } },
    { parse: {}, compress: true, format: { ascii_only: true, inline_script: true, max_line_len: 200 } },
  ]) {
    const r = await Terser.minify({ 'input.js': text }, options);
    print(r.code.length);
    print(r.code);
  }
  const again = { code: text };
  for (let i = 0; i < 2; i++) again.code = (await Terser.minify(again.code)).code;
  print(again.code.length);
  const nameCache = {};
  for (const code of ['var longName = 1; function other(argument) { return longName + argument }', 'console.log(other(longName))']) {
    print((await Terser.minify(code, { mangle: { toplevel: true }, nameCache })).code);
  }
  print(JSON.stringify(nameCache));
  try {
    await Terser.minify({ 'bad.js': 'a = ;\n' });
  } catch (e) {
    print(e.name, e.message, e.filename, e.line, e.col);
  }
})().catch(e => print('failed', e, e.stack));
