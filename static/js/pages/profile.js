// My profile: name and picture.

import { ApiError, request } from "../api.js";
import { bindForm, showAlert, showFieldError } from "../forms.js";
import { _ } from "../i18n.js";
import { checkName } from "../rules.js";
import { showProfile } from "../shell.js";
import { toast } from "../toast.js";
import { complaintAbout, upload } from "../upload.js";

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
    const changed = await upload(avatarForm, { path: "/users/avatar", progress: showProgress });
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
