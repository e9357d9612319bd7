import { escapeJson, toPrintableJson } from '../../contract/api/printable-json.ts';
import type { Log, LogFields } from '../../ports/log.ts';
import { coloursFor } from './colours.ts';

const pc = coloursFor(process.stderr);

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];

export interface StderrLogOptions {
  readonly format: 'pretty' | 'json';
  readonly level: LogLevel;
  readonly now: () => number;
  /** False: no line has the field `target`. Default true. */
  readonly targets?: boolean;
  readonly write?: (line: string) => void;
}

/** C0 and C1 controls and DEL. */
const CONTROLS = /\p{Cc}/gu;

const COLOURS: Readonly<Record<LogLevel, (text: string) => string>> = {
  debug: pc.dim,
  info: pc.cyan,
  warn: pc.yellow,
  error: pc.red,
};

/** Logs to standard error, one JSON object or one readable line per event. Standard output is reserved for results. */
export function createStderrLog({
  format,
  level,
  now,
  targets = true,
  write = writeStderr,
}: StderrLogOptions): Log {
  const least = LEVELS.indexOf(level);
  const at =
    (own: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (LEVELS.indexOf(own) < least) return;
      const time = new Date(now()).toISOString();
      const shown = Object.entries(fields).filter(([name]) => targets || name !== 'target');
      const plain = Object.fromEntries(shown.map(([name, value]) => [name, toPlain(value)]));
      write(
        format === 'json'
          ? `${toPrintableJson({ time, level: own, event, ...plain })}\n`
          : pretty(own, event, plain),
      );
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function pretty(level: LogLevel, event: string, fields: LogFields): string {
  const shown = Object.entries(fields).map(([name, value]) => {
    const text = typeof value === 'string' ? escapeControls(value) : JSON.stringify(value);
    return `${pc.dim(`${name}=`)}${escapeJson(text)}`;
  });
  return `${COLOURS[level](level.padEnd(5))} ${event.replaceAll('_', ' ')} ${shown.join(' ')}\n`;
}

/**
 * Escape control characters: text from the network must not start a new line or control the terminal. Newlines stay,
 * indented, for stack traces.
 */
function escapeControls(text: string): string {
  return text.replace(CONTROLS, (control) =>
    control === '\n' ? '\n    ' : `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function writeStderr(line: string): void {
  process.stderr.write(line);
}

/** Replace an error by its stack and its causes. */
function toPlain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const cause = value.cause === undefined ? '' : ` (cause: ${String(toPlain(value.cause))})`;
  return `${value.stack ?? value.message}${cause}`;
}
