-- A fresh body, key, party (token) and device for each request.
-- Arguments after "--": path, first counter, parties, token prefix.
local path, counter, parties, prefix
local homes = { "owner", "rent", "parents", "private", "other" }
local jobs = { "fixed", "freelance", "partime", "others" }
local tenors = { 6, 12, 24, 36 }

function init(args)
  path, counter = args[1], tonumber(args[2])
  parties, prefix = tonumber(args[3]), args[4]
  wrk.method = "POST"
end

function request()
  counter = counter + 1
  local c = counter
  local income = 400000 + (c * 7919) % 2400000
  local price = 300000 + (c * 104729) % 4000000
  local body = string.format(
    '{"product":"consumer_cash","amount_minor":%d,"tenor_months":%d,"purpose":"furniture",' ..
    '"device":"device-%012d","facts":{"income_minor":%d,"expenses_minor":%d,"assets_minor":%d,' ..
    '"debt_minor":%d,"price_minor":%d,"seniority_years":%d,"home":"%s","job":"%s",' ..
    '"records":%s}}',
    math.floor(price * (50 + c % 40) / 100), tenors[c % 4 + 1], c, income,
    200000 + (c * 31) % 400000, (c * 15485863) % 60000000, (c % 3 == 0) and (c * 17) % 3000000 or 0,
    price, (c * 13) % 25, homes[c % 5 + 1], jobs[c % 4 + 1], tostring(c % 7 == 0))
  return wrk.format("POST", path, {
    ["content-type"] = "application/json",
    ["idempotency-key"] = string.format("bench-%012d", c),
    ["authorization"] = string.format("Bearer %s%08d", prefix, c % parties),
  }, body)
end

local statuses = {}
function response(status)
  if status ~= 201 then
    statuses[status] = (statuses[status] or 0) + 1
  end
end

function done(summary, latency)
  io.write(string.format(
    '\nRESULT {"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"socket_errors":%d,"not_2xx":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    summary.errors.status))
end
