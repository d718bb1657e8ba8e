/** What a backend is built from: the primitives it supplies, and core's rules that it may lean on. */
export { storeOver } from "./backend-session-store.js";
export { type Facet, facetsOf, labelFacet, metadataFacet } from "./facets.js";
export * from "./head-columns.js";
export { copyJson, normaliseJson, normaliseJsonObject } from "./json-value.js";
export * from "./list-plan.js";
export { endOfPrefix, type ListRun, runsOf } from "./list-run.js";
export { findPreview, messageText } from "./message-text.js";
export { retryOvertaken } from "./retry-overtaken.js";
export { type ScanSource, scanCandidates } from "./scan-candidates.js";
export { matchText, splitWords } from "./search-match.js";
export * from "./session-backend.js";
export { checkSessionId } from "./session-id.js";
export { wholeEntries } from "./session-snapshot.js";
export { toSummary } from "./session-summary.js";
export {
  type InstalledSqliteDriver,
  installedSqliteDriver,
  sqliteDriverProblem,
} from "./sqlite-driver-problem.js";
export {
  abortSignal,
  checkOptions,
  choice,
  flag,
  type OptionChecks,
  STORE_OPTION_CHECKS,
  text,
  wholeNumber,
} from "./store-options.js";
export { targetPath } from "./target-path.js";
export { compareCodePoints, foldText, hasControlCharacters, utf8Length } from "./text.js";
export { TimeSlice } from "./time-slice.js";
export { retryUntil, startWait, type Wait } from "./wait.js";
