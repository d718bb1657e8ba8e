/**
 * What core exports, by entry point: a name that goes, comes or changes its kind does not compile here. Types are named one by one,
 * because a namespace does not show them.
 */
import { expectTypeOf } from "vitest";
import type * as backend from "../src/backend.js";
import type * as contract from "../src/contract.js";
import type * as main from "../src/index.js";
import type {
  AppendOptions,
  Entry,
  ErrorOfCode,
  Finding,
  ForkOptions,
  HeadChange,
  HeadFields,
  InvalidInputCode,
  JsonObject,
  JsonValue,
  ListQuery,
  LockedSession,
  LockOptions,
  Message,
  MessageRange,
  Metadata,
  MigrateOptions,
  MigrationProgress,
  MigrationReport,
  OpenBackend,
  OpenStoreOptions,
  ParentLink,
  RepairReport,
  RunningDigest,
  SearchHit,
  SearchQuery,
  Session,
  SessionContent,
  SessionFilter,
  SessionHead,
  SessionInit,
  SessionPage,
  SessionSnapshot,
  SessionStore,
  SessionStoreErrorCode,
  SessionStoreErrorOptions,
  SessionSummary,
  StandardSchemaV1,
  StoreCapabilities,
  StoreOptions,
  StoreTarget,
  UnreadableSession,
  Usage,
  UsageInput,
  WriteOptions,
} from "../src/index.js";
import type * as memory from "../src/memory.js";

type ErrorClasses =
  | "BackendNotInstalledError"
  | "InvalidInputError"
  | "OperationMismatchError"
  | "SessionAlreadyExistsError"
  | "SessionConflictError"
  | "SessionCorruptedError"
  | "SessionDeleteError"
  | "SessionLockError"
  | "SessionNotFoundError"
  | "SessionStoreError"
  | "StoreClosedError"
  | "StoreIncompatibleError"
  | "StoreIoError";

expectTypeOf<keyof typeof main>().toEqualTypeOf<
  | ErrorClasses
  | "SESSION_STORE_ERROR_CODES"
  | "digest"
  | "messageText"
  | "migrate"
  | "openStore"
  | "prune"
  | "quote"
  | "registerBackend"
  | "snapshotOf"
  | "startDigest"
>();
expectTypeOf<keyof typeof memory>().toEqualTypeOf<"createMemoryData" | "openMemorySessionStore">();
expectTypeOf<keyof typeof contract>().toEqualTypeOf<
  "bindContract" | "checkHarness" | "clauses" | "formatReport" | "isImpossible" | "noHooks" | "runContract"
>();
expectTypeOf<keyof typeof backend>().toEqualTypeOf<
  | "STORE_OPTION_CHECKS"
  | "SessionBackend"
  | "TimeSlice"
  | "abortSignal"
  | "checkOptions"
  | "checkSessionId"
  | "choice"
  | "compareCodePoints"
  | "comparePositions"
  | "decodeHead"
  | "decodeSummary"
  | "encodeHead"
  | "endOfPrefix"
  | "facetsOf"
  | "filterOf"
  | "findPreview"
  | "flag"
  | "foldText"
  | "hasControlCharacters"
  | "installedSqliteDriver"
  | "labelFacet"
  | "matchText"
  | "matchesId"
  | "messageText"
  | "metadataFacet"
  | "copyJson"
  | "normaliseJson"
  | "normaliseJsonObject"
  | "positionOf"
  | "readColumn"
  | "retryOvertaken"
  | "retryUntil"
  | "runsOf"
  | "scanCandidates"
  | "selectPage"
  | "splitWords"
  | "sqliteDriverProblem"
  | "startWait"
  | "storeOver"
  | "targetPath"
  | "text"
  | "toSummary"
  | "utf8Length"
  | "wholeEntries"
  | "wholeNumber"
>();

/** Every type of the main entry, so that none can go unnoticed. */
export type MainTypes = [
  AppendOptions,
  Entry,
  ErrorOfCode<"STORE_IO">,
  Finding,
  ForkOptions,
  HeadChange,
  HeadFields,
  InvalidInputCode,
  JsonObject,
  JsonValue,
  ListQuery,
  LockedSession,
  LockOptions,
  Message,
  MessageRange,
  Metadata,
  MigrateOptions,
  MigrationProgress,
  MigrationReport,
  OpenBackend,
  OpenStoreOptions,
  ParentLink,
  RepairReport,
  RunningDigest,
  SearchHit,
  SearchQuery,
  Session,
  SessionContent,
  SessionFilter,
  SessionHead,
  SessionInit,
  SessionPage,
  SessionSnapshot,
  SessionStore,
  SessionStoreErrorCode,
  SessionStoreErrorOptions,
  SessionSummary,
  StandardSchemaV1,
  StoreCapabilities,
  StoreOptions,
  StoreTarget,
  UnreadableSession,
  Usage,
  UsageInput,
  WriteOptions,
];
export type MemoryTypes = [memory.MemoryData, memory.MemorySessionStoreOptions];
export type ContractTypes = [
  contract.BoundHook<"corrupt">,
  contract.ChildCall,
  contract.ChildOutcome,
  contract.ChildStore,
  contract.Clause,
  contract.ClauseContext,
  contract.ClauseResult,
  contract.ContractHarness<string>,
  contract.ContractReport,
  contract.DeclaredHooks<string>,
  contract.ElsewhereOptions,
  contract.FaultHookName,
  contract.FaultHooks<string>,
  contract.Impossible,
  contract.IndexDamage,
  contract.MadeSession,
  contract.ProcessOpener,
  contract.Requirement,
  contract.RunContractOptions,
  contract.TestRunner,
  contract.Undo,
];
export type BackendTypes = [
  backend.BackendLock,
  backend.BackendPage,
  backend.Commit,
  backend.CurrentSession,
  backend.Decide,
  backend.EntryRange,
  backend.ListPlan,
  backend.ListPosition,
  backend.MutateOptions,
  backend.SearchCandidate,
  backend.SearchPlan,
  backend.SessionKey,
  backend.StoredEntry,
  backend.StoredHead,
  backend.Transcript,
  backend.Wait,
  backend.WriteContext,
];

expectTypeOf<SessionStoreErrorCode>().toEqualTypeOf<
  | "SESSION_NOT_FOUND"
  | "SESSION_ALREADY_EXISTS"
  | "SESSION_CONFLICT"
  | "SESSION_CORRUPTED"
  | "SESSION_DELETE_FAILED"
  | "SESSION_LOCKED"
  | "OPERATION_MISMATCH"
  | "INVALID_SESSION_ID"
  | "INVALID_VALUE"
  | "INVALID_QUERY"
  | "INVALID_OPTIONS"
  | "STORE_CLOSED"
  | "STORE_IO"
  | "STORE_INCOMPATIBLE"
  | "BACKEND_NOT_INSTALLED"
>();
expectTypeOf<keyof SessionStore>().toEqualTypeOf<
  | "backend"
  | "location"
  | "namespace"
  | "capabilities"
  | "inNamespace"
  | "namespaces"
  | "create"
  | "save"
  | "append"
  | "update"
  | "truncate"
  | "fork"
  | "delete"
  | "restore"
  | "exists"
  | "head"
  | "load"
  | "messages"
  | "list"
  | "search"
  | "withLock"
  | "verify"
  | "repair"
  | "backup"
  | "close"
  | typeof Symbol.asyncDispose
>();
expectTypeOf<contract.RunContractOptions["rounds"]>().toEqualTypeOf<number | undefined>();
expectTypeOf<contract.Clause["run"]>().toEqualTypeOf<(context: contract.ClauseContext) => Promise<void>>();
expectTypeOf<typeof contract.runContract<string>>().returns.resolves.toEqualTypeOf<contract.ContractReport>();
expectTypeOf<typeof backend.storeOver>().parameter(0).toEqualTypeOf<backend.SessionBackend>();
expectTypeOf<
  typeof memory.openMemorySessionStore<Message, JsonObject>
>().returns.resolves.toEqualTypeOf<SessionStore>();
