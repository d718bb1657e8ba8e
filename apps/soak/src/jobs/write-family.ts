import { chooseCommand } from "../choose-command.js";
import { apply, execute, type Family } from "../family.js";
import type { Job } from "../job.js";
import { randomFrom } from "../random.js";
import { messageOf } from "../texts.js";
import { sharedItem } from "./write-shared.js";

export interface WriteFamilyParameters {
  readonly writer: string;
  readonly seed: string;
  readonly family: Family;
  /** The session that all writers append to, and the number this one goes on with. */
  readonly shared: string;
  readonly nextNumber: number;
  readonly nextStep: number;
}

/** Writes to its own sessions in every way, and to the shared one by appends, until it is killed. */
export const writeFamily: Job<WriteFamilyParameters, void> = async (
  { store, tell, isStopped },
  parameters,
) => {
  const { writer, seed, shared } = parameters;
  const random = randomFrom(seed);
  let family = parameters.family;
  let number = parameters.nextNumber;
  for (let step = parameters.nextStep; !isStopped(); step++) {
    if (random.happens(40)) {
      await tell({ intent: { shared: { session: shared, number } } });
      await store.append(shared, messageOf(sharedItem(writer, number)), {
        operationId: `${writer}.${number}`,
        createIfMissing: true,
      });
      number++;
    } else {
      const command = chooseCommand(random, writer, step, family);
      await tell({ intent: { family: command } });
      await execute(store, command);
      family = apply(family, command);
    }
    await tell({ acknowledged: true });
  }
};
