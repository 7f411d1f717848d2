import conf from "./conf.json" with { type: "json" };
console.log(JSON.stringify(scriptArgs.slice(1)), conf.name);
