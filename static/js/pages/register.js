// Sign-up: captcha, SMS code with its true state, password twice.

import { request } from "../api.js";
import { Captcha } from "../captcha.js";
import { carryFrom, comeBack } from "../comeback.js";
import { bindForm, bindPasswordToggles } from "../forms.js";
import { _ } from "../i18n.js";
import { checkMobile, checkNewPassword, checkSmsCode } from "../rules.js";
import { live } from "../shell.js";
import { SmsButton } from "../smsbutton.js";
import { toastOnNextPage } from "../toast.js";

const form = document.getElementById("register-form");
const captcha = new Captcha(form);
captcha.change();
new SmsButton(form, { purpose: "register", captcha, live });
bindPasswordToggles(form);
carryFrom();

bindForm(form, {
  check: (fields) => [...checkMobile(fields), ...checkSmsCode(fields), ...checkNewPassword(fields)],
  submit: async ({ mobile, sms_code, password, password2 }) => {
    const user = await request("POST", "/users", { body: { mobile, sms_code, password, password2 }, stay: true });
    toastOnNextPage(_("欢迎，%(name)s", { name: user.name }), "positive");
    comeBack();
  },
});
