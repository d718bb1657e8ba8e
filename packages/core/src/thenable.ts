/** Whether a value is a promise of any realm or library: `instanceof Promise` sees only this realm's. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

/** Lets go of a promise that nobody will wait for, so that its rejection is not reported as unhandled. */
export function abandon(value: PromiseLike<unknown>): void {
  value.then(undefined, () => undefined);
}
