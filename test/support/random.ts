export { Random } from '../lab/dns/random.ts';
