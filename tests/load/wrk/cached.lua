-- What is read from the near-cache, in turns. wrk -t2 -c32 -d30s -s tests/load/wrk/cached.lua http://127.0.0.1:8000
dofile((debug.getinfo(1, "S").source:match("^@(.*/)") or "") .. "here.lua")
local paths = { "/api/v1_0/areas", "/api/v1_0/facilities", "/api/v1_0/houses/index", "/api/v1_0/houses", "/api/v1_0/houses/1" }
local turn = 0

function request()
  turn = turn % #paths + 1
  return wrk.format("GET", paths[turn], { ["Accept-Encoding"] = "gzip" })
end

function done(summary, latency)
  io.write(string.format("p50 %.2f ms, p99 %.2f ms, other than 2xx: %d\n",
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.errors.status))
end
