-- Publishes one batch: numbers its ticks, appends them to their streams, sends them to subscribers.
--
-- KEYS  1: guard of the source   2 … 1+P: state of each partition   2+P …: stream of each tick
-- ARGV  1: fencing token   2: batch number   3: entries to keep per stream   4: PUBLISH or SPUBLISH
--       5: three bytes per tick: its partition (1 … P), and the length of its payload, high byte first
--       6: the payloads, one after the other (one argument instead of 500 halves the publisher's CPU)
--       7: the last batch that the publisher knows to have happened
--       8, 9: channels that tell how subscribers hear: group messages of ticks; symbol by symbol
--       10: the venue's own number of each symbol's last tick, where it has one: symbol, number, with blanks between
-- Returns the positions in the batch's order with blanks between, or 'fenced', 'repeated' or 'early'.

-- Locals are found faster than globals and fields: half a microsecond per tick.
local KEYS, ARGV = KEYS, ARGV
local byte, sub, match, find = string.byte, string.sub, string.match, string.find
local call, pcall = redis.call, redis.pcall

local token, batch = tonumber(ARGV[1]), tonumber(ARGV[2])
local entriesMax, publish, layout, payloads = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local tickCount = #layout / 3
local partitionCount = #KEYS - 1 - tickCount

-- The fields of a hash of ours. Something else at its key must not stop all that is published: it goes, and counts as
-- lost, which every state of ours may be.
local function fieldsOf(key, ...)
  local fields = pcall('HMGET', key, ...)
  if not fields.err then return fields, nil end
  if not find(fields.err, '^WRONGTYPE') then return {}, fields end
  call('DEL', key)
  return {}, nil
end

local guard, guardProblem = fieldsOf(KEYS[1], 'token', 'batch', 'part')
if guardProblem then return guardProblem end
local guardToken = tonumber(guard[1])
if guardToken and guardToken > token then return 'fenced' end
local done, part = 0, 0
if guardToken == token then done, part = tonumber(guard[2]) or 0, tonumber(guard[3]) or 0 end
if done >= batch then return 'repeated' end
-- Batches follow each other without waiting; one whose predecessor failed must not overtake it. What the
-- publisher knows counts as well: the guard may be lost with the rest (flushed, or a stale replica).
if math.max(done, tonumber(ARGV[7])) < batch - 1 then return 'early' end
-- So many ticks of this very batch were published by a try that Redis ended with an error.
if done ~= batch - 1 then part = 0 end

-- Redis draws a new replication id when it starts as a master and when a replica is promoted. The
-- run_id would miss a master that was demoted, lost writes by copying a stale successor, and was
-- promoted again, all in one process. INFO replication costs 4.4 µs, once per batch.
local server = match(call('INFO', 'replication'), 'master_replid:(%x+)')
if not server then return redis.error_reply('TICKWIRE this Redis does not tell its master_replid') end

-- Later than every clock of ours, by far: whoever has such an epoch, it is not from here, and leaves room for no other.
local epochEnd = 2 ^ 52

-- By partition: its epoch, and the id that has Redis number an entry in it.
local epochs, nextIds = {}, {}

local function enter(partition, epoch)
  epochs[partition], nextIds[partition] = tonumber(epoch), epoch .. '-*'
end

local function beginEpoch(partition, atLeast)
  local time = call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  local epoch = string.format('%.0f', math.max(now, atLeast))
  call('DEL', KEYS[1 + partition])
  call('HSET', KEYS[1 + partition], 'epoch', epoch, 'server', server)
  enter(partition, epoch)
end

for partition = 1, partitionCount do
  local state, problem = fieldsOf(KEYS[1 + partition], 'epoch', 'server')
  if problem then return problem end
  local epoch = state[1] and match(state[1], '^%d+$') and tonumber(state[1]) or 0
  if epoch >= epochEnd then epoch = 0 end
  if epoch > 0 and state[2] == server then
    enter(partition, state[1])
  else
    beginEpoch(partition, epoch + 1)
  end
end

-- Hubs that want most symbols hear group messages, other hubs a channel per symbol; who is there is asked once per
-- batch. A message costs 0.4 µs when nobody hears it, and 1.5 or more when a hub does.
local hearers = call('PUBSUB', publish == 'PUBLISH' and 'NUMSUB' or 'SHARDNUMSUB', ARGV[8], ARGV[9])
local inGroupMessages, bySymbol = hearers[2] > 0, hearers[4] > 0

-- A group message: per tick two bytes of the payload's length, the channel, a blank, the id, a blank, the payload.
local groupMessage, groupMessageBytes = {}, 0
-- Redis kills subscribers that have too much to read, and a hub reads no message before it has all of it.
local groupMessageBytesMax = 32768

local function sendGroupMessage()
  if groupMessageBytes == 0 then return nil end
  local heard = pcall(publish, ARGV[8], table.concat(groupMessage))
  groupMessage, groupMessageBytes = {}, 0
  return type(heard) == 'table' and heard or nil
end

local function addToGroupMessage(tick, stream, id, payload)
  local at = #groupMessage
  groupMessage[at + 1] = sub(layout, 3 * tick - 1, 3 * tick)
  groupMessage[at + 2] = stream
  groupMessage[at + 3] = ' '
  groupMessage[at + 4] = id
  groupMessage[at + 5] = ' '
  groupMessage[at + 6] = payload
  groupMessageBytes = groupMessageBytes + #payload + #stream + #id + 4
  return groupMessageBytes >= groupMessageBytesMax and sendGroupMessage() or nil
end

-- Appended, but not heard, is no loss: who subscribes finds the hole and reads it from the stream.
local function send(tick, stream, id, payload)
  if bySymbol then
    local heard = pcall(publish, stream, id .. ' ' .. payload)
    if type(heard) == 'table' then return heard end
  end
  return inGroupMessages and addToGroupMessage(tick, stream, id, payload) or nil
end

local function append(stream, partition, payload)
  return pcall('XADD', stream, nextIds[partition], 't', payload)
end

-- The epoch of the stream's newest id; nil when the key is no stream of ours.
local function newestEpoch(stream)
  local info = pcall('XINFO', 'STREAM', stream)
  for i = 1, #info - 1, 2 do
    if info[i] == 'last-generated-id' then
      local epoch = tonumber(match(info[i + 1], '^%d+'))
      return epoch < epochEnd and epoch or nil
    end
  end
  return nil
end

-- Errors that a new epoch cures: the clock was set back after the state was lost, so that the stream has
-- a later id than the epoch's, or the last that there is; or something else sits at the stream's key.
local function isCurable(problem)
  return find(problem, 'equal or smaller', 1, true) or find(problem, 'exhausted', 1, true) or find(problem, '^WRONGTYPE')
end

-- Somebody else's entry in the stream has used up our numbers: hubs refuse those from 2^53 on.
local function isTooLarge(id, partition)
  return #id - #nextIds[partition] >= 15
end

local function appendInNewEpoch(stream, partition, payload)
  local newest = newestEpoch(stream)
  if not newest then call('DEL', stream) end
  beginEpoch(partition, math.max(newest or 0, epochs[partition]) + 1)
  return append(stream, partition, payload)
end

-- Number 0 is right for a symbol that is new in this epoch. Any other symbol had a stream that was
-- evicted or deleted: its numbers are known to clients, so they are not used again.
local function isBegun(stream, partition)
  local symbol = match(stream, '}:(.*)$')
  return call('HSETNX', KEYS[1 + partition], 'b:' .. symbol, '') == 0
end

-- The batch is published again, from the tick behind `count` on.
local function interrupted(problem, count)
  sendGroupMessage()
  call('HSET', KEYS[1], 'token', ARGV[1], 'batch', batch - 1, 'part', count)
  return problem
end

local zero = byte('0')
local positions, payloadEnd = {}, 0
for tick = 1, tickCount do
  local partition, high, low = byte(layout, 3 * tick - 2, 3 * tick)
  local payloadStart = payloadEnd + 1
  payloadEnd = payloadEnd + 256 * high + low
  if tick > part then
    local stream = KEYS[1 + partitionCount + tick]
    local payload = sub(payloads, payloadStart, payloadEnd)
    local id = append(stream, partition, payload)
    if id.err and isCurable(id.err) or not id.err and isTooLarge(id, partition) then
      id = appendInNewEpoch(stream, partition, payload)
    end
    if not id.err and byte(id, -1) == zero then
      -- Trimming by every XADD would cost 1.5 µs of 9; by every tenth it is lost in the noise.
      call('XTRIM', stream, 'MAXLEN', '~', entriesMax)
      if sub(id, -2) == '-0' and isBegun(stream, partition) then
        call('DEL', stream)
        beginEpoch(partition, epochs[partition] + 1)
        id = append(stream, partition, payload)
        isBegun(stream, partition)
      end
    end
    if id.err then return interrupted(id, tick - 1) end
    local problem = send(tick, stream, id, payload)
    if problem then return interrupted(problem, tick) end
    positions[tick - part] = id
  end
end

local unsent = sendGroupMessage()
if unsent then return interrupted(unsent, tickCount) end
call('HSET', KEYS[1], 'token', ARGV[1], 'batch', ARGV[2], 'part', 0)
for symbol, number in string.gmatch(ARGV[10], '(%S+) (%d+)') do call('HSET', KEYS[1], 'n:' .. symbol, number) end
-- The positions of the ticks that an earlier try published are not known any more.
if part > 0 then return 'repeated' end
return table.concat(positions, ' ')
