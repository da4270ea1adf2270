import type { Clock } from '#feed-adapter/clock.ts';
import { normaliserLimits } from '#feed-adapter/normalise/normaliser.ts';
import { tickRanges } from '#feed-adapter/normalise/tick-ranges.ts';
import { pause } from '#feed-adapter/venues/transport/pause.ts';
import type { Venue, VenueSink, VenueTick } from '#feed-adapter/venues/venue.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { tickFlags } from '#protocol/tick.ts';
import { mapFileRow } from './file-mapper.ts';
import { type FilePace, paceOf } from './file-pace.ts';
import { FileError, type FileFormatOptions, readFileRows } from './file-rows.ts';

/** Which file is played, and how fast. */
export interface FileOptions extends FileFormatOptions {
  /** What the file has; rows of other symbols are rejected. `scanFileSymbols` finds them. */
  readonly symbols: readonly StockSymbol[];
  /** As fast as it happened, so many times faster (0.001 … 1,000,000), or as fast as the publish queue takes it. */
  readonly pace: FilePace;
  /** Begin again at the end of the file; else the venue ends. */
  readonly loop: boolean;
}

/** The clock that a file is played by, and the room for its ticks. */
export interface FileDeps {
  readonly clock: Clock;
  /** Ticks that fit into the publish queue before older ones are dropped. */
  readonly room: () => number;
}

/** After so many ticks the event loop gets a turn, and the publish queue must have room for as many again. */
const turnTicksMax = 500;
const roomPollMs = 5;

/**
 * Replays trades and quotes from a CSV or JSON Lines file, in the file's order and with the file's
 * times. It waits while the publish queue is nearly full, at any pace, so that nothing of a file
 * is dropped.
 *
 * When it loops, repeated rows did not happen at the time in the file: from the second pass on ticks
 * have no venue time (the normaliser takes the time of receipt, so that time goes on), have the flag
 * `simulated`, and trade ids of their own.
 * @throws RangeError for a pace that is none
 */
export function createFileVenue(options: FileOptions, deps: FileDeps): Venue {
  const { clock, room } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const pace = paceOf(options.pace, clock);
  let replayed: Promise<void> = Promise.resolve();
  /** Ticks since the last turn of the event loop. */
  let turnTicks = 0;

  async function replay(sink: VenueSink): Promise<void> {
    sink.state('live');
    for (let pass = 1; !signal.aborted; pass++) {
      const ticks = await replayOnce(sink, pass);
      if (signal.aborted) return;
      if (ticks === 0) return sink.state('ended', `${options.path}: no row is a trade or a quote`);
      if (!options.loop) return sink.state('ended');
    }
  }

  async function replayOnce(sink: VenueSink, pass: number): Promise<number> {
    let ticks = 0;
    pace.restart();
    await turn();
    for await (const row of readFileRows(options, signal)) {
      const tick = row === 'malformed' ? row : mapFileRow(row, options.timeUnit);
      if (typeof tick === 'string') sink.rejected(tick);
      else {
        const credible = isCredible(tick.venueTime);
        await whenDue(credible ? tick.venueTime : undefined);
        if (signal.aborted) return ticks;
        sink.tick(pass === 1 || !credible ? tick : repeated(tick, pass));
        ticks++;
      }
    }
    return ticks;
  }

  /** A row of a wrong year must not delay all rows after it: it goes on at once, and the normaliser refuses it. */
  function isCredible(venueTime: number): boolean {
    return venueTime >= tickRanges.venueTimeMin && venueTime <= clock.now() + normaliserLimits.futureMaxMs;
  }

  async function whenDue(venueTime: number | undefined): Promise<void> {
    if (venueTime !== undefined) await pace.due(venueTime, signal);
    turnTicks++;
    if (turnTicks >= turnTicksMax) await turn();
  }

  async function turn(): Promise<void> {
    turnTicks = 0;
    await pause(clock, 0, signal);
    while (room() < turnTicksMax && !signal.aborted) await pause(clock, roomPollMs, signal);
  }

  function start(sink: VenueSink): void {
    replayed = replay(sink).catch((error: unknown) => {
      if (!(error instanceof FileError)) throw error;
      if (!signal.aborted) sink.state('ended', error.message);
    });
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await replayed;
  }

  return { symbols: options.symbols, start, stop };
}

function repeated(tick: VenueTick, pass: number): VenueTick {
  const { venueTime: _, ...rest } = tick;
  const flags = (tick.flags ?? 0) | tickFlags.simulated;
  return { ...rest, flags, ...(tick.tradeId !== undefined && { tradeId: `${pass}:${tick.tradeId}` }) };
}
