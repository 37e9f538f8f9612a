// My profile: name and picture.

import $ from "jquery";
import jqueryForm from "jquery-form";
import { ApiError, csrfToken, errorFrom, isStaleToken, loginAddress, renewToken, request, unreachable } from "../api.js";
import { bindForm, showAlert, showFieldError } from "../forms.js";
import { _ } from "../i18n.js";
import { checkName } from "../rules.js";
import { showProfile } from "../shell.js";
import { toast } from "../toast.js";

jqueryForm(window, $);

const MAX_BYTES = 8 * 1024 * 1024;
const TYPES = ["image/jpeg", "image/png", "image/webp"];
const UPLOAD_MS = 120_000;

// --- name ---

const nameForm = document.getElementById("name-form");

bindForm(nameForm, {
  check: checkName,
  submit: async ({ name }) => {
    const renamed = await request("PUT", "/users/name", { body: { name } });
    showProfile(renamed);
    toast(_("用户名已改好"), "positive");
  },
});

// --- picture ---

const avatarForm = document.getElementById("avatar-form");
const picture = avatarForm.querySelector("[data-user-avatar]");
const progress = document.getElementById("avatar-progress");
const progressBar = progress.querySelector("progress");
const progressText = progress.querySelector("[data-percent]");
let preview = null;

function showProgress(percent) {
  progressBar.value = percent;
  progressText.textContent = percent < 100 ? `${percent}%` : _("正在处理图片");
}

function showPreview(file) {
  forgetPreview();
  preview = { address: URL.createObjectURL(file), before: picture.getAttribute("src") };
  picture.src = preview.address;
}

/** Puts the old picture back, unless a new one took its place. */
function forgetPreview() {
  if (preview === null) return;
  if (picture.src === preview.address) picture.src = preview.before;
  URL.revokeObjectURL(preview.address);
  preview = null;
}

/** What the browser can see of a file; whether it really is a picture is the server's to say. */
function complaintAbout(file) {
  if (!file) return _("请先选一张图片");
  if (!TYPES.includes(file.type)) return _("请选 JPEG、PNG 或 WebP 图片");
  return file.size > MAX_BYTES ? _("图片不能超过 8 MB") : "";
}

/** Sends the form with jquery.form; resolves to the answer's data. */
function upload() {
  return new Promise((resolve, reject) => {
    $(avatarForm).ajaxSubmit({
      url: "/api/v1_0/users/avatar",
      type: "POST",
      dataType: "json",
      timeout: UPLOAD_MS,
      headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
      uploadProgress: (event, sent, total, percent) => showProgress(percent),
      success: (answer) => resolve(answer.data),
      error: (xhr, status) => {
        if (xhr.status === 0) reject(unreachable(status === "timeout"));
        else reject(errorFrom(xhr.status, xhr.responseJSON, xhr.getResponseHeader("Retry-After")));
      },
    });
  });
}

async function uploadWithFreshToken() {
  try {
    return await upload();
  } catch (error) {
    if (error.errno === "4101") location.assign(loginAddress());
    if (!isStaleToken(error)) throw error;
    await renewToken();
    return upload();
  }
}

function setWorking(working) {
  avatarForm.toggleAttribute("data-working", working);
  progress.classList.toggle("is-shown", working);
  avatarForm.setAttribute("aria-busy", String(working));
}

async function changeAvatar(input) {
  const [file] = input.files;
  const complaint = complaintAbout(file);
  showAlert(avatarForm);
  showFieldError(avatarForm, "avatar", complaint);
  if (complaint) return;
  showPreview(file);
  showProgress(0);
  setWorking(true);
  try {
    const changed = await uploadWithFreshToken();
    showProfile(changed);
    toast(_("头像已换好"), "positive");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    showFieldError(avatarForm, "avatar", error.fieldMessage("avatar") ?? error.message);
  } finally {
    setWorking(false);
    forgetPreview();
    input.value = "";
  }
}

avatarForm.elements.namedItem("avatar").addEventListener("change", ({ target }) => {
  if (!avatarForm.hasAttribute("data-working")) changeAvatar(target);
});
avatarForm.addEventListener("submit", (event) => event.preventDefault());
