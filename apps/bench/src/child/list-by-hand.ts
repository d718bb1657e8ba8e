import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { timed } from "../measure-sides.js";

export interface ListByHandInput {
  readonly folder: string;
  readonly indexName: string;
}

/** What a list cannot do without: reading the folder, looking at each file in it, reading and parsing the index. */
export async function listByHand(input: ListByHandInput): Promise<{ readonly milliseconds: number }> {
  const { folder, indexName } = input;
  let rows = 0;
  const milliseconds = await timed(() => {
    for (const name of readdirSync(folder)) statSync(path.join(folder, name));
    for (const line of readFileSync(path.join(folder, indexName), "utf8").split("\n")) {
      if (line === "") continue;
      JSON.parse(line);
      rows++;
    }
  });
  if (rows === 0) throw new Error("The index is empty.");
  return { milliseconds };
}
