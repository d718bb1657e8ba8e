import { type Finding, type RepairReport, SessionLockError } from "@agent-sessions/core";
import type { SessionKey } from "@agent-sessions/core/backend";
import type { Database } from "./database.js";
import { readRows, type SqlParameter, type SqlRow } from "./postgres-driver.js";
import { isLockTimeout } from "./postgres-error.js";
import type { SessionLocks } from "./session-locks.js";
import { SessionMender } from "./session-mender.js";
import type { SessionStager } from "./session-stager.js";
import type { Orphan, StoreVerifier } from "./store-verifier.js";

interface RepairerOptions {
  readonly isDurable: boolean;
  readonly lockTimeoutMs: number;
}

/** Mends what `verify` finds, a session in one transaction. What has to leave a session goes into the table `set_aside`. */
export class StoreRepairer {
  readonly #database: Database;
  readonly #verifier: StoreVerifier;
  readonly #locks: SessionLocks;
  readonly #stager: SessionStager;
  readonly #options: RepairerOptions;

  constructor(
    database: Database,
    verifier: StoreVerifier,
    locks: SessionLocks,
    stager: SessionStager,
    options: RepairerOptions,
  ) {
    this.#database = database;
    this.#verifier = verifier;
    this.#locks = locks;
    this.#stager = stager;
    this.#options = options;
  }

  async repair(key: SessionKey | null): Promise<RepairReport> {
    const report = new Report(this.#database.location);
    if (key !== null) {
      if ((await this.#verifier.verifySession(key)).length > 0) await this.#repairSession(key, report);
      return report.end(await this.#verifier.verifySession(key));
    }
    while ((await this.#stager.sweep()) > 0);
    const broken = new Map<string, SessionKey>();
    for await (const { namespace, id } of this.#verifier.verify()) {
      if (id !== null) broken.set(`${namespace}\n${id}`, { namespace, id });
    }
    for (const session of broken.values()) await this.#repairSession(session, report);
    for await (const orphan of this.#verifier.orphans()) {
      if (!(await this.#fileAgain(orphan, report))) await this.#setOrphanAside(orphan, report);
    }
    const remaining: Finding[] = [];
    for await (const finding of this.#verifier.verify()) remaining.push(finding);
    return report.end(remaining);
  }

  async #repairSession(key: SessionKey, report: Report): Promise<void> {
    const { schema, location } = this.#database;
    const { isDurable, lockTimeoutMs } = this.#options;
    const timeoutMs = Math.max(1, lockTimeoutMs);
    try {
      await this.#database.transaction(async (client) => {
        const lock = this.#locks.numberOf(key);
        await readRows(client, "BEGIN");
        const text = `SELECT * FROM ${schema}.lock_session($1, $2, NULL, $3, NULL, $4, $5)`;
        const call = [key.namespace, key.id, lock, timeoutMs, isDurable];
        const [[outcome] = []] = await readRows(client, text, call);
        if (outcome === "locked") throw new SessionLockError(key.id, 0, { location });
        const { actions, setAside } = await new SessionMender(client, schema, location, key).mend();
        for (const action of actions) report.repaired.push({ ...key, action });
        report.keep(setAside);
      });
    } catch (error) {
      if (isLockTimeout(error)) throw new SessionLockError(key.id, timeoutMs, { location, cause: error });
      throw error;
    }
  }

  /** Whether a session has the transcript after all, and only the record of that was lost: then it is made anew. */
  async #fileAgain({ namespace, transcript }: Orphan, report: Report): Promise<boolean> {
    const { schema } = this.#database;
    const text = `INSERT INTO ${schema}.transcripts AS t (transcript, namespace, id)
      SELECT s.transcript, s.namespace, s.id FROM ${schema}.sessions s WHERE s.namespace = $1 AND s.transcript = $2
      ON CONFLICT (namespace, transcript) DO UPDATE SET id = excluded.id, staged_by = NULL RETURNING t.id`;
    const rows = await this.#run(text, [namespace, transcript]);
    const action = `filed transcript ${transcript} under its session again`;
    for (const [id] of rows) report.repaired.push({ namespace, id: String(id), action });
    return rows.length > 0;
  }

  /** Runs a statement that is as durable as all writes of the store. */
  async #run(text: string, values: readonly SqlParameter[]): Promise<readonly SqlRow[]> {
    const flush = this.#options.isDurable
      ? "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
      : "SET LOCAL synchronous_commit = off";
    return await this.#database.transaction(async (client) => {
      await readRows(client, `BEGIN; ${flush}`);
      return await readRows(client, text, values);
    });
  }

  /** Keeps the entries of a transcript whose session is not known. */
  async #setOrphanAside({ namespace, transcript }: Orphan, report: Report): Promise<void> {
    const { schema } = this.#database;
    const text = `WITH gone AS (DELETE FROM ${schema}.entries e WHERE e.namespace = $1 AND e.transcript = $2 RETURNING e.*),
        owner AS (DELETE FROM ${schema}.transcripts t WHERE t.namespace = $1 AND t.transcript = $2 RETURNING t.id)
      INSERT INTO ${schema}.set_aside (namespace, id, part, seq, at, content, reason)
      SELECT g.namespace, coalesce((SELECT o.id FROM owner o), ''), 'entry', g.seq, g.at, g.message, 'orphan-entries'
      FROM gone g RETURNING pk`;
    const rows = await this.#run(text, [namespace, transcript]);
    report.keep(rows.map(([pk]) => Number(pk)));
    const action = `set aside the entries of transcript ${transcript}, which no session has`;
    report.repaired.push({ namespace, id: null, action });
  }
}

/** What a repair has done so far. */
class Report {
  readonly repaired: { namespace: string; id: string | null; action: string }[] = [];
  readonly #location: string;
  readonly #setAside: string[] = [];

  constructor(location: string) {
    this.#location = location;
  }

  keep(rows: readonly number[]): void {
    for (const pk of rows) this.#setAside.push(`${this.#location}, table set_aside, row ${pk}`);
  }

  end(remaining: readonly Finding[]): RepairReport {
    return { repaired: this.repaired, setAside: this.#setAside, remaining };
  }
}
