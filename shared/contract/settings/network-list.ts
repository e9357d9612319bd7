import * as z from 'zod';
import { parseIpNetwork } from '../../domain/net/ip-network.ts';

/** A comma list of networks in prefix notation, as a setting holds it. */
export const networkListSetting = z.string().transform((value, context) => {
  const parts = value.split(',').map((part) => part.trim());
  const networks = parts.map(parseIpNetwork).filter((network) => network !== null);
  if (networks.length === parts.length) return networks;
  const bad = parts.find((part) => parseIpNetwork(part) === null);
  context.addIssue(
    `must be a comma list of networks such as 127.0.0.0/8 or ::1/128; ${JSON.stringify(bad)} is none`,
  );
  return z.NEVER;
});
