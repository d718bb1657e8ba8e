import type { ListPlan } from "@agent-sessions/core/backend";

/** A list plan with every filter off, but for what is given. */
export function planFor(given: Partial<ListPlan>): ListPlan {
  return {
    ids: null,
    idPrefix: null,
    labels: [],
    metadata: [],
    pinned: null,
    archived: null,
    parentId: null,
    titleContains: null,
    updatedAfter: null,
    updatedBefore: null,
    createdAfter: null,
    createdBefore: null,
    orderBy: "updatedAt",
    direction: "desc",
    pinnedFirst: false,
    limit: 50,
    after: null,
    ...given,
  };
}
