/**
 * Orders text by Unicode code point, as SQLite and PostgreSQL ("C" collation) order UTF-8. JavaScript's `<` orders by UTF-16
 * code unit, which puts astral characters before U+E000 … U+FFFF.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const unitA = a.charCodeAt(index);
    const unitB = b.charCodeAt(index);
    if (unitA === unitB) continue;
    const astralA = isSurrogate(unitA);
    if (astralA !== isSurrogate(unitB)) return astralA ? 1 : -1;
    return unitA - unitB;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** The one folding that search and title filters compare by: NFC, then lower case. */
export function foldText(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/g;

/** Whether text holds a control character (C0, DEL or C1). */
export function hasControlCharacters(text: string): boolean {
  return text.search(CONTROL_CHARACTERS) !== -1;
}

/** The text without its control characters. */
export function stripControlCharacters(text: string): string {
  return text.replace(CONTROL_CHARACTERS, "");
}

/** The length in UTF-8 bytes. */
export function utf8Length(text: string): number {
  return Buffer.byteLength(text, "utf8");
}
