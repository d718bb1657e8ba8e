/** What is asked of each store that is compared. Everything else about it is as its own documentation has it. */
export interface Peer {
  /** Creates a session with its first message. */
  create(id: string, title: string, message: object): Promise<void>;
  /** Adds one message to a session that is there. */
  append(id: string, message: object): Promise<void>;
  readLast(id: string, count: number): Promise<readonly object[]>;
  /** The sessions that changed last, the newest first. */
  listNewest(count: number): Promise<readonly { readonly id: string }[]>;
  /** How many messages hold a word, in any case. */
  countHits(word: string): Promise<number>;
  delete(id: string): Promise<void>;
  close(): Promise<void>;
}

/** Opens a store in a folder that is there and empty. */
export type OpenPeer = (folder: string) => Promise<Peer>;

/** One of our stores, or the adapter of a peer where its packages are installed. */
export type PeerSource =
  | {
      readonly kind: "ours";
      readonly backend: "json" | "yaml" | "sqlite";
      readonly durability: "durable" | "relaxed";
    }
  | { readonly kind: "peer"; readonly file: string };
