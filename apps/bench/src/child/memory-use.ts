import { timed } from "../measure-sides.js";

/** A long task: how long it took, and the most memory that its process ever held. */
export interface MemoryUse {
  readonly milliseconds: number;
  /** Before the task, with everything loaded and the store open. */
  readonly beforeMB: number;
  readonly peakMB: number;
}

export async function memoryUseOf(task: () => Promise<void>): Promise<MemoryUse> {
  const beforeMB = peakMemoryMB();
  const milliseconds = await timed(task);
  return { milliseconds, beforeMB, peakMB: peakMemoryMB() };
}

/** The most memory that this process ever held, in MB. */
export function peakMemoryMB(): number {
  return (process.resourceUsage().maxRSS * 1024) / 1e6;
}
