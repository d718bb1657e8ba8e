import type { Configure } from "../command-context.js";
import { storageFiguresOf } from "../storage-figures.js";
import { oneLine } from "../terminal-text.js";

const MEANINGS = {
  data: "sessions and messages",
  index: "indexes, search included",
  wal: "write-ahead log",
  free: "free, for the next writes",
  setAside: "set aside by repair",
  other: "everything else",
} as const;

export const configure: Configure = (command, contextOf) => {
  command.action(async () => {
    const context = contextOf(command);
    const { output } = context;
    await context.withStore(async (store) => {
      const figures = await storageFiguresOf(store);
      const { backend, location } = store;
      if (output.isJson) return await output.document({ backend, location, ...figures });
      const { sessions, messages, bytes } = figures;
      const total = Object.values(bytes).reduce((sum, size) => sum + size, 0);
      const lines: readonly (readonly [name: string, value: string])[] = [
        ["store", `${backend}:${oneLine(location)}`],
        ["sessions", String(sessions)],
        ["messages", String(messages)],
        ...Object.entries(MEANINGS).map(
          ([kind, meaning]) => [meaning, sizeText(bytes[kind as keyof typeof bytes])] as const,
        ),
        ["in all", sizeText(total)],
      ];
      const width = Math.max(...lines.map(([name]) => name.length));
      for (const [name, value] of lines) await output.text(`${name.padEnd(width)}  ${value}`);
    });
  });
};

/** `1.5 MiB`; in whole bytes below 1 KiB. */
function sizeText(bytes: number): string {
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let [size, unit] = [bytes, ""];
  while (size >= 1024 && units.length > 0) [size, unit] = [size / 1024, units.shift() ?? ""];
  return unit === "" ? `${size} bytes` : `${size.toFixed(1)} ${unit}`;
}
