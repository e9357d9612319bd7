export { Random } from '../../services/local/lab/random.ts';
