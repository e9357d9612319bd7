import { quoteInput } from '../../../shared/domain/net/quote.ts';
import { fail } from './outcome.ts';
import type { Reading } from './read-reply.ts';

/**
 * Where the answer will be. RFC 9110 section 10.2.2: `Location` is a URI reference, resolved against the URL of the
 * request. The API key goes there, so it has to be the same server, below the same base path.
 */
export function resolveLocation(base: string, requestUrl: string, location: string | null): Reading<URL> {
  if (location === null)
    return no('a 202 without Location', 'whether the gateway hands the header Location through');
  if (!URL.canParse(location, requestUrl))
    return no(`a 202 whose Location is no URI: ${quoteInput(location)}`, 'who writes the header Location');
  const resolved = new URL(location, requestUrl);
  const root = new URL(`${base}/`);
  if (resolved.origin !== root.origin)
    return no(
      `a 202 whose Location leads to another server: ${quoteInput(location)}`,
      'who writes the header Location; nothing was sent there',
    );
  if (!resolved.pathname.startsWith(root.pathname))
    return no(
      `a 202 whose Location leaves the base path ${root.pathname}: ${quoteInput(location)}`,
      'whether the service knows the path of the stage that it is served under',
    );
  return { ok: true, value: resolved };
}

function no(came: string, lookAt: string): Reading<never> {
  return { ok: false, failure: fail(came, lookAt) };
}
