import { bindContract } from "@agent-sessions/core/contract";
import { describe, it } from "vitest";
import { sqliteHarness } from "./sqlite-harness.js";

bindContract(sqliteHarness("sqlite"), { describe, it });
