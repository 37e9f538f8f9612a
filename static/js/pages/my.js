// Mine: who I am.

import { _, formatDay } from "../i18n.js";
import { load } from "../load.js";
import { showProfile } from "../shell.js";
import meTemplate from "../../../templates/accounts/me.art";

load(document.getElementById("me"), {
  path: "/user",
  template: meTemplate,
  shape: (user) => ({
    ...user,
    since: formatDay(user.create_time),
    placeholder: document.body.dataset.avatar,
  }),
  shown: (user) => {
    showProfile(user);
    if (user.verified) document.getElementById("identity-state").textContent = _("已完成实名认证");
  },
});
