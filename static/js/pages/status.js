// The operator's page: the site's own numbers, read every two seconds and drawn over the last five minutes.

import { _ } from "../i18n.js";
import { element } from "../render.js";
import "../shell.js";
import { draw } from "../status/chart.js";
import { most, quantile, readExposition, rise, sum } from "../status/exposition.js";
import routesTemplate from "../../../templates/operators/routes.art";
import tasksTemplate from "../../../templates/operators/tasks.art";

const SECONDS = 2;
const KEPT = 150;
const LATENCY = "ihome_http_request_seconds";
const LAG = "ihome_loop_lag_seconds";
const TASKS = "ihome_task_seconds";

const ms = (seconds) => (seconds === null ? null : seconds * 1000);
const starting = (digit) => (labels) => labels.status?.startsWith(digit);
const answered = (where) => (labels) => labels.answered === where;
const failed = (labels) => labels.outcome === "failed";

/** Each chart: its lines, as functions of the reading before, this one, and the seconds between. */
const CHARTS = {
  requests: [
    (was, now, s) => rise(was, now, `${LATENCY}_count`) / s,
    (was, now, s) => rise(was, now, `${LATENCY}_count`, starting("5")) / s,
  ],
  latency: [
    (was, now) => ms(quantile(was, now, LATENCY, 0.5)),
    (was, now) => ms(quantile(was, now, LATENCY, 0.99)),
  ],
  lag: [(was, now) => ms(quantile(was, now, LAG, 0.99))],
  cache: ["near", "redis", "miss"].map(
    (where) => (was, now, s) => rise(was, now, "ihome_cache_reads_total", answered(where)) / s,
  ),
  sockets: [(was, now) => sum(now, "ihome_websockets"), (was, now) => most(now, "ihome_websocket_backlog")],
  outbox: [(was, now) => sum(now, "ihome_outbox_waiting"), (was, now) => sum(now, "ihome_broker_queue")],
  oldest: [(was, now) => sum(now, "ihome_outbox_lag_seconds")],
  tasks: [
    (was, now, s) => rise(was, now, `${TASKS}_count`) / s,
    (was, now, s) => rise(was, now, `${TASKS}_count`, failed) / s,
  ],
  pools: [(was, now) => sum(now, "ihome_mysql_connections"), (was, now) => sum(now, "ihome_worker_queue")],
  memory: [(was, now) => sum(now, "ihome_resident_bytes") / 2 ** 20],
};

const state = document.getElementById("state");
const kept = new Map(Object.entries(CHARTS).map(([name, lines]) => [name, lines.map(() => [])]));
let last = null;

function shown(value) {
  if (value === null || value === undefined) return "–";
  if (value >= 100) return Math.round(value).toLocaleString();
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 1 ? 2 : 1);
}

/** The names of a label by how often they were counted since the last reading, with their times. */
function table(was, now, name, label, seconds) {
  const names = [...new Set((now.get(`${name}_count`) ?? []).map(({ labels }) => labels[label]))];
  return names
    .map((one) => {
      const fits = (labels) => labels[label] === one;
      return {
        name: one,
        rate: rise(was, now, `${name}_count`, fits) / seconds,
        p50: shown(ms(quantile(was, now, name, 0.5, fits))),
        p99: shown(ms(quantile(was, now, name, 0.99, fits))),
        total: sum(now, `${name}_count`, fits),
      };
    })
    .sort((one, other) => other.rate - one.rate || other.total - one.total)
    .slice(0, 12)
    .map((row) => ({ ...row, rate: shown(row.rate), total: shown(row.total) }));
}

function show(was, now, seconds) {
  for (const [name, lines] of Object.entries(CHARTS)) {
    const card = document.getElementById(`chart-${name}`);
    const values = kept.get(name);
    lines.forEach((line, index) => {
      values[index].push(line(was, now, seconds));
      if (values[index].length > KEPT) values[index].shift();
      card.querySelectorAll("[data-value]")[index].textContent = shown(values[index].at(-1));
    });
    draw(card.querySelector("svg"), values);
  }
  document.getElementById("routes").replaceChildren(element(routesTemplate, { rows: table(was, now, LATENCY, "route", seconds) }));
  document.getElementById("jobs").replaceChildren(element(tasksTemplate, { rows: table(was, now, TASKS, "task", seconds) }));
}

async function ready() {
  const answer = await fetch("/readyz", { cache: "no-store" });
  const { data } = await answer.json();
  const down = Object.entries(data).filter(([part, works]) => (part === "draining" ? works : !works));
  if (answer.ok) return { text: _("一切正常"), isGood: true };
  return { text: `${_("有部件不可用：")}${down.map(([part]) => part).join(", ")}`, isGood: false };
}

async function look() {
  const at = performance.now();
  try {
    const [answer, readiness] = await Promise.all([fetch("/metrics", { cache: "no-store" }), ready()]);
    if (!answer.ok) throw new TypeError(`/metrics: ${answer.status}`);
    const samples = readExposition(await answer.text());
    if (last) show(last.samples, samples, (at - last.at) / 1000);
    last = { samples, at };
    state.textContent = readiness.text;
    state.className = `chip ${readiness.isGood ? "chip--positive" : "status-state--bad"}`;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    state.textContent = _("网站没有回答");
    state.className = "chip status-state--bad";
  }
  setTimeout(look, SECONDS * 1000);
}

look();
