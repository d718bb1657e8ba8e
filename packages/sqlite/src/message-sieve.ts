import { foldText } from "@agent-sessions/core/backend";

/** JSON texts beyond this many bytes are let through unread: the part of a text that is searched may end within them. */
export const MAX_SIEVED_BYTES: number = 64 * 1024;

/**
 * A cheap test of a message's JSON text that never says no to one whose text holds all words: most messages need not be parsed then.
 * A text with an escape is let through, because there the JSON differs from the text; anywhere else folding the JSON folds the text
 * in it just as if it stood alone, for the quotes around it combine with nothing.
 *
 * @param words folded
 */
export function sieveFor(words: readonly string[]): (json: string) => boolean {
  return (json) => {
    if (json.includes("\\")) return true;
    const folded = foldText(json);
    return words.every((word) => folded.includes(word));
  };
}
