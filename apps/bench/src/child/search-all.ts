import { timed } from "../measure-sides.js";
import { type Backend, openBackend } from "../open-backend.js";

export interface SearchAllInput {
  readonly backend: Backend;
  readonly path: string;
  readonly word: string;
  readonly times: number;
}

/** Searches a store for every hit, several times in one process. */
export async function searchAll(
  input: SearchAllInput,
): Promise<{ readonly milliseconds: readonly number[]; readonly hits: number }> {
  const store = await openBackend(input.backend, input.path);
  const milliseconds: number[] = [];
  let hits = 0;
  for (let time = 0; time < input.times; time++) {
    hits = 0;
    milliseconds.push(
      await timed(async () => {
        for await (const _ of store.search(input.word)) hits++;
      }),
    );
  }
  await store.close();
  return { milliseconds, hits };
}
