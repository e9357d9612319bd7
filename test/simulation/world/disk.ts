import type { Level } from '../../../shared/adapters/embedded/level-writer.ts';
import type { RequestRecord } from '../../../shared/mpic/lifecycle.ts';
import type { SimProcess } from './process.ts';
import type { World } from './world.ts';

type Operations = ({ type: 'put'; key: string; value: string } | { type: 'del'; key: string })[];

const FASTEST_MS = 0.2;
const SLOWEST_MS = 3;

/** The database of the embedded backend on a disk that fails: what is below outlives the processes over it. */
export class SimDisk {
  readonly #level: Level;
  readonly #world: World;

  constructor(level: Level, world: World) {
    this.#level = level;
    this.#world = world;
  }

  /** The database as one process has it open. */
  connect(process: SimProcess): Level {
    const level = this.#level;
    const batch = (operations: Operations) => this.#batch(process, operations);
    const inProcess = <T>(promise: Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        promise.then(
          (value) => process.enter(() => resolve(value)),
          (error: unknown) => process.enter(() => reject(error)),
        );
      });
    return new Proxy(level, {
      get(target, property) {
        if (property === 'batch') return batch;
        if (property === 'get') return (key: string) => inProcess(target.get(key));
        if (property === 'has') return (key: string) => inProcess(target.has(key));
        // Another process will have it open.
        if (property === 'close') return async () => {};
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  async #batch(process: SimProcess, operations: Operations): Promise<void> {
    const site = { dependency: 'disk', operation: kindOf(operations), about: operations[0]?.key ?? '' };
    let writing: Promise<void> = Promise.resolve();
    await this.#world.network.call(
      process,
      site,
      () => {
        writing = this.#level.batch(operations);
        this.#note(process, operations);
        return { value: null };
      },
      {
        maxTries: 1,
        timeoutMs: Number.MAX_SAFE_INTEGER,
        latencyMs: [FASTEST_MS, SLOWEST_MS],
        diesWithProcess: true,
      },
    );
    await writing;
  }

  #note(by: SimProcess, operations: Operations): void {
    const { ledger, time } = this.#world;
    const at = time.elapsed;
    for (const operation of operations) {
      const { key, type } = operation;
      if (type === 'put' && key.startsWith('request!'))
        ledger.noteRequest(key.slice('request!'.length), {
          at,
          by,
          record: JSON.parse(operation.value) as RequestRecord,
        });
      if (type === 'put' && key.startsWith('result!')) {
        const [, requestId = '', attempt = '', perspective = ''] = key.split('!');
        ledger.noteResult(requestId, `${attempt}!${perspective}`, { at, by, text: operation.value });
      }
      // What is not open any more has been published.
      if (type === 'del' && key.startsWith('open!')) ledger.notePublished(key.slice('open!'.length), at, by);
    }
  }
}

function kindOf(operations: Operations): string {
  const kinds = operations.map(({ type, key }) => `${type}-${key.split('!')[0]}`);
  for (const kind of ['put-request', 'del-open', 'put-result']) if (kinds.includes(kind)) return kind;
  return 'flush';
}
