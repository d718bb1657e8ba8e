import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { siteProblems } from "../docs/check-site.mjs";
import { placeOf, rewriteLinks } from "../docs/rewrite-links.mjs";
import { sitePages } from "../docs/site-pages.mjs";
import { stagePages } from "../docs/stage-pages.mjs";
import { root } from "../steps.mjs";

/** @type {string} */
let folder;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "agent-sessions-site-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/**
 * @param {string} name
 * @param {string} text
 */
function write(name, text) {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), text);
}

test("rewriteLinks() gives links other targets, drops comments, and leaves code as it is", () => {
  const page = [
    "[a](x.md) <!-- not",
    "run -->![b](y.svg)",
    "```sh",
    "echo '[c](z.md)' <!-- kept -->",
    "```",
    "[d](#e)",
  ];
  expect(rewriteLinks(page.join("\n"), (target) => `to-${target}`)).toBe(
    ["[a](to-x.md) ![b](to-y.svg)", "```sh", "echo '[c](z.md)' <!-- kept -->", "```", "[d](to-#e)"].join(
      "\n",
    ),
  );
});

test("placeOf() says where a link of a page leads, and null for addresses", () => {
  expect(placeOf("docs/errors.md", "../packages/json/#options")).toEqual({
    place: "packages/json",
    hash: "#options",
  });
  expect(placeOf("docs/errors.md", "#code")).toEqual({ place: "docs/errors.md", hash: "#code" });
  expect(placeOf("docs/errors.md", "https://example.org/#x")).toBeNull();
});

describe("the pages of this workspace", () => {
  test("begin with its README, the guides follow in the order of reading", () => {
    const pages = sitePages(root);
    expect(pages.slice(0, 3).map(({ page }) => page)).toEqual([
      "README.md",
      "docs/getting-started.md",
      "docs/pick-a-backend.md",
    ]);
    const titles = pages.map(({ title, group }) => `${group}/${title}`);
    expect(new Set(titles).size, "no two have the same title in one group").toBe(titles.length);
  });

  test("are staged with links that lead to staged pages, to copied pictures or to the repository", () => {
    const staged = stagePages(root, sitePages(root), folder);
    for (const file of staged) {
      rewriteLinks(readFileSync(file, "utf8"), (target) => {
        const found = placeOf("page.md", target);
        if (found !== null && found.place !== "page.md") {
          expect(() => readFileSync(path.join(folder, found.place)), `${file}: ${target}`).not.toThrow();
        }
        return target;
      });
    }
  });

  test("with a link that leads nowhere are refused", () => {
    const page = {
      page: "page.md",
      title: "Page",
      group: "Guides",
      text: "# Page\n\n[gone](no-such-file.md)\n",
    };
    expect(() => stagePages(root, [page], folder)).toThrow("page.md: no-such-file.md leads nowhere");
  });
});

describe("siteProblems()", () => {
  test("passes a site whose links lead somewhere", () => {
    write(
      "index.html",
      '<h1 id="top"></h1><a href="#top"></a><a href="part/a.html#b%20c"></a><a href="https://example.org/"></a>',
    );
    write("part/a.html", '<h2 id="b c"></h2><a href="../#top"></a><svg><use href="../icons.svg#one"/></svg>');
    write("icons.svg", '<svg><g id="one"/></svg>');
    expect(siteProblems(folder)).toEqual([]);
  });

  test.each([
    ["a page that is not there", '<a href="gone.html"></a>', "index.html: gone.html"],
    ["a place that is not there", '<a href="#gone"></a>', "index.html: #gone"],
    ["an address that is none", '<a href="https://"></a>', "index.html: https://"],
    [
      "an address without encryption",
      '<a href="http://example.org/"></a>',
      "index.html: http://example.org/",
    ],
    [
      "a script from elsewhere",
      '<script src="https://example.org/a.js"></script>',
      "index.html: loads https://example.org/a.js",
    ],
    [
      "a style from elsewhere",
      '<link rel="stylesheet" href="https://example.org/a.css">',
      "index.html: loads https://example.org/a.css",
    ],
  ])("names %s", (_what, html, problem) => {
    write("index.html", html);
    expect(siteProblems(folder)).toEqual([problem]);
  });

  test("names what a style would load from elsewhere", () => {
    write("a.css", "body { background: url(//example.org/a.png) } @import 'https://example.org/b.css';");
    expect(siteProblems(folder)).toEqual([
      "a.css: loads //example.org/a.png",
      "a.css: loads https://example.org/b.css",
    ]);
  });
});
