#!/usr/bin/env node
import { keepCompiledCode } from "./compiled-code/keep-compiled-code.js";
import { MAIN_CHUNK } from "./compiled-code/kept-chunks.js";

const load = keepCompiledCode(process);
// A file of its own, all of whose compiled code is kept.
if (load === null) void import("./main.js");
else load(MAIN_CHUNK);
