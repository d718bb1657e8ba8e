import path from "node:path";
import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it } from "vitest";
import { sessionFromFlow } from "../src/index.js";
import { fixtureFolder } from "./fixture-folder.js";

const FLOW = `flow: booking
version: 1.0.0
exits: [done]
states:
  - id: choosing
    next: {chosen: paying}
  - id: paying
    flow: payment
    next: {paid: done}
`;

describe("sessionFromFlow()", () => {
  it("starts at the flow's first state", async () => {
    const file = path.join(await fixtureFolder({ "booking.yaml": FLOW }), "booking.yaml");
    await using store = await openMemorySessionStore();
    const head = await store.create({ id: "trip", ...(await sessionFromFlow(file)) });
    expect(head).toMatchObject({
      id: "trip",
      metadata: { flow: "booking" },
      state: { flow: "booking", state: "choosing", stack: [], params: {} },
    });
  });

  it("takes names as they are written, whatever YAML 1.1 takes them for", async () => {
    const text = FLOW.replace("booking", "on").replace("choosing", "0o17");
    const file = path.join(await fixtureFolder({ "a.yaml": text }), "a.yaml");
    expect(await sessionFromFlow(file)).toMatchObject({ state: { flow: "on", state: "0o17" } });
  });

  it.each([
    ["is missing", null, "does not exist"],
    ["is not YAML", "flow: {{oops", "not valid YAML"],
    ["is a list", "- a\n", "not a YAML mapping"],
    ["has no states", "flow: f\n", "no states"],
    ["has an empty list of states", "flow: f\nstates: []\n", "no states"],
    ["has states that are no list", "flow: f\nstates: {a: 1}\n", "no states"],
    ["has a state without an id", "flow: f\nstates:\n- next: {}\n", "without an id"],
    ["has a state that is a text", "flow: f\nstates: [a]\n", "without an id"],
    ["has no name", "states:\n- id: a\n", "no flow"],
    ["is not UTF-8", Buffer.from([0xff, 0xfe]), "not UTF-8"],
  ])("rejects INVALID_VALUE, with file and reason, for a flow that %s", async (_what, content, reason) => {
    const folder = await fixtureFolder(content === null ? {} : { "f.yaml": content });
    const file = path.join(folder, "f.yaml");
    const message = expect.stringContaining(reason);
    await expect(sessionFromFlow(file)).rejects.toMatchObject({
      code: "INVALID_VALUE",
      message,
      location: file,
    });
    await expect(sessionFromFlow(file)).rejects.toThrow(file);
  });

  it("rejects INVALID_VALUE for a folder", async () => {
    await expect(sessionFromFlow(await fixtureFolder({}))).rejects.toMatchObject({ code: "INVALID_VALUE" });
  });
});
