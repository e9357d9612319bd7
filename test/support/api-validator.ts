import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

type Node = Readonly<Record<string, unknown>>;

/** What was answered to a request. */
export interface Answered {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const BASE = 'api.json';
/** Statuses of what the document has no operation for. */
const UNKNOWN_PATH = 404;
const UNKNOWN_METHOD = 405;

/** Holds requests and answers against an OpenAPI document, every schema of it closed: a member that it does not have is an error. */
export class ApiValidator {
  readonly #document: Node;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: false });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(document: Node) {
    this.#document = document;
    this.#ajv.addSchema(closed(document) as Node, BASE);
  }

  /** Throws unless `body` is one that the operation takes. */
  demandRequest(method: string, path: string, body: unknown): void {
    const operation = this.#operation(method, path);
    if (operation === null) throw new Error(`${method} ${path} is not in the document`);
    this.#demand([...operation, 'requestBody', ...JSON_SCHEMA], body);
  }

  /** Throws unless the document says that this may be answered. */
  demandAnswer({ method, path, status, headers, body }: Answered): void {
    const where = `${status} to ${method} ${path}`;
    const template = this.#template(path);
    const operation = this.#operation(method, path);
    if (operation === null) {
      const expected = template === null ? UNKNOWN_PATH : UNKNOWN_METHOD;
      if (status !== expected) throw new Error(`${where}: neither in the document nor ${expected}`);
      if (status === UNKNOWN_METHOD && this.#methods(template ?? '').join() !== headers.allow)
        throw new Error(`${where}: Allow is ${headers.allow}`);
      if (method !== 'HEAD') this.#demand(['components', 'schemas', 'Problem'], JSON.parse(body));
      return;
    }
    const response = [...operation, 'responses', String(status)];
    const described = at(this.#document, response) as Node | undefined;
    if (described === undefined) throw new Error(`${where}: a status that is not in the document`);
    this.#demandHeaders(where, described, headers);
    if (method === 'HEAD') return;
    this.#demand([...response, ...JSON_SCHEMA], JSON.parse(body));
  }

  #demandHeaders(where: string, response: Node, headers: Answered['headers']): void {
    const known = ['content-type', ...Object.keys((response.headers ?? {}) as Node)];
    const other = Object.keys(headers).filter((name) => !known.includes(name));
    if (other.length > 0) throw new Error(`${where}: headers that are not in the document: ${other}`);
    for (const name of known.slice(1)) {
      const value = headers[name];
      if (value === undefined) continue;
      const asInteger = /^\d+$/.test(value) ? Number(value) : value;
      this.#demand(['components', 'headers', name, 'schema'], name === 'retry-after' ? asInteger : value);
    }
  }

  /** The operation, as the way to it; HEAD is that of GET. */
  #operation(method: string, path: string): readonly string[] | null {
    const template = this.#template(path);
    const name = (method === 'HEAD' ? 'GET' : method).toLowerCase();
    const way = ['paths', template ?? '', name];
    return at(this.#document, way) === undefined ? null : way;
  }

  #template(path: string): string | null {
    // The service takes repeated slashes and one at the end as if they were not there.
    const plain = path
      .replace(/[?#].*$/, '')
      .replace(/\/{2,}/g, '/')
      .replace(/(.)\/$/, '$1');
    const templates = Object.keys(this.#document.paths as Node);
    const fits = (template: string) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(plain);
    // A path without a variable part comes first.
    return templates.find((template) => template === plain) ?? templates.find(fits) ?? null;
  }

  #methods(template: string): readonly string[] {
    return Object.keys(at(this.#document, ['paths', template]) as Node).map((name) => name.toUpperCase());
  }

  #demand(way: readonly string[], value: unknown): void {
    const pointer = `${BASE}#/${way.map(escapeStep).join('/')}`;
    const validate = this.#compiled.get(pointer) ?? this.#ajv.compile({ $ref: pointer });
    this.#compiled.set(pointer, validate);
    if (validate(value)) return;
    throw new Error(`${pointer}: ${this.#ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`);
  }
}

const JSON_SCHEMA = ['content', 'application/json', 'schema'] as const;

function escapeStep(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function at(node: unknown, way: readonly string[]): unknown {
  return way.reduce<unknown>(
    (here, step) => (typeof here === 'object' && here !== null ? (here as Node)[step] : undefined),
    node,
  );
}

/** The same with every object that lists its members shut against others. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const members = Object.fromEntries(Object.entries(node).map(([name, member]) => [name, closed(member)]));
  const isObject = node && 'type' in node && node.type === 'object' && 'properties' in node;
  return isObject && !('additionalProperties' in node)
    ? { ...members, additionalProperties: false }
    : members;
}
