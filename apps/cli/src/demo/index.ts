export { freshFolder } from "./fresh-folder.js";
export { printDemo } from "./print-demo.js";
export { runDemo } from "./run-demo.js";
