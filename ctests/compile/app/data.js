import conf from "./conf.json";
import typed from "./conf.json" with { type: "json" };
import text from "./bad.txt" with { type: "text" };
import bytes from "./bad.txt" with { type: "bytes" };
const same = JSON.stringify(conf) === JSON.stringify(typed);
console.log(JSON.stringify(conf), same, JSON.stringify(text), bytes instanceof Uint8Array, bytes.length);
