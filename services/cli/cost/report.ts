import Table from 'cli-table3';
import { breakEven, type Estimate, monthlyUsd, totalOf } from './estimate.ts';
import { INPUT_NAMES, INPUTS, type Inputs } from './inputs.ts';
import { PRICES } from './prices.ts';
import { SOURCES } from './sources.ts';

/** The estimates that are compared. */
export interface Comparison {
  readonly inputs: Inputs;
  readonly service: Estimate;
  readonly reference: Estimate;
  readonly referenceWithoutDnssec: Estimate;
}

export function renderText(comparison: Comparison): string {
  return [
    renderInputs(comparison.inputs),
    'This service, US dollars per month',
    renderBill(comparison.service),
    'Compared with the deployment of the Python reference, US dollars per month',
    renderComparison(comparison),
    `${describeStorage(comparison)}\n${describeBreakEven(comparison)}\n`,
  ].join('\n');
}

export function renderJson(comparison: Comparison): string {
  const { inputs, service, reference, referenceWithoutDnssec } = comparison;
  const totals = (estimate: Estimate) => ({
    idle: totalOf(estimate.idle),
    per_million_requests: totalOf(estimate.perMillion),
    month: monthlyUsd(estimate, inputs.requestsPerMonth),
  });
  const report = {
    inputs,
    this_service: { totals: totals(service), idle: service.idle, per_million_requests: service.perMillion },
    reference: {
      totals: totals(reference),
      idle: reference.idle,
      per_million_requests: reference.perMillion,
    },
    reference_without_dnssec: { totals: totals(referenceWithoutDnssec) },
    break_even_requests: breakEven(service, reference),
    prices: PRICES,
    sources: SOURCES,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function renderInputs(inputs: Inputs): string {
  const table = newTable(['input', '', 'meaning'], ['left', 'right', 'left']);
  table.push(
    ['home', inputs.home, 'home region'],
    ['regions', String(inputs.regions.length), inputs.regions.join(' ')],
  );
  for (const name of INPUT_NAMES) {
    const { unit, meaning } = INPUTS[name];
    table.push([name, `${formatCount(inputs[name])}${unit === '' ? '' : ` ${unit}`}`, meaning]);
  }
  return table.toString();
}

/** Lines that cost nothing, idle or not, are left out. */
function renderBill({ idle, perMillion }: Estimate): string {
  const table = newTable(
    ['service', 'what', 'idle', 'per million requests', 'price'],
    ['left', 'left', 'right', 'right', 'left'],
  );
  let service = '';
  idle.forEach((line, index) => {
    const more = perMillion[index] ?? line;
    if (line.usd === 0 && more.usd === 0) return;
    table.push([
      line.service === service ? '' : line.service,
      line.what,
      formatUsd(line.usd),
      formatUsd(more.usd),
      SOURCES[line.source].how,
    ]);
    service = line.service;
  });
  table.push(['total', '', formatUsd(totalOf(idle)), formatUsd(totalOf(perMillion)), '']);
  return table.toString();
}

function renderComparison({ inputs, ...estimates }: Comparison): string {
  const table = newTable(
    ['deployment', 'idle', 'per million requests', `with ${formatCount(inputs.requestsPerMonth)} requests`],
    ['left', 'right', 'right', 'right'],
  );
  const rows: readonly (readonly [string, Estimate])[] = [
    ['this service', estimates.service],
    ['reference, DNSSEC on (its default)', estimates.reference],
    ['reference, DNSSEC off', estimates.referenceWithoutDnssec],
  ];
  for (const [name, estimate] of rows)
    table.push([
      name,
      formatUsd(totalOf(estimate.idle)),
      formatUsd(totalOf(estimate.perMillion)),
      formatUsd(monthlyUsd(estimate, inputs.requestsPerMonth)),
    ]);
  return table.toString();
}

function describeStorage({ service }: Comparison): string {
  const stored = totalOf(service.perMillion.filter(({ isStorage }) => isStorage));
  const total = totalOf(service.perMillion);
  return `Of the ${formatUsd(total)} for a million requests ${formatUsd(stored)} are for keeping their records; the reference keeps its logs only.`;
}

function describeBreakEven({ service, reference }: Comparison): string {
  const requests = breakEven(service, reference);
  if (requests === null) return 'One of the two is cheaper at any number of requests.';
  return `Up to ${formatCount(Math.floor(requests))} requests per month this service costs less than the reference with DNSSEC.`;
}

type Alignment = 'left' | 'right';

function newTable(head: string[], colAligns: Alignment[]) {
  return new Table({ head, colAligns, style: { head: [], border: [], compact: true } });
}

function formatUsd(usd: number): string {
  return usd.toFixed(2);
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 2 });
}
