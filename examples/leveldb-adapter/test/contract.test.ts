import { bindContract } from "@agent-sessions/core/contract";
import { describe, it } from "vitest";
import { harness } from "../src/harness.js";

bindContract(harness, { describe, it });
