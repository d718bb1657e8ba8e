import { createRequire } from "node:module";
import path from "node:path";
import { MessageGenerator, sessionId } from "../generated-sessions.js";
import { timed } from "../measure-sides.js";
import { BACKENDS, type Backend, openBackend, storePath } from "../open-backend.js";
import type { BudgetRow, RowContext, Sides } from "../row.js";
import { runNode } from "../run-child.js";

const SESSIONS = 100;

export const cliRows: readonly BudgetRow[] = BACKENDS.map(
  (backend): BudgetRow => ({
    id: `cli/list-${backend}`,
    title: `agent-sessions list, ${backend}, whole process`,
    ours: `agent-sessions list of a store of ${SESSIONS} sessions, from spawn to exit`,
    limit: "node -e 0, from spawn to exit",
    budget: 1.6,
    unit: "ms",
    tolerance: 0.1,
    turns: 30,
    warmUp: 2,
    prepare: async (context) => await prepareList(context, backend),
  }),
);

async function prepareList({ scratch }: RowContext, backend: Backend): Promise<Sides> {
  const root = storePath(scratch.path("store"), backend);
  const store = await openBackend(backend, root, { durability: "relaxed" });
  const generator = new MessageGenerator();
  for (let index = 0; index < SESSIONS; index++) {
    await store.create({ id: sessionId(index), title: generator.title(), messages: generator.messages(2) });
  }
  await store.close();
  const manifest = createRequire(import.meta.url).resolve("agent-sessions/package.json");
  const program = path.join(path.dirname(manifest), "dist", "agent-sessions.cjs");
  const list = [program, "list", "--store", `${backend}:${root}`];
  return {
    ours: () => timed(() => runNode(list)),
    limit: () => timed(() => runNode(["-e", "0"])),
  };
}
