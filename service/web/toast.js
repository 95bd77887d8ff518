/** One error at a time, with its code and a way to try again. It stays until dismissed or until a success. */

import { has, t } from "./i18n.js";
import { make } from "./render.js";

/** Show `error` in `box`; `retry` runs when the reader asks for it. */
export function showError(box, error, retry) {
  const known = has(`error_${error.code}`);
  const title = t(known ? `error_${error.code}` : "error_other", { status: error.status });
  const facts = [error.code, error.requestId && t("request_id", { id: error.requestId })];
  const lines = [make("strong", {}, title)];
  if (error.message) lines.push(make("p", { lang: "en" }, error.message));
  if (error.retryAfter) lines.push(make("p", {}, t("retry_after", { seconds: error.retryAfter })));
  lines.push(make("p", { className: "facts" }, facts.filter(Boolean).join(" · ")));

  const again = make("button", { type: "button", className: "primary" }, t("retry"));
  again.addEventListener("click", retry);
  const close = make("button", { type: "button", className: "quiet" }, t("dismiss"));
  close.addEventListener("click", () => hideError(box));
  box.replaceChildren(
    make("div", { className: "toast-text" }, ...lines),
    make("div", { className: "toast-actions" }, again, close),
  );
  box.hidden = false;
}

export function hideError(box) {
  box.hidden = true;
  box.replaceChildren();
}
