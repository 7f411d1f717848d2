// Building, cutting, searching and comparing strings.
let s = '';
for (let i = 0; i < 1000000; i++) s += 'ab'[i & 1];
let n = 0;
for (let i = 0; i < s.length; i++) n += s.charCodeAt(i);
for (let i = 0; i < 300000; i++) n += s.substring(i, i + 12).length;
const words = 'the quick brown fox jumps over the lazy dog '.repeat(3000).split(' ');
n += words.map(w => w.toUpperCase()).join('-').length;
for (let i = 0; i < 200; i++) n += words.join(' ').indexOf('nowhere');
for (let i = 0; i < 200000; i++) n += ('item ' + i + ' of ' + 200000).length + `${i}:${n & 7}`.length;
n += 'a,b,c,d,e,f,g,h'.repeat(5000).replaceAll(',', ';').length;
for (let i = 0; i < 300000; i++) if (words[i % words.length] < words[(i * 7) % words.length]) n++;
let u = 'привет мир '.repeat(10000);
for (let i = 0; i < u.length; i++) n += u.codePointAt(i) & 7;
print(n, u.toUpperCase().length, s.length);
