import { randomBytes } from "node:crypto";
import type { Finding, RepairReport } from "@agent-sessions/core";
import { type SessionKey, startWait } from "@agent-sessions/core/backend";
import type { OpenDatabase } from "./database-handle.js";
import {
  mendEntries,
  mendFacets,
  mendHead,
  mendSearch,
  type SetAside,
  setAsideOrphan,
} from "./mend-session.js";
import { nextTurn } from "./next-turn.js";
import { SEARCH_TABLE, SEARCH_V1, STORE_TABLE } from "./schema.js";
import { deleteAstray } from "./search-rows.js";
import { isDamage } from "./sqlite-error.js";
import { runSteps, type Steps } from "./steps.js";
import type { StoreVerifier } from "./store-verifier.js";
import type { Transactions } from "./transactions.js";
import { deleteTranscript, unindexTranscript } from "./transcript-rows.js";

/** Mends what `verify` finds, a session in one transaction. What has to leave a session goes into a table of its own. */
export class StoreRepairer {
  readonly #transactions: Transactions;
  readonly #verifier: StoreVerifier;
  readonly #location: string;
  readonly #lockTimeoutMs: number;
  readonly #isIndexChecked: boolean;

  /** @param options.isIndexChecked whether the check of the pages, in which SQLite looks into the search index too, has found nothing */
  constructor(
    transactions: Transactions,
    verifier: StoreVerifier,
    options: {
      readonly location: string;
      readonly lockTimeoutMs: number;
      readonly isIndexChecked: boolean;
    },
  ) {
    this.#transactions = transactions;
    this.#verifier = verifier;
    this.#location = options.location;
    this.#lockTimeoutMs = options.lockTimeoutMs;
    this.#isIndexChecked = options.isIndexChecked;
  }

  async repair(key: SessionKey | null): Promise<RepairReport> {
    const report = new Report(this.#location);
    if (!(await this.#transactions.read(() => true, false))) return await report.end([]);
    if (key !== null) {
      await this.#repairSession(key, report);
      return await report.end(this.#verifier.verifySession(key));
    }
    try {
      if (!this.#isIndexChecked) await this.#repairIndex(report);
      for await (const session of this.#verifier.sessions()) await this.#repairSession(session, report);
      await this.#repairOrphans(report);
    } catch (error) {
      // Pages that SQLite cannot read are beyond what can be mended in place; they are reported as what remains.
      if (!isDamage(error)) throw error;
    }
    return await report.end(this.#verifier.verify());
  }

  async #repairSession(key: SessionKey, report: Report): Promise<void> {
    const faults = new Set<string>();
    for await (const { fault } of this.#verifier.verifySession(key)) faults.add(fault);
    if (faults.size === 0 || faults.has("damaged-pages")) return;
    const target = { key, wait: startWait(this.#lockTimeoutMs), lock: null };
    await this.#transactions.writeInSteps(target, (database) => this.#mend(database, key, faults, report));
    await nextTurn();
  }

  *#mend(database: OpenDatabase, key: SessionKey, faults: ReadonlySet<string>, report: Report): Steps<void> {
    const aside: SetAside = report.aside(database.sql);
    const act = (action: string): void => report.add(key, action);
    if (faults.has("unreadable-head")) mendHead(database, key, aside, act);
    // A head that could not be read may have hidden more: the rest looks again.
    yield* mendEntries(database, key, this.#location, newEpoch, aside, act);
    mendFacets(database, key, this.#location, act);
    yield* mendSearch(database, key, this.#location, act);
  }

  /**
   * An index that SQLite itself finds damaged is made anew; the sessions are then found to be missing in it. The check takes one call, however
   * large the index: there is only the one connection, the caller's or the memory's.
   */
  async #repairIndex(report: Report): Promise<void> {
    await this.#write(null, ({ sql, hasSearch }) => {
      if (
        !hasSearch ||
        isSound(() =>
          sql.database.exec(`INSERT INTO ${SEARCH_TABLE} (${SEARCH_TABLE}) VALUES ('integrity-check')`),
        )
      )
        return;
      sql.database.exec(`DROP TABLE ${SEARCH_TABLE}; DROP TABLE agent_sessions_search_blocks; ${SEARCH_V1}
        UPDATE ${STORE_TABLE} SET search_rows_due = 0`);
      report.add(null, "made the search index anew");
    });
  }

  async #repairOrphans(report: Report): Promise<void> {
    for await (const transcript of this.#verifier.orphanTranscripts("entries")) {
      await this.#write(null, (database) => {
        setAsideOrphan(database, transcript, report.aside(database.sql));
        runSteps(deleteTranscript(database, transcript));
        report.add(null, `set aside the entries of transcript ${transcript}, which no session has`);
      });
    }
    const hasSearch = await this.#transactions.read((database) => database.hasSearch, false);
    if (!hasSearch) return;
    for await (const transcript of this.#verifier.orphanTranscripts("search_blocks")) {
      await this.#write(null, (database) => {
        unindexTranscript(database, transcript);
        report.add(null, `removed transcript ${transcript}, which no session has, from the search index`);
      });
    }
    for await (const { after, last } of this.#verifier.astraySearchRows()) {
      await this.#write(null, ({ sql }) => deleteAstray(sql, after, last));
      report.add(null, "removed rows that belong to no session from the search index");
    }
  }

  async #write(key: SessionKey | null, body: (database: OpenDatabase) => void): Promise<void> {
    await this.#transactions.write({ key, wait: startWait(this.#lockTimeoutMs), lock: null }, body);
  }
}

/** What a repair has done so far. */
class Report {
  readonly #location: string;
  readonly #repaired: { namespace: string; id: string | null; action: string }[] = [];
  readonly #setAside: string[] = [];

  constructor(location: string) {
    this.#location = location;
  }

  add(key: SessionKey | null, action: string): void {
    this.#repaired.push({ namespace: key?.namespace ?? "", id: key?.id ?? null, action });
  }

  /** Keeps something in the table of what was taken out. */
  aside(sql: OpenDatabase["sql"]): SetAside {
    return ({ key, part, seq, at, content, reason }) => {
      const [pk] = sql.cells(
        `INSERT INTO agent_sessions_set_aside (set_aside_at, namespace, id, part, seq, at, content, reason)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING pk`,
        new Date().toISOString(),
        key.namespace,
        key.id,
        part,
        seq,
        at,
        content,
        reason,
      );
      this.#setAside.push(`${this.#location}, table agent_sessions_set_aside, row ${pk}`);
    };
  }

  async end(remaining: AsyncIterable<Finding> | Iterable<Finding>): Promise<RepairReport> {
    const left: Finding[] = [];
    for await (const found of remaining) left.push(found);
    return { repaired: this.#repaired, setAside: this.#setAside, remaining: left };
  }
}

function newEpoch(): string {
  return `repaired-${randomBytes(6).toString("base64url")}`;
}

function isSound(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}
