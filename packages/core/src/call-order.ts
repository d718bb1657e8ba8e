/** Runs calls one after the other, in the order they were made. */
export class CallOrder {
  #last: Promise<void> = Promise.resolve();

  /** Begins `check` at once, and `operation` when the calls before it are done; a check that fails is reported at once. */
  async run<C, T>(check: () => C | Promise<C>, operation: (checked: C) => Promise<T>): Promise<T> {
    const before = this.#last;
    const result = this.#follow(before, check, operation);
    this.#last = before.then(() => result).then(ignore, ignore);
    return await result;
  }

  /** Resolves when every call made so far is done. */
  async idle(): Promise<void> {
    await this.#last;
  }

  async #follow<C, T>(
    before: Promise<void>,
    check: () => C | Promise<C>,
    operation: (checked: C) => Promise<T>,
  ): Promise<T> {
    const checked = await check();
    await before;
    return await operation(checked);
  }
}

function ignore(): void {}
