import type { Scenario } from "./scenario.js";
import { backup } from "./scenarios/backup.js";
import { contract } from "./scenarios/contract.js";
import { crash } from "./scenarios/crash.js";
import { locks } from "./scenarios/locks.js";
import { migration } from "./scenarios/migration.js";
import { readers } from "./scenarios/readers.js";
import { restarts } from "./scenarios/restarts.js";
import { writers } from "./scenarios/writers.js";

export const scenarios: readonly Scenario[] = [
  crash,
  writers,
  restarts,
  readers,
  backup,
  locks,
  migration,
  contract,
];
