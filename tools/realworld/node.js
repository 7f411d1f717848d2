// What host.c does, in node: the same arguments, a global scope with nothing but ECMAScript and print().
const fs = require('fs');
const vm = require('vm');
const out = [];
const context = vm.createContext({});
vm.runInContext('(function (emit) { globalThis.print = function print(...a) { emit(a.map(String).join(" ")); }; })', context)(
  line => out.push(line, '\n'));
const args = process.argv.slice(2);
(async () => {
  while (args.length > 0) {
    const name = args.shift();
    if (name === '-t') {
      context[args.shift()] = fs.readFileSync(args.shift(), 'utf8');
    } else {
      vm.runInContext(fs.readFileSync(name, 'utf8'), context, { filename: name });
      // The jobs run before the next script does.
      await new Promise(setImmediate);
    }
  }
  fs.writeFileSync(1, out.join(''));
})();
