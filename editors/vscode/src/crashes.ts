/** How often a server that crashes is started again. */

const MINUTES = 3;
const LIMIT = 4;

/** The crashes of the last minutes. Times are in milliseconds, of any clock that only goes forward. */
export class Crashes {
  private times: readonly number[] = [];

  /** Whether to start again after a crash now: not after the fifth one in three minutes. */
  again(now: number): boolean {
    this.times = [...this.times.filter((time) => now - time < MINUTES * 60_000), now];
    return this.times.length <= LIMIT;
  }

  /** Someone started it by hand: count anew. */
  forget(): void {
    this.times = [];
  }
}

/** What is told when it is not started again. */
export const TOO_OFTEN = `the server ended ${String(LIMIT + 1)} times within ${String(MINUTES)} minutes, and is not started again`;
