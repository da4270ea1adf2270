/** The scenarios that k6 and Artillery both have. */
export const scenarioNames = ['smoke', 'ramp', 'soak', 'spike', 'reconnect-storm'] as const;

/** Name of one of the scenarios of k6 and Artillery. */
export type ScenarioName = (typeof scenarioNames)[number];

/** What a run was asked for. */
export interface Parameters {
  /** `ws://` addresses; sockets are spread over them, and go to another one when theirs is away. */
  readonly targets: readonly string[];
  readonly sockets: number;
  readonly symbolsPerSocket: number;
  /** These symbols, or the first so many of the hub's catalogue. */
  readonly symbols: readonly string[] | number;
  readonly durationSeconds: number;
  /** Milliseconds; 0 = every update. */
  readonly frequency: number;
  readonly latencyP95Ms: number;
  readonly latencyP99Ms: number;
  /** Sockets that one virtual user of k6 holds. */
  readonly socketsPerUser: number;
}

/** The parameters, or every problem of them. */
export type ParsedParameters =
  | { readonly ok: true; readonly parameters: Parameters }
  | { readonly ok: false; readonly problems: readonly string[] };

interface Default {
  readonly SOCKETS: string;
  readonly DURATION: string;
}

/** Small enough for a laptop that runs the hub as well. */
export const defaults: Readonly<Record<ScenarioName, Default>> = {
  smoke: { SOCKETS: '10', DURATION: '10s' },
  ramp: { SOCKETS: '500', DURATION: '60s' },
  soak: { SOCKETS: '200', DURATION: '30m' },
  spike: { SOCKETS: '500', DURATION: '60s' },
  'reconnect-storm': { SOCKETS: '300', DURATION: '30s' },
};

/** What `-e` may set, each with its meaning; the text after `=` is the default. */
export const parameterHelp: Readonly<Record<string, string>> = {
  TARGET: 'ws:// address of a hub, or several with commas between (none: a Tickwire of its own is started)',
  SOCKETS: 'sockets at the most, 1 to 100000',
  SYMBOLS: 'symbols with commas between, or how many of the catalogue (all of them)',
  SYMBOLS_PER_SOCKET: 'symbols of each socket, 1 to 1000 (5)',
  DURATION: 'how long, e.g. 30s, 5m or 1h; 2s to 24h',
  FREQUENCY: 'at most one update per symbol and so many ms, 0 to 60000 (0, every update)',
  LATENCY_P95_MS: 'fails above this p95 of the latency (250 and the frequency)',
  LATENCY_P99_MS: 'fails above this p99 of the latency (500 and the frequency)',
  SOCKETS_PER_USER: 'sockets of each virtual user of k6, 1 to 1000 (10)',
};

/** Reads `environment` (other keys are ignored); every problem is found at once, each says what to change. */
export function readParameters(
  scenario: ScenarioName,
  environment: Readonly<Record<string, string | undefined>>,
): ParsedParameters {
  const problems: string[] = [];
  const number = (name: string, fallback: string, min: number, max: number): number => {
    const text = environment[name] || fallback;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    problems.push(`${name}=${text} must be a whole number from ${min} to ${max}`);
    return min;
  };
  const frequency = number('FREQUENCY', '0', 0, 60_000);
  const parameters: Parameters = {
    targets: readTargets(environment.TARGET || 'ws://127.0.0.1:8080/ws', problems),
    sockets: number('SOCKETS', defaults[scenario].SOCKETS, 1, 100_000),
    symbolsPerSocket: number('SYMBOLS_PER_SOCKET', '5', 1, 1000),
    symbols: readSymbols(environment.SYMBOLS || 'all', problems),
    durationSeconds: readDuration(environment.DURATION || defaults[scenario].DURATION, problems),
    frequency,
    latencyP95Ms: number('LATENCY_P95_MS', String(250 + frequency), 1, 3_600_000),
    latencyP99Ms: number('LATENCY_P99_MS', String(500 + frequency), 1, 3_600_000),
    socketsPerUser: number('SOCKETS_PER_USER', '10', 1, 1000),
  };
  return problems.length === 0 ? { ok: true, parameters } : { ok: false, problems };
}

function readTargets(text: string, problems: string[]): string[] {
  const targets = text.split(',');
  for (const target of targets)
    if (!/^wss?:\/\/[^/\s]+\/\S*$/.test(target))
      problems.push(`TARGET=${target} must be the address of a hub's sockets, e.g. ws://127.0.0.1:8080/ws`);
  return targets;
}

function readSymbols(text: string, problems: string[]): readonly string[] | number {
  if (text === 'all') return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  const symbols = text.split(',');
  if (symbols.some((symbol) => !/^[A-Za-z0-9][A-Za-z0-9.\-_/:=^+]{0,31}$/.test(symbol)))
    problems.push(`SYMBOLS=${text} must be a number, or symbols with commas between, e.g. AAPL,TSLA`);
  return symbols;
}

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

function readDuration(text: string, problems: string[]): number {
  const [, digits, unit = 's'] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const seconds = Number(digits) * (secondsOf[unit] ?? 1);
  if (seconds >= 2 && seconds <= 86_400) return seconds;
  problems.push(`DURATION=${text} must be a time from 2s to 24h, e.g. 30s, 5m or 1h`);
  return 2;
}
