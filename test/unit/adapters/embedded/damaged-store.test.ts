import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedStore } from '../../../../shared/adapters/embedded/embedded-store.ts';
import {
  checkFolder,
  isInUse,
  openCheckedLevel,
  repairFolder,
  StoreDamagedError,
} from '../../../../shared/adapters/embedded/store-folder.ts';
import { systemClock } from '../../../../shared/adapters/system/system-clock.ts';
import type { RequestRecord } from '../../../../shared/domain/mpic/lifecycle.ts';
import { buildCheckResult, buildRequestRecord, buildVerdict, SIX_CODES } from '../../../support/builders.ts';
import { Random } from '../../../support/random.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';

/** Bits flipped, one at a time; `FLIPPED_BITS` for more. */
const FLIPS = Number(process.env.FLIPPED_BITS ?? 120);
/** So few that the reads of a check do not make LevelDB merge the tables: over a damaged one it may end the process. */
const REQUESTS = 40;
const clock = systemClock;

/** Open requests of fresh ids, and published ones of ids that a key or a token stands for. */
const idOf = (number: number) =>
  `00000000-0000-${number % 3 === 0 ? 7 : 5}000-8000-${number.toString(16).padStart(12, '0')}`;

describe('A store of which a part is not what was written', () => {
  let root: string;
  let written: string;
  const acknowledged = new Map<string, RequestRecord>();

  async function open(folder: string): Promise<EmbeddedStore> {
    const log = createRecordingLog();
    const level = await openCheckedLevel(folder, clock, log);
    const store = new EmbeddedStore({ level, clock, log, folder });
    await store.recover();
    return store;
  }

  async function write(store: EmbeddedStore, from: number, to: number): Promise<void> {
    for (let number = from; number < to; number++) {
      const requestId = idOf(number);
      const traceIdentifier = `order ${number} ${'abcdefghij'.repeat(number % 40)}`;
      await store.create({ ...buildRequestRecord({ requestId }), traceIdentifier, createdAt: number });
      await Promise.all(
        SIX_CODES.map((perspective) => store.record(buildCheckResult({ requestId, perspective }))),
      );
      if (number % 3 !== 0) {
        await store.close(requestId, 1, buildVerdict());
        await store.markPublished(requestId);
      }
      acknowledged.set(requestId, (await store.read(requestId)) as RequestRecord);
    }
  }

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'mpic-damaged-'));
    written = join(root, 'written', 'store');
    // A table comes from the first process, a log of several blocks from the second.
    for (const part of [0, 1]) {
      const store = await open(written);
      await write(store, part * (REQUESTS / 2), (part + 1) * (REQUESTS / 2));
      await store.shutdown();
    }
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  function copy(name: string): string {
    const folder = join(root, name, 'store');
    cpSync(written, folder, { recursive: true });
    return folder;
  }

  /** Ids whose record is not what was acknowledged. */
  async function findChanged(
    store: EmbeddedStore,
    isLost: (id: string) => boolean,
  ): Promise<readonly string[]> {
    const changed: string[] = [];
    for (const [id, record] of acknowledged) {
      const now = await store.read(id).catch((error: unknown) => error);
      if (now === null && isLost(id)) continue;
      // One whose mark as published is lost is published again.
      if (!isDeepStrictEqual({ ...(now as RequestRecord), published: true }, { ...record, published: true }))
        changed.push(id);
    }
    return changed;
  }

  it('has a table and a log of several blocks to begin with, and nothing wrong', async () => {
    const names = readdirSync(written);
    expect(names.filter((name) => name.endsWith('.ldb')).length).toBeGreaterThanOrEqual(1);
    const [log = ''] = names.filter((name) => name.endsWith('.log'));
    expect(readFileSync(join(written, log)).length).toBeGreaterThan(65_536);
    expect(await checkFolder(copy('whole'), clock)).toEqual({ problems: [], checked: REQUESTS, left: 0 });
  });

  it(`by one bit of ${FLIPS}: the start says so, or all is there; and what is kept by a repair is unchanged`, async () => {
    let said = 0;
    for (let seed = 1; seed <= FLIPS; seed++) {
      const random = new Random(seed);
      const folder = copy(`flip-${seed}`);
      const files = readdirSync(folder).filter((name) => !/^(LOG|LOG\.old|LOCK)$/.test(name));
      const name = random.pick(files);
      const bytes = readFileSync(join(folder, name));
      const at = random.between(0, bytes.length - 1);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.between(0, 7)), at);
      writeFileSync(join(folder, name), bytes);
      try {
        const opened = await open(folder).catch((error: unknown) => error);
        if (opened instanceof EmbeddedStore) {
          expect(await findChanged(opened, () => false)).toEqual([]);
          await opened.shutdown();
        } else {
          expect(opened).toBeInstanceOf(StoreDamagedError);
          said += 1;
          // LevelDB may end the process when it rebuilds a damaged table, which the command does in one of its own.
          if (name.endsWith('.ldb')) continue;
          await repairFolder(folder, Date.now);
          const repaired = await open(folder);
          expect(await findChanged(repaired, () => true), 'after the repair').toEqual([]);
          await repaired.shutdown();
        }
      } catch (error) {
        throw new Error(`bit ${seed}: ${name} at ${at}`, { cause: error });
      } finally {
        rmSync(join(root, `flip-${seed}`), { recursive: true });
      }
    }
    expect(said).toBeGreaterThan(FLIPS / 4);
  }, 300_000);

  it.each([
    {
      name: 'the newest log',
      pick: (names: readonly string[]) => names.find((name) => name.endsWith('.log')),
    },
    { name: 'a table', pick: (names: readonly string[]) => names.find((name) => name.endsWith('.ldb')) },
    { name: 'CURRENT', pick: () => 'CURRENT' },
    { name: 'the head', pick: () => 'mpic-head' },
  ])(
    'by $name, which is gone: the start says so, twice, and a repair makes it usable',
    async ({ name, pick }) => {
      const folder = copy(`gone-${name.replaceAll(' ', '-')}`);
      rmSync(join(folder, pick(readdirSync(folder)) ?? ''));
      for (const time of [1, 2])
        await expect(open(folder), `start ${time}`).rejects.toThrow(/is damaged: .*repair/);
      await repairFolder(folder, Date.now);
      const store = await open(folder);
      expect(await findChanged(store, () => true)).toEqual([]);
      await write(store, REQUESTS, REQUESTS + 1);
      await store.shutdown();
      acknowledged.delete(idOf(REQUESTS));
    },
  );

  it('by the end of its log: the start says how much is missing, and keeps the files as they were', async () => {
    const folder = copy('cut');
    const [log = ''] = readdirSync(folder).filter((name) => name.endsWith('.log'));
    const { length } = readFileSync(join(folder, log));
    truncateSync(join(folder, log), length - 3000);
    await expect(open(folder)).rejects.toThrow(/the newest \d+ groups of writes are missing/);
    const kept = join(folder, '..', 'store.damaged', log);
    expect(existsSync(kept) && readFileSync(kept).length).toBe(length - 3000);
  });

  it('a second time: the files of both damages are kept', async () => {
    const folder = copy('twice');
    const spoil = () => writeFileSync(join(folder, 'mpic-head'), 'no head');
    spoil();
    await expect(open(folder)).rejects.toThrow(/is damaged/);
    const first = await repairFolder(folder, () => Date.UTC(2026, 10, 30));
    await (await open(folder)).shutdown();
    spoil();
    await expect(open(folder)).rejects.toThrow(/is damaged/);
    const second = await repairFolder(folder, () => Date.UTC(2026, 11, 1));
    expect(second.keptIn).not.toBe(first.keptIn);
    for (const { keptIn } of [first, second]) expect(readdirSync(keptIn)).toContain('CURRENT');
  });

  it('is not looked for, nor repaired, while a service uses the store, and leaves nothing behind', async () => {
    const folder = copy('in-use');
    const store = await open(folder);
    const before = readdirSync(join(folder, '..'));
    await expect(checkFolder(folder, clock)).rejects.toSatisfy(isInUse);
    await expect(repairFolder(folder, Date.now)).rejects.toSatisfy(isInUse);
    expect(readdirSync(join(folder, '..'))).toEqual(before);
    await store.shutdown();
  });

  it('the id of a lost request that may have been for one use stays taken', async () => {
    const folder = copy('taken');
    const level = await openCheckedLevel(folder, clock, createRecordingLog());
    const [fresh, used] = [idOf(3), idOf(4)];
    await level.del(`request!${fresh}`);
    await level.del(`request!${used}`);
    await level.close();
    await expect(open(folder)).rejects.toThrow(`the record of request ${used} is missing`);
    const { lost } = await repairFolder(folder, Date.now);
    expect(lost).toEqual(expect.arrayContaining([fresh, used]));
    const store = await open(folder);
    expect(await store.read(used)).toBeNull();
    expect(await store.create(buildRequestRecord({ requestId: used }))).toBe('exists');
    await store.shutdown();
  });

  it('a start that ended while it opened the store is told of at the next one', async () => {
    const folder = copy('interrupted');
    mkdirSync(join(folder, '..', 'store.before'));
    const log = createRecordingLog();
    const level = await openCheckedLevel(folder, clock, log);
    await level.close();
    expect(log.entries).toMatchObject([{ level: 'error', event: 'store_opening_interrupted' }]);
    expect(existsSync(join(folder, '..', 'store.before'))).toBe(false);
  });

  it('a store of the version before is taken as it is, and sealed from then on', async () => {
    const folder = copy('old');
    const level = await openCheckedLevel(folder, clock, createRecordingLog());
    for (const prefix of ['seal', 'made', 'meta']) await level.clear({ gt: `${prefix}!`, lt: `${prefix}"` });
    for await (const [key, value] of level.iterator({ gt: 're', lt: 'rf' }))
      await level.put(key, value.slice(8));
    await level.close();
    rmSync(join(folder, 'mpic-head'));
    const store = await open(folder);
    expect(await findChanged(store, () => false)).toEqual([]);
    await store.shutdown();
    expect((await checkFolder(folder, clock)).checked).toBe(REQUESTS);
    expect(existsSync(join(folder, 'mpic-head'))).toBe(true);
  });
});
