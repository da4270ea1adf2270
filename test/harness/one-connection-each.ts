/*
 * Loaded before every test file: each `fetch` of a test has a connection of its own. A server ends a connection that has been
 * idle for some seconds; on a busy machine that meets a request on its way over the same connection now and then, which
 * then fails with "other side closed", and fetch repeats nothing.
 */

interface Dispatcher {
  readonly constructor: new (options: { readonly pipelining: number }) => unknown;
}

function dispatcher(name: symbol): Dispatcher {
  return Reflect.get(globalThis, name) as Dispatcher;
}

void globalThis.Response; // Node loads its fetch when one of its names is first used
const names = Object.getOwnPropertySymbols(globalThis).filter(({ description = '' }) =>
  /^undici\.globalDispatcher\.\d+$/.test(description),
);
const agents = names.filter((name) => dispatcher(name).constructor.name === 'Agent');
if (agents.length === 0) throw new Error('Node keeps the connections of fetch elsewhere now');
for (const name of agents) {
  const known = dispatcher(name);
  // undici: "Set to 0 to disable keep-alive connections."
  Reflect.set(globalThis, name, new known.constructor({ pipelining: 0 }));
}
