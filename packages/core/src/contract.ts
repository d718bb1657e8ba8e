/** The contract every backend keeps, as a suite that anybody can run against a store of their own. */
export { bindContract, type TestRunner } from "./contract/bind-contract.js";
export type { ChildCall, ChildOutcome, ChildStore, MadeSession } from "./contract/child-store.js";
export type { BoundHook, Clause, ClauseContext, ElsewhereOptions, Requirement } from "./contract/clause.js";
export { clauses } from "./contract/clauses.js";
export {
  type ContractHarness,
  type DeclaredHooks,
  type FaultHookName,
  type FaultHooks,
  type Impossible,
  type IndexDamage,
  isImpossible,
  noHooks,
  type ProcessOpener,
  type Undo,
} from "./contract/contract-harness.js";
export { type FormatReportOptions, formatReport } from "./contract/format-report.js";
export {
  type ClauseResult,
  type ContractReport,
  checkHarness,
  type RunContractOptions,
  runContract,
} from "./contract/run-contract.js";
