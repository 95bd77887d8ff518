/** What both tabs share: what the server said about itself, the API key, the status line, the error toast. */

import { hideError, showError } from "./toast.js";

const byId = (id) => document.getElementById(id);

/** `server` is what `/info` answered; null until it did. */
export const page = { server: null };

export function apiKey() {
  return byId("api-key").value;
}

/** Most code points in one text, or undefined while that is not known. */
export function textLimit() {
  return page.server?.limits?.max_text_chars;
}

/** Say something to screen readers, after what they are saying now. */
export function say(text) {
  byId("status").textContent = text;
}

/** Show an error until it is dismissed, retried or followed by a success. */
export function reportError(error, retry) {
  if (error.code === "unauthorized") byId("key-row").hidden = false;
  showError(byId("toast"), error, retry);
}

export function clearError() {
  hideError(byId("toast"));
}
