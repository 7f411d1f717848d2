import x from "./bad.txt" with { type: "json" };
