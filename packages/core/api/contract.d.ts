import type { JsonObject, JsonValue, SessionHead, SessionStore, StoreCapabilities, StoreOptions } from "@agent-sessions/core";

export type BoundHook<Name extends FaultHookName> = FaultHooks<unknown>[Name] extends (place: unknown, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never;

export interface ChildCall {
    readonly method: string;
    readonly args: readonly JsonValue[];
}

export type ChildOutcome = {
    readonly value: unknown;
} | {
    readonly error: {
        readonly code: string | null;
        readonly message: string;
    };
};

export interface ChildStore {
    call(calls: readonly ChildCall[]): Promise<readonly ChildOutcome[]>;
    increment(id: string, key: string, times: number): Promise<void>;
    incrementLocked(id: string, key: string, times: number): Promise<void>;
    writeOn(id: string, onAcknowledged: (batch: number) => void): Promise<void>;
    restore(made: MadeSession, onStalled?: (entries: number) => void): Promise<void>;
    count(id: string): Promise<number>;
    hold(id: string): Promise<void>;
    release(id: string): Promise<void>;
    kill(): Promise<void>;
    close(): Promise<void>;
}

export interface Clause {
    readonly id: string;
    readonly group: string;
    readonly title: string;
    readonly requires?: readonly Requirement[];
    run(context: ClauseContext): Promise<void>;
}

export interface ClauseContext {
    readonly capabilities: StoreCapabilities;
    readonly rounds: number;
    open(options?: StoreOptions): Promise<SessionStore>;
    closeAll(): Promise<void>;
    openAt(place: unknown, options?: StoreOptions): Promise<SessionStore>;
    hook<Name extends FaultHookName>(name: Name, at?: unknown): BoundHook<Name>;
    hasHook(name: FaultHookName): boolean;
    defer(cleanup: Undo): void;
    openElsewhere(where: "process" | "worker", options?: ElsewhereOptions): Promise<ChildStore>;
}

export interface ClauseResult {
    readonly id: string;
    readonly group: string;
    readonly title: string;
    readonly outcome: "passed" | "failed" | "not applicable" | "gap";
    readonly reason: string;
    readonly error?: unknown;
}

export type ContractHarness<Place = unknown> = HarnessBase<Place> & (MultiProcess<Place> | SingleProcess);

export interface ContractReport {
    readonly harness: string;
    readonly ok: boolean;
    readonly passed: readonly ClauseResult[];
    readonly failed: readonly ClauseResult[];
    readonly notApplicable: readonly ClauseResult[];
    readonly knownGaps: readonly ClauseResult[];
}

export type DeclaredHooks<Place> = {
    readonly [Name in FaultHookName]: FaultHooks<Place>[Name] | Impossible;
};

export interface ElsewhereOptions {
    readonly namespace?: string;
    readonly lockTimeoutMs?: number;
    readonly maxHeapMib?: number;
}

export type FaultHookName = keyof FaultHooks<unknown>;

export interface FaultHooks<Place> {
    readonly corrupt: (place: Place, id: string, part: "head" | "transcript") => Promise<void>;
    readonly makeUndeletable: (place: Place, id: string) => Promise<Undo>;
    readonly plantFolder: (place: Place, id: string) => Promise<void>;
    readonly tearTail: (place: Place, id: string, bytes: number, how: "cut" | "nul") => Promise<boolean>;
    readonly plantUnknownField: (place: Place, id: string) => Promise<() => Promise<boolean>>;
    readonly plantStrays: (place: Place) => Promise<void>;
    readonly plantForeign: (place: Place) => Promise<void>;
    readonly plantNewerFormat: (place: Place, id: string) => Promise<void>;
    readonly failWrites: (place: Place) => Promise<Undo>;
    readonly makeReadOnly: (place: Place) => Promise<Undo>;
    readonly damageIndex: (place: Place, damage: IndexDamage, id: string) => Promise<void>;
    readonly snapshot: (place: Place) => Promise<Readonly<Record<string, string>>>;
    readonly surroundings: (place: Place) => Promise<readonly string[]>;
    readonly modes: (place: Place) => Promise<readonly {
        name: string;
        isFolder: boolean;
        mode: number;
    }[]>;
    readonly backupTarget: (place: Place) => Promise<{
        readonly target: string;
        readonly place: Place;
    }>;
}

export interface FormatReportOptions {
    readonly width?: number | undefined;
    readonly isRest?: boolean | undefined;
}

export interface Impossible {
    readonly impossible: string;
}

export type IndexDamage = "lost" | "corrupt" | "ghost" | "stale" | "empty" | "folder";

export interface MadeSession {
    readonly head: SessionHead;
    readonly messageBytes: number;
    readonly stallsAfter?: number;
}

export interface ProcessOpener {
    readonly module: string;
    readonly exportName: string;
    readonly options: JsonObject;
}

export type Requirement = FaultHookName | "multiProcess";

export interface RunContractOptions {
    readonly only?: readonly string[] | undefined;
    readonly clauseTimeoutMs?: number | undefined;
    readonly rounds?: number | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly onResult?: ((result: ClauseResult) => void) | undefined;
}

export interface TestRunner {
    readonly describe: (name: string, body: () => void) => unknown;
    readonly it: RunnerTest & {
        readonly skip: RunnerTest;
    };
}

export type Undo = () => Promise<void>;

export declare function bindContract<Place>(harness: ContractHarness<Place>, runner: TestRunner): void;

export declare function checkHarness(value: unknown): asserts value is ContractHarness;

export declare const clauses: readonly Clause[];

export declare function formatReport(report: ContractReport, options?: FormatReportOptions): string;

export declare function isImpossible(declared: object): declared is Impossible;

export declare function noHooks(reason: string): Readonly<Record<FaultHookName, Impossible>>;

export declare function runContract<Place>(harness: ContractHarness<Place>, options?: RunContractOptions): Promise<ContractReport>;

// Not exported, but mentioned above.

interface HarnessBase<Place> {
    readonly name: string;
    create(): Promise<Place>;
    open(place: Place, options: StoreOptions): Promise<SessionStore>;
    teardown(place: Place): Promise<void>;
    readonly hooks: DeclaredHooks<Place>;
    readonly knownGaps?: Readonly<Record<string, string>>;
}

interface MultiProcess<Place> {
    readonly capabilities: StoreCapabilities & {
        readonly multiProcess: true;
    };
    openInProcess(place: Place): ProcessOpener;
}

type RunnerTest = (name: string, body: () => Promise<void>, timeoutMs?: number) => unknown;

interface SingleProcess {
    readonly capabilities: StoreCapabilities & {
        readonly multiProcess: false;
    };
    readonly openInProcess: Impossible;
}
