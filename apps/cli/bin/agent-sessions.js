#!/usr/bin/env node
"use strict";

const { readCompileCache } = require("./compile-cache.js");

readCompileCache(process);
require("../dist/agent-sessions.cjs");
