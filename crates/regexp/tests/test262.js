// Prints what test262's generated tests of properties say, for tests/test262.rs.
// Usage: node test262.js TEST262_DIR
'use strict';
const fs = require('fs');
const path = require('path');
const vm = require('vm');
const root = path.join(process.argv[2], 'test/built-ins/RegExp');
const hex = (s) => { let out = ''; for (let i = 0; i < s.length; i++) out += s.charCodeAt(i).toString(16).padStart(4, '0'); return out; };
const print = (...fields) => fs.writeSync(1, fields.join('\t') + '\n');
function ranges(args) {
  return [...args.loneCodePoints.map((c) => c + '-' + c), ...args.ranges.map((r) => r.join('-'))].join(' ');
}
const literal = (s) => { const i = s.lastIndexOf('/'); return [s.slice(i + 1), hex(s.slice(1, i))]; };
for (const dir of ['property-escapes/generated', 'property-escapes/generated/strings', 'unicodeSets/generated']) {
  for (const file of fs.readdirSync(path.join(root, dir))) {
    if (!file.endsWith('.js')) continue;
    const text = fs.readFileSync(path.join(root, dir, file), 'utf8');
    const negative = text.includes('type: SyntaxError');
    if (negative) {
      const found = text.match(/^\/(.*)\/([a-z]*);$/m);
      if (found) print('E', file, found[2], hex(found[1]));
      continue;
    }
    const quoted = text.replace(/^(\s*(?:regExp: )?)(\/\^.*\/[uvi]*)(,?)$/gm, (_, a, b, c) => a + JSON.stringify(b) + c);
    const strings = ({ regExp, matchStrings, nonMatchStrings }) => {
      print('S', file, ...literal(regExp), matchStrings.map(hex).join(' '), (nonMatchStrings || []).map(hex).join(' '));
    };
    vm.runInNewContext(quoted, {
      buildString: ranges,
      $DONOTEVALUATE() {},
      assert: Object.assign(() => {}, { sameValue() {}, throws() {} }),
      testPropertyEscapes(re, s) { print('R', file, ...literal(re), s); },
      testExtendedCharacterClass: strings,
      testPropertyOfStrings: strings,
    });
  }
}
// Early errors and fine literals: the last line of a file that is one literal.
for (const dir of ['../../language/literals/regexp', '../../language/literals/regexp/named-groups']) {
  for (const file of fs.readdirSync(path.join(root, dir))) {
    if (!file.endsWith('.js')) continue;
    const text = fs.readFileSync(path.join(root, dir, file), 'utf8');
    const negative = text.includes('type: SyntaxError');
    for (const found of text.matchAll(/^\/((?:[^\/\\\n]|\\.)+)\/([a-z]*);?$/gm)) print(negative ? 'E' : 'P', file, found[2], hex(found[1]));
  }
}
