import { describe, expect, it } from 'vitest';
import type { Level } from '../../../../shared/adapters/embedded/level.ts';
import { LevelWriter } from '../../../../shared/adapters/embedded/level-writer.ts';
import { VirtualTime } from '../../../support/virtual-clock.ts';

/** Longer than the time-out of a batch. */
const LONG_MS = 60_000;

/** A database whose batches the test ends. */
function heldLevel() {
  const batches: { readonly keys: readonly string[]; resolve: () => void; reject: (error: Error) => void }[] =
    [];
  const level = {
    batch: (operations: readonly { readonly key: string }[]) =>
      new Promise<void>((resolve, reject) => {
        batches.push({ keys: operations.map(({ key }) => key), resolve, reject });
      }),
  };
  const time = new VirtualTime(0);
  const failures: unknown[] = [];
  const writer = new LevelWriter(level as unknown as Level, time.createClock(), (error) =>
    failures.push(error),
  );
  return { batches, failures, time, writer };
}

const put = (key: string) => [{ type: 'put' as const, key, value: '' }];
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Writing in groups', () => {
  it('puts writes of one turn into one batch, and writes during it into the next, in order', async () => {
    const { batches, writer } = heldLevel();
    const first = [writer.write(put('a')), writer.write(put('b'))];
    await turn();
    const second = [writer.write(put('c')), writer.write(put('d'))];
    await turn();
    expect(batches.map(({ keys }) => keys)).toEqual([['a', 'b']]);
    batches[0]?.resolve();
    await Promise.all(first);
    expect(batches.map(({ keys }) => keys)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    batches[1]?.resolve();
    await Promise.all(second);
  });

  it('resolves a write only when its own batch has ended', async () => {
    const { batches, writer } = heldLevel();
    let isDone = false;
    const writing = writer.write(put('a')).then(() => {
      isDone = true;
    });
    await turn();
    expect(isDone).toBe(false);
    batches[0]?.resolve();
    await writing;
    expect(isDone).toBe(true);
  });
});

describe('A batch that fails', () => {
  it('fails its own, waiting and later writes, and no further batch is written', async () => {
    const { batches, failures, writer } = heldLevel();
    const own = writer.write(put('a'));
    await turn();
    const waiting = writer.write(put('b'));
    batches[0]?.reject(new Error('disk full'));
    await expect(own).rejects.toThrow('disk full');
    await expect(waiting).rejects.toThrow('disk full');
    await expect(writer.write(put('c'))).rejects.toThrow('disk full');
    await turn();
    expect(batches).toHaveLength(1);
    expect(failures).toHaveLength(1);
  });

  it('is reported to the owner before any caller', async () => {
    const { batches, failures, writer } = heldLevel();
    const seen: number[] = [];
    const writing = writer.write(put('a')).catch(() => seen.push(failures.length));
    await turn();
    batches[0]?.reject(new Error('disk full'));
    await writing;
    expect(seen).toEqual([1]);
  });

  it('includes a batch that timed out, even if it ends later', async () => {
    const { batches, failures, time, writer } = heldLevel();
    const writing = writer.write(put('a')).catch((error: unknown) => String(error));
    await time.advance(LONG_MS);
    expect(await writing).toMatch(/did not finish a write/);
    batches[0]?.resolve();
    await turn();
    expect(failures).toHaveLength(1);
    await expect(writer.write(put('b'))).rejects.toThrow(/did not finish a write/);
  });

  it('does not affect writes after a restart', async () => {
    const { batches, writer } = heldLevel();
    const lost = writer.write(put('a'));
    await turn();
    batches[0]?.reject(new Error('disk full'));
    await expect(lost).rejects.toThrow('disk full');
    writer.restart();
    const kept = writer.write(put('b'));
    await turn();
    expect(batches.map(({ keys }) => keys)).toEqual([['a'], ['b']]);
    batches[1]?.resolve();
    await kept;
  });

  it('includes a database that throws synchronously', async () => {
    const level = {
      batch: () => {
        throw new Error('not open');
      },
    };
    const clock = new VirtualTime(0).createClock();
    const writer = new LevelWriter(level as unknown as Level, clock, () => {});
    await expect(writer.write(put('a'))).rejects.toThrow('not open');
  });
});
