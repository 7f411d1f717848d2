// Prettier formats a library, a stylesheet, a page, Markdown and more, in several styles.
const plugins = Object.values(prettierPlugins);
const samples = {
  css: 'a{color:red;background:URL(x.png)}@media (max-width:100px){.b>.c~d:hover::after{content:"\\201C";margin:0 auto!important}}',
  scss: '$a:1px;@mixin m($x,$y:2){.a{&:hover{width:calc(#{$x} + $y)}}}@each $k,$v in (a:1,b:2){.#{$k}{@include m($v)}}',
  html: '<!doctype html><html><head><title>x</title><style>a{b:c}</style><script>let a=1</script></head><body><p>some <b>bold</b> text that is long enough to be wrapped somewhere in the middle of the line</p><ul><li>1<li>2</ul></body></html>',
  yaml: 'a:   1\nb:\n    - x\n    - {y: z,  w: [1,2,   3]}\n# c\nd: >\n  folded\n  text\n',
  graphql: 'query Q($a:Int=1){user(id:$a){...F @include(if:true) name}} fragment F on User{id,friends(first:10){edges{node{name}}}}',
  json: '{"a":[1,2,3,{"b":null}],\n// comment\n"c":"d"}',
};
(async () => {
  for (const parser of ['babel', 'acorn', 'meriyah', 'espree']) {
    print(await prettier.format(text, { parser, plugins }));
  }
  for (const options of [
    { semi: false, singleQuote: true, tabWidth: 4, printWidth: 60 },
    { useTabs: true, trailingComma: 'none', arrowParens: 'avoid', bracketSpacing: false, printWidth: 120 },
  ]) {
    print(await prettier.format(text, { parser: 'babel', plugins, ...options }));
  }
  print(await prettier.format(types, { parser: 'typescript', plugins }));
  print(await prettier.format(types, { parser: 'babel-ts', plugins }));
  print(await prettier.format(readme, { parser: 'markdown', plugins, proseWrap: 'always' }));
  for (const parser in samples) print(parser, await prettier.format(samples[parser], { parser, plugins }));
  print(await prettier.check(await prettier.format('a  =  1', { parser: 'babel', plugins }), { parser: 'babel', plugins }));
  print(JSON.stringify(await prettier.formatWithCursor('foo (  bar )', { parser: 'babel', plugins, cursorOffset: 6 })));
  try {
    await prettier.format('a (', { parser: 'babel', plugins });
  } catch (e) {
    print(e.name, e.message, JSON.stringify(e.loc));
  }
  const info = await prettier.getSupportInfo({ plugins });
  print(info.languages.map(l => l.name).join(), info.options.map(o => o.name).join());
})().catch(e => print('failed', e, e.stack));
