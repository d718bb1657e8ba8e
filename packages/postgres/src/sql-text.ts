/** A name as SQL takes it, whatever is in it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL takes it, whatever is in it and whatever the server makes of a backslash (`standard_conforming_strings`). */
export function quoteText(text: string): string {
  return `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

/** SQL: a number for a new transcript. @param schema quoted */
export function nextTranscript(schema: string): string {
  return `nextval(${quoteText(`${schema}.transcript_numbers`)})`;
}
