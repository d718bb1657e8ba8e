import path from "node:path";
import type { PeerSource } from "./peer.js";

/** What a store promises, in a few words each. */
export interface Guarantees {
  /** Whether what was acknowledged survives a power cut. */
  readonly durable: string;
  /** Whether a crash can leave half a write. */
  readonly atomic: string;
  /** What happens when two processes add to one session. */
  readonly twoWriters: string;
  readonly search: string;
  /** How the newest sessions are found. */
  readonly order: string;
}

/** One of ours or a peer, as it is measured. */
export interface Contender {
  readonly id: string;
  readonly title: string;
  /** The packages whose versions are named; none for our own. */
  readonly packages: readonly string[];
  readonly isOurs: boolean;
  /** Whether it flushes each write to the disk: it is compared with ours that do, or that do not. */
  readonly isDurable: boolean;
  readonly guarantees: Guarantees;
  source(peersFolder: string): PeerSource;
}

const OURS_ATOMIC = "yes";
const OURS_WRITERS = "nothing is lost";

function ours(backend: "json" | "yaml" | "sqlite", durability: "durable" | "relaxed"): Contender {
  return {
    id: `${backend}-${durability}`,
    title: `${backend}, ${durability}`,
    packages: [],
    isOurs: true,
    isDurable: durability === "durable",
    guarantees: {
      durable: durability === "durable" ? "yes" : "no",
      atomic: OURS_ATOMIC,
      twoWriters: OURS_WRITERS,
      search: backend === "sqlite" ? "index" : "reads the files",
      order: backend === "sqlite" ? "index" : "index, checked against each file",
    },
    source: () => ({ kind: "ours", backend, durability }),
  };
}

function peer(
  id: string,
  title: string,
  packages: readonly string[],
  isDurable: boolean,
  guarantees: Guarantees,
): Contender {
  return {
    id,
    title,
    packages,
    isOurs: false,
    isDurable,
    guarantees,
    source: (peersFolder) => ({ kind: "peer", file: path.join(peersFolder, "adapters", `${id}.mjs`) }),
  };
}

const LOSES_UPDATES = "the later write wins, messages are lost";
const READS_ALL = { search: "by hand: reads everything", order: "by hand: reads everything" };

/** In the order in which they are measured and shown. */
export const CONTENDERS: readonly Contender[] = [
  ours("sqlite", "durable"),
  ours("json", "durable"),
  ours("yaml", "durable"),
  peer("keyv", "keyv on SQLite", ["keyv", "@keyv/sqlite"], true, {
    durable: "yes",
    atomic: "yes",
    twoWriters: LOSES_UPDATES,
    ...READS_ALL,
  }),
  peer("conf", "conf, a file a session", ["conf"], true, {
    durable: "the file, not its folder",
    atomic: "yes",
    twoWriters: LOSES_UPDATES,
    ...READS_ALL,
  }),
  peer("write-file-atomic", "write-file-atomic, a JSON file a session", ["write-file-atomic"], true, {
    durable: "the file, not its folder",
    atomic: "yes",
    twoWriters: LOSES_UPDATES,
    ...READS_ALL,
  }),
  peer("classic-level-sync", "LevelDB, sync: true", ["classic-level"], true, {
    durable: "yes",
    atomic: "yes",
    twoWriters: "a second process cannot open it",
    search: "by hand: reads everything",
    order: "by hand: reads every session's row",
  }),
  ours("sqlite", "relaxed"),
  ours("json", "relaxed"),
  ours("yaml", "relaxed"),
  peer("classic-level", "LevelDB", ["classic-level"], false, {
    durable: "no",
    atomic: "yes",
    twoWriters: "a second process cannot open it",
    search: "by hand: reads everything",
    order: "by hand: reads every session's row",
  }),
  peer("json-files", "whole-file JSON: read, push, stringify, rename", [], false, {
    durable: "no",
    atomic: "yes",
    twoWriters: LOSES_UPDATES,
    ...READS_ALL,
  }),
  peer("lowdb", "lowdb, a file a session", ["lowdb"], false, {
    durable: "no",
    atomic: "yes",
    twoWriters: LOSES_UPDATES,
    ...READS_ALL,
  }),
  peer("unstorage", "unstorage, fs driver", ["unstorage"], false, {
    durable: "no",
    atomic: "no: a crash can leave half a file",
    twoWriters: "files are read half-written, and lost",
    ...READS_ALL,
  }),
  peer(
    "langgraph",
    "LangGraph's SQLite checkpointer",
    ["@langchain/langgraph-checkpoint-sqlite", "@langchain/langgraph-checkpoint"],
    false,
    {
      durable: "no",
      atomic: "yes",
      twoWriters: "one of two branches is read on, the other's messages are lost",
      search: "by hand: reads everything",
      order: "by checkpoint, not by session",
    },
  ),
];
