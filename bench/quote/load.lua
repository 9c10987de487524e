-- A goods page: a fresh price for each request, or one of a few ("--" prices: how many).
local counter, prices = 0, 1000000

function init(args)
  prices = tonumber(args[1])
  counter = tonumber(args[2])
end

function request()
  counter = counter + 1
  local body = string.format('{"merchant":"anju","item":"article %d","price_minor":%d}',
    counter % prices, 300000 + counter % prices)
  return wrk.format("POST", "/v1/quotes", {["content-type"] = "application/json"}, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"seconds":%.6f,"p50_us":%d,"p99_us":%d,"broken":%d,"refused":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout, errors.status))
end
