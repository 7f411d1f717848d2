import { answer } from "native";
console.log(answer(40));
