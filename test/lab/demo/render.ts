import Table from 'cli-table3';
import type { Dissent, Observation } from './ask.ts';
import { pc } from './colours.ts';
import type { Scenario } from './scenario.ts';

/** Narrow enough for a terminal of 100 columns. */
export const WIDTH = 98;

const COLUMN_WIDTHS = [5, 33, 16, 16, 16, 5, 7];
const RIGHT_ALIGNED = new Set([5, 6]);
/** Explanations stand under the title of their row. */
const NOTE_INDENT = ' '.repeat(5);

const NO_LINES = Object.fromEntries(
  ['middle', 'top', 'bottom', 'mid', 'left', 'right'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((part) => [`${side}${part}`, '']),
  ),
);

export function heading(title: string): string {
  return `\n${pc.bold(title)}\n${pc.dim('─'.repeat(WIDTH))}\n`;
}

/** `text` broken at spaces into lines that fit, each after `indent`. */
export function paragraph(text: string, indent = '  '): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    const longer = line === '' ? word : `${line} ${word}`;
    if (indent.length + longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return `${lines.map((line) => `${indent}${line}`).join('\n')}\n`;
}

export function columnHeads(): string {
  const heads = ['', 'check', 'asked about', 'expected', 'verdict', 'RIRs', 'ms'];
  return row(heads.map((head) => pc.dim(head)));
}

/** A row of the table, who dissented, and what it teaches. */
export function scenarioRows(scenario: Scenario, observation: Observation): string {
  const asExpected = isAsExpected(scenario, observation);
  const { verdict, rirs, milliseconds } = observation;
  const main = row([
    `  ${mark(asExpected)}`,
    scenario.title,
    scenario.target,
    scenario.expected,
    asExpected ? verdict : pc.red(verdict),
    rirs.length === 0 ? '-' : String(rirs.length),
    milliseconds.toFixed(milliseconds < 10 ? 1 : 0),
  ]);
  const isValidated = observation.dnssec.some((status) => status !== 'not validated');
  const notes = [
    ...(isValidated ? [`DNSSEC: ${observation.dnssec.join(', ')}`] : []),
    ...observation.dissents.map(describeDissent),
    ...(observation.refusal === null ? [] : [`Answer: ${observation.refusal}`]),
  ];
  const lesson = paragraph(scenario.lesson, NOTE_INDENT).split('\n').map(dimLine).join('\n');
  return main + lesson + notes.map((note) => paragraph(note, NOTE_INDENT)).join('');
}

export function isAsExpected({ expected }: Scenario, { verdict }: Observation): boolean {
  return verdict === expected;
}

/** The sign in front of whatever could be otherwise than expected. */
export function mark(asExpected: boolean): string {
  return asExpected ? pc.green('✓') : pc.red('✗');
}

function describeDissent({ codes, reason }: Dissent): string {
  return `Dissent: ${codes.length === 6 ? 'all six' : codes.join(', ')} (${reason})`;
}

export function row(cells: readonly string[], widths: readonly number[] = COLUMN_WIDTHS): string {
  const table = new Table({
    chars: NO_LINES,
    colWidths: [...widths],
    colAligns: widths.map((_, index) => (RIGHT_ALIGNED.has(index) ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 1 },
  });
  table.push([...cells]);
  return `${table.toString().trimEnd()}\n`;
}

function dimLine(line: string): string {
  return line === '' ? '' : pc.dim(line);
}
