import { bindContract } from "@agent-sessions/core/contract";
import { describe, it } from "vitest";
import { sqliteHarness } from "./sqlite-harness.js";

bindContract(sqliteHarness("sqlite without WAL and search index", { journalMode: "delete", search: false }), {
  describe,
  it,
});
