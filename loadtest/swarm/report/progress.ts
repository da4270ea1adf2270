import type { Second } from '#loadtest/swarm/measurement.ts';
import { number } from './table.ts';

/** Where progress is shown; `process.stdout` fits. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** One line each second: in place on a terminal, one after the other in a file. */
export function createProgress(terminal: Terminal): {
  show(second: Second, phase: string): void;
  done(): void;
} {
  let shown = false;
  return {
    show(second, phase) {
      const line = lineOf(second, phase);
      terminal.write(terminal.isTTY === true ? `\r\u001b[K${line}` : `${line}\n`);
      shown = true;
    },
    done() {
      if (shown && terminal.isTTY === true) terminal.write('\n');
    },
  };
}

function lineOf(
  { atSeconds, subscribed, updatesPerSecond, p99, resets, cores }: Second,
  phase: string,
): string {
  const cpu = Object.entries(cores)
    .filter(([name]) => name !== 'swarm main')
    .map(([name, used]) => `${name} ${used.toFixed(2)}`)
    .join(', ');
  return `${atSeconds.toFixed(0).padStart(4)} s ${phase}: ${number(subscribed)} sockets, ${number(updatesPerSecond)} updates/s, p99 ${p99} ms, ${number(resets)} resets; cores: ${cpu}`;
}
