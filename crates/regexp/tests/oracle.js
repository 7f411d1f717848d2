// Prints cases for tests/oracle.rs: flags, pattern, subject, start, and what this node answers.
// Usage: node oracle.js SEED COUNT
'use strict';
let seed = Number(process.argv[2] || 1) >>> 0;
const count = Number(process.argv[3] || 20000);
function random(n) {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 4294967296) * n);
}
const pick = (list) => list[random(list.length)];

const chars = ['a', 'b', 'c', 'a', 'b', 'k', 's', 'S', 'A', 'B', '0', '1', ' ', '_', '-', '\n', 'é', 'É', 'ß', 'ÿ', 'µ',
  '\u017f', '\u212a', '\u03bc', '\u1e9e', '\u2028', 'Ω', '\u{1F600}', '\u{10400}', '\u{10428}', '\ud83d', '\ude00'];
const plain = chars.slice(0, 13);
function subject(wide) {
  let s = '';
  const n = random(random(8) ? 10 : 40);
  for (let i = 0; i < n; i++) s += wide ? pick(chars) : pick(plain);
  return s;
}
let groups = 0;
let names = 0;
function charText(wide) {
  const c = wide ? pick(chars) : pick(plain);
  return c === '\n' ? '\\n' : c;
}
function classText(wide, f) {
  let s = random(3) === 0 ? '[^' : '[';
  const n = random(4);
  for (let i = 0; i <= n; i++) {
    switch (random(f.includes('v') ? 12 : 8)) {
      case 0: s += pick(['\\d', '\\w', '\\s', '\\D', '\\W', '\\S']); break;
      case 1: s += pick(['a-c', 'A-S', '0-9', 'a-é', '\\u0100-\\uffff', 'ß-\u1e9e', 'z-a']); break;
      case 2: s += pick(['\\b', '\\n', '\\-', '\\]', '\\cA', '\\x41', '\\u0061', '\\q', '-']); break;
      case 8: s += classText(wide, f); break;
      case 9: s += pick(['&&', '--', '&', '~~']); break;
      case 10: s += pick(['\\q{ab|b|}', '\\q{abc|bc|a}', '\\p{L}', '\\P{Lu}', '\\p{RGI_Emoji}']); break;
      default: s += charText(wide);
    }
  }
  return s + (random(40) ? ']' : '');
}
function atom(depth, wide, f) {
  switch (random(depth > 0 ? 19 : 9)) {
    case 0: return '.';
    case 1: return classText(wide, f);
    case 2: return pick(['\\d', '\\w', '\\s', '\\D', '\\W', '\\S', '\\b', '\\B']);
    case 3: return pick(['^', '$', '\\b', '\\B']);
    case 4: return pick(['\\1', '\\2', '\\3', '\\0', '\\10', '\\07', '\\x41', '\\u0061', '\\cA', '\\c', '\\k<n1>', '\\k',
      '{', '}', ']', '\\8', '\\-', '\\u{61}', '\\p{Lu}', '\\P{L}', '\\p{Script=Greek}']);
    case 9: case 10: groups++; return '(' + disjunction(depth - 1, wide, f) + ')';
    case 11: names++; return `(?<n${names}>` + disjunction(depth - 1, wide, f) + ')';
    case 12: case 13: return '(?:' + disjunction(depth - 1, wide, f) + ')';
    case 14: return '(?=' + disjunction(depth - 1, wide, f) + ')';
    case 15: return '(?!' + disjunction(depth - 1, wide, f) + ')';
    case 16: return '(?<=' + disjunction(depth - 1, wide, f) + ')';
    case 17: return '(?<!' + disjunction(depth - 1, wide, f) + ')';
    default: return charText(wide) + (random(3) ? '' : charText(false) + charText(wide));
  }
}
function quantifier() {
  return random(3) ? '' : pick(['*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{0,3}?', '{2,}', '{,2}', '{0}', '{3,1}', '{2,3}']);
}
function alternative(depth, wide, f) {
  let s = '';
  const n = random(4);
  for (let i = 0; i < n; i++) s += atom(depth, wide, f) + quantifier();
  return s;
}
function disjunction(depth, wide, f) {
  let s = alternative(depth, wide, f);
  const n = random(4) ? 0 : 1 + random(6);
  for (let i = 0; i < n; i++) s += '|' + alternative(depth, wide, f);
  return s;
}
const hex = (s) => { let out = ''; for (let i = 0; i < s.length; i++) out += s.charCodeAt(i).toString(16).padStart(4, '0'); return out; };
const lines = [];
for (let i = 0; i < count; i++) {
  groups = names = 0;
  const wide = random(2) === 0;
  const f = pick(['', '', '', 'i', 'i', 'm', 's', 'u', 'u', 'iu', 'v', 'iv', 'y', 'iuy', 'imsy']);
  const source = disjunction(3, wide, f);
  let re;
  try { re = new RegExp(source, f + 'dg'.slice(0, f.includes('y') ? 1 : 2)); } catch { lines.push([f, hex(source), '', 0, 'E'].join('\t')); continue; }
  for (let j = 0; j < 3; j++) {
    const text = subject(wide || random(3) === 0);
    let at = random(3) ? 0 : random(text.length + 1);
    // Where an index inside a pair leads is tested apart.
    if (/[uv]/.test(f) && at > 0 && at < text.length && /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(at - 1, at + 1))) at = 0;
    re.lastIndex = at;
    const m = re.exec(text);
    // V8 tries the inside of a pair when a pattern can match nothing; the specification does not.
    const inside = (k) => /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(k - 1, k + 1)) && k > 0;
    if (/[uv]/.test(f) && m && m.indices.some((p) => p && p.some(inside))) continue;
    const answer = m ? m.indices.map((p) => (p ? p.join(':') : '-')).join(',') : 'N';
    lines.push([f, hex(source), hex(text), at, answer].join('\t'));
  }
}
process.stdout.write(lines.join('\n') + '\n');
