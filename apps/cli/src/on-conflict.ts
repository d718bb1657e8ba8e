/** What becomes of a session whose id is taken by one with other content: left out, put in its place, or added under another id. */
export const ON_CONFLICT = ["skip", "replace", "copy"] as const;
export type OnConflict = (typeof ON_CONFLICT)[number];
