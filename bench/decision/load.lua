-- A fresh body, key and device for each request. The applications are real ones: one a line in the
-- file, without their device. The party (token) is a fresh one too as long as the counter is no larger
-- than the parties: the bench stops where a platform would see one twice. Plain columns go round.
-- Arguments after "--": path, first counter, parties, files of tokens and bodies.
local path, counter, parties
local bodies, tokens = {}, {}

function init(args)
  path, counter = args[1], tonumber(args[2])
  parties = tonumber(args[3])
  for line in io.lines(args[4]) do
    tokens[#tokens + 1] = line
  end
  for line in io.lines(args[5]) do
    bodies[#bodies + 1] = line
  end
end

function request()
  counter = counter + 1
  local c = counter
  local body = string.format('{"device":"device-%012d",%s', c, bodies[c % #bodies + 1])
  return wrk.format("POST", path, {
    ["content-type"] = "application/json",
    ["idempotency-key"] = string.format("bench-%012d", c),
    ["authorization"] = "Bearer " .. tokens[c % parties + 1],
  }, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"seconds":%.6f,"p50_us":%d,"p99_us":%d,"broken":%d,"refused":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout, errors.status))
end
