import { renderTable } from '../shell/table.ts';
import {
  breakEven,
  type Estimate,
  estimateReference,
  estimateService,
  monthlyUsd,
  totalOf,
} from './estimate.ts';
import { INPUT_NAMES, INPUTS, type Inputs } from './inputs.ts';
import { PRICES, SOURCES } from './prices.ts';

/** The estimates that are compared, by what they are called. */
function compare(inputs: Inputs) {
  return {
    service: estimateService(inputs),
    reference: estimateReference(inputs, 'dnssec'),
    referenceWithoutDnssec: estimateReference(inputs, 'no-dnssec'),
  };
}

/** Inputs, bill and comparison as tables. */
export function renderText(inputs: Inputs): string {
  const { service, reference, referenceWithoutDnssec } = compare(inputs);
  const compared: readonly (readonly [string, Estimate])[] = [
    ['this service', service],
    ['reference, DNSSEC on (its default)', reference],
    ['reference, DNSSEC off', referenceWithoutDnssec],
  ];
  const month = `with ${formatCount(inputs.requestsPerMonth)} requests`;
  return [
    renderInputs(inputs),
    'This service, US dollars per month',
    renderBill(service),
    'Compared with the deployment of the Python reference, US dollars per month',
    renderTable(
      ['deployment', 'idle', 'per million requests', month],
      [1, 2, 3],
      compared.map(([name, estimate]) => [name, ...Object.values(totalsOf(estimate, inputs)).map(formatUsd)]),
    ),
    describeStorage(service),
    describeBreakEven(breakEven(service, reference)),
    '',
  ].join('\n');
}

/** The same as JSON, with prices and sources. */
export function renderJson(inputs: Inputs): string {
  const { service, reference, referenceWithoutDnssec } = compare(inputs);
  const bill = (estimate: Estimate) => ({
    totals: totalsOf(estimate, inputs),
    idle: estimate.idle,
    per_million_requests: estimate.perMillion,
  });
  const report = {
    inputs,
    this_service: bill(service),
    reference: bill(reference),
    reference_without_dnssec: { totals: totalsOf(referenceWithoutDnssec, inputs) },
    break_even_requests: breakEven(service, reference),
    prices: PRICES,
    sources: SOURCES,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function totalsOf(estimate: Estimate, { requestsPerMonth }: Inputs) {
  return {
    idle: totalOf(estimate.idle),
    per_million_requests: totalOf(estimate.perMillion),
    month: monthlyUsd(estimate, requestsPerMonth),
  };
}

function renderInputs(inputs: Inputs): string {
  return renderTable(
    ['input', '', 'meaning'],
    [1],
    [
      ['home', inputs.home, 'home region'],
      ['regions', String(inputs.regions.length), inputs.regions.join(' ')],
      ...INPUT_NAMES.map((name) => {
        const { unit, meaning } = INPUTS[name];
        return [name, `${formatCount(inputs[name])} ${unit}`.trim(), meaning];
      }),
    ],
  );
}

/** Lines that cost nothing, idle or not, are left out; the name of a service is at its first line. */
function renderBill({ idle, perMillion }: Estimate): string {
  const costly = idle
    .map((line, index) => ({ line, more: perMillion[index] ?? line }))
    .filter(({ line, more }) => line.usd !== 0 || more.usd !== 0);
  const rows = costly.map(({ line, more }, index) => [
    line.service === costly[index - 1]?.line.service ? '' : line.service,
    line.what,
    formatUsd(line.usd),
    formatUsd(more.usd),
    SOURCES[line.source].how,
  ]);
  const total = ['total', '', formatUsd(totalOf(idle)), formatUsd(totalOf(perMillion)), ''];
  return renderTable(['service', 'what', 'idle', 'per million requests', 'price'], [2, 3], [...rows, total]);
}

function describeStorage({ perMillion }: Estimate): string {
  const stored = totalOf(perMillion.filter(({ isStorage }) => isStorage));
  return `Of the ${formatUsd(totalOf(perMillion))} for a million requests ${formatUsd(stored)} are for keeping their records; the reference keeps its logs only.`;
}

function describeBreakEven(requests: number | null): string {
  if (requests === null) return 'One of the two is cheaper at any number of requests.';
  return `Up to ${formatCount(Math.floor(requests))} requests per month this service costs less than the reference with DNSSEC.`;
}

function formatUsd(usd: number): string {
  return usd.toFixed(2);
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 2 });
}
