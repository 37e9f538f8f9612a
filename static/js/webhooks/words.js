// Webhooks and deliveries in words: how they stand, what happened, why an attempt failed.

import { _, formatMoment } from "../i18n.js";

const EVENTS = {
  place: _("新订单"),
  accept: _("房东接单"),
  reject: _("拒单"),
  cancel: _("订单取消"),
  expire: _("超时取消"),
  pay: _("房客付款"),
  check_out: _("房客退房"),
  comment: _("新评价"),
  complete: _("订单完成"),
  reply: _("房东回复"),
  ping: _("测试"),
};

const STATES = {
  waiting: { icon: "clock", tone: "waiting", name: _("等待发送") },
  sending: { icon: "bolt", tone: "waiting", name: _("正在发送") },
  delivered: { icon: "check", tone: "positive", name: _("已送达") },
  failed: { icon: "close", tone: "danger", name: _("没有送达") },
};

const REASONS = {
  redirect: _("它要求跳转，我们不跟随"),
  unknown_name: _("找不到这个域名"),
  not_public: _("网址指向内部网络"),
  unreachable: _("连不上"),
  bad_certificate: _("证书无效"),
  timeout: _("10 秒内没有回应"),
  busy: _("我们这边太忙"),
  lost_secret: _("密钥失效了，请换一个"),
  disabled: _("Webhook 停用了"),
  bad_url: _("网址不能使用"),
  bad_scheme: _("网址不能使用"),
  bad_port: _("网址不能使用"),
};

const OFF = {
  owner: { name: _("已停用"), note: "" },
  gone: { name: _("已停用"), note: _("它回答 410，表示不再接收，所以停用了。修好后可以重新启用。") },
  failing: { name: _("已停用"), note: _("连续 5 天一条也没送到，所以停用了。修好后可以重新启用。") },
};

/** A webhook as the page shows it. */
export function hookShown(hook) {
  const all = hook.events.length === Object.keys(EVENTS).length - 1;
  return {
    ...hook,
    since: _("编号 %(id)s，添加于 %(time)s", { id: hook.webhook_id, time: formatMoment(hook.ctime) }),
    said: all ? _("订单的一切变化") : hook.events.map((name) => EVENTS[name]).join(_("、")),
    both: hook.old_secret_until ? _("签名有效到 %(time)s", { time: formatMoment(hook.old_secret_until) }) : "",
    standing: standingOf(hook),
  };
}

function standingOf(hook) {
  if (!hook.enabled) return { icon: "pause", tone: "over", ...OFF[hook.disabled_reason ?? "owner"] };
  if (!hook.failures) return { icon: "check", tone: "positive", name: _("已启用"), note: "" };
  const note = _("从 %(time)s 起一直没送到，试了 %(count)s 次。连续 5 天都这样就会停用。", {
    time: formatMoment(hook.failing_since),
    count: hook.failures,
  });
  return { icon: "alert", tone: "waiting", name: _("送不到"), note };
}

/** One entry of the log as the page shows it. */
export function deliveryShown(row) {
  const isRetry = row.state === "waiting" && row.attempts > 0;
  return {
    ...row,
    ...STATES[row.state],
    ...(isRetry ? { name: _("等待重试") } : {}),
    what: EVENTS[row.event],
    when: formatMoment(row.ctime),
    facts: factsOf(row).join(" · "),
    canSend: row.state !== "sending" && !(row.state === "waiting" && row.attempts === 0),
  };
}

function factsOf(row) {
  const facts = [];
  if (row.response_status) facts.push(_("回答 %(status)s", { status: row.response_status }));
  if (REASONS[row.reason]) facts.push(REASONS[row.reason]);
  if (row.attempts > 1) facts.push(_("第 %(count)s 次", { count: row.attempts }));
  if (row.duration_ms !== null) facts.push(_("%(count)s 毫秒", { count: row.duration_ms }));
  if (row.next_attempt_at && row.attempts) facts.push(_("下次 %(time)s", { time: formatMoment(row.next_attempt_at) }));
  return facts;
}
