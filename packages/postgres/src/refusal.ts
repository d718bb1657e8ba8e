/** What a decision threw, which may look like anything, an error of the network included. */
export class Refusal extends Error {
  constructor(reason: unknown) {
    super("The decision was a refusal.", { cause: reason });
  }
}

/** Runs a decision such that what it throws is told from what the server or the network throws. */
export function refusing<A extends unknown[], R>(decide: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    try {
      return decide(...args);
    } catch (error) {
      throw new Refusal(error);
    }
  };
}

/** Throws on what a decision threw, as it was. */
export async function unwrapped<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Refusal ? error.cause : error;
  }
}
