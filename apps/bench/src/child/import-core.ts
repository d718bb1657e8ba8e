import { timed } from "../measure-sides.js";

/** Loads core's main entry. */
export async function importCore(): Promise<{ readonly milliseconds: number }> {
  return { milliseconds: await timed(() => import("@agent-sessions/core")) };
}
