import { type JsonObject, type SessionHead, snapshotOf } from "@agent-sessions/core";
import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it } from "vitest";
import { Redaction } from "../src/index.js";
import { SECRET_PATTERNS } from "../src/secret-patterns.js";

/** Made up, in pieces, so that no scanner takes them for real ones. */
const fake = (mark: string, length = 40): string => mark + "aB3dE5gH7j".repeat(10).slice(0, length);

const SECRETS: readonly (readonly [name: string, text: string, left: string])[] = [
  [
    "private-key",
    `a\n-----BEGIN RSA PRIVATE KEY-----\n${fake("MII")}\n-----END RSA PRIVATE KEY-----\nb`,
    "a\n*\nb",
  ],
  ["private-key", `-----BEGIN PRIVATE KEY-----\n${fake("MII")} and it is cut`, "*"],
  ["url-password", "postgres://admin:s3cr3t@db.example:5432/x", "postgres://admin:*@db.example:5432/x"],
  ["url-password", "redis://:hunter2@cache", "redis://:*@cache"],
  ["authorization", `curl -H 'Authorization: Basic dXNlcjpwYXNz' x`, "curl -H 'Authorization: Basic *' x"],
  ["authorization", `bearer ${fake("t.")}`, "bearer *"],
  ["json-web-token", `x ${fake("eyJ")}.${fake("eyJ")}.${fake("s")} y`, "x * y"],
  ["api-key", `key ${fake("sk-proj-")}, next`, "key *, next"],
  ["api-key", fake("hf_"), "*"],
  ["stripe-key", fake("sk_live_", 24), "*"],
  ["github-token", fake("ghp_", 36), "*"],
  ["github-token", fake("github_pat_"), "*"],
  ["gitlab-token", fake("glpat-", 20), "*"],
  ["aws-access-key", `AKIA${"A1B2C3D4E5F6G7H8"}.`, "*."],
  ["google-key", fake("AIza", 35), "*"],
  ["google-token", fake("ya29."), "*"],
  ["slack-token", fake("xoxb-"), "*"],
  ["slack-webhook", `https://hooks.slack.com/services/T00/B00/${fake("")}`, "https://hooks.slack.com/*"],
  ["npm-token", fake("npm_", 36), "*"],
  ["pypi-token", fake("pypi-", 80), "*"],
  ["sendgrid-key", `SG.${fake("", 22)}.${fake("", 43)}`, "*"],
  ["digitalocean-token", `dop_v1_${"a1b2c3d4".repeat(8)}`, "*"],
  ["vault-token", fake("hvs."), "*"],
  ["named-secret", `{"password": "correct horse"}`, `{"password": "*"}`],
  ["named-secret", String.raw`{\"api_key\":\"abcdef\"}`, String.raw`{\"api_key\":\"*\"}`],
  ["named-secret", "password = hunter2", "password = *"],
  ["named-secret", "export DB_PASSWORD=swordfish", "export DB_PASSWORD=*"],
];

const HARMLESS = [
  "the password: a string of your choice",
  "function login(user: string, password: string): Promise<Token>",
  "const secret = process.env.SECRET;",
  "TOKEN=$TOKEN ./run.sh",
  "we use basic authentication and bearer authentication",
  "https://example.com/a:b@c and http://localhost:3000/@scope",
  "sk-learn, risk-free, ask-me-anything-you-like-about-it",
  "-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----",
  "a commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b and an id 019a1b2c-3d4e-7f80-9123-456789abcdef",
];

describe("Redaction", () => {
  it.each(SECRETS)("takes out a %s: %j", (name, text, left) => {
    const redaction = new Redaction();
    expect(redaction.text(text)).toBe(left.replaceAll("*", `[redacted:${name}]`));
    expect(redaction.counts).toEqual({ [name]: 1 });
  });

  it.each(HARMLESS)("leaves %j as it is", (text) => {
    const redaction = new Redaction();
    expect(redaction.text(text)).toBe(text);
    expect(redaction.total).toBe(0);
  });

  it("recognises every pattern in one of these tests", () => {
    const names = new Set(SECRETS.map(([name]) => name));
    expect(SECRET_PATTERNS.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
  });

  it("finds a secret in any text of a session, under any name, and leaves names, ids and numbers", async () => {
    const secret = fake("ghp_", 36);
    await using store = await openMemorySessionStore();
    await store.create({
      id: secret,
      title: `about ${secret}`,
      labels: [secret, "b"],
      metadata: { note: secret, apiKey: "plain", count: 1 },
      state: { [secret]: { deep: [secret, 5, null, true] }, clientSecret: "plain words", password: "" },
      messages: [
        { role: "user", content: `use ${secret} please` },
        { role: "assistant", tool_calls: [{ function: { arguments: `{"token":"${secret}"}` } }] },
      ],
    });
    const redaction = new Redaction();
    const [snapshot] = await all(redaction.of([await snapshotOf(store, secret)]));
    const entries = await all(snapshot?.entries ?? []);
    const text = JSON.stringify([{ ...snapshot?.head, id: "", state: snapshot?.head.state }, entries]);
    expect(text.split(secret)).toHaveLength(2);
    expect(snapshot?.head).toMatchObject({
      id: secret,
      title: "about [redacted:github-token]",
      preview: "use [redacted:github-token] please",
      labels: ["[redacted:github-token]", "b"],
      metadata: { note: "[redacted:github-token]", apiKey: "[redacted:named-secret]", count: 1 },
      state: { clientSecret: "[redacted:named-secret]", password: "" },
    } satisfies Partial<SessionHead<JsonObject>>);
    expect(redaction.counts).toEqual({ "github-token": 6, "named-secret": 2 });
    expect((await store.load(secret)).title).toBe(`about ${secret}`);
  });

  // The preview ends after 200 characters, perhaps in the middle of a key, which then has no longer the shape of one.
  it("leaves no half of a secret in a preview that is cut", async () => {
    await using store = await openMemorySessionStore();
    const content = `${"word ".repeat(38)}${fake("ghp_", 36)}`;
    const { id, preview } = await store.create({ messages: [{ role: "user", content }] });
    expect(preview).toContain("ghp_");
    const [snapshot] = await all(new Redaction().of([await snapshotOf(store, id)]));
    expect(snapshot?.head.preview).not.toContain("ghp_");
  });

  it("takes time in proportion to the text, whatever stands in it", () => {
    const hostile = [
      "-----BEGIN PRIVATE KEY-----",
      "a://b:",
      "bearer ",
      "authorization: basic ",
      "eyJaaaaaaaa-",
      "eyJaaaaaaaa.",
      "sk-",
      "sk-aaaa-",
      "password=",
      'password="',
      "password: ",
      "TOKEN=",
      "SG.aaaaaaaaaaaaaaaaaaaa.",
      "AKIA",
      "aaaaaaaa",
      "https://hooks.slack.com/",
    ];
    // A pattern that is quadratic takes minutes for one of these and ends in the test's time limit.
    for (const piece of hostile) new Redaction().text(piece.repeat(1_000_000 / piece.length));
    expect(new Redaction().text("-----BEGIN PRIVATE KEY-----".padEnd(50_000_000, "x"))).toBe(
      "[redacted:private-key]",
    );
  }, 60_000);
});

async function all<T>(items: AsyncIterable<T> | Iterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
