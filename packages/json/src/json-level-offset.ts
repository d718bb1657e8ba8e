/** A text, or what opens or closes a list or an object. A string is run over by plain pieces, so that none is too long for the pattern. */
const TEXT_OR_BRACKET = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]/g;

/** Where in a JSON text the first list or object on a level begins, in UTF-16 code units, the outermost being 1; 0 when there is none. */
export function jsonLevelOffset(text: string, level: number): number {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(TEXT_OR_BRACKET)) {
    if (token === "[" || token === "{") depth++;
    else if (token === "]" || token === "}") depth--;
    if (depth === level) return index;
  }
  return 0;
}
