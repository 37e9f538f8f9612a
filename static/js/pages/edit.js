// Edit a house: its fields, its pictures, its status. Changes made elsewhere show by themselves; what is typed stays.

import { ApiError, request } from "../api.js";
import { bindForm, clearErrors } from "../forms.js";
import { askWhich } from "../host/conflict.js";
import { Draft, showRestored } from "../host/draft.js";
import { bodyOf, checkHouse, differing, fieldsOf, fillFields, readFields } from "../host/fields.js";
import { Gallery } from "../host/gallery.js";
import { Standing } from "../host/standing.js";
import { _ } from "../i18n.js";
import { renderInto } from "../render.js";
import { live } from "../shell.js";
import { toast } from "../toast.js";
import retryTemplate from "../../../templates/parts/retry.art";

const desk = document.getElementById("desk");
const houseId = Number(desk.dataset.houseId);
const form = document.getElementById("house-form");
const heading = document.getElementById("house-title");
const unsaved = document.getElementById("unsaved");
const draft = new Draft(String(houseId));

let saved = readFields(form); // the fields as the server has them, as far as this page knows
let version = Number(desk.dataset.version);

const isTouched = () => differing(readFields(form), saved).length > 0;

function showUnsaved() {
  const touched = isTouched();
  unsaved.hidden = !touched;
  unsaved.parentElement.classList.toggle("is-due", touched);
  if (touched) draft.keep({ fields: readFields(form), saved, version });
  else draft.drop();
}

// --- pictures and status ---

const standing = new Standing(document.getElementById("standing"), {
  houseId,
  title: () => saved.title,
  moved: (moved) => (version = Math.max(version, moved.version)),
});

const gallery = new Gallery(document.getElementById("photos"), {
  houseId,
  live,
  changed: (pictures) => standing.show({ pictures }),
  reload: () => refresh(),
});

// --- the house as it is now ---

/** Takes over what changed elsewhere; fields that are being edited keep what is typed, and saving asks. */
function adopt(house) {
  const theirs = fieldsOf(house);
  const changed = differing(theirs, saved).length > 0;
  if (changed && isTouched()) return;
  version = house.version;
  saved = theirs;
  if (!changed) return;
  fillFields(form, theirs);
  heading.textContent = house.title;
  toast(_("这个房源刚在别处改过，已换成新的内容"));
}

/** The first reading failed: the form is there, pictures and status are not. */
function showRetry(message) {
  const place = document.getElementById("standing");
  renderInto(place, retryTemplate, { message });
  place.querySelector("[data-retry]").addEventListener("click", refresh);
}

let reading = null;

/** Reads the house again; questions that come while one is out are answered by one more. */
function refresh() {
  if (reading !== null) {
    reading.again = true;
    return;
  }
  reading = { again: false };
  readHouse().finally(() => {
    const { again } = reading;
    reading = null;
    if (again) refresh();
  });
}

async function readHouse() {
  try {
    const { house } = await request("GET", `/houses/${houseId}`);
    adopt(house);
    gallery.show(house.images);
    standing.show({ status: house.status, pictures: house.images.length });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) location.assign("/myhouse.html");
    else if (standing.status === null) showRetry(error.message);
    else toast(error.message, "danger");
  }
}

live.addEventListener("house", ({ detail }) => {
  if (detail.house_id === houseId && !("calendar_version" in detail)) refresh();
});

// --- saving ---

async function put(fields) {
  const body = { ...bodyOf(fields), version };
  const answer = await request("PUT", `/houses/${houseId}`, { body });
  version = answer.version;
  saved = fields;
  heading.textContent = fields.title;
  showUnsaved();
  toast(_("修改已保存"), "positive");
}

/** Another page was faster. When it changed no field (a picture, the status), nobody needs to be asked. */
async function settle(fields) {
  const { house } = await request("GET", `/houses/${houseId}`);
  const theirs = fieldsOf(house);
  const names = differing(theirs, saved).length ? differing(theirs, fields) : [];
  if (names.length === 0) {
    version = house.version;
    await put(fields);
    return;
  }
  askWhich(form, document.getElementById("conflict"), { names, mine: fields, theirs }).then((choice) => {
    version = house.version;
    saved = theirs;
    if (choice === "mine") form.requestSubmit();
    else takeOver(house);
  });
}

function takeOver(house) {
  fillFields(form, saved);
  heading.textContent = house.title;
  clearErrors(form);
  showUnsaved();
}

async function save() {
  const fields = readFields(form);
  try {
    await put(fields);
  } catch (error) {
    if (!(error instanceof ApiError) || error.fieldMessage("version") === undefined) throw error;
    await settle(fields);
  }
}

const kept = draft.read();
if (kept?.fields && differing({ ...saved, ...kept.fields }, saved).length) {
  const now = saved;
  [saved, version] = [kept.saved ?? saved, kept.version ?? version];
  fillFields(form, kept.fields);
  showRestored(() => {
    fillFields(form, now);
    saved = now;
    clearErrors(form);
    showUnsaved();
    refresh();
  });
  showUnsaved();
}

form.addEventListener("input", showUnsaved);
bindForm(form, { check: () => checkHouse(readFields(form)), submit: save });
refresh();
