import { styleText } from "node:util";

const NAMES = ["bold", "dim", "red", "green", "yellow", "cyan"] as const;
type Name = (typeof NAMES)[number];

/** A function for each attribute; bold and dim end each other, so neither goes inside the other. */
export type Colors = Readonly<Record<Name, (text: string) => string>>;

/** Functions that colour a text; without effect unless `isEnabled`, which is decided once for each stream. */
export function createColors(isEnabled: boolean): Colors {
  const style = (name: Name): ((text: string) => string) =>
    isEnabled ? (text) => styleText(name, text, { validateStream: false }) : (text) => text;
  return Object.fromEntries(NAMES.map((name) => [name, style(name)])) as Record<
    Name,
    (text: string) => string
  >;
}
