// What an imported calendar is, in the visitor's words.

import { formatDays, formatNights, nightsBetween } from "../dates.js";
import { _, formatMoment, language } from "../i18n.js";

const SHOWN_CONFLICTS = 5;
const STATES = {
  waiting: { icon: "clock", chip: "", name: _("等待读取"), notice: "" },
  reading: { icon: "refresh", chip: "", name: _("正在读取"), notice: "" },
  ok: { icon: "check", chip: "chip--positive", name: _("已同步"), notice: "" },
  doubted: { icon: "clock", chip: "chip--waiting", name: _("等待确认"), notice: "notice--warning" },
  failing: { icon: "alert", chip: "chip--waiting", name: _("读取失败"), notice: "notice--warning" },
  disabled: { icon: "pause", chip: "chip--danger", name: _("已停止读取"), notice: "notice--danger" },
};
const REASONS = {
  unreachable: _("连不上对方网站"),
  too_slow: _("对方网站没有及时答复"),
  lost_address: _("链接已失效，请重新填写"),
  forbidden_address: _("这个地址不能读取"),
  redirected: _("对方网站转到了别的地址，请复制最新的日历链接"),
  not_found: _("对方网站说没有这个日历，链接可能已失效"),
  refused: _("对方网站拒绝了读取"),
  in_trouble: _("对方网站出了故障"),
  too_large: _("日历超过 1 MB"),
  not_a_calendar: _("内容不是 iCalendar 日历"),
  truncated: _("日历不完整，没有读到结尾"),
  too_many_events: _("日历里的日程太多"),
  emptied: _("日历突然空了，再读一次确认之前先保留这些夜晚"),
  interrupted: _("读取被中断，请再试一次"),
};

export const reasonOf = (reason) => REASONS[reason] ?? _("服务暂时不可用，请稍后再试");

function stateOf({ state, reason, task_id: task }) {
  if (task !== null) return "reading";
  return state === "failing" && reason === "emptied" ? "doubted" : state;
}

function troubleOf({ state, reason, next_at: next }) {
  if (reason === null) return "";
  const kept = state === "disabled" ? _("很久都读不到，不再自动读取。") : _("已占用的夜晚先保留。");
  const again = next && state === "failing" ? _("%(time)s 再试。", { time: formatMoment(next) }) : "";
  return [`${reasonOf(reason)}${_("。")}`, reason === "emptied" ? "" : kept, again].filter(Boolean).join(language === "en" ? " " : "");
}

/** Why a night is not the calendar's, and what to do about it. */
function sentenceOf({ owner, kind, order_number: number, calendar }) {
  if (owner === "order" && kind === "reserved") {
    return _("爱家的订单 %(number)s 和那边的预订重了，请尽快和其中一位客人商量。", { number: number ?? "" });
  }
  if (owner === "order") {
    return _("爱家的订单 %(number)s 已占用。那边也显示不可订，多半就是从爱家导入的，请核对一下。", { number: number ?? "" });
  }
  if (owner === "block") return _("你已经关闭了这些夜晚，房客本来就订不到。");
  if (owner === "calendar") return _("“%(name)s”已占用。", { name: calendar });
  return _("刚刚空出来，下次读取时占用。");
}

function conflictShown(conflict) {
  const { start_date: start, end_date: end } = conflict;
  const days = `${formatDays(start, end)}${_("（%(nights)s）", { nights: formatNights(nightsBetween(start, end)) })}`;
  return { days, sentence: sentenceOf(conflict), address: conflict.order_id ? `/order/${conflict.order_id}` : "" };
}

function factsOf({ events, nights, checked_at: checked }) {
  const count = events === 1 ? _("1 个日程") : _("%(count)s 个日程", { count: events });
  const read = checked ? _("%(time)s 读取", { time: formatMoment(checked) }) : _("还没读过");
  return [_("占用 %(nights)s", { nights: formatNights(nights) }), count, read].join(" · ");
}

/** A calendar as the list shows it. */
export function feedShown(feed) {
  const state = stateOf(feed);
  const left = feed.conflicts.length - SHOWN_CONFLICTS;
  return {
    ...feed,
    shown: { state, ...STATES[state] },
    facts: factsOf(feed),
    source: feed.kind === "file" ? _("来自文件") : feed.url,
    trouble: state === "reading" ? "" : troubleOf(feed),
    conflicts: feed.conflicts.slice(0, SHOWN_CONFLICTS).map(conflictShown),
    more: left > 0 ? _("还有 %(count)s 处", { count: left }) : "",
  };
}
