import type { ListNewestAnswer, ListNewestInput } from "../child/list-newest.js";
import type { SearchAllInput } from "../child/search-all.js";
import type { CurvePlan, CurvePoint, CurveSeries } from "../curve.js";
import { RARE_WORD } from "../generated-sessions.js";
import { BACKENDS, type Backend } from "../open-backend.js";
import { type RowContext, type Scale, scaled } from "../row.js";
import { runTask } from "../run-child.js";
import { median } from "../statistics.js";
import type { StoreSpec } from "../store-spec.js";

const SIZES = [100, 1000, 10_000, 100_000];
/** A session in the list, and as many as the list rows of the budget have, so that the stores are the same. */
const MESSAGES_EACH = 2;
const LIMIT = 10;
const LISTS = 5;
const SEARCHES = 5;
/** Without an index a search reads every file, and YAML takes longest to parse. */
const LARGEST_SEARCHED: Readonly<Record<Backend, number>> = { json: 100_000, yaml: 10_000, sqlite: 100_000 };
/** Above it one search is enough. */
const SEARCHED_ONCE = 10_000;

export const listBySessions: CurvePlan = {
  id: "list-by-sessions",
  title: "A page of the newest sessions, by the number of sessions",
  promise:
    "flat for SQLite, which has an index; files are looked at one by one, so theirs grows with their number",
  xLabel: "sessions in the store",
  yLabel: `open and list the newest ${LIMIT}, fresh process, median`,
  unit: "ms",
  xIsScaled: true,
  needs: (scale) => BACKENDS.flatMap((backend) => storesOf(backend, SIZES, scale)),
  measure: async (context) => await perBackend((backend) => measureLists(context, backend)),
};

export const searchBySessions: CurvePlan = {
  id: "search-by-sessions",
  title: "All hits of a rare word, by the number of sessions",
  promise: "SQLite looks in its index, and grows with the hits; files are read one by one",
  xLabel: "sessions in the store",
  yLabel: "search for a word in one of 1,000 sessions, median",
  unit: "ms",
  xIsScaled: true,
  needs: (scale) => BACKENDS.flatMap((backend) => storesOf(backend, searchedSizes(backend), scale)),
  measure: async (context) => await perBackend((backend) => measureSearches(context, backend)),
};

async function perBackend(measure: (backend: Backend) => Promise<CurvePoint[]>): Promise<CurveSeries[]> {
  const series: CurveSeries[] = [];
  for (const backend of BACKENDS) series.push({ name: backend, points: await measure(backend) });
  return series;
}

async function measureLists({ stores, scale }: RowContext, backend: Backend): Promise<CurvePoint[]> {
  const points: CurvePoint[] = [];
  for (const [index, spec] of storesOf(backend, SIZES, scale).entries()) {
    const input: ListNewestInput = { backend, path: stores.path(spec), limit: LIMIT };
    const samples: number[] = [];
    for (let done = -1; done < LISTS; done++) {
      const { fromOpenMs } = await runTask<ListNewestAnswer>("listNewest", input);
      if (done >= 0) samples.push(fromOpenMs);
    }
    points.push({ x: scaled(SIZES[index] ?? 0, scale), y: median(samples) });
  }
  return points;
}

async function measureSearches({ stores, scale }: RowContext, backend: Backend): Promise<CurvePoint[]> {
  const sizes = searchedSizes(backend);
  const points: CurvePoint[] = [];
  for (const [index, spec] of storesOf(backend, sizes, scale).entries()) {
    const size = scaled(sizes[index] ?? 0, scale);
    const times = size > SEARCHED_ONCE ? 1 : SEARCHES;
    const input: SearchAllInput = { backend, path: stores.path(spec), word: RARE_WORD, times };
    const { milliseconds } = await runTask<{ milliseconds: number[] }>("searchAll", input);
    points.push({ x: size, y: median(milliseconds) });
  }
  return points;
}

function searchedSizes(backend: Backend): number[] {
  return SIZES.filter((size) => size <= LARGEST_SEARCHED[backend]);
}

function storesOf(backend: Backend, sizes: readonly number[], scale: Scale): StoreSpec[] {
  return sizes.map((size) => ({
    backend,
    shape: "many",
    sessions: scaled(size, scale),
    messagesEach: MESSAGES_EACH,
  }));
}
