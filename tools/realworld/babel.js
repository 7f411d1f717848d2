// Babel compiles a library for old browsers, and pieces of newer syntax with its proposals' plugins.
for (const options of [
  { presets: [['env', { targets: { ie: '11' } }]], sourceMaps: true, compact: false },
  { presets: [['env', { targets: { chrome: '60' }, modules: 'umd' }]], comments: false },
  { presets: ['env'], minified: true },
]) {
  const r = Babel.transform(text, { ...options, filename: 'input.js', sourceType: 'unambiguous' });
  print(r.code);
  print(JSON.stringify(r.map));
}
const pieces = {
  classes: 'class A extends B { #x = 1; static #y = 2; static { A.z = this.#y } get x() { return this.#x } async *m() { yield* super.m() } }',
  generators: 'async function f(x) { for await (const y of x) { try { await y } finally { yield_() } } } function* g() { const [a, ...b] = yield 1; return { ...b, a } }',
  operators: 'a?.b?.[c]?.(d) ?? (e ||= f) ** (g &&= 2n); label: for (let i of [1, 2]) { setTimeout(() => i); continue label }',
  patterns: 'const { a = 1, b: { c, ...d }, [e()]: f, ...g } = h, re = /(?<year>\\d{4})-(?<m>.)\\u{1F600}/usy; export default class {} export * as ns from "m";',
  jsx: 'const x = <A b={1} {...c} d-e="f">text &amp; {g} <></></A>;',
  types: 'interface I<T extends object> { a?: T[keyof T] } enum E { A = 1, B = A << 2, C = "c".length } namespace N { export const q = 1 } abstract class C<T> extends D implements I<T> { constructor(private x: number, readonly y = 2) { super() } z?: string } let v = <any>w as unknown satisfies I<{}>;',
  using: 'function f() { using a = b(); { await_; } } async function g() { await using c = d() }',
};
for (const name in pieces) {
  const presets = [['env', { targets: { ie: '11' } }], 'react'];
  if (name === 'types') presets.push('typescript');
  const plugins = name === 'using' ? ['transform-explicit-resource-management'] : [];
  const r = Babel.transform(pieces[name], { presets, plugins, filename: name === 'types' ? 'a.ts' : 'a.js', ast: true, assumptions: {} });
  print(name, r.code);
  print(JSON.stringify(r.ast, (k, v) => (typeof v === 'bigint' ? `${v}n` : v)).length);
}
try {
  Babel.transform('let a;\nlet a = (1;\n', { filename: 'bad.js', highlightCode: false });
} catch (e) {
  print(e.name, e.message, e.code, JSON.stringify(e.loc));
}
print(Object.keys(Babel.availablePlugins).sort().join(' '), Babel.version);
