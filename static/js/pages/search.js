// The search: the address says what is searched for; filters change the address, the address changes the page.

import { leadBackTo } from "../comeback.js";
import { addDays, isStay } from "../dates.js";
import { _ } from "../i18n.js";
import { element } from "../render.js";
import { Filters } from "../search/filters.js";
import { Results, formatTotal } from "../search/results.js";
import { DEFAULT_SORT, FILTERS, activeFilters, labelOf, queryOf, readState, without } from "../search/state.js";
import "../shell.js";
import emptyTemplate from "../../../templates/houses/empty.art";
import refusedTemplate from "../../../templates/houses/refused.art";

const WEEK = 7;
const title = document.getElementById("results-title");
const words = document.getElementById("words");
const sort = document.getElementById("sort");
const clearAll = document.getElementById("clear-all");
const siteName = document.title;

let state = readState(location.search);

const filters = new Filters({ changed: (patch, isFirst) => change(patch, { replace: !isFirst }) });
const results = new Results({ counted, empty, refused });

const addressOf = (wanted) => {
  const query = queryOf(wanted);
  return `/search.html${query ? `?${query}` : ""}`;
};

/** Sets names of the query; empty texts leave it. */
function change(patch, { replace = false } = {}) {
  const next = readState(new URLSearchParams({ ...state, ...patch }).toString());
  if (queryOf(next) === queryOf(state)) return;
  results.keep();
  history[replace ? "replaceState" : "pushState"](null, "", addressOf(next));
  state = next;
  show();
  if (!replace) window.scrollTo(0, 0);
}

function show(options = {}) {
  filters.show(state);
  filters.complain("", "");
  words.elements.q.value = state.q ?? "";
  sort.value = state.sk ?? DEFAULT_SORT;
  clearAll.hidden = activeFilters(state).length === 0;
  showAreas();
  followAddress();
  title.textContent = _("正在查找");
  const stay = queryOf({ sd: state.sd, ed: state.ed, guests: state.guests });
  results.show(queryOf(state), { stay, ...options });
}

/** The list of areas beside the results keeps all other filters. */
function showAreas() {
  for (const link of document.querySelectorAll("[data-area]")) {
    const { area } = link.dataset;
    link.href = addressOf({ ...state, aid: area });
    if (area === (state.aid ?? "")) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** Links that come back here lead to what is searched for now. */
function followAddress() {
  leadBackTo(addressOf(state));
  for (const link of document.querySelectorAll("a[hreflang]")) {
    const lang = new URLSearchParams(link.search).get("lang");
    link.href = `?${queryOf(state)}${queryOf(state) && "&"}lang=${lang}`;
  }
}

function counted(result) {
  const place = state.aid ? filters.areaName(state.aid) : _("北京");
  let sentence = result === null ? _("没有查到") : formatTotal(result);
  if (result?.total === 0 && result.next) sentence = _("正在查找");
  title.textContent = `${place} · ${sentence}`;
  document.title = `${title.textContent} · ${siteName}`;
  const show = result?.total ? _("看 %(places)s", { places: formatTotal(result) }) : _("完成");
  for (const button of document.querySelectorAll("[data-count]")) button.textContent = show;
}

function areaName(aid) {
  return filters.areaName(aid);
}

/** Nothing was found: each filter can be left, dates can move. */
function empty(place) {
  const active = activeFilters(state).map((filter) => ({ filter, label: labelOf(filter, state, areaName) || filter }));
  const movable = isStay(state.sd, state.ed);
  const shown = element(emptyTemplate, { active, movable, filtered: active.length > 0 });
  place.replaceChildren(shown);
  shown.addEventListener("click", ({ target }) => {
    if (target.closest("button")) title.focus({ preventScroll: true }); // what was pressed goes away
    const leave = target.closest("[data-leave]");
    if (leave) change(emptied(FILTERS[leave.dataset.leave]));
    if (target.closest("[data-later]")) change({ sd: addDays(state.sd, WEEK), ed: addDays(state.ed, WEEK) });
    if (target.closest("[data-leave-all]")) leaveAll();
  });
}

/** The server refused what the address says: its sentences, and a way to leave it out. */
function refused(place, error) {
  const problems = error.errors.length ? error.errors : [{ field: "", message: error.message }];
  for (const { field, message } of problems) filters.complain(field, message);
  const shown = element(refusedTemplate, { messages: problems.map(({ message }) => message) });
  place.replaceChildren(shown);
  shown.querySelector("button").addEventListener("click", () => {
    title.focus({ preventScroll: true });
    const fields = problems.map(({ field }) => field);
    const names = Object.values(FILTERS).filter((covered) => covered.some((name) => fields.includes(name)));
    const next = without(state, [...names.flat(), ...fields]);
    change(emptied(Object.keys(state).filter((name) => !(name in next))));
    if (!names.length) show();
  });
}

const emptied = (names) => Object.fromEntries(names.map((name) => [name, ""]));

function leaveAll() {
  change(emptied(Object.values(FILTERS).flat()));
}

words.addEventListener("submit", (event) => {
  event.preventDefault();
  change({ q: words.elements.q.value.trim() });
  words.elements.q.blur();
});
words.elements.q.addEventListener("search", () => words.elements.q.value === "" && change({ q: "" }));
sort.addEventListener("change", () => change({ sk: sort.value }));
clearAll.addEventListener("click", leaveAll);
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-area]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  change({ aid: link.dataset.area });
});
window.addEventListener("popstate", () => {
  results.keep();
  state = readState(location.search);
  show({ back: true });
});
window.addEventListener("pagehide", () => results.keep());

history.scrollRestoration = "manual";
history.replaceState(null, "", addressOf(state)); // without what is no filter
const sent = document.getElementById("first-results");
show({
  back: performance.getEntriesByType("navigation")[0]?.type === "back_forward",
  first: sent && JSON.parse(sent.textContent),
});
