/** Columns of a title that says something; with less of it, ids are cut. */
export const ENOUGH_OF_TITLE = 30;
/** What is said then. */
export const IDS_ARE_CUT = "Ids are cut; --json shows them whole.";

/** As many characters are shown at least: fewer would soon be the beginning of several. */
const MIN_LENGTH = 8;
/** Ids that mean the same wherever they are cut: with a colon, the beginning of one may read as a session and a position, with a slash as a path. */
const PLAIN = /^[\w.-]+$/;

/** By each id, the shortest beginning of it, of at least 8 characters, that is no other's of these. Ids with other characters stay whole. */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const sorted = [...ids].sort();
  return new Map(
    sorted.map((id, at) => {
      const alike = Math.max(commonLength(id, sorted[at - 1]), commonLength(id, sorted[at + 1]));
      return [id, PLAIN.test(id) ? id.slice(0, Math.max(MIN_LENGTH, alike + 1)) : id];
    }),
  );
}

/** How many characters two ids begin with alike. */
function commonLength(id: string, other = ""): number {
  let length = 0;
  while (length < id.length && id[length] === other[length]) length++;
  return length;
}
