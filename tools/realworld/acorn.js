// acorn parses its own distribution.
var comments = [];
var tokens = [];
var ast = acorn.parse(text, { ecmaVersion: 'latest', locations: true, onComment: comments, onToken: tokens });
print(JSON.stringify(ast));
print(comments.length, JSON.stringify(comments));
print(tokens.length, tokens.map(t => t.type.label).join(' '));
for (const bad of ['a b', 'let x; let x', '({a=1})', '/(/', 'for (;;', '"\\u{110000}"']) {
  try {
    acorn.parse(bad, { ecmaVersion: 'latest' });
    print('parsed', bad);
  } catch (e) {
    print(e.name, e.message, e.pos, e.loc.line, e.loc.column);
  }
}
