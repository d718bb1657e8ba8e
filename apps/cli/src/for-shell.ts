/** Stored text, or a path, as one word of a command that is to be typed: in quotes where a shell would take any of it for something else. */
export function forShell(text: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === "win32") return /^[\w:./\\=+-]+$/.test(text) ? text : `"${text}"`;
  return /^[\w:./@%=+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
