import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import type { StoredEntry } from "../../src/session-backend.js";
import { backend, type Fault } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";

export const readResourceFaults: readonly Fault[] = [
  {
    name: "reads a whole range into one batch",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override openTranscript: FragileBackend["openTranscript"] = async (key) => {
            const transcript = await super.openTranscript(key);
            if (transcript === null) return null;
            return {
              head: transcript.head,
              read: async function* (range) {
                const all: StoredEntry[] = [];
                for await (const batch of transcript.read(range)) all.push(...batch);
                yield all;
              },
              close: () => transcript.close(),
            };
          };
        })(place),
    ),
    trips: ["messages.batches"],
  },
  {
    name: "keeps a file of each transcript open until it is closed itself",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          readonly #files: number[] = [];
          override openTranscript: FragileBackend["openTranscript"] = async (key) => {
            this.#files.push(openSync(devNull, "r"));
            return await super.openTranscript(key);
          };
          override close: FragileBackend["close"] = async () => {
            for (const file of this.#files.splice(0)) closeSync(file);
            await super.close();
          };
        })(place),
    ),
    trips: ["messages.lets-go-of-files"],
  },
];
