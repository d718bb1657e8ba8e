import { archive } from "./archive.js";
import { claudeCode } from "./claude-code.js";
import { clawJson } from "./claw-json.js";
import { clawJsonl } from "./claw-jsonl.js";
import { clawPort } from "./claw-port.js";
import { codex } from "./codex.js";
import { flowr } from "./flowr.js";
import { gemini } from "./gemini.js";
import { hermesAgent } from "./hermes-agent.js";
import { hermesWebui } from "./hermes-webui.js";
import { opencode } from "./opencode.js";
import { pi } from "./pi.js";
import { registryReview } from "./registry-review.js";
import type { SessionFormat } from "./session-format.js";

/** Every format. Their order matters to nobody: a file that two of them recognise is ambiguous. */
export const FORMATS: readonly SessionFormat[] = [
  archive,
  claudeCode,
  clawJson,
  clawJsonl,
  clawPort,
  codex,
  flowr,
  gemini,
  hermesAgent,
  hermesWebui,
  opencode,
  pi,
  registryReview,
];
