// Publish a house: all its fields, then the pictures.

import { request } from "../api.js";
import { bindForm, clearErrors } from "../forms.js";
import { Draft, showRestored } from "../host/draft.js";
import { bodyOf, checkHouse, differing, fillFields, readFields } from "../host/fields.js";
import { _ } from "../i18n.js";
import "../shell.js";
import { toastOnNextPage } from "../toast.js";

const form = document.getElementById("house-form");

function start() {
  const draft = new Draft("new");
  const empty = readFields(form);
  const kept = draft.read();
  if (kept && differing({ ...empty, ...kept }, empty).length) {
    fillFields(form, kept);
    showRestored(() => {
      draft.drop();
      fillFields(form, empty);
      clearErrors(form);
    });
  }
  form.addEventListener("input", () => draft.keep(readFields(form)));
  bindForm(form, {
    check: () => checkHouse(readFields(form)),
    submit: async () => {
      const { house_id: house } = await request("POST", "/houses", { body: bodyOf(readFields(form)) });
      draft.drop();
      toastOnNextPage(_("草稿存好了，再传几张图片就能上线"), "positive");
      location.assign(`/house/${house}/edit`);
    },
  });
}

if (form) start();
