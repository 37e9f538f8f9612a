// Forms: read as a whole, checked before they go, errors beside the field and announced, nothing typed is lost.

import $ from "jquery";
import { ApiError } from "./api.js";
import { whileBusy } from "./busy.js";
import { Countdown } from "./countdown.js";
import { _, formatWait } from "./i18n.js";
import { toast } from "./toast.js";

const TOPBAR = 60;

/** The form's fields by name. Passwords keep their spaces. */
export function readForm(form) {
  const fields = $(form).serializeArray();
  return Object.fromEntries(
    fields.map(({ name, value }) => [name, name.startsWith("password") ? value : value.trim()]),
  );
}

/** The values of every ticked box of one name. */
export function readChoices(form, name) {
  return $(form)
    .serializeArray()
    .filter((field) => field.name === name)
    .map(({ value }) => value);
}

export function fieldOf(form, name) {
  return form.elements.namedItem(name);
}

/** Shows what is wrong with a field beside it, or that nothing is. */
export function showFieldError(form, name, message = "") {
  const input = fieldOf(form, name);
  const place = document.getElementById(`${name}-error`);
  if (!input || !place) return false;
  place.textContent = message;
  for (const one of input instanceof RadioNodeList ? input : [input]) {
    if (message) one.setAttribute("aria-invalid", "true");
    else one.removeAttribute("aria-invalid");
  }
  return true;
}

/** A sentence above the form; where that is out of sight, a toast says it too. */
export function showAlert(form, message = "") {
  const place = form.querySelector("[data-form-alert]");
  place.textContent = message;
  place.hidden = !message;
  const { top, bottom } = place.getBoundingClientRect();
  if (message && (top < TOPBAR || bottom > window.innerHeight)) toast(message, "danger");
}

export function clearErrors(form) {
  showAlert(form);
  for (const place of form.querySelectorAll(".field-error")) showFieldError(form, place.id.replace(/-error$/, ""));
}

/** Field errors beside their fields, focus on the first; what belongs to no field of this form above it. */
export function showErrors(form, errors, general = "") {
  const placed = errors.filter(({ field, message }) => showFieldError(form, field, message));
  if (placed.length === 0) showAlert(form, general || errors[0]?.message);
  const first = [...form.elements].find((input) => input.getAttribute("aria-invalid") === "true");
  first?.focus();
}

/** Holds the form's button for as long as the server asked, and says how long. */
function waitOut(form, seconds) {
  const button = form.querySelector("[type=submit]");
  const label = button.querySelector("[data-label]");
  const before = label.textContent;
  button.setAttribute("aria-disabled", "true");
  new Countdown(seconds, {
    tick: (left) => (label.textContent = _("%(wait)s 后可以再试", { wait: formatWait(left) })),
    end: () => {
      label.textContent = before;
      button.removeAttribute("aria-disabled");
      showAlert(form);
    },
  });
}

export function showRefusal(form, error) {
  showErrors(form, error.errors, error.message);
  if (error.status === 401) showAlert(form, error.message); // wrong password, and now a captcha too
  if (error.status === 429 && error.retryAfter) waitOut(form, error.retryAfter);
}

/**
 * `check(fields)` answers [{field, message}] before anything is sent; `submit(fields)` sends. What it throws as
 * ApiError goes to `refused` if given, and beside the fields.
 */
export function bindForm(form, { check = () => [], submit, refused = () => {} }) {
  const button = form.querySelector("[type=submit]");
  form.addEventListener("input", ({ target }) => target.name && showFieldError(form, target.name));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    clearErrors(form);
    const fields = readForm(form);
    const errors = check(fields).filter(({ field }) => fieldOf(form, field));
    if (errors.length) {
      showErrors(form, errors);
      return;
    }
    attempt(form, button, () => submit(fields), refused);
  });
}

async function attempt(form, button, send, refused) {
  let refusal = null;
  await whileBusy(button, async () => {
    try {
      await send();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refusal = error;
    }
  });
  if (refusal === null) return;
  refused(refusal);
  showRefusal(form, refusal);
}

/** The eye beside a password. */
export function bindPasswordToggles(form) {
  for (const button of form.querySelectorAll("[data-shows]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const input = document.getElementById(button.dataset.shows);
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
    });
  }
}
