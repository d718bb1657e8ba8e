import { isDeepStrictEqual } from "node:util";
import type { Command } from "./command.js";
import { Driver } from "./driver.js";
import { inFolder, type Opening, openings } from "./stores.js";

/** The moment at which every sequence begins. */
const START = Date.UTC(2026, 0, 31, 12);

/**
 * Runs a sequence through a fresh store of every backend.
 *
 * @param stores how they are opened; the first one is the reference
 * @throws {Error} names the first command to which a backend gave another answer than the reference, and both answers
 */
export async function compareBackends(
  commands: readonly Command[],
  stores: (folder: string) => readonly Opening[] = openings,
): Promise<void> {
  await inFolder(async (folder) => {
    let now = START;
    const opened = stores(folder);
    const drivers: Driver[] = [];
    try {
      for (const opening of opened) drivers.push(await Driver.open(opening, () => now));
      for (const [index, command] of commands.entries()) {
        if (command.kind === "tick") now += command.milliseconds;
        await compare(`command ${index + 1}, ${JSON.stringify(command)}`, drivers, (driver) =>
          driver.run(command),
        );
      }
      await compare("what is there in the end", drivers, (driver) => driver.everything());
    } finally {
      for (const driver of drivers) await driver.close();
      for (const opening of opened) await opening.remove?.();
    }
  });
}

async function compare(
  what: string,
  drivers: readonly Driver[],
  ask: (driver: Driver) => Promise<unknown>,
): Promise<void> {
  let reference: { readonly name: string; readonly answer: unknown } | null = null;
  for (const driver of drivers) {
    const answer = await ask(driver);
    if (reference === null) reference = { name: driver.name, answer };
    else if (!isDeepStrictEqual(answer, reference.answer)) {
      throw new Error(
        `${driver.name} differs from ${reference.name} at ${what}\n${reference.name}: ${JSON.stringify(reference.answer)}\n${driver.name}: ${JSON.stringify(answer)}`,
      );
    }
  }
}
