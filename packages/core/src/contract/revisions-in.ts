/** The two numbers of a SessionConflictError. */
export function revisionsIn(error: object): { expectedRevision: unknown; actualRevision: unknown } {
  const { expectedRevision, actualRevision } = error as {
    expectedRevision: unknown;
    actualRevision: unknown;
  };
  return { expectedRevision, actualRevision };
}
