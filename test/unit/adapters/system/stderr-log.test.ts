import { describe, expect, it } from 'vitest';
import { createStderrLog, type StderrLogOptions } from '../../../../shared/adapters/system/stderr-log.ts';

function logOf(options: Partial<StderrLogOptions> = {}) {
  const lines: string[] = [];
  const log = createStderrLog({
    format: 'json',
    level: 'info',
    now: () => Date.UTC(2026, 6, 1),
    write: (line) => lines.push(line),
    ...options,
  });
  return { log, lines };
}

describe('The log on standard error', () => {
  it('writes one JSON object per line', () => {
    const { log, lines } = logOf();
    log.info('request_completed', { requestId: 'r', quorum: '5/6' });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('\n')).toBe(true);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '2026-07-01T00:00:00.000Z',
      level: 'info',
      event: 'request_completed',
      requestId: 'r',
      quorum: '5/6',
    });
  });

  it.each(['json', 'pretty'] as const)('escapes text that could command a terminal in %s lines', (format) => {
    const { log, lines } = logOf({ format });
    log.info('request_refused', { target: 'a\u009b31m\u202eb\u007f\u2028c' });
    expect(lines.join('')).not.toMatch(/[\u007f-\u009f\u202e\u2028]/u);
    if (format === 'json') expect(JSON.parse(lines[0] ?? '').target).toBe('a\u009b31m\u202eb\u007f\u2028c');
  });

  it('writes the field target unless targets are to be left out', () => {
    for (const targets of [true, false]) {
      const { log, lines } = logOf({ targets });
      log.info('request_completed', { target: 'shop.example', caller: 'one' });
      expect('target' in JSON.parse(lines[0] ?? '')).toBe(targets);
      expect(lines[0]).toContain('"caller":"one"');
      expect(lines[0]?.includes('shop.example')).toBe(targets);
    }
  });

  it.each([
    { level: 'debug', written: ['debug', 'info', 'warn', 'error'] },
    { level: 'info', written: ['info', 'warn', 'error'] },
    { level: 'warn', written: ['warn', 'error'] },
    { level: 'error', written: ['error'] },
  ] as const)('writes only $written at level $level', ({ level, written }) => {
    const { log, lines } = logOf({ level });
    for (const own of ['debug', 'info', 'warn', 'error'] as const) log[own]('event');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(written);
  });

  it('writes an error with its causes', () => {
    const { log, lines } = logOf();
    log.error('failed', { error: new Error('outer', { cause: new Error('inner') }) });
    const { error } = JSON.parse(lines[0] ?? '') as { error: string };
    expect(error).toContain('outer');
    expect(error).toContain('inner');
  });

  it.each(['json', 'pretty'] as const)(
    'escapes line breaks and terminal control characters in the format %s',
    (format) => {
      const { log, lines } = logOf({ format });
      log.warn('odd', { text: 'a\nerror forged line\r\u001b[31m\u009b31m' });
      expect(lines).toHaveLength(1);
      expect(lines[0]).not.toMatch(/^error/m);
      expect(lines[0]).not.toContain('\u001b[31m');
      expect(lines[0]?.includes('\r')).toBe(false);
      if (format === 'pretty') expect(lines[0]).not.toContain('\u009b');
    },
  );

  it('writes the event words and the fields in the pretty format', () => {
    const { log, lines } = logOf({ format: 'pretty' });
    log.info('request_completed', { quorum: '5/6', attempt: 1 });
    expect(lines[0]).toContain('request completed');
    expect(lines[0]).toMatch(/quorum=.*5\/6/);
  });
});
