// The chips above the results and the panels that they open.

import { isStay } from "../dates.js";
import { Sheet } from "../sheet.js";
import { StayPicker } from "../staypicker.js";
import { bindStepper } from "../stepper.js";
import { FILTERS, activeFilters, facilitiesOf, labelOf } from "./state.js";

const TYPING_MS = 500;

export class Filters {
  /** `changed(patch, isFirst)` hears each change; `isFirst` of the panel since it opened. */
  constructor({ changed }) {
    this.changed = changed;
    this.fresh = true;
    this.chips = Object.fromEntries(
      [...document.querySelectorAll("[data-filter]")].map((chip) => [chip.dataset.filter, chip]),
    );
    this.forms = Object.fromEntries(
      [...document.querySelectorAll("form[data-form]")].map((form) => [form.dataset.form, form]),
    );
    this.#bindDates();
    this.#bindForm("area", (form) => ({ aid: form.elements.aid.value }));
    this.#bindForm("rooms", (form) => ({ rooms: form.elements.rooms.value }));
    this.#bindForm("facilities", (form) => ({ facility: this.#checked(form).join(",") }));
    this.#bindGuests();
    this.#bindPrice();
  }

  /** Shows a state in the chips and the panels. */
  show(state) {
    const active = new Set(activeFilters(state));
    for (const [filter, chip] of Object.entries(this.chips)) {
      const place = chip.querySelector("[data-label]");
      place.textContent = labelOf(filter, state, (aid) => this.areaName(aid)) || place.dataset.empty;
      chip.toggleAttribute("data-active", active.has(filter));
    }
    const { area, rooms, price, facilities } = this.forms;
    area.elements.aid.value = state.aid ?? "";
    rooms.elements.rooms.value = state.rooms ?? "";
    for (const name of FILTERS.price) {
      if (document.activeElement !== price.elements[name]) price.elements[name].value = state[name] ?? "";
    }
    const chosen = facilitiesOf(state);
    for (const box of facilities.elements) if (box.name === "facility") box.checked = chosen.includes(box.value);
    this.guests.show(state.guests ?? 0);
    this.dates.select(isStay(state.sd, state.ed) ? { start: state.sd, end: state.ed } : null);
  }

  areaName(aid) {
    const radio = this.forms.area.querySelector(`input[value="${CSS.escape(aid)}"]`);
    return radio?.dataset.name ?? "";
  }

  /** What is wrong with a filter, inside its panel. */
  complain(field, message) {
    for (const place of document.querySelectorAll("[data-error-of]")) {
      const mine = place.dataset.errorOf.split(" ").includes(field);
      if (mine || !field) place.textContent = mine ? message : "";
    }
  }

  #change(patch) {
    const first = this.fresh;
    this.fresh = false;
    this.changed(patch, first);
  }

  #open(filter, dialog) {
    return new Sheet(this.chips[filter], dialog, { opened: () => (this.fresh = true) });
  }

  #bindForm(filter, read) {
    const form = this.forms[filter];
    this.#open(filter, form.closest("dialog"));
    form.addEventListener("change", () => this.#change(read(form)));
    this.#bindClear(filter, form);
  }

  #bindClear(filter, form) {
    const names = FILTERS[filter];
    form.querySelector("[data-clear]").addEventListener("click", () => {
      this.#change(Object.fromEntries(names.map((name) => [name, ""])));
    });
  }

  #bindDates() {
    const dialog = document.getElementById("stay-sheet");
    this.dates = new StayPicker(this.chips.dates, dialog, {
      changed: (stay) => this.#change({ sd: stay?.start ?? "", ed: stay?.end ?? "" }),
    });
    this.chips.dates.addEventListener("click", () => (this.fresh = true));
  }

  #bindGuests() {
    const form = this.forms.guests;
    this.#open("guests", form.closest("dialog"));
    this.guests = bindStepper(form.querySelector(".stepper"), (count) => {
      this.#change({ guests: count ? String(count) : "" });
    });
    this.#bindClear("guests", form);
  }

  /** Prices are typed: the search waits for a pause. */
  #bindPrice() {
    const form = this.forms.price;
    let pause;
    const read = () => {
      this.complain("", "");
      this.#change(Object.fromEntries(FILTERS.price.map((name) => [name, form.elements[name].value.trim()])));
    };
    this.#open("price", form.closest("dialog"));
    form.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(read, TYPING_MS);
    });
    form.querySelector("[data-clear]").addEventListener("click", () => {
      clearTimeout(pause);
      for (const name of FILTERS.price) form.elements[name].value = "";
      read();
    });
  }

  #checked(form) {
    return [...form.querySelectorAll("input[name=facility]:checked")].map((box) => box.value);
  }
}
