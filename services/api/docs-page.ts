import { createHash } from 'node:crypto';

type Node = Readonly<Record<string, unknown>>;

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem;color:#1b1b1b;background:#fff}
code,pre{font:14px/1.4 ui-monospace,monospace}pre{background:#f4f4f4;padding:.6rem;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}td,th{border:1px solid #ccc;padding:.3rem .5rem;text-align:left;vertical-align:top}
h2{margin-top:2.5rem;border-top:2px solid #ccc;padding-top:1rem}summary{cursor:pointer}a{color:#0645ad}
@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#16181b}pre{background:#22262b}td,th{border-color:#444}a{color:#8ab4f8}}`;

const MAX_EXAMPLE_CHARACTERS = 1000;

/** The page loads nothing and runs nothing: its own style, by its hash, is all that a browser may take. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** An OpenAPI document as one page of HTML for people, without script and without anything from elsewhere. */
export function renderPage(document: Node): string {
  const { title, version, description } = nodeOf(document.info);
  const operations = Object.entries(nodeOf(document.paths)).flatMap(([path, methods]) =>
    Object.entries(nodeOf(methods)).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation: nodeOf(operation),
    })),
  );
  const schemas = Object.entries(nodeOf(nodeOf(document.components).schemas));
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${toText(title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${toText(title)} ${toText(version)}</h1>${paragraphs(description)}`,
    '<p>The same for programs: <a href="openapi.json">openapi.json</a></p>',
    `<ul>${operations
      .map(({ name, operation }) => {
        const id = toAttribute(operation.operationId);
        return `<li><a href="#${id}"><code>${toText(name)}</code></a> ${toText(operation.summary)}</li>`;
      })
      .join('')}</ul>`,
    ...operations.map(({ name, operation }) => renderOperation(name, operation)),
    '<h2>Schemas</h2>',
    ...schemas.map(
      ([name, schema]) => `<h3 id="${toAttribute(name)}">${toText(name)}</h3>${renderSchema(nodeOf(schema))}`,
    ),
    '</body></html>',
  ].join('\n');
}

function renderOperation(name: string, operation: Node): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const rows = listOf(parameters).map((parameter) => [
    `<code>${toText(parameter.name)}</code>`,
    toText(parameter.in),
    renderType(nodeOf(parameter.schema)),
    toText(parameter.description),
  ]);
  const body = requestBody === undefined ? '' : `<h3>Body</h3>${renderContent(nodeOf(requestBody))}`;
  const answers = Object.entries(nodeOf(responses)).map(([status, response]) => {
    const node = nodeOf(response);
    const headers = Object.keys(nodeOf(node.headers)).map((header) => `<code>${toText(header)}</code>`);
    return `<h3>${toText(status)}</h3>${paragraphs(node.description)}<p>Headers: ${headers.join(', ')}</p>${renderContent(isProblem(status) ? withoutExamples(node) : node)}`;
  });
  return [
    `<h2 id="${toAttribute(operationId)}"><code>${toText(name)}</code></h2>`,
    `<p>${toText(summary)}</p>${paragraphs(description)}`,
    rows.length === 0 ? '' : renderTable(['parameter', 'in', 'type', 'meaning'], rows),
    body,
    ...answers,
  ].join('');
}

/** The description of such an answer has its codes and messages already; only a 400 tells more. */
function isProblem(status: string): boolean {
  return Number(status) > 400;
}

function withoutExamples({ content }: Node): Node {
  const media = Object.entries(nodeOf(content)).map(([name, node]) => [
    name,
    { schema: nodeOf(node).schema },
  ]);
  return { content: Object.fromEntries(media) };
}

function renderContent({ content }: Node): string {
  return Object.entries(nodeOf(content))
    .map(([media, node]) => {
      const { schema, examples } = nodeOf(node);
      const shown = Object.values(nodeOf(examples)).map((example) => {
        const { summary, value } = nodeOf(example);
        return `<details><summary>${toText(summary)}</summary><pre>${toText(shorten(JSON.stringify(value)))}</pre></details>`;
      });
      return `<p><code>${toText(media)}</code>: ${renderType(nodeOf(schema))}</p>${shown.join('')}`;
    })
    .join('');
}

/** An answer with the evidence of all perspectives says the same of each. */
function shorten(json: string): string {
  return json.length <= MAX_EXAMPLE_CHARACTERS
    ? json
    : `${json.slice(0, MAX_EXAMPLE_CHARACTERS)} … the whole is in openapi.json`;
}

/** Members of an object as a table; anything else as its type. */
function renderSchema(schema: Node): string {
  const members = Object.entries(nodeOf(schema.properties));
  if (members.length === 0) return `<p>${renderType(schema)}</p>`;
  const required = Array.isArray(schema.required) ? schema.required : [];
  return renderTable(
    ['member', 'required', 'type'],
    members.map(([name, member]) => [
      `<code>${toText(name)}</code>`,
      required.includes(name) ? 'yes' : 'no',
      renderType(nodeOf(member)),
    ]),
  );
}

/** Bounds of values that are shown beside the type. */
const BOUNDS = ['format', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'default'];

function renderType(schema: Node): string {
  const { $ref, anyOf, oneOf, items, properties, additionalProperties } = schema;
  if (typeof $ref === 'string') {
    const name = $ref.split('/').at(-1);
    return `<a href="#${toAttribute(name)}">${toText(name)}</a>`;
  }
  const variants = anyOf ?? oneOf;
  if (variants !== undefined) return listOf(variants).map(renderType).join(' or ');
  if ('const' in schema) return renderCode(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map(renderCode).join(', ');
  if (items !== undefined) return `list of ${renderType(nodeOf(items))}`;
  if (properties !== undefined) return renderSchema(schema);
  if (typeof additionalProperties === 'object')
    return `object of ${renderType(nodeOf(additionalProperties))}`;
  const type = Array.isArray(schema.type) ? schema.type.join(' or ') : (schema.type ?? 'anything');
  const bounds = BOUNDS.filter((name) => isTelling(schema[name])).map(
    (name) => `${name} ${renderCode(schema[name])}`,
  );
  return [toText(type), ...bounds].join(', ');
}

/** The bounds of an integer that is only bound by what a number can hold tell nothing. */
function isTelling(bound: unknown): boolean {
  return bound !== undefined && Math.abs(Number(bound)) !== Number.MAX_SAFE_INTEGER;
}

function renderCode(value: unknown): string {
  return `<code>${toText(JSON.stringify(value))}</code>`;
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) =>
    `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${cells('th', head)}${rows.map((row) => cells('td', row)).join('')}</table>`;
}

function paragraphs(text: unknown): string {
  return String(text ?? '')
    .split('\n\n')
    .filter((part) => part !== '')
    .map((part) => `<p>${toText(part)}</p>`)
    .join('');
}

function nodeOf(value: unknown): Node {
  return typeof value === 'object' && value !== null ? (value as Node) : {};
}

function listOf(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.map(nodeOf) : [];
}

/** Between tags quotes mean nothing; attributes are given {@link toAttribute}. */
function toText(text: unknown): string {
  return String(text ?? '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function toAttribute(text: unknown): string {
  return toText(text).replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}
