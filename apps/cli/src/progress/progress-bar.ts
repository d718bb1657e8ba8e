import type { ProgressFacts } from "./progress-meter.js";

const BAR_WIDTH = 24;

/** One line for a terminal of so many columns: `Importing ━━━━━━────── 120/400 sessions · 85/s · 4 s left`. */
export function progressBar(label: string, noun: string, facts: ProgressFacts, columns: number): string {
  const { done, total, perSecond, secondsLeft, fraction } = facts;
  const count = total === null ? String(done) : `${done}/${total}`;
  const rate = perSecond === 0 ? [] : [`${perSecond >= 10 ? Math.round(perSecond) : perSecond}/s`];
  const left = secondsLeft === null ? [] : [`${duration(secondsLeft)} left`];
  const facet = [`${count} ${noun}`, ...rate, ...left].join(" · ");
  const plain = `${label} ${facet}`;
  // A line that wraps could not be taken back.
  const fits = plain.length + BAR_WIDTH + 1 < columns;
  return fraction === null || !fits
    ? plain.slice(0, Math.max(0, columns - 1))
    : `${label} ${bar(fraction)} ${facet}`;
}

function bar(fraction: number): string {
  const filled = Math.round(fraction * BAR_WIDTH);
  return "━".repeat(filled) + "─".repeat(BAR_WIDTH - filled);
}

/** `45 s`, `2 min 5 s`, `3 h 10 min`. */
function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
