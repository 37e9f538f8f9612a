// What a field must look like before it is worth sending. The server decides; these save a round trip.

import { _ } from "./i18n.js";

const wrong = (field, message) => [{ field, message }];

export function checkMobile({ mobile }) {
  if (!mobile) return wrong("mobile", _("请输入手机号"));
  return /^1[3-9]\d{9}$/.test(mobile) ? [] : wrong("mobile", _("请输入 11 位手机号"));
}

export function checkImageCode({ image_code: code }) {
  return code ? [] : wrong("image_code", _("请输入图中的字符"));
}

export function checkSmsCode({ sms_code: code }) {
  return /^\d{6}$/.test(code) ? [] : wrong("sms_code", _("请输入短信里的 6 位数字"));
}

export function checkNewPassword({ password, password2 }) {
  const errors = [];
  if (password.length < 8 || password.length > 64) errors.push(...wrong("password", _("密码需要 8 到 64 个字符")));
  if (!errors.length && password !== password2) errors.push(...wrong("password2", _("两次输入的密码不一致")));
  return errors;
}

export function checkPassword({ password }) {
  return password ? [] : wrong("password", _("请输入密码"));
}

export function checkName({ name }) {
  return name ? [] : wrong("name", _("请输入用户名"));
}

export function checkIdentity({ real_name: name, id_card: number }) {
  const errors = name ? [] : wrong("real_name", _("请填写证件上的姓名"));
  if (/^\d{17}[\dXx]$/.test(number.replace(/\s/g, ""))) return errors;
  return [...errors, ...wrong("id_card", _("身份证号是 18 位数字，最后一位可能是 X"))];
}
