// qjs tools/doc-tables.js [--check]: writes docs/names.md, the tables of every name that the modules and the command give to
// scripts, as the program itself has them. With --check it only says whether the file is as it would be, and whether each
// name is explained in its module's own page.
import * as std from "qjs:std";
import * as os from "qjs:os";
import * as bjson from "qjs:bjson";

const docs = os.realpath(scriptArgs[0])[0].replace(/[^/]*$/, "../docs/");
const check = scriptArgs.includes("--check");
const wrong = [];

/// One table: the names of an object, in order, with what they are.
function table(o, names = Object.getOwnPropertyNames(o)) {
    const rows = names.filter((n) => typeof n === "string").sort().map((n) => {
        const d = Object.getOwnPropertyDescriptor(o, n);
        if (d.get) return `| \`${n}\` | accessor | |`;
        const args = typeof d.value === "function" ? String(d.value.length) : "";
        return `| \`${n}\` | ${typeof d.value} | ${args} |`;
    });
    return ["| name | is | length |", "|---|---|---|", ...rows, ""].join("\n");
}
/// Constants, whose numbers are the system's, as a list.
function list(names) {
    return names.sort().map((n) => `\`${n}\``).join(" ") + "\n";
}
function explained(page, names) {
    const text = std.loadFile(docs + page);
    for (const n of names) if (!new RegExp(`\\b${n}\\b`).test(text)) wrong.push(`docs/${page} does not speak of ${n}`);
}
function module(name, ns) {
    const names = Object.keys(ns);
    explained(name + ".md", names.filter((n) => !n.startsWith("SIG")));
    const constants = names.filter((n) => typeof ns[n] === "number");
    let out = `## Module \`${name}\`\n\n` + table(ns, names.filter((n) => !constants.includes(n)));
    if (constants.length) out += "\nNumbers: " + list(constants);
    return out + "\n";
}

const file = std.tmpfile();
const members = Object.getOwnPropertyNames(Object.getPrototypeOf(file));
file.close();
explained("std.md", members.filter((n) => n !== "constructor"));
explained("std.md", Object.getOwnPropertyNames(std.Error));
const helpers = ["argv0", "console", "execArgv", "gc", "navigator", "performance", "print", "queueMicrotask", "scriptArgs"];

const text = `# Names

Made by \`qjs tools/doc-tables.js\`; \`make test\` fails when it is not up to date. What they do: [std](std.md),
[os](os.md), [bjson](bjson.md), [console](console.md), [workers](workers.md), [the command](qjs.md).

${module("std", std)}### FILE

${table(Object.getPrototypeOf(std.out))}
### \`std.Error\`

${list(Object.getOwnPropertyNames(std.Error))}
${module("os", os)}### Worker

${table(os.Worker.prototype)}
${module("bjson", bjson)}## Globals that \`js_std_add_helpers\` and the command add

${table(globalThis, helpers)}
### \`console\`

${table(console)}`;

const path = docs + "names.md";
if (!check) {
    std.writeFile(path, text);
} else if (std.loadFile(path) !== text) {
    wrong.push("docs/names.md is not what the program has: run  qjs tools/doc-tables.js");
}
for (const w of wrong) std.err.puts(w + "\n");
std.exit(wrong.length ? 1 : 0);
