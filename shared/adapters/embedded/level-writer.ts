import type { AbstractLevel } from 'abstract-level';

/** The LevelDB-like database below the embedded backend: `classic-level` on disk, `memory-level` for `:memory:`. */
export type Level = AbstractLevel<string | Buffer | Uint8Array, string, string>;

export type LevelWrite =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string };

/**
 * Commits writes in groups: while one batch is on its way to the database, all further writes gather in the next.
 * Order is kept, a group is atomic, and each caller's promise resolves when its own group is in the database's log,
 * where a killed process cannot take it back (a power cut can: there is no fsync).
 */
export class LevelWriter {
  #waiting: LevelWrite[] = [];
  #settle: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  #committing = false;
  readonly #level: Level;

  constructor(level: Level) {
    this.#level = level;
  }

  write(writes: readonly LevelWrite[]): Promise<void> {
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

  #commit(): void {
    const group = this.#waiting;
    const callers = this.#settle;
    this.#waiting = [];
    this.#settle = [];
    const done = (error?: unknown) => {
      for (const caller of callers) error === undefined ? caller.resolve() : caller.reject(error);
      if (this.#settle.length > 0) this.#commit();
      else this.#committing = false;
    };
    this.#write(group).then(() => done(), done);
  }

  // A closed database throws where it should reject.
  async #write(group: readonly LevelWrite[]): Promise<void> {
    await this.#level.batch(group.map(toOperation));
  }
}

function toOperation(write: LevelWrite) {
  return write.type === 'put'
    ? { type: 'put' as const, key: write.key, value: write.value }
    : { type: 'del' as const, key: write.key };
}
