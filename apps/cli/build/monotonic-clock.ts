/** Stands for the global of this name, whose first use loads all of `node:perf_hooks`. */
export const performance = {
  now: (): number => Number(process.hrtime.bigint()) / 1e6,
};
