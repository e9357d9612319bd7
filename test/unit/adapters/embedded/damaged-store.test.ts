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

/** Number of bits flipped, one at a time; set by `FLIPPED_BITS`. */
const FLIPS = Number(process.env.FLIPPED_BITS ?? 120);
/** Few, so that the reads of a check do not make LevelDB merge tables: a damaged table may then end the process. */
const REQUESTS = 40;
const clock = systemClock;

/** Open requests with random ids, and published ones with ids derived from a key or a token. */
const idOf = (number: number) =>
  `00000000-0000-${number % 3 === 0 ? 7 : 5}000-8000-${number.toString(16).padStart(12, '0')}`;

describe('A damaged store', () => {
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
    // The first process leaves a table, the second a log of several blocks.
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

  /** Ids whose record differs from what was acknowledged. */
  async function findChanged(
    store: EmbeddedStore,
    isLost: (id: string) => boolean,
  ): Promise<readonly string[]> {
    const changed: string[] = [];
    for (const [id, record] of acknowledged) {
      const now = await store.read(id).catch((error: unknown) => error);
      if (now === null && isLost(id)) continue;
      // A request whose published mark is lost is published again.
      if (!isDeepStrictEqual({ ...(now as RequestRecord), published: true }, { ...record, published: true }))
        changed.push(id);
    }
    return changed;
  }

  it('starts as an intact store with a table and a log of several blocks', async () => {
    const names = readdirSync(written);
    expect(names.filter((name) => name.endsWith('.ldb')).length).toBeGreaterThanOrEqual(1);
    const [log = ''] = names.filter((name) => name.endsWith('.log'));
    expect(readFileSync(join(written, log)).length).toBeGreaterThan(65_536);
    expect(await checkFolder(copy('whole'), clock)).toEqual({ problems: [], checked: REQUESTS, left: 0 });
  });

  it(`with one flipped bit (${FLIPS} positions) is rejected at start or complete, and a repair changes no record`, async () => {
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
          // LevelDB may end the process when it rebuilds a damaged table; the command does that in a separate process.
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
  ])('without $name is rejected at every start, and usable after a repair', async ({ name, pick }) => {
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
  });

  it('without the end of its log is rejected with the number of missing groups, and its files are kept', async () => {
    const folder = copy('cut');
    const [log = ''] = readdirSync(folder).filter((name) => name.endsWith('.log'));
    const { length } = readFileSync(join(folder, log));
    truncateSync(join(folder, log), length - 3000);
    await expect(open(folder)).rejects.toThrow(/the newest \d+ groups of writes are missing/);
    const kept = join(folder, '..', 'store.damaged', log);
    expect(existsSync(kept) && readFileSync(kept).length).toBe(length - 3000);
  });

  it('that is damaged twice keeps the files of both damages', async () => {
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

  it('is neither checked nor repaired while a service uses it, and no files are left', async () => {
    const folder = copy('in-use');
    const store = await open(folder);
    const before = readdirSync(join(folder, '..'));
    await expect(checkFolder(folder, clock)).rejects.toSatisfy(isInUse);
    await expect(repairFolder(folder, Date.now)).rejects.toSatisfy(isInUse);
    expect(readdirSync(join(folder, '..'))).toEqual(before);
    await store.shutdown();
  });

  it('keeps the id of a lost request taken that may have been for one use', async () => {
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

  it('logs at the next start that a start ended while it opened the store', async () => {
    const folder = copy('interrupted');
    mkdirSync(join(folder, '..', 'store.before'));
    const log = createRecordingLog();
    const level = await openCheckedLevel(folder, clock, log);
    await level.close();
    expect(log.entries).toMatchObject([{ level: 'error', event: 'store_opening_interrupted' }]);
    expect(existsSync(join(folder, '..', 'store.before'))).toBe(false);
  });

  it('of the previous version is opened unchanged, and sealed from then on', async () => {
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
