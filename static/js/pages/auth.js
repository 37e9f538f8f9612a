// The real-name check: passed once, read-only ever after.

import { request } from "../api.js";
import { safePath } from "../comeback.js";
import { bindForm } from "../forms.js";
import { _ } from "../i18n.js";
import { checkIdentity } from "../rules.js";
import "../shell.js";
import { toastOnNextPage } from "../toast.js";

const form = document.getElementById("auth-form");

function goOn() {
  const from = safePath(new URLSearchParams(location.search).get("from"));
  if (from === null) location.reload();
  else location.assign(from);
}

if (form) {
  bindForm(form, {
    check: checkIdentity,
    submit: async ({ real_name, id_card }) => {
      await request("POST", "/users/auth", { body: { real_name, id_card: id_card.replace(/\s/g, "") } });
      toastOnNextPage(_("实名认证完成"), "positive");
      goOn();
    },
  });
}
