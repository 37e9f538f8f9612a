// Files on their way to the server, by jquery.form: progress, a fresh token when needed, errors as ApiError.

import $ from "jquery";
import jqueryForm from "jquery-form";
import { API, csrfToken, errorFrom, isStaleToken, loginAddress, renewToken, unreachable } from "./api.js";
import { _ } from "./i18n.js";

jqueryForm(window, $);

const MAX_BYTES = 8 * 1024 * 1024;
const TYPES = ["image/jpeg", "image/png", "image/webp"];
const UPLOAD_MS = 120_000;

/** What the browser can see of a picture; whether it really is one is the server's to say. */
export function complaintAbout(file) {
  if (!file) return _("请先选一张图片");
  if (!TYPES.includes(file.type)) return _("请选 JPEG、PNG 或 WebP 图片");
  return file.size > MAX_BYTES ? _("图片不能超过 8 MB") : "";
}

/** Sends the form once. `content`, a FormData, goes in the place of its fields. */
function send(form, { path, content, progress }) {
  return new Promise((resolve, reject) => {
    $(form).ajaxSubmit({
      url: API + path,
      type: "POST",
      dataType: "json",
      timeout: UPLOAD_MS,
      formData: content,
      headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
      uploadProgress: (event, sent, total, percent) => progress(percent),
      success: (answer) => resolve(answer.data),
      error: (xhr, status) => {
        if (xhr.status === 0) reject(unreachable(status === "timeout"));
        else reject(errorFrom(xhr.status, xhr.responseJSON, xhr.getResponseHeader("Retry-After")));
      },
    });
  });
}

/** The `data` of the answer to a multipart form; throws ApiError. `progress(percent)` hears how far it is. */
export async function upload(form, options) {
  try {
    return await send(form, options);
  } catch (error) {
    if (error.errno === "4101") location.assign(loginAddress());
    if (!isStaleToken(error)) throw error;
    await renewToken();
    return send(form, options);
  }
}
