/** The page around the tabs: its language, its tabs, the API key, the keyboard, what runs on the server. */

import * as api from "./api.js";
import { language, preferredLanguage, setLanguage, t } from "./i18n.js";
import * as moderation from "./moderation.js";
import { clearError, page, reportError } from "./page.js";
import { wireTabs } from "./tabs.js";
import * as translator from "./translator.js";

const byId = (id) => document.getElementById(id);
const el = {
  uiLanguage: byId("ui-language"), keyRow: byId("key-row"), about: byId("about"), skip: byId("skip"), tabs: byId("tabs"),
  translateTab: byId("tab-translate"), moderateTab: byId("tab-moderate"),
};
const TABS = new Map([
  [el.translateTab, translator],
  [el.moderateTab, moderation],
]);
let current = translator;

function drawPage() {
  el.uiLanguage.textContent = language() === "en" ? "中文" : "EN";
  el.uiLanguage.lang = language() === "en" ? "zh-Hans" : "en";
  el.uiLanguage.setAttribute("aria-label", t("page_language"));
  drawAbout();
  for (const tab of TABS.values()) tab.draw();
}

function drawAbout() {
  const { version, model } = page.server ?? {};
  if (!model) return;
  const key = model.licence ? "about" : "about_no_licence";
  el.about.textContent = t(key, { version, model: model.id, licence: model.licence });
}

function opened(tab) {
  current = TABS.get(tab);
  el.skip.hash = tab.dataset.start;
  clearError();
  current.open();
}

/** A server without a classifier has one tab, so there is nothing to choose. */
function offerModeration(offered) {
  if (!offered && current === moderation) el.translateTab.click();
  el.moderateTab.hidden = el.tabs.hidden = !offered;
}

function onKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
    event.preventDefault();
    current.again();
  } else if (event.altKey && !event.ctrlKey && !event.metaKey && event.code === "KeyS" && current === translator) {
    event.preventDefault(); // by place of the key: Option+S types ß on a Mac
    translator.swap();
  }
}

function wire() {
  el.keyRow.addEventListener("submit", (event) => {
    event.preventDefault();
    current.again();
  });
  el.uiLanguage.addEventListener("click", () => {
    setLanguage(language() === "en" ? "zh" : "en", { remember: true });
    drawPage();
  });
  document.addEventListener("keydown", onKey);
  wireTabs(el.tabs, opened);
}

/** Key names as they are printed on the reader's keyboard. */
function nameKeys() {
  if (!/Mac|iPhone|iPad/.test(navigator.platform)) return;
  byId("key-control").textContent = "⌘";
  byId("key-alt").textContent = "⌥";
}

async function start() {
  setLanguage(preferredLanguage());
  translator.start();
  moderation.start();
  wire();
  nameKeys();
  drawPage();
  try {
    page.server = await api.info();
  } catch (error) {
    reportError(error, () => window.location.reload());
    return;
  }
  el.keyRow.hidden = !page.server.keys_required;
  offerModeration(Boolean(page.server.classifier));
  drawPage();
}

start();
