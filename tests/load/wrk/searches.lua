-- Searches as people make them: dates, areas, orders. wrk -t2 -c32 -d30s -s tests/load/wrk/searches.lua http://127.0.0.1:8000
dofile((debug.getinfo(1, "S").source:match("^@(.*/)") or "") .. "here.lua")
math.randomseed(1)
local sorts = { "new", "booking", "price-inc", "price-des" }
local day = 24 * 3600

function request()
  local start = os.time() + math.random(1, 180) * day
  local stop = start + math.random(1, 5) * day
  local path = "/api/v1_0/houses?sd=" .. os.date("!%Y-%m-%d", start) .. "&ed=" .. os.date("!%Y-%m-%d", stop)
    .. "&sk=" .. sorts[math.random(#sorts)]
  if math.random() < 0.5 then path = path .. "&aid=" .. math.random(1, 16) end
  return wrk.format("GET", path)
end

function done(summary, latency)
  io.write(string.format("p50 %.1f ms, p99 %.1f ms, other than 2xx: %d\n",
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.errors.status))
end
