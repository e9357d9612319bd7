import { cpus, totalmem } from 'node:os';
import Table from 'cli-table3';
import { coloursFor } from '../../shared/adapters/system/colours.ts';
import { isMet, type Measurement } from './measurement.ts';
import type { BenchOptions } from './options.ts';

const GIB = 1024 ** 3;
const pc = coloursFor(process.stdout);

/** Where the numbers come from: they mean little on another machine. */
export function describeMachine(): string {
  const processors = cpus();
  const model = processors[0]?.model ?? 'unknown processor';
  return `${processors.length} x ${model}, ${(totalmem() / GIB).toFixed(1)} GiB, Node ${process.version}`;
}

export function renderTable(measurements: readonly Measurement[]): string {
  const table = new Table({
    head: ['scenario', 'measured', 'result', 'target', ''],
    colAligns: ['left', 'left', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  let scenario = '';
  for (const measurement of measurements) {
    table.push([
      measurement.scenario === scenario ? '' : measurement.scenario,
      measurement.what,
      `${formatNumber(measurement.value)} ${measurement.unit}`,
      describeTarget(measurement),
      describeMet(measurement),
    ]);
    scenario = measurement.scenario;
  }
  return `${table.toString()}\n`;
}

/** The same as data, for a comparison over time. */
export function renderJson(options: BenchOptions, measurements: readonly Measurement[]): string {
  const { json: _file, apiKey: _secret, ...shown } = options;
  const results = measurements.map((measurement) => ({ ...measurement, met: isMet(measurement) }));
  const report = {
    measured_at: new Date().toISOString(),
    machine: describeMachine(),
    options: shown,
    results,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function describeTarget({ target, unit }: Measurement): string {
  return target === undefined ? '' : `${target.kind} ${formatNumber(target.bound)} ${unit}`;
}

function describeMet(measurement: Measurement): string {
  const met = isMet(measurement);
  if (met === null) return '';
  return met ? pc.green('met') : pc.red('missed');
}

function formatNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}
