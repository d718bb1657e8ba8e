/** Whether a value is a promise of any realm or library: `instanceof Promise` sees only this realm's. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

/**
 * Goes on with a value: at once when it is there, which costs no turn of the microtask queue, or when its promise is fulfilled. What
 * `next` throws at once is thrown.
 */
export function whenReady<T, R>(value: T | Promise<T>, next: (value: T) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Lets go of a promise that nobody will wait for, so that its rejection is not reported as unhandled. */
export function abandon(value: PromiseLike<unknown>): void {
  value.then(undefined, () => undefined);
}
