-- A load belongs on one's own machine: ends wrk before it has asked for anything.
local loopback = { ["127.0.0.1"] = true, ["localhost"] = true, ["::1"] = true, ["[::1]"] = true }

if not loopback[wrk.host] and os.getenv("LOAD_ELSEWHERE") ~= "yes" then
  io.stderr:write(wrk.host .. " is not this machine. LOAD_ELSEWHERE=yes says that it is yours.\n")
  os.exit(2)
end
