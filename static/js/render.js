// Precompiled art-templates into the page. Whatever they print is escaped; `_` translates inside them.

import { _ } from "./i18n.js";

/** The HTML of a precompiled template. */
export function html(template, values = {}) {
  return template({ _, ...values });
}

/** The one element that a precompiled template makes. */
export function element(template, values) {
  const holder = document.createElement("template");
  holder.innerHTML = html(template, values).trim();
  return holder.content.firstElementChild;
}

/** Shows a template inside `place` and says that it is no longer loading. */
export function renderInto(place, template, values) {
  place.innerHTML = html(template, values);
  place.removeAttribute("aria-busy");
}
