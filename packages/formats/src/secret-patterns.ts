/** A shape of secret that a redacted export leaves out. */
export interface SecretPattern {
  /** Stands in the place of the secret, as `[redacted:name]`. */
  readonly name: string;
  /**
   * Global. Runs in linear time: what follows a repetition without a bound is either nothing or a character that it cannot take, and a
   * try that fails behind one cannot begin again inside it. The part that is left as it is, is the group `kept`.
   */
  readonly pattern: RegExp;
}

/** Not inside a longer word of the alphabet that keys are written in. */
const START = "(?<![\\w-])";

/** A key that begins with one of some marks. */
function key(name: string, marks: string, rest: string): SecretPattern {
  return { name, pattern: new RegExp(`${START}(?:${marks})${rest}`, "g") };
}

const NAMES =
  "passw(?:or)?d|passphrase|secret|api[_-]?key|(?:access|private|secret)[_-]?key|(?:access|refresh|auth|session|id|client|bearer|api)[_-]?token";

/** What stands behind a name that says what it is. */
function named(between: string, value: string): RegExp {
  return new RegExp(`(?<kept>(?:${NAMES})${between})${value}`, "gi");
}

/**
 * What is recognised, in the order in which it is looked for. Prefixes and lengths are those that the issuers document, where they do;
 * lengths are lower bounds, because issuers lengthen their keys.
 */
export const SECRET_PATTERNS: readonly SecretPattern[] = [
  {
    name: "private-key",
    // One that is cut off counts as well.
    pattern:
      /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,60}-----|$)/g,
  },
  {
    name: "url-password",
    pattern: /(?<kept>[a-zA-Z][a-zA-Z0-9+.-]{0,20}:\/\/[^\s:@/?#"'<>]{0,200}:)[^\s@/?#"'<>]{1,500}(?=@)/g,
  },
  {
    name: "authorization",
    pattern:
      /(?<kept>\bauthorization["'\\]{0,4}[ \t]{0,4}[:=][ \t]{0,4}["'\\]{0,4}(?:[a-z]{1,20} {1,4})?)[\w.~+/=-]{8,}/gi,
  },
  { name: "authorization", pattern: /(?<kept>\bbearer {1,4})(?=[a-z._~+/-]{0,200}\d)[\w.~+/=-]{12,}/gi },
  key("json-web-token", "eyJ", "[\\w-]{8,}\\.[\\w-]{8,}(?:\\.[\\w-]*)?"),
  key("api-key", "sk-|gsk_|xai-|r8_|hf_|pplx-|fw_", "(?=[A-Za-z_-]{0,200}\\d)[\\w-]{20,}"),
  key("stripe-key", "[srp]k_(?:live|test)_|whsec_", "[A-Za-z0-9]{16,}"),
  key("github-token", "gh[pousr]_|github_pat_", "\\w{22,}"),
  key("gitlab-token", "gl(?:pat|rt|dt|ptt|oas)-", "[\\w.-]{20,}"),
  key("aws-access-key", "AKIA|ASIA", "[A-Z0-9]{16}(?![A-Z0-9])"),
  key("google-key", "AIza", "[\\w-]{35}"),
  key("google-token", "ya29\\.|1\\/\\/0|GOCSPX-", "[\\w-]{20,}"),
  key("slack-token", "xox[a-z]-|xapp-", "[\\w-]{10,}"),
  { name: "slack-webhook", pattern: /(?<kept>https:\/\/hooks\.slack\.com\/)[\w/-]{20,}/g },
  key("npm-token", "npm_", "\\w{30,}"),
  key("pypi-token", "pypi-", "[\\w-]{50,}"),
  key("sendgrid-key", "SG\\.", "[\\w-]{16,}\\.[\\w-]{16,}"),
  key("digitalocean-token", "do[opr]_v1_", "[a-f0-9]{40,}"),
  key("vault-token", "hv[sbr]\\.", "[\\w-]{20,}"),
  // password: "value", "password": "value", and the same with escaped quotes, as in the text of a tool's arguments.
  {
    name: "named-secret",
    pattern: named(`["'\\\\]{0,4}[ \\t]{0,4}[:=]>?[ \\t]{0,4}\\\\{0,3}["']`, `(?![$<{])[^"'\\\\\\n]{4,500}`),
  },
  // password=value and password: value; with a digit, or it would be a type or a variable of a program.
  {
    name: "named-secret",
    pattern: named(
      "[ \\t]{0,4}[:=][ \\t]{0,4}",
      `(?=[^\\s"'\\\\,;&<>(){}[\\]\\d]{0,200}\\d)[^\\s"'\\\\,;&<>(){}[\\]]{4,200}`,
    ),
  },
  // DB_PASSWORD=value, as in the environment.
  {
    name: "named-secret",
    pattern:
      /(?<kept>(?:PASSWORD|PASSWD|SECRET|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|TOKEN)=)[^\s"'\\$(){}<>[\]]{4,200}/g,
  },
];

/** The names of members whose texts are secrets whatever they look like; compared without case, `_` and `-`, at the end of the name. */
const SECRET_NAMES =
  /(?:password|passwd|passphrase|secret|apikey|accesskey|privatekey|secretkey|(?:access|refresh|auth|session|id|client|bearer|api)token|authorization|cookie)$/;

/** Whether the text that stands under a member of this name is a secret: `clientSecret`, `X-Api-Key`, `DB_PASSWORD`. */
export function isSecretName(name: string): boolean {
  return name.length <= 100 && SECRET_NAMES.test(name.toLowerCase().replaceAll(/[_-]/g, ""));
}
