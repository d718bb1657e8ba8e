import { type Command, type Family, familyIds } from "./family.js";
import type { Random } from "./random.js";
import type { Item } from "./texts.js";

/** A transcript longer than this is saved anew instead of growing on: each check reads all of it. */
const LONG_TRANSCRIPT = 300;

/**
 * The next write of a writer.
 *
 * @param writer its name
 * @param step counts its writes, over all the processes that write in its name
 */
export function chooseCommand(random: Random, writer: string, step: number, family: Family): Command {
  const id = random.pick(familyIds(writer));
  const tag = `${writer}.${step}`;
  const present = family[id];
  if (present === undefined) return beginning(random, id, tag, step, family);
  const { items } = present;
  if (items.length > LONG_TRANSCRIPT) return { kind: "save", id, content: newContent(random, tag, step) };
  const chance = random.between(1, 100);
  if (chance <= 55) return { kind: "append", id, items: newItems(random, tag), operationId: tag };
  if (chance <= 65) return { kind: "update", id, title: tag, step };
  if (chance <= 75 && items.length > 0) {
    return {
      kind: "replaceFrom",
      id,
      from: random.between(1, items.length + 1),
      items: newItems(random, tag),
    };
  }
  if (chance <= 82 && items.length > 0)
    return { kind: "truncate", id, count: random.between(0, items.length) };
  if (chance <= 90) return { kind: "save", id, content: newContent(random, tag, step) };
  if (chance <= 95) return { kind: "restore", id, content: newContent(random, tag, step) };
  return { kind: "delete", id };
}

function beginning(random: Random, id: string, tag: string, step: number, family: Family): Command {
  const [source] = Object.entries(family);
  if (source !== undefined && random.happens(30)) {
    return { kind: "fork", id, source: source[0], count: random.between(0, source[1].items.length) };
  }
  if (random.happens(40)) return { kind: "append", id, items: newItems(random, tag), operationId: tag };
  return { kind: "create", id, content: newContent(random, tag, step) };
}

function newContent(
  random: Random,
  tag: string,
  step: number,
): { items: Item[]; title: string; step: number } {
  return { items: newItems(random, tag), title: tag, step };
}

/** Most are small; some take long enough to be written that a kill finds them half done. */
function newItems(random: Random, tag: string): Item[] {
  const isLarge = random.happens(8);
  return Array.from({ length: random.pick([1, 1, 2, 7]) }, (_, index) => ({
    tag: `${tag}.${index}`,
    fill: isLarge ? random.between(500, 8000) : random.between(0, 6),
  }));
}
