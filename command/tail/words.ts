import type { ClientProblem, Delay, Fresh, Reset, Stale, StateChange } from '#client/mod.ts';

/** A change of the connection in words, for the terminal; undefined when there is nothing to say. */
export function stateWords(change: StateChange, url: string): string | undefined {
  const { state, problem = 'the connection was lost', attempt, delayMs = 0 } = change;
  switch (state) {
    case 'connecting':
      return undefined;
    case 'live':
      return `connected to ${url}`;
    case 'draining':
      return 'the hub is going down, moving to another one';
    case 'reconnecting':
      return `${withReason(problem, url)}; attempt ${attempt ?? 1} in ${(delayMs / 1000).toFixed(1)} s`;
    case 'closed':
      return change.problem === undefined ? undefined : `the hub does not want this client back: ${problem}`;
    default:
      return state satisfies never;
  }
}

/** Nobody listens: say what to do about it. */
function withReason(problem: string, url: string): string {
  if (!problem.includes('ECONNREFUSED')) return problem;
  return `no hub listens at ${url}, start one with "npm start" or give another --url`;
}

const resetWords: Readonly<Record<Reset['reason'], string>> = {
  history_trimmed: 'the outage was longer than the history reaches back',
  epoch_changed: 'the history began anew',
  slow_consumer: 'this terminal reads too slowly',
  history_unavailable: 'the history can not be read',
};

/** Says that updates of a symbol were lost, and why. */
export function resetLine({ symbol, reason }: Reset): string {
  return `${symbol}: some updates are lost, ${resetWords[reason]} (${reason}); the newest price follows`;
}

/** Says which prices stand still, since when (UTC) and why. */
export function staleLine({ symbols, reason, source, since }: Stale): string {
  const why =
    reason === 'fanout_unavailable'
      ? 'the hub hears nothing'
      : `nothing comes from ${source ?? 'the source'}`;
  return `${namesOf(symbols)}: prices stand still since ${since.slice(11, 19)} UTC, ${why} (${reason})`;
}

/** Says which prices move again. */
export function freshLine({ symbols }: Fresh): string {
  return `${namesOf(symbols)}: prices move with the market again`;
}

/** Says how late prices come, in minutes. */
export function delayLine({ minutes }: Delay): string {
  return minutes === 0 ? 'prices come at once' : `prices come ${minutes} min late: the token allows no more`;
}

/** The first few of them. */
function namesOf(symbols: readonly string[]): string {
  const shown = symbols.slice(0, 5).join(', ');
  return symbols.length > 5 ? `${shown} and ${symbols.length - 5} more` : shown;
}

/** Says what went wrong, with its code. */
export function problemLine({ code, message }: ClientProblem): string {
  return `${message} (${code})`;
}
