// Sign-in; the captcha shows when the answer demands one.

import { request } from "../api.js";
import { Captcha } from "../captcha.js";
import { carryFrom, comeBack } from "../comeback.js";
import { bindForm, bindPasswordToggles } from "../forms.js";
import { checkImageCode, checkMobile, checkPassword } from "../rules.js";
import "../shell.js";

const form = document.getElementById("login-form");
const row = form.querySelector("[data-captcha-row]");
const captcha = new Captcha(form);

const demanded = () => !row.hidden;

function bodyOf({ mobile, password, image_code }) {
  if (!demanded()) return { mobile, password };
  return { mobile, password, image_code_id: captcha.id, image_code };
}

bindPasswordToggles(form);
carryFrom();

bindForm(form, {
  check: (fields) => [
    ...checkMobile(fields),
    ...checkPassword(fields),
    ...(demanded() ? checkImageCode(fields) : []),
  ],
  submit: async (fields) => {
    await request("POST", "/sessions", { body: bodyOf(fields), stay: true });
    comeBack();
  },
  refused: (error) => {
    if (error.fieldMessage("image_code") !== undefined) row.hidden = false;
    if (demanded()) captcha.change();
  },
});
