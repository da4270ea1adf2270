import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type InstanceRecord, type Registration, registryLimits } from '#fanout/node-ports.ts';
import { ticketLength } from '#fanout/redis/nodes/ticket-secret.ts';
import { until } from '#test/harness/redis/until.ts';
import type { Subject } from './subject.ts';

/** The registry of nodes, and the tickets. */
export function describeNodes(subject: Subject): void {
  describeRegistry(subject);
  describeTickets(subject);
}

const record: InstanceRecord = {
  ...{ ipAddress: '10.0.0.7', portNumber: 8080, protocol: 'ws' },
  ...{ socketUrl: 'wss://ticks.example.com/ws', sockets: 3, ready: true },
};

function registrationOf(service: string, instance: string, boot = 'first'): Registration {
  return { service, serviceName: `The ${service}`, instance, boot, record };
}

function describeRegistry(subject: Subject): void {
  describe('node registry', () => {
    test('what is registered is listed as it said, under the name of its service', async () => {
      const { fanout, second } = subject();
      const outcome = await fanout.nodes.register(registrationOf('listed', 'b'), 60_000);
      assert.ok(outcome.outcome === 'registered');
      assert.ok(outcome.expiresAt - outcome.registeredAt === 60_000);
      const { sockets: _, socketUrl: __, ...rest } = record;
      const silent = { ...rest, sockets: 0, ready: false };
      await fanout.nodes.register({ ...registrationOf('listed', 'a'), record: silent }, 60_000);
      const listing = await (await second()).nodes.list('listed');
      assert.equal(listing?.serviceName, 'The listed');
      assert.equal(listing?.registeredAt, outcome.registeredAt);
      assert.deepEqual(
        listing?.instances.map(({ registeredAt: _, expiresAt: __, ...told }) => told),
        [
          { instance: 'a', ...silent },
          { instance: 'b', ...record },
        ],
      );
    });

    test('a service that nobody registered is unknown', async () => {
      assert.equal(await subject().fanout.nodes.list('nobody'), undefined);
    });

    test('a renewal says what is new, keeps the place and puts the end off', async () => {
      const { nodes } = subject().fanout;
      const registered = await nodes.register(registrationOf('renewed', 'one'), 1000);
      const busy = { ...record, sockets: 900, ready: false };
      const renewed = await nodes.register({ ...registrationOf('renewed', 'one'), record: busy }, 60_000);
      assert.ok(registered.outcome === 'registered' && renewed.outcome === 'registered');
      assert.equal(renewed.registeredAt, registered.registeredAt);
      assert.ok(renewed.expiresAt > registered.expiresAt);
      const listing = await nodes.list('renewed');
      assert.deepEqual(listing?.instances, [
        {
          ...{ instance: 'one', ...busy },
          ...{ registeredAt: registered.registeredAt, expiresAt: renewed.expiresAt },
        },
      ]);
    });

    test('an instance that does not renew vanishes without anybody’s help, its service with the last', async () => {
      const { nodes } = subject().fanout;
      await nodes.register(registrationOf('brief', 'dies'), 40);
      await nodes.register(registrationOf('brief', 'lives'), 400);
      const listed = async () => (await nodes.list('brief'))?.instances.map(({ instance }) => instance);
      await until('the first is gone', async () => (await listed())?.join() === 'lives', 2000);
      await until('the service is gone', async () => (await listed()) === undefined, 2000);
    });

    test('of two lives with one id the second is refused until the lease of the first is over', async () => {
      const { fanout, second } = subject();
      await fanout.nodes.register(registrationOf('twins', 'same', 'first'), 60_000);
      const { nodes } = await second();
      const refused = await nodes.register(registrationOf('twins', 'same', 'second'), 60_000);
      assert.ok(refused.outcome === 'taken');
      assert.ok(refused.leaseLeftMs > 50_000 && refused.leaseLeftMs <= 60_000, `${refused.leaseLeftMs} ms`);
      await fanout.nodes.register(registrationOf('twins', 'same', 'first'), 50);
      await until(
        'the second has it',
        async () =>
          (await nodes.register(registrationOf('twins', 'same', 'second'), 60_000)).outcome === 'registered',
      );
      const late = await fanout.nodes.register(registrationOf('twins', 'same', 'first'), 60_000);
      assert.equal(late.outcome, 'taken');
    });

    test('an id is taken within its service only', async () => {
      const { nodes } = subject().fanout;
      await nodes.register(registrationOf('here', 'same', 'one'), 60_000);
      const there = await nodes.register(registrationOf('there', 'same', 'other'), 60_000);
      assert.equal(there.outcome, 'registered');
    });

    test('who leaves is gone at once, but nobody leaves for another', async () => {
      const { nodes } = subject().fanout;
      await nodes.register(registrationOf('left', 'one', 'mine'), 60_000);
      await nodes.register(registrationOf('left', 'two'), 60_000);
      assert.equal(await nodes.leave('left', 'one', 'not-mine'), false);
      assert.equal(await nodes.leave('left', 'one', 'mine'), true);
      assert.equal(await nodes.leave('left', 'one', 'mine'), false);
      assert.deepEqual(
        (await nodes.list('left'))?.instances.map(({ instance }) => instance),
        ['two'],
      );
      assert.equal(await nodes.leave('left', 'two', undefined), true);
      assert.equal(await nodes.list('left'), undefined);
      assert.equal(await nodes.leave('nobody', 'one', undefined), false);
    });

    test('a service that comes back has a new beginning and the name that it has now', async () => {
      const { nodes } = subject().fanout;
      const first = await nodes.register(registrationOf('again', 'one', 'a'), 60_000);
      await nodes.leave('again', 'one', 'a');
      let now = await nodes.register(registrationOf('again', 'one', 'b'), 60_000);
      assert.ok(first.outcome === 'registered' && now.outcome === 'registered');
      await until('its clock has moved', async () => {
        await nodes.leave('again', 'one', undefined);
        now = await nodes.register({ ...registrationOf('again', 'one', 'b'), serviceName: 'New' }, 60_000);
        return now.outcome === 'registered' && now.registeredAt > first.registeredAt;
      });
      const listing = await nodes.list('again');
      assert.equal(listing?.serviceName, 'New');
      assert.ok(listing !== undefined && listing.registeredAt > first.registeredAt);
    });

    test('it keeps so many instances of a service and so many services, and says which is full', async () => {
      const { nodes } = subject().fanout;
      const { instancesMax, servicesMax } = registryLimits;
      const all = Array.from({ length: instancesMax }, (_, i) => registrationOf('crowd', `i${i}`));
      for (const one of all) assert.equal((await nodes.register(one, 60_000)).outcome, 'registered');
      const tooMany = await nodes.register(registrationOf('crowd', 'more'), 60_000);
      assert.deepEqual(tooMany, { outcome: 'full', of: 'instances' });
      assert.equal((await nodes.register(registrationOf('crowd', 'i0'), 60_000)).outcome, 'registered');
      let full = await nodes.register(registrationOf('s0', 'one'), 2000);
      for (let i = 1; i <= servicesMax && full.outcome === 'registered'; i++)
        full = await nodes.register(registrationOf(`s${i}`, 'one'), 2000);
      assert.deepEqual(full, { outcome: 'full', of: 'services' });
      assert.equal((await nodes.register(registrationOf('crowd', 'i1'), 60_000)).outcome, 'registered');
      await until(
        'what is over makes room',
        async () => (await nodes.register(registrationOf('late', 'one'), 100)).outcome === 'registered',
      );
    });
  });
}

function describeTickets(subject: Subject): void {
  describe('tickets', () => {
    test('a ticket is redeemed once, by whichever process is first', async () => {
      const { fanout, second } = subject();
      const { tickets } = await second();
      const secret = await fanout.tickets.issue('{"user":"ann"}', 60_000);
      assert.match(secret, /^[A-Za-z0-9_-]+$/);
      assert.equal(secret.length, ticketLength);
      const both = await Promise.all([fanout.tickets.redeem(secret), tickets.redeem(secret)]);
      assert.deepEqual(
        both.filter((payload) => payload !== undefined),
        ['{"user":"ann"}'],
      );
      assert.equal(await tickets.redeem(secret), undefined);
    });

    test('an unknown secret, and one that is too old, redeem nothing', async () => {
      const { tickets } = subject().fanout;
      assert.equal(await tickets.redeem('x'.repeat(ticketLength)), undefined);
      const kept = await tickets.issue('kept', 60_000);
      let late = await tickets.issue('late', 5);
      await until('one that was not redeemed in time redeems nothing', async () => {
        const redeemed = await tickets.redeem(late);
        late = await tickets.issue('late', 5);
        return redeemed === undefined;
      });
      assert.equal(await tickets.redeem(kept), 'kept');
    });

    test('no two tickets are alike', async () => {
      const { tickets } = subject().fanout;
      const secrets = await Promise.all(Array.from({ length: 100 }, () => tickets.issue('same', 60_000)));
      assert.equal(new Set(secrets).size, 100);
    });
  });
}
