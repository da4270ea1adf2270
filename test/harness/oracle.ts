import { resetReasons } from '#protocol/messages.ts';
import { OracleClient } from './oracle-client.ts';
import { type OracleReport, type OracleTotals, violationKinds } from './oracle-report.ts';
import { createTruth, type PublishedFields } from './oracle-truth.ts';

/**
 * Judges a hub from outside: it is told what was published and what each client received, and finds
 * every way in which the two do not agree. It shares no code with the hub or the SDK, so that a mistake
 * of theirs is not its own too.
 */
export interface Oracle {
  /** The truth, as the publisher returned it or as it stands in the stream. May come after its delivery. */
  published(symbol: string, epoch: number, seq: number, fields: PublishedFields): void;
  /** One client, over all of its connections. `name` is for the report. */
  client(name: string): OracleClient;
  /** What was found until now; what is still owed or unknown does not count. */
  soFar(): OracleReport;
  /** Ask at the end, when all is delivered: what is owed or unknown by now counts as a violation. */
  report(): OracleReport;
}

const violationsShown = 100;

export function createOracle(): Oracle {
  const clients: OracleClient[] = [];
  const violations: string[] = [];
  const kinds = zeros(violationKinds);
  const totals: OracleTotals = {
    delivered: 0,
    covered: 0,
    snapshots: 0,
    resets: zeros(resetReasons),
    violation(kind, text) {
      kinds[kind]++;
      if (violations.length < violationsShown) violations.push(`${kind}: ${text}`);
    },
  };
  const truth = createTruth((kind, text) => totals.violation(kind, text));
  const soFar = (): OracleReport => {
    const { delivered, covered, snapshots, resets } = totals;
    const { duplicate: duplicates, gap: gaps } = kinds;
    const counts = { published: truth.count(), delivered, covered, snapshots, duplicates, gaps };
    return { ...counts, resets: { ...resets }, kinds: { ...kinds }, violations: [...violations] };
  };
  return {
    published: truth.published,
    client(name) {
      const client = new OracleClient(name, truth, totals);
      clients.push(client);
      return client;
    },
    soFar,
    report() {
      for (const client of clients) client.settle();
      truth.settle();
      return soFar();
    },
  };
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
