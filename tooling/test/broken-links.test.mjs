import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { brokenLinks } from "../snippets/broken-links.mjs";

test("brokenLinks() finds links to files and headings that are not there, and follows the others", () => {
  const root = mkdtempSync(path.join(tmpdir(), "agent-sessions-links-"));
  try {
    mkdirSync(path.join(root, "part"));
    writeFileSync(path.join(root, "part/README.md"), "# A part, `version` 1.0\n\n```sh\n# no heading\n```\n");
    const links = [
      "[there](part)",
      "[there](part#a-part-version-10)",
      "[here](#page)",
      "[elsewhere](https://example.org/#x)",
      "[gone](part/other.md)",
      "[gone](part#no-heading)",
      "[gone](#nowhere)",
    ];
    writeFileSync(
      path.join(root, "page.md"),
      `# Page\n\n${links.join("\n")}\n\n\`\`\`text\n[x](y)\n\`\`\`\n`,
    );
    expect(brokenLinks(root, "page.md")).toEqual(["part/other.md", "part#no-heading", "#nowhere"]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
