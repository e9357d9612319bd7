import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MOST_UNREAD, SendWindow } from '../../../../../shared/adapters/dns/stub/send-window.ts';

/** A send window, the order of its datagrams, and a function to request turns of an owner. */
function open(most?: number) {
  const turns = new SendWindow(most);
  const sent: string[] = [];
  const numbers = new Map<string, number>();
  const owners = new Map<string, object>();
  const ask = (owner: string, what: string) => {
    const key = owners.get(owner) ?? {};
    owners.set(owner, key);
    return turns.take(key, (number) => {
      sent.push(what);
      numbers.set(what, number);
    });
  };
  const answer = (what: string) => turns.onAnswer(numbers.get(what) ?? Number.NaN);
  return { turns, sent, ask, answer };
}

describe('SendWindow', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('sends everything at once while the server responds', () => {
    const { sent, ask, answer } = open(2);
    for (let index = 0; index < 100; index++) {
      ask('a', `a${index}`);
      answer(`a${index}`);
    }
    expect(sent).toHaveLength(100);
  });

  it('holds datagrams back above the limit until one is answered', () => {
    const { sent, ask, answer } = open(2);
    for (const what of ['a1', 'a2', 'a3', 'a4']) ask('a', what);
    expect(sent).toEqual(['a1', 'a2']);
    answer('a1');
    expect(sent).toEqual(['a1', 'a2', 'a3']);
  });

  it('treats an answer as proof that the server has read all earlier datagrams', () => {
    const { sent, ask, answer } = open(3);
    for (const what of ['slow1', 'slow2', 'fast']) ask('a', what);
    for (const what of ['b1', 'b2', 'b3', 'b4']) ask('b', what);
    answer('fast');
    expect(sent).toEqual(['slow1', 'slow2', 'fast', 'b1', 'b2', 'b3']);
  });

  it('does not treat a late answer to an old datagram as proof for newer ones', () => {
    const { sent, ask, answer } = open(2);
    for (const what of ['a1', 'a2', 'a3', 'a4']) ask('a', what);
    answer('a2');
    expect(sent).toEqual(['a1', 'a2', 'a3', 'a4']);
    ask('a', 'a5');
    answer('a1');
    expect(sent).toHaveLength(4);
  });

  it('gives owners turns in rotation, however many datagrams each has waiting', () => {
    const { sent, ask, answer } = open(1);
    ask('greedy', 'g0');
    for (let index = 1; index <= 1000; index++) ask('greedy', `g${index}`);
    ask('b', 'b1');
    ask('b', 'b2');
    ask('c', 'c1');
    for (let turn = 0; turn < 5; turn++) answer(sent.at(-1) ?? '');
    expect(sent).toEqual(['g0', 'g1', 'b1', 'c1', 'g2', 'b2']);
  });

  it('does not send a new datagram before waiting ones', () => {
    const { sent, ask, answer } = open(1);
    ask('a', 'a1');
    ask('b', 'b1');
    ask('c', 'c1');
    answer('a1');
    ask('d', 'd1');
    expect(sent).toEqual(['a1', 'b1']);
    answer('b1');
    answer('c1');
    expect(sent).toEqual(['a1', 'b1', 'c1', 'd1']);
  });

  it('continues without answers after 100 ms', () => {
    const { sent, ask } = open(2);
    for (const what of ['a1', 'a2', 'a3', 'a4', 'a5']) ask('a', what);
    vi.advanceTimersByTime(99);
    expect(sent).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(sent).toHaveLength(4);
    vi.advanceTimersByTime(100);
    expect(sent).toHaveLength(5);
  });

  it('skips a cancelled turn', () => {
    const { sent, ask, answer } = open(1);
    ask('a', 'a1');
    const takeBack = ask('b', 'b1');
    ask('b', 'b2');
    const takeBackAll = ask('c', 'c1');
    ask('d', 'd1');
    takeBack();
    takeBackAll();
    answer('a1');
    answer('b2');
    expect(sent).toEqual(['a1', 'b2', 'd1']);
  });

  it('ignores the cancellation of a sent datagram', () => {
    const { sent, ask } = open(1);
    ask('a', 'a1')();
    expect(sent).toEqual(['a1']);
  });

  it('has no timer when no datagram waits', () => {
    const { ask, answer } = open(1);
    ask('a', 'a1');
    expect(vi.getTimerCount()).toBe(0);
    const takeBack = ask('a', 'a2');
    expect(vi.getTimerCount()).toBe(1);
    takeBack();
    answer('a1');
    vi.advanceTimersByTime(1000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has a limit of a quarter of what fits into a buffer of 212,992 octets, at 768 per datagram', () => {
    expect(MOST_UNREAD * 768 * 4).toBeLessThanOrEqual(212_992);
  });
});
