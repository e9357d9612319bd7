import { MemoryLevel } from 'memory-level';
import { describe, expect, it } from 'vitest';
import { type Level, LevelWriter } from '../../../../shared/adapters/embedded/level-writer.ts';

/** A database whose batches end when the test says so. */
function heldLevel() {
  const batches: { readonly keys: readonly string[]; resolve: () => void; reject: (error: Error) => void }[] =
    [];
  const level = {
    batch: (operations: readonly { readonly key: string }[]) =>
      new Promise<void>((resolve, reject) => {
        batches.push({ keys: operations.map(({ key }) => key), resolve, reject });
      }),
  };
  return { batches, writer: new LevelWriter(level as unknown as Level) };
}

const put = (key: string) => [{ type: 'put' as const, key, value: '' }];
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Writing in groups', () => {
  it('writes of one turn share a batch, those during it the next, in order', async () => {
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

  it('a write is not done before its own batch is', async () => {
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

  it('a batch that fails fails its own writes and no others', async () => {
    const { batches, writer } = heldLevel();
    const lost = writer.write(put('a'));
    await turn();
    const kept = writer.write(put('b'));
    batches[0]?.reject(new Error('disk full'));
    await expect(lost).rejects.toThrow('disk full');
    await turn();
    batches[1]?.resolve();
    await kept;
  });

  it('goes on after a failure, and on a closed database only fails', async () => {
    const level = new MemoryLevel<string, string>({ storeEncoding: 'utf8' });
    const writer = new LevelWriter(level);
    await writer.write(put('a'));
    await level.close();
    await expect(writer.write(put('b'))).rejects.toThrow();
    await level.open();
    await writer.write([...put('c'), { type: 'del', key: 'a' }]);
    expect(await level.keys().all()).toEqual(['c']);
  });
});
