// TypeScript compiles a module of some thousand lines for old and new targets.
for (const target of [ts.ScriptTarget.ES5, ts.ScriptTarget.ES2015, ts.ScriptTarget.ESNext]) {
  const r = ts.transpileModule(text, {
    fileName: 'types.ts',
    reportDiagnostics: true,
    compilerOptions: { target, module: ts.ModuleKind.CommonJS, sourceMap: true },
  });
  print(r.outputText);
  print(r.sourceMapText);
  print(r.diagnostics.map(d => ts.flattenDiagnosticMessageText(d.messageText, '\n')).join('\n'));
}
const file = ts.createSourceFile('types.ts', text, ts.ScriptTarget.Latest, true);
const kinds = {};
(function visit(node) {
  const k = ts.SyntaxKind[node.kind];
  kinds[k] = (kinds[k] || 0) + 1;
  ts.forEachChild(node, visit);
})(file);
print(JSON.stringify(kinds, null, 1));
print(ts.version);
