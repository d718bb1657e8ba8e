import { describe, it } from "vitest";
import { bindContract } from "../src/contract.js";
import { fragileHarness, openFragile } from "./contract/fragile-harness.js";
import { memoryHarness } from "./contract/memory-harness.js";

bindContract(memoryHarness, { describe, it });
bindContract(fragileHarness("fragile memory", openFragile), { describe, it });
