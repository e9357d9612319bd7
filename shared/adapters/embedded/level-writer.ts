import type { Clock } from '../../ports/clock.ts';
import type { BatchSeal } from './batch-seal.ts';
import type { Level, LevelWrite } from './level.ts';

/**
 * Time-out of a batch: a disk that does not respond must not block callers. Whether the batch was written is unknown
 * then, as with any other failure.
 */
const WRITE_TIMEOUT_MS = 15_000;

interface Caller {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits writes in groups: while one batch is being written, further writes collect in the next. Order is kept, a
 * group is atomic, and each caller's promise resolves once its group is in the database's log. The log survives a
 * killed process, but not a power cut: there is no fsync.
 *
 * After the first failed batch nothing is written: waiting and later writes are rejected until {@link restart}. LevelDB
 * itself would continue, but its log is corrupt from there on and later writes would be lost (decision 4).
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

  /** @param onFailure called once for each failure, before any caller's promise rejects. */
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

  /** Seal each batch from now on. */
  sealWith(seal: BatchSeal): void {
    this.#seal = seal;
  }

  /** Accept writes again, after the database was reopened. */
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
