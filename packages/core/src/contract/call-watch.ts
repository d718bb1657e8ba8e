/**
 * Knows which call is under way and which one gave an error: "disk full", or no answer at all, says nothing about what was tried. A
 * clause sees no difference between a store and a watched one.
 */
export class CallWatch {
  readonly #rejected = new WeakMap<object, string>();
  readonly #pending = new Map<object, string>();

  /** The store, with its calls watched. */
  watch<T extends object>(store: T): T {
    return new Proxy(store, {
      get: (_target, name) => {
        const value: unknown = Reflect.get(store, name, store);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          const result: unknown = Reflect.apply(value, store, args);
          if (result instanceof Promise) void this.note(String(name), result);
          return name === "inNamespace" ? this.watch(result as object) : result;
        };
      },
    });
  }

  /** Watches one call; what it returns is never rejected. */
  async note(name: string, call: Promise<unknown>): Promise<void> {
    this.#pending.set(call, `${name}()`);
    try {
      await call;
    } catch (error) {
      if (typeof error === "object" && error !== null) this.#rejected.set(error, `${name}()`);
    } finally {
      this.#pending.delete(call);
    }
  }

  /** The call that rejected with this very error, for example `append()`; null when none is known to. */
  methodOf(error: unknown): string | null {
    return typeof error === "object" && error !== null ? (this.#rejected.get(error) ?? null) : null;
  }

  /** The calls that have not ended yet, each method once. */
  get pending(): readonly string[] {
    return [...new Set(this.#pending.values())];
  }
}
