import type { HttpResponse } from '../../shared/domain/dcv/http/http-observation.ts';
import {
  CONNECTION_FAILURES,
  type ConnectionFailureReason,
} from '../../shared/domain/net/connection-failure.ts';
import type { HttpFetcher, HttpGet } from '../../shared/ports/http-fetcher.ts';

/** The response at one URL: a body, members of a response, or the reason of a failure. */
export type ScriptedPage = string | ConnectionFailureReason | Partial<HttpResponse>;

/** By URL, written as in the request: `http://shop.example/path`, with a port only if it is not the scheme's. */
export type Pages = Readonly<Record<string, ScriptedPage>>;

export interface FakeWeb extends HttpFetcher {
  /** Received requests, in order. */
  readonly asked: readonly HttpGet[];
}

const FAILURES: readonly string[] = CONNECTION_FAILURES;

/** A fetcher that answers from a script. Any other URL gets a 404. */
export function createFakeWeb(pages: Pages): FakeWeb {
  const asked: HttpGet[] = [];
  return {
    asked,
    async get(request) {
      asked.push(request);
      const address = request.addresses[0] ?? '';
      const page = pages[urlOf(request)] ?? { statusCode: 404 };
      if (typeof page === 'string' && FAILURES.includes(page)) {
        const reason = page as ConnectionFailureReason;
        return { status: 'failed', reason, address, message: `scripted ${reason}`, partial: null };
      }
      const given = typeof page === 'string' ? { body: Buffer.from(page) } : page;
      return {
        status: 'answered',
        statusCode: 200,
        address,
        locations: [],
        contentType: null,
        body: new Uint8Array(),
        bodyCut: false,
        tls: null,
        ...given,
      };
    },
  };
}

function urlOf({ scheme, host, port, path }: HttpGet): string {
  const isDefault = port === (scheme === 'http' ? 80 : 443);
  const written = host.includes(':') ? `[${host}]` : host;
  return `${scheme}://${written}${isDefault ? '' : `:${port}`}${path}`;
}

/** A redirect to `location`. */
export function redirect(location: string, statusCode = 302): Partial<HttpResponse> {
  return { statusCode, locations: [location] };
}
