import { keepCompiledCode } from "./compiled-code/keep-compiled-code.js";

keepCompiledCode(process);
// All else loads from here on, so that its compiled code is kept.
void import("./main.js");
