/**
 * A circle among packages that depend on each other, its first one at both ends; null when there is none.
 *
 * @param {ReadonlyMap<string, readonly string[]>} dependencies By name. Names that are no keys are left out.
 * @returns {string[] | null}
 */
export function dependencyCycle(dependencies) {
  /** @type {Set<string>} */
  const cleared = new Set();
  /**
   * @param {string} name
   * @param {readonly string[]} path
   * @returns {string[] | null}
   */
  const visit = (name, path) => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (cleared.has(name)) return null;
    for (const next of dependencies.get(name) ?? []) {
      const cycle = visit(next, [...path, name]);
      if (cycle !== null) return cycle;
    }
    cleared.add(name);
    return null;
  };
  for (const name of dependencies.keys()) {
    const cycle = visit(name, []);
    if (cycle !== null) return cycle;
  }
  return null;
}
