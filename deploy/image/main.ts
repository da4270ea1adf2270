import { keepOwnBinary } from './keep-own-binary.ts';

const { kept, removed } = keepOwnBinary('node_modules');
process.stdout.write(`kept ${kept}, removed ${removed} others\n`);
