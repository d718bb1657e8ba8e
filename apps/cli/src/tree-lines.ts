import { count, nameOf } from "./describe-session.js";
import { type Lineage, type Step, walk } from "./lineage.js";
import type { Output } from "./output.js";
import { fit, type Width } from "./render-table.js";
import { ENOUGH_OF_TITLE, shortIds } from "./short-ids.js";
import { oneLine } from "./terminal-text.js";

const MIN_NAME_WIDTH = 6;

export interface TreeLines {
  /** Made as they are read: a chain of forks may be thousands long, and each line as wide as it is deep. */
  readonly lines: Iterable<string>;
  /** Ids are cut to the beginnings that tell them apart. */
  readonly hasShortIds: boolean;
}

/** A line for each session of the families. Where the terminal has no room for a title beside the ids, they are cut, which every command takes too. */
export async function treeLines(
  families: readonly Lineage[],
  chosen: string | null,
  { colors, width }: Pick<Output, "colors" | "width">,
): Promise<TreeLines> {
  const { default: widthOf } = await import("string-width");
  const whole = (id: string): string => id;
  const isTight =
    width !== null &&
    some(stepsOf(families), (step) => lacksRoom(lineOf(step, chosen, whole), width, widthOf));
  const shortOf = isTight ? shortIds([...ids(stepsOf(families))]) : new Map<string, string>();
  function* lines(): Generator<string> {
    for (const step of stepsOf(families)) {
      const line = lineOf(step, chosen, (id) => shortOf.get(id) ?? id);
      yield textOf(line, step.lineage.session.id === chosen, { colors, width }, widthOf);
    }
  }
  return { lines: lines(), hasShortIds: [...shortOf].some(([id, short]) => short !== id) };
}

function* stepsOf(families: readonly Lineage[]): Generator<Step> {
  for (const root of families) yield* walk(root);
}

function* ids(steps: Iterable<Step>): Generator<string> {
  for (const { lineage } of steps) yield lineage.session.id;
}

function some<T>(items: Iterable<T>, test: (item: T) => boolean): boolean {
  for (const item of items) if (test(item)) return true;
  return false;
}

/** `├─ id  title (5 messages, 3 of them shared)` in its parts, safe for a terminal. */
interface Line {
  readonly branches: string;
  readonly id: string;
  readonly name: string;
  readonly facts: string;
  readonly mark: string;
}

function lineOf({ lineage, isLast }: Step, chosen: string | null, idText: (id: string) => string): Line {
  const { session } = lineage;
  const branches = isLast
    .map((last, level) => (level < isLast.length - 1 ? (last ? "   " : "│  ") : last ? "└─ " : "├─ "))
    .join("");
  return {
    branches,
    id: oneLine(idText(session.id)),
    name: nameOf(session),
    facts: ` (${count(session.messageCount, "message")}${sharedWith(lineage, isLast.length > 0)})`,
    mark: session.id === chosen ? "  <" : "",
  };
}

/** Columns of everything but the name. */
function takenBy({ branches, id, facts, mark }: Line, widthOf: Width): number {
  return widthOf(`${branches}${id}  ${facts}${mark}`);
}

function lacksRoom(line: Line, width: number, widthOf: Width): boolean {
  return width - takenBy(line, widthOf) < Math.min(ENOUGH_OF_TITLE, widthOf(line.name));
}

/** On a terminal the title gives way, so that the lines stay whole. */
function textOf(
  line: Line,
  isChosen: boolean,
  { colors, width }: Pick<Output, "colors" | "width">,
  widthOf: Width,
): string {
  const room = width === null ? Infinity : Math.max(MIN_NAME_WIDTH, width - takenBy(line, widthOf));
  const name = fit(line.name, room, widthOf);
  const id = isChosen ? colors.bold(line.id) : colors.cyan(line.id);
  return `${colors.dim(line.branches)}${id}${name === "" ? "" : `  ${name}`}${colors.dim(line.facts)}${line.mark}`;
}

function sharedWith({ session: { parent } }: Lineage, isBelowParent: boolean): string {
  if (parent === null) return "";
  return isBelowParent
    ? `, ${parent.messageCount} of them shared`
    : `, fork of ${oneLine(parent.id)}, which is not here`;
}
