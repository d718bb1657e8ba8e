import fs from "node:fs";
import type { Wait } from "@agent-sessions/core/backend";
import { isHeld, type TryLock, tryLockFile, unlinkLockFile } from "./kernel-lock.js";

/** Who has waited so long, in milliseconds, waits in the waiting room. */
const PATIENCE_MS = 25;
/** Who waits in one of this many seats is served in the order of arrival; those beyond stand at the door, where chance decides. */
const SEATS = 16;
/** Who has waited so long, in milliseconds, looks now and then whether anybody holds the lock at all … */
const DOUBT_MS = 250;
/** … so long apart, in milliseconds. */
const LOOK_PAUSE_MS = 50;
/** Found free so often in a row, a lock is left alone: who is the next and awake takes it within two milliseconds. */
const FREE_LOOKS = 4;

/** Whether somebody waits in a lock's waiting room, or was killed there. */
export function isAwaited(roomPath: string): boolean {
  return fs.existsSync(seatPath(roomPath, 0));
}

interface Seat {
  readonly number: number;
  readonly fd: number;
}

/**
 * One who waits for a lock. Kernel locks know no order, and whoever has just let go of one is the first to take it again; so beside the lock's
 * file there is a waiting room: files with locks of their own, its seats. Who comes takes the last seat and moves up one by one, as far as seats
 * are free: nobody passes another. Who sits in the first seat is the next to have the lock, and everybody else lets them. A seat is given up
 * by the death of its process, as every kernel lock, and its file is there only while somebody sits in it.
 *
 * Who sits there may have been stopped, or be busy with something else. So whoever sees that the lock is left alone takes it, and whose
 * time is over tries it once more, out of turn: nobody is told that a lock is held which nobody holds.
 */
export class LockWaiter {
  readonly #path: string;
  readonly #roomPath: string;
  readonly #tryLock: TryLock;
  readonly #wait: Pick<Wait, "deadline">;
  readonly #patientAt = performance.now() + PATIENCE_MS;
  #nextLookAt = performance.now() + DOUBT_MS;
  #freeLooks = 0;
  #seat: Seat | null = null;

  constructor(path: string, roomPath: string, tryLock: TryLock, wait: Pick<Wait, "deadline">) {
    this.#path = path;
    this.#roomPath = roomPath;
    this.#tryLock = tryLock;
    this.#wait = wait;
  }

  /** Whether its turn comes at once, or right after the next one's. */
  get isNearlyNext(): boolean {
    return this.#seat !== null && this.#seat.number <= 1;
  }

  /** The descriptor of the lock's file; null when it is not to be had yet. @throws ENOENT when the folder is missing */
  attempt(): number | null {
    const now = performance.now();
    const hasToWait = this.#seat !== null || now > this.#patientAt || isAwaited(this.#roomPath);
    if (hasToWait && now < this.#wait.deadline) {
      this.#moveUp();
      if (this.#seat?.number !== 0 && !this.#isLeftAlone(now)) return null;
    }
    return tryLockFile(this.#path, this.#tryLock);
  }

  /** Leaves the waiting room to those behind. */
  end(): void {
    if (this.#seat !== null) leaveSeat(this.#roomPath, this.#seat);
    this.#seat = null;
  }

  /** Whether the lock is free and stays so: who sits in the first seat does not take it. */
  #isLeftAlone(now: number): boolean {
    if (now < this.#nextLookAt) return false;
    this.#nextLookAt = now + LOOK_PAUSE_MS;
    this.#freeLooks = isHeld(this.#path, this.#tryLock) ? 0 : this.#freeLooks + 1;
    return this.#freeLooks >= FREE_LOOKS;
  }

  #moveUp(): void {
    for (let number = (this.#seat?.number ?? SEATS) - 1; number >= 0; number--) {
      const fd = tryLockFile(seatPath(this.#roomPath, number), this.#tryLock);
      if (fd === null) return;
      const left = this.#seat;
      this.#seat = { number, fd };
      if (left !== null) leaveSeat(this.#roomPath, left);
    }
  }
}

/** Removes what waiters that were killed have left, as far as nobody waits there now. */
export function removeRoom(roomPath: string, tryLock: TryLock): void {
  for (let number = 0; number < SEATS; number++) {
    if (!fs.existsSync(seatPath(roomPath, number))) continue;
    const fd = tryLockFile(seatPath(roomPath, number), tryLock);
    if (fd !== null) leaveSeat(roomPath, { number, fd });
  }
}

function leaveSeat(roomPath: string, { number, fd }: Seat): void {
  try {
    unlinkLockFile(fd, seatPath(roomPath, number));
  } catch {
    // An empty file, which the next one who sits here takes away.
  } finally {
    fs.closeSync(fd);
  }
}

function seatPath(roomPath: string, number: number): string {
  return `${roomPath}${number}`;
}
