// Two pages changed the same house: what differs, and the host's choice.

import { element } from "../render.js";
import conflictTemplate from "../../../templates/houses/conflict.art";

/** What a field's label says, and a value as people read it. */
function labelOf(form, name) {
  if (name === "facility") return form.querySelector("legend").textContent;
  return form.querySelector(`label[for="${name}"]`).textContent;
}

function shown(form, name, value) {
  if (name === "area_id") return form.querySelector(`[name=area_id] option[value="${value}"]`)?.textContent ?? "";
  if (name !== "facility") return value;
  const boxes = [...form.querySelectorAll("[name=facility]")].filter((box) => value.includes(box.value));
  return boxes.map((box) => box.closest("label").textContent.trim()).join("、") || "–";
}

/** Asks which values of a house's form hold; resolves to "mine" or "theirs". */
export function askWhich(form, place, { names, mine, theirs }) {
  const rows = names.map((name) => ({
    label: labelOf(form, name),
    mine: shown(form, name, mine[name]),
    theirs: shown(form, name, theirs[name]),
  }));
  return choose(place, rows);
}

/** Shows rows {label, mine, theirs} and asks which side holds; resolves to "mine" or "theirs". */
export function choose(place, rows) {
  const notice = element(conflictTemplate, { rows });
  place.replaceChildren(notice);
  notice.scrollIntoView({ block: "center" });
  notice.focus({ preventScroll: true });
  return new Promise((resolve) => {
    notice.addEventListener("click", ({ target }) => {
      const choice = target.closest("[data-keep]")?.dataset.keep;
      if (!choice) return;
      place.replaceChildren();
      resolve(choice);
    });
  });
}
