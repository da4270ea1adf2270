import type { Commands } from './commands.ts';
import { parseInstanceRecord, parseRegistryTime } from './instance-record.ts';
import { serviceKey, servicesKey } from './keys.ts';
import {
  byInstanceId,
  isInstanceId,
  type LiveInstance,
  type NodeRegistry,
  type RegistrationOutcome,
  type RegistryLimits,
  type ServiceListing,
} from './node-ports.ts';
import { FanoutError } from './ports.ts';
import { createReadingScript, createScript } from './script.ts';

/** No lease is longer, and no service older; what says so was not written by us, and counts as over. */
const dayMs = 86_400_000;
const ageMsMax = 36_525 * dayMs;

/**
 * The clock that all leases are by, and how its times are written: Lua's own way rounds at 14 digits. A time far off
 * would fail the PEXPIRE of all others, so it is none.
 */
const clock = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(ms) return string.format('%.0f', ms) end
local function goesOn(ends) return ends and tonumber(ends) > now and tonumber(ends) <= now + ${dayMs} end
local function begunAt(since) return math.max(now - ${ageMsMax}, math.min(now, tonumber(since))) end
`;

// Both keys vanish with the last lease in them, so what nobody renews needs nobody to tidy it up.
const registerScript = createScript(`${clock}
local service, instance, boot, lease, record, name, servicesMax, instancesMax = unpack(ARGV)
local begun, latest, others, renewed = now, now + lease, 0, false
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  local ends, since, holder = string.match(all[i + 1], '^(%d+) (%d+) (%S+) ')
  if not goesOn(ends) then
    redis.call('HDEL', KEYS[2], all[i])
  elseif all[i] ~= instance then
    others = others + 1
    latest = math.max(latest, tonumber(ends))
  elseif holder ~= boot then
    return { 'taken', text(ends - now) }
  else
    begun, renewed = begunAt(since), true
  end
end
if others >= tonumber(instancesMax) then return { 'full', 'instances' } end
local there, last, services = now, latest, 0
local known = redis.call('HGETALL', KEYS[1])
for i = 1, #known, 2 do
  local ends, since = string.match(known[i + 1], '^(%d+) (%d+) ')
  if not goesOn(ends) then
    redis.call('HDEL', KEYS[1], known[i])
  elseif known[i] ~= service then
    services = services + 1
    last = math.max(last, tonumber(ends))
  elseif renewed or others > 0 then
    there = begunAt(since)
  end
end
if services >= tonumber(servicesMax) then return { 'full', 'services' } end
redis.call('HSET', KEYS[2], instance, text(now + lease) .. ' ' .. text(begun) .. ' ' .. boot .. ' ' .. record)
redis.call('PEXPIRE', KEYS[2], text(latest - now))
redis.call('HSET', KEYS[1], service, text(latest) .. ' ' .. text(there) .. ' ' .. name)
redis.call('PEXPIRE', KEYS[1], text(last - now))
return { 'registered', text(begun), text(now + lease) }
`);

const leaveScript = createScript(`${clock}
local service, instance, boot = unpack(ARGV)
local value = redis.call('HGET', KEYS[2], instance)
if not value then return 0 end
local ends, holder = string.match(value, '^(%d+) %d+ (%S+) ')
if boot ~= '' and holder ~= boot then return 0 end
redis.call('HDEL', KEYS[2], instance)
local left = 0
for _, other in ipairs(redis.call('HGETALL', KEYS[2])) do
  local goes = string.match(other, '^(%d+) %d+ %S+ ')
  if goesOn(goes) then left = left + 1 end
end
if left == 0 then redis.call('HDEL', KEYS[1], service) end
if goesOn(ends) then return 1 end
return 0
`);

/** A longer record is none of ours. */
const recordBytesMax = 8192;

const listScript = createReadingScript(`${clock}
local answer = { redis.call('HGET', KEYS[1], ARGV[1]) or '' }
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  local ends, since, record = string.match(all[i + 1], '^(%d+) (%d+) %S+ (.*)$')
  if #answer > 4 * tonumber(ARGV[2]) then break end
  if goesOn(ends) and #record <= ${recordBytesMax} then
    for _, part in ipairs({ all[i], ends, since, record }) do answer[#answer + 1] = part end
  end
end
return answer
`);

/**
 * The registry in Redis; `undecodable` is called for each instance that is left out, since this version can not read
 * it. One hash tag, so in a cluster one node has all of it: it is asked some times a second.
 */
export function createRedisNodes(
  commands: Commands,
  limits: RegistryLimits,
  undecodable: () => void,
): NodeRegistry {
  const keysOf = (service: string): string[] => [servicesKey, serviceKey(service)];
  return {
    async register({ service, serviceName, instance, boot, record }, leaseMs) {
      const { servicesMax, instancesMax } = limits;
      const own = [service, instance, boot, leaseMs, JSON.stringify(record), serviceName];
      const args = [...own, servicesMax, instancesMax];
      return toOutcome(await commands.run((client) => registerScript.run(client, keysOf(service), args)));
    },
    async leave(service, instance, boot = '') {
      const args = [service, instance, boot];
      return (await commands.run((client) => leaveScript.run(client, keysOf(service), args))) === 1;
    },
    async list(service) {
      const args = [service, limits.instancesMax];
      const reply = await commands.run((client) => listScript.run(client, keysOf(service), args));
      return toListing(reply, undecodable);
    },
  };
}

function toOutcome(reply: unknown): RegistrationOutcome {
  const [outcome, first, second] = Array.isArray(reply) ? reply.map(String) : [];
  if (outcome === 'registered')
    return { outcome, registeredAt: toNumber(first), expiresAt: toNumber(second) };
  if (outcome === 'taken') return { outcome, leaseLeftMs: toNumber(first) };
  if (outcome === 'full') return { outcome, of: first === 'services' ? 'services' : 'instances' };
  throw new FanoutError('refused', 'Redis answered a registration with something else');
}

function toListing(reply: unknown, undecodable: () => void): ServiceListing | undefined {
  if (!Array.isArray(reply)) throw new FanoutError('refused', 'Redis answered no list of instances');
  const [service = '', ...parts] = reply.map(String);
  const instances: LiveInstance[] = [];
  for (let at = 0; at + 3 < parts.length; at += 4) {
    const instance = toInstance(parts.slice(at, at + 4));
    if (instance === undefined) undecodable();
    else instances.push(instance);
  }
  const [first] = instances.sort(byInstanceId);
  const [, since, serviceName] = /^\d+ (\d+) (.*)$/s.exec(service) ?? [];
  if (first === undefined || serviceName === undefined) return undefined;
  return { serviceName, registeredAt: parseRegistryTime(since) ?? first.registeredAt, instances };
}

/** Undefined for what another version of Tickwire wrote, or somebody else, and this one can not read. */
function toInstance([instance = '', ends, since, text = '']: readonly string[]): LiveInstance | undefined {
  const record = parseInstanceRecord(text);
  const expiresAt = parseRegistryTime(ends);
  const registeredAt = parseRegistryTime(since);
  if (record === undefined || expiresAt === undefined || registeredAt === undefined) return undefined;
  return isInstanceId(instance) ? { instance, registeredAt, expiresAt, ...record } : undefined;
}

function toNumber(text: string | undefined): number {
  const number = parseRegistryTime(text);
  if (number === undefined) throw new FanoutError('refused', 'Redis answered no time');
  return number;
}
