import { expect, it } from "vitest";
import { clauses } from "../src/contract.js";
import { ABOUT, contractPage } from "./contract/contract-page.js";

it("docs/contract.md says what the suite does (pnpm --filter @agent-sessions/core contract:docs)", async () => {
  await expect(contractPage()).toMatchFileSnapshot("../../../docs/contract.md");
});

it("every group of clauses is described, and no other", () => {
  expect(Object.keys(ABOUT)).toEqual([...new Set(clauses.map(({ group }) => group))]);
});
