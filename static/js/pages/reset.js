// A new password by SMS; every sign-in of the account ends.

import { request } from "../api.js";
import { Captcha } from "../captcha.js";
import { carryFrom } from "../comeback.js";
import { bindForm, bindPasswordToggles } from "../forms.js";
import { _ } from "../i18n.js";
import { checkMobile, checkNewPassword, checkSmsCode } from "../rules.js";
import { live } from "../shell.js";
import { SmsButton } from "../smsbutton.js";
import { toastOnNextPage } from "../toast.js";

const form = document.getElementById("reset-form");
const captcha = new Captcha(form);
captcha.change();
new SmsButton(form, { purpose: "reset", captcha, live });
bindPasswordToggles(form);
carryFrom();

bindForm(form, {
  check: (fields) => [...checkMobile(fields), ...checkSmsCode(fields), ...checkNewPassword(fields)],
  submit: async ({ mobile, sms_code, password, password2 }) => {
    const body = { mobile, sms_code, password, password2 };
    await request("PUT", "/users/password", { body, stay: true });
    toastOnNextPage(_("密码已修改，请用新密码登录"), "positive");
    location.assign(`/login.html${location.search}`);
  },
});
