// What is searched for: the address's query as an object of texts, and back.

import { _ } from "../i18n.js";
import { formatStay, isStay } from "../dates.js";

const NAMES = ["aid", "sd", "ed", "guests", "price_min", "price_max", "rooms", "facility", "q", "sk"];
export const DEFAULT_SORT = "new";

/** The filters as a visitor sees them: which names of the query each one covers. */
export const FILTERS = {
  q: ["q"],
  area: ["aid"],
  dates: ["sd", "ed"],
  guests: ["guests"],
  price: ["price_min", "price_max"],
  rooms: ["rooms"],
  facilities: ["facility"],
};

/** The state that an address asks for; whatever else the address says is left out. */
export function readState(search) {
  const query = new URLSearchParams(search);
  return Object.fromEntries(NAMES.map((name) => [name, (query.get(name) ?? "").trim()]).filter(([, text]) => text));
}

/** The query of a state, always in the same order, without what is the default. */
export function queryOf(state) {
  const said = NAMES.filter((name) => state[name] && !(name === "sk" && state.sk === DEFAULT_SORT));
  return new URLSearchParams(said.map((name) => [name, state[name]])).toString();
}

export function without(state, names) {
  return Object.fromEntries(Object.entries(state).filter(([name]) => !names.includes(name)));
}

export const facilitiesOf = (state) => (state.facility ?? "").split(",").filter(Boolean);

function priceLabel({ price_min: min, price_max: max }) {
  if (min && max) return `¥${min} – ¥${max}`;
  if (min) return _("¥%(price)s 起", { price: min });
  return max ? _("¥%(price)s 以内", { price: max }) : "";
}

function guestsLabel(guests) {
  if (!guests) return "";
  return guests === "1" ? _("1 位") : _("%(count)s 位", { count: guests });
}

function roomsLabel(rooms) {
  if (!rooms) return "";
  return rooms === "1" ? _("1 室起") : _("%(count)s 室起", { count: rooms });
}

/** What a filter is set to, in words; empty when it is not. `areaName` translates an id. */
export function labelOf(filter, state, areaName) {
  const labels = {
    q: () => (state.q ? `“${state.q}”` : ""),
    area: () => (state.aid ? areaName(state.aid) : ""),
    dates: () => (isStay(state.sd, state.ed) ? formatStay(state.sd, state.ed) : [state.sd, state.ed].filter(Boolean).join(" – ")),
    guests: () => guestsLabel(state.guests),
    price: () => priceLabel(state),
    rooms: () => roomsLabel(state.rooms),
    facilities: () => {
      const count = facilitiesOf(state).length;
      return count ? _("设施 · %(count)s", { count }) : "";
    },
  };
  return labels[filter]();
}

export const activeFilters = (state) =>
  Object.keys(FILTERS).filter((filter) => FILTERS[filter].some((name) => state[name]));
