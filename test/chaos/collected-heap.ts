import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loaded into a process before its own code (`--import`): all garbage is collected every so often, so that what its
 * heap has in use is what something still refers to. V8 alone leaves a process that allocates little to itself for
 * ten minutes and more.
 */
const everyMs = 10_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
setInterval(collect, everyMs).unref();
