import type { Level } from '../../../shared/adapters/embedded/level.ts';
import { textOf } from '../../../shared/adapters/embedded/stored-records.ts';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import { handleOf } from '../../support/faults.ts';
import type { SimProcess } from './process.ts';
import type { World } from './world.ts';

type Operations = ({ type: 'put'; key: string; value: string } | { type: 'del'; key: string })[];

const FASTEST_MS = 0.2;
const SLOWEST_MS = 3;

/** The database of the embedded backend on a disk that fails; it outlives the processes that use it. */
export class SimDisk {
  readonly #level: Level;
  readonly #world: World;

  constructor(level: Level, world: World) {
    this.#level = level;
    this.#world = world;
  }

  /** The database as one process has it open. */
  connect(process: SimProcess): Level {
    // A failed store closes and reopens its database, while other processes have it open.
    const level = handleOf(this.#level);
    const batch = (operations: Operations) => this.#batch(process, level, operations);
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
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  async #batch(process: SimProcess, level: Level, operations: Operations): Promise<void> {
    const site = { dependency: 'disk', operation: kindOf(operations), about: operations[0]?.key ?? '' };
    let writing: Promise<void> = Promise.resolve();
    await this.#world.network.call(
      process,
      site,
      () => {
        writing = level.batch(operations);
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
          record: JSON.parse(writtenIn(operation)) as RequestRecord,
        });
      if (type === 'put' && key.startsWith('result!')) {
        const [, requestId = '', attempt = '', perspective = ''] = key.split('!');
        ledger.noteResult(requestId, `${attempt}!${perspective}`, { at, by, text: writtenIn(operation) });
      }
      // A request without an open entry has been published.
      if (type === 'del' && key.startsWith('open!')) ledger.notePublished(key.slice('open!'.length), at, by);
    }
  }
}

function kindOf(operations: Operations): string {
  const kinds = operations.map(({ type, key }) => `${type}-${key.split('!')[0]}`);
  for (const kind of ['put-request', 'del-open', 'put-result']) if (kinds.includes(kind)) return kind;
  return 'flush';
}

/** The text that the store wrote under a key, without its checksum. */
function writtenIn({ key, value }: { readonly key: string; readonly value: string }): string {
  const text = textOf(key, value);
  if (text === null) throw new Error(`the value of ${key} has a wrong checksum`);
  return text;
}
