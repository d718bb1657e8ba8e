import { archive } from "./archive.js";
import { clawPort } from "./claw-port.js";
import { flowr } from "./flowr.js";
import type { SessionFormat } from "./session-format.js";

/** Every format, the more particular before the more general: the first that recognises a file reads it. */
export const FORMATS: readonly SessionFormat[] = [archive, clawPort, flowr];
