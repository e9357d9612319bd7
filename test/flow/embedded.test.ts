import { openEmbeddedBench } from '../support/bench.ts';
import { describeAnswers } from './answers.ts';

describeAnswers('embedded', openEmbeddedBench);
