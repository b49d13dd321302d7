-- Keeps what becomes of one return mailbox, within the room that all mailboxes of this Redis share: if there is
-- no room, the site that holds the most loses its oldest entries (REV-08).
--
-- KEYS[1] the mailbox
-- ARGV    now and the entry's end in seconds since 1970, the mailbox's name, the site, the answer (empty: the
--         mailbox is given up), the room, and what an entry counts besides its answer
-- Returns kept, filled or forgotten.
--
-- The accounts: `held` has size and site of each entry, their total and their count; `ends` the entries by their ends;
-- `sites` the sites by what they hold; `site:…` the entries of one site by age. Of members with the same score Redis takes
-- the greatest name last. So a site's name in `sites` begins with the age of its oldest entry: of several that hold the
-- same, the one that came first gives way, and no address is chosen over another.
local now, ends_at, name, site, answer = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]
local room, size = tonumber(ARGV[6]), tonumber(ARGV[7]) + #answer
local prefix = 'acs-sign-in:{mailbox}:'
local held, ends, sites, of_site = prefix .. 'held', prefix .. 'ends', prefix .. 'sites', prefix .. 'site:'

-- 16 digits, which are fewer the later the oldest entry came, a space and the site; nothing where it has no entry.
local function ranked(owner)
  local oldest = redis.call('ZRANGE', of_site .. owner, 0, 0, 'WITHSCORES')[2]
  return oldest and string.format('%016.0f ', 2 ^ 53 - tonumber(oldest)) .. owner
end

-- Changes the entries of a site, and by how much it holds more.
local function change(owner, more, edit)
  local before = ranked(owner)
  local holds = more + (before and tonumber(redis.call('ZSCORE', sites, before) or 0) or 0)
  if before then redis.call('ZREM', sites, before) end
  edit(of_site .. owner)
  local after = ranked(owner)
  if after and holds > 0 then redis.call('ZADD', sites, holds, after) end
end

local function clear_account(entry)
  redis.call('ZREM', ends, entry)
  local account = redis.call('HGET', held, entry)
  if not account then return end
  local had, owner = account:match('^(%d+) (.*)$')
  redis.call('HDEL', held, entry)
  redis.call('HINCRBY', held, 'total', -had)
  change(owner, -had, function(entries) redis.call('ZREM', entries, entry) end)
end

local function remove(entry)
  redis.call('DEL', prefix .. entry)
  clear_account(entry)
end

local there = redis.call('GET', KEYS[1])
if there == '' then return 'forgotten' end
if there and answer ~= '' then return 'filled' end

remove(name)
-- One call adds one entry, so this keeps up. The entry itself ends by Redis's clock: that of the caller may be ahead.
for _, entry in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', now, 'LIMIT', 0, 100)) do
  clear_account(entry)
end
while tonumber(redis.call('HGET', held, 'total') or 0) + size > room do
  local most = redis.call('ZRANGE', sites, -1, -1)[1]
  local owner = most and most:sub(18)
  local oldest = owner and redis.call('ZRANGE', of_site .. owner, 0, 0)[1]
  if not oldest then
    -- Redis itself evicted a part of the accounts. What they no longer count ends by itself within five minutes.
    redis.call('DEL', held, ends, sites)
    break
  end
  remove(oldest)
  -- Of accounts that were begun anew, an older entry may be left.
  change(owner, 0, function(entries) redis.call('ZREM', entries, oldest) end)
end

-- Redis does not refuse a command for want of memory once a script has written, so nothing is half done.
redis.call('SET', KEYS[1], answer, 'EX', math.max(1, ends_at - now))
redis.call('ZADD', ends, ends_at, name)
redis.call('HSET', held, name, size .. ' ' .. site)
redis.call('HINCRBY', held, 'total', size)
local count = redis.call('HINCRBY', held, 'count', 1)
change(site, size, function(entries) redis.call('ZADD', entries, count, name) end)
-- Longer than any entry.
for _, account in ipairs({held, ends, sites, of_site .. site}) do redis.call('EXPIRE', account, 600) end
return 'kept'
