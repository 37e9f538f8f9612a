// The review on an order's page: written by the guest, answered once by the host, shown to both.

import { request } from "../api.js";
import { bindForm } from "../forms.js";
import { _ } from "../i18n.js";
import { html } from "../render.js";
import { toast } from "../toast.js";
import formTemplate from "../../../templates/orders/review-form.art";
import reviewTemplate from "../../../templates/orders/review.art";
import { ownMove } from "./news.js";

const LENGTH = 1000;
const WORDS = [_("很差"), _("不太好"), _("还行"), _("很好"), _("太棒了")];
const RATINGS = WORDS.map((word, index) => ({ value: index + 1, label: _("%(count)s 分，%(word)s", { count: index + 1, word }) }));

/** What the page shows of an order's review now; empty when there is nothing to show. */
export function reviewHtml(order) {
  if (order.actions.includes("comment")) return html(formTemplate, { ratings: RATINGS });
  if (order.comment === null) return "";
  return html(reviewTemplate, {
    rating: order.rating,
    stars: "★".repeat(order.rating),
    starsLeft: "★".repeat(5 - order.rating),
    comment: order.comment,
    reply: order.reply,
    mayReply: order.actions.includes("reply"),
  });
}

function bindCounter(form, name) {
  const place = form.querySelector(`[data-counter="${name}"]`);
  const field = form.elements.namedItem(name);
  const show = () => (place.textContent = `${[...field.value].length} / ${LENGTH}`);
  field.addEventListener("input", show);
  show();
}

function bindStars(form) {
  const stars = form.querySelector(".stars");
  stars.addEventListener("change", ({ target }) => {
    stars.dataset.rating = target.value;
    stars.querySelector("[data-stars-word]").textContent = WORDS[target.value - 1];
  });
}

const required = (name, message) => (fields) => (fields[name] ? [] : [{ field: name, message }]);

function bindReview(form, order, moved) {
  bindStars(form);
  bindCounter(form, "comment");
  bindForm(form, {
    check: (fields) => [
      ...(fields.rating ? [] : [{ field: "rating", message: _("请先打分") }]),
      ...required("comment", _("请写几句"))(fields),
    ],
    submit: async ({ comment, rating }) => {
      const body = { comment, rating: Number(rating) };
      moved(await ownMove(order.order_id, async () => (await request("PUT", `/orders/${order.order_id}/comment`, { body })).order));
      toast(_("谢谢，评价已经发表"), "positive");
    },
  });
}

function bindReply(form, order, moved) {
  bindCounter(form, "reply");
  bindForm(form, {
    check: required("reply", _("请写几句")),
    submit: async ({ reply }) => {
      const body = { reply };
      moved(await ownMove(order.order_id, async () => (await request("POST", `/orders/${order.order_id}/reply`, { body })).order));
      toast(_("回复已经发表"), "positive");
    },
  });
}

/** Binds whichever form stands there; `moved(order)` hears the order after it was sent. */
export function bindReviewing(place, order, moved) {
  const review = place.querySelector("#review-form");
  const reply = place.querySelector("#reply-form");
  if (review) bindReview(review, order, moved);
  if (reply) bindReply(reply, order, moved);
}
