import type { Clock } from '../../ports/clock.ts';
import type { BatchSeal } from './batch-seal.ts';
import type { Level, LevelWrite } from './level.ts';

/**
 * How long a batch may take. A disk that does not answer must not keep callers waiting; whether the batch was written is
 * unknown then, as with any other failure.
 */
const WRITE_TIMEOUT_MS = 15_000;

interface Caller {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits writes in groups: while one batch is on its way to the database, all further writes gather in the next.
 * Order is kept, a group is atomic, and each caller's promise resolves when its own group is in the database's log,
 * where a killed process cannot take it back (a power cut can: there is no fsync).
 *
 * After the first batch that fails nothing is written any more: what waits is rejected with it, and so is all that comes
 * until {@link restart}. LevelDB goes on after a failed write, but its log is out of step from there on, and what follows
 * is not found again (decision 4).
 */
export class LevelWriter {
  #waiting: LevelWrite[] = [];
  #settle: Caller[] = [];
  #committing = false;
  #failure: { readonly error: unknown } | null = null;
  #seal: BatchSeal | null = null;
  readonly #level: Level;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;

  /** @param onFailure called once for each failure, before any caller learns of it. */
  constructor(level: Level, clock: Clock, onFailure: (error: unknown) => void) {
    this.#level = level;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  write(writes: readonly LevelWrite[]): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure.error);
    for (const write of writes) this.#waiting.push(write);
    return new Promise((resolve, reject) => {
      this.#settle.push({ resolve, reject });
      // In a microtask, so that writes of the same turn share a group.
      if (!this.#committing) {
        this.#committing = true;
        queueMicrotask(() => this.#commit());
      }
    });
  }

  /** Have each batch from now on sealed. */
  sealWith(seal: BatchSeal): void {
    this.#seal = seal;
  }

  /** Take writes again, of a database that was opened anew. */
  restart(): void {
    this.#failure = null;
  }

  #commit(): void {
    const group = this.#waiting;
    const callers = this.#settle;
    this.#waiting = [];
    this.#settle = [];
    const written = () => {
      for (const { resolve } of callers) resolve();
      if (this.#settle.length > 0) this.#commit();
      else this.#committing = false;
    };
    this.#write(group).then(written, (error) => this.#fail(error, callers));
  }

  #fail(error: unknown, callers: readonly Caller[]): void {
    const rejected = [...callers, ...this.#settle];
    this.#waiting = [];
    this.#settle = [];
    this.#committing = false;
    this.#failure = { error };
    this.#onFailure(error);
    for (const { reject } of rejected) reject(error);
  }

  async #write(group: readonly LevelWrite[]): Promise<void> {
    let cancel = () => {};
    const tooLong = new Promise<never>((_resolve, reject) => {
      cancel = this.#clock.schedule(WRITE_TIMEOUT_MS, () =>
        reject(new Error(`the database did not finish a write within ${WRITE_TIMEOUT_MS} ms`)),
      );
    });
    try {
      const sealed = this.#seal === null || group.length === 0 ? group : [...group, this.#seal.next()];
      await Promise.race([this.#level.batch(sealed.map(toOperation)), tooLong]);
      if (group.length > 0) this.#seal?.confirm();
    } finally {
      cancel();
    }
  }
}

function toOperation(write: LevelWrite) {
  return write.type === 'put'
    ? { type: 'put' as const, key: write.key, value: write.value }
    : { type: 'del' as const, key: write.key };
}
