import { expect, test } from "vitest";
import { publishedPackages } from "../../lints/published-packages.mjs";
import { rehearseRelease } from "../../release/rehearse-release.mjs";
import { root } from "../../steps.mjs";

test("three changesets become versions, changelogs and tarballs that install and run", async () => {
  const { versions, published, changelog, installed, output } = await rehearseRelease(() => undefined);
  expect(versions).toMatchObject({
    "@agent-sessions/core": "0.2.0",
    "@agent-sessions/json": "0.2.0",
    "@agent-sessions/file": "0.1.1",
    "@agent-sessions/sqlite": "0.1.1",
    "@agent-sessions/yaml": "0.1.1",
    "agent-sessions": "0.1.1",
  });
  const names = publishedPackages(root).map(({ manifest }) => manifest.name);
  expect([...published].sort()).toEqual(names.map((name) => `${name}@${versions[name]}`).sort());
  const places = ["core@0.2.0", "file@0.1.1", "json@0.2.0"].map((one) =>
    published.indexOf(`@agent-sessions/${one}`),
  );
  expect(places, "what others are built on is published first").toEqual(places.toSorted((a, b) => a - b));
  expect(changelog).toMatch(
    /^# @agent-sessions\/core\n\n## 0\.2\.0\n\n### Minor Changes\n\n- The contract grows by a clause\. \(/,
  );
  expect(installed).toEqual({
    "@agent-sessions/core": "0.2.0",
    "@agent-sessions/file": "0.1.1",
    "@agent-sessions/formats": "0.1.1",
    "@agent-sessions/json": "0.2.0",
    "@agent-sessions/yaml": "0.1.1",
  });
  expect(output).toBe("Released\n");
});
