/** The demo page: reads the controls, asks the service as one types, shows the newest answer. */

import * as api from "./api.js";
import { writeClipboard } from "./clipboard.js";
import { EXAMPLES } from "./examples.js";
import { language, preferredLanguage, setLanguage, t } from "./i18n.js";
import * as render from "./render.js";
import { carry, codePointLength } from "./spans.js";
import { hideError, showError } from "./toast.js";

const DEBOUNCE_MS = 250;
const ALTERNATIVES = 3;
const COPIED_MS = 1600;
const NOTHING = { tokens: [], segments: [] };

const byId = (id) => document.getElementById(id);
const el = {
  source: byId("source"), mirror: byId("mirror"), editor: byId("editor"), output: byId("output"),
  sourceLang: byId("source-lang"), targetLang: byId("target-lang"), swap: byId("swap"), detected: byId("detected"),
  counter: byId("counter"), clear: byId("clear"), translate: byId("translate"), timing: byId("timing"),
  alternativesToggle: byId("show-alternatives"), copy: byId("copy"), flip: byId("flip"), notes: byId("notes"),
  warnings: byId("warnings"), alternatives: byId("alternatives"), tokens: byId("tokens"), apiKey: byId("api-key"),
  keyRow: byId("key-row"), about: byId("about"), status: byId("status"), toast: byId("toast"), progress: byId("progress"),
  uiLanguage: byId("ui-language"), card: byId("translator"),
};

const state = {
  server: null, // what /info said
  answer: null, // {source, translation, timing, roundTrip, located}: what is on the screen
  targetChosen: false, // the reader picked the target, so it is never changed for them
  chinese: "zh-Hans", // the script used when the target turns back to Chinese
  turn: 0, // the newest request; answers of older ones are dropped
  asked: "", // the newest request as JSON, so that nothing is asked twice in a row
  composing: false, // an input method is open: half-typed pinyin is not text yet
};
let timer = 0;
let running = null;

// --- asking -----------------------------------------------------------------------------------

const radio = (name) => document.querySelector(`input[name="${name}"]:checked`).value;
const wantsAlternatives = () => el.alternativesToggle.getAttribute("aria-pressed") === "true";

function readRequest() {
  const most = state.server?.limits?.max_alternatives ?? ALTERNATIVES;
  return {
    text: el.source.value,
    source_lang: el.sourceLang.value,
    target_lang: el.targetLang.value,
    format: radio("format"),
    hashtags: radio("hashtags"),
    alternatives: wantsAlternatives() ? Math.min(ALTERNATIVES, most) : 0,
  };
}

function translateSoon() {
  clearTimeout(timer);
  if (state.composing) return;
  timer = setTimeout(translateNow, DEBOUNCE_MS);
}

/** Ask for what the controls say now. The request before is given up; `again` asks even if nothing changed. */
async function translateNow({ again = false, turned = false } = {}) {
  clearTimeout(timer);
  const request = readRequest();
  const asked = JSON.stringify(request);
  if (asked === state.asked && !again) return;
  running?.abort();
  const turn = (state.turn += 1);
  state.asked = asked;
  if (!request.text.trim() || tooLong()) {
    showNothing();
    return;
  }
  running = new AbortController();
  setBusy(true);
  try {
    const answer = await api.translate(request, { signal: running.signal, key: el.apiKey.value });
    if (turn === state.turn) show(request, answer, turned);
  } catch (error) {
    if (turn === state.turn && error.name !== "AbortError") fail(error);
  } finally {
    if (turn === state.turn) setBusy(false);
  }
}

function setBusy(busy) {
  el.output.setAttribute("aria-busy", String(busy));
  el.progress.classList.toggle("on", busy);
}

function fail(error) {
  state.asked = "";
  if (el.source.value !== state.answer?.source) showNothing(); // an old answer beside a new text would mislead
  if (error.code === "unauthorized") el.keyRow.hidden = false;
  showError(el.toast, error, () => {
    el.source.focus();
    translateNow({ again: true });
  });
}

// --- showing ----------------------------------------------------------------------------------

/** Put an answer on the screen; if the text was in the target language already, ask for the other one, once. */
function show(request, answer, turned) {
  hideError(el.toast);
  if (alreadyInTarget(answer) && !state.targetChosen && !turned) {
    const other = otherTarget();
    setTarget(other);
    say(t("flipped", { language: t(`lang_${other}`) }));
    translateNow({ turned: true });
    return;
  }
  const located = render.locate(request.text, answer.translation);
  state.answer = { source: request.text, located, ...answer };
  draw();
}

/** Draw the answer on the screen again, for instance in the other page language. */
function draw() {
  drawCounter();
  drawMirror();
  const { answer } = state;
  if (!answer) return;
  const { translation, located, source } = answer;
  el.output.lang = translation.target_lang;
  el.output.classList.toggle("stale", source !== el.source.value);
  render.drawText(el.output, translation.text, located.target, located.kinds, { titles: true });
  el.copy.disabled = !translation.text;

  const badge = render.detectionText(translation.detection);
  el.detected.textContent = badge;
  el.detected.hidden = !badge;
  const times = render.timingTexts(answer.timing, answer.roundTrip);
  el.timing.textContent = times.text;
  el.timing.title = times.title;

  const list = (section) => section.querySelector("ul, ol");
  const counts = [
    [el.warnings, render.drawWarnings(list(el.warnings), source, translation.warnings ?? [])],
    [
      el.alternatives,
      render.drawAlternatives(
        list(el.alternatives), translation.alternatives ?? [], translation.target_lang, copyText,
      ),
    ],
    [el.tokens, render.drawTokens(list(el.tokens), source, located)],
  ];
  for (const [section, count] of counts) section.hidden = count === 0;
  el.notes.hidden = counts.every(([, count]) => count === 0);
  el.flip.hidden = !alreadyInTarget(answer);
  el.flip.textContent = t("flip", { language: t(`lang_${otherTarget()}`) });
}

function showNothing() {
  state.answer = null;
  setBusy(false);
  hideError(el.toast);
  el.output.replaceChildren();
  el.output.classList.remove("stale");
  el.timing.textContent = "";
  el.copy.disabled = true;
  el.notes.hidden = true;
  el.detected.hidden = true;
  drawCounter();
  drawMirror();
}

/** The highlights behind the text box; they follow the typing until the next answer comes. */
function drawMirror() {
  const text = el.source.value;
  const { source = "", located } = state.answer ?? {};
  const spans = located
    ? {
        tokens: carry(located.source.tokens, source, text),
        segments: carry(located.source.segments, source, text),
      }
    : NOTHING;
  render.drawText(el.mirror, text, spans, located?.kinds ?? []);
  el.mirror.append("\u200b"); // gives a last, empty line its height
  const detected = state.answer?.translation.source_lang;
  el.editor.lang = el.sourceLang.value === "auto" ? (detected ?? "") : el.sourceLang.value;
}

function drawCounter() {
  const count = codePointLength(el.source.value);
  const limit = state.server?.limits?.max_text_chars;
  const number = (value) => value.toLocaleString("en");
  el.counter.textContent = limit
    ? t("counter", { count: number(count), limit: number(limit) })
    : t("counter_plain", { count: number(count) });
  const over = tooLong();
  el.counter.classList.toggle("over", over);
  el.source.setAttribute("aria-invalid", String(over));
  el.output.dataset.empty = t(over ? "output_too_long" : "output_empty");
  if (over) say(t("output_too_long"));
  el.clear.hidden = count === 0;
}

function tooLong() {
  const limit = state.server?.limits?.max_text_chars;
  return Boolean(limit) && codePointLength(el.source.value) > limit;
}

function say(text) {
  el.status.textContent = text;
}

async function copyText(text, button) {
  const label = button.querySelector("[data-i18n]") ?? button;
  const done = await writeClipboard(text);
  say(t(done ? "copied" : "copy_failed"));
  label.textContent = t(done ? "copied" : "copy_failed");
  setTimeout(() => (label.textContent = t("copy")), COPIED_MS);
}

// --- languages --------------------------------------------------------------------------------

function alreadyInTarget(answer) {
  const warnings = answer?.translation.warnings ?? [];
  return warnings.some((warning) => warning.code === "already_in_target");
}

const otherTarget = () => (el.targetLang.value === "en" ? state.chinese : "en");

function setTarget(lang) {
  el.targetLang.value = lang;
  if (lang !== "en") state.chinese = lang;
}

/** Exchange languages and texts. A source left to detection stays so. */
function swap() {
  const { answer } = state;
  const oldTarget = el.targetLang.value;
  const oldSource = el.sourceLang.value === "auto" ? answer?.translation.source_lang : el.sourceLang.value;
  setTarget(oldSource && oldSource !== oldTarget ? oldSource : otherTarget());
  if (el.sourceLang.value !== "auto") el.sourceLang.value = oldTarget;
  state.targetChosen = true;
  if (answer?.translation.text) el.source.value = answer.translation.text;
  el.swap.classList.toggle("turned");
  edited();
  translateNow();
}

function showExample({ text, format = "text" }, from) {
  el.source.value = text;
  el.sourceLang.value = "auto";
  setTarget(from === "zh" ? "en" : state.chinese);
  document.querySelector(`input[name="format"][value="${format}"]`).checked = true;
  if (el.card.getBoundingClientRect().top < 0) el.card.scrollIntoView(); // on a phone the examples are far below
  edited();
  translateNow({ again: true });
}

function drawExamples() {
  for (const [from, examples] of Object.entries(EXAMPLES)) {
    const items = examples.map((example) => {
      const lang = from === "en" ? "en" : example.label === "example_traditional" ? "zh-Hant" : "zh-Hans";
      const button = render.make(
        "button",
        { type: "button", className: "example" },
        render.make("span", { className: "example-label" }, t(example.label)),
        render.make("span", { className: "example-text", lang }, example.text),
      );
      button.addEventListener("click", () => showExample(example, from));
      return render.make("li", {}, button);
    });
    byId(`examples-from-${from}`).replaceChildren(...items);
  }
}

function drawPage() {
  el.uiLanguage.textContent = language() === "en" ? "中文" : "EN";
  el.uiLanguage.lang = language() === "en" ? "zh-Hans" : "en";
  el.uiLanguage.setAttribute("aria-label", t("page_language"));
  drawExamples();
  drawAbout();
  draw();
}

function drawAbout() {
  const { version, model } = state.server ?? {};
  if (!model) return;
  const key = model.licence ? "about" : "about_no_licence";
  el.about.textContent = t(key, { version, model: model.id, licence: model.licence });
}

// --- wiring -----------------------------------------------------------------------------------

/** After any change of the source text: highlights, counter and size follow at once. */
function edited() {
  el.output.classList.toggle("stale", Boolean(state.answer) && el.source.value !== state.answer.source);
  drawMirror();
  drawCounter();
}

function onKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
    event.preventDefault();
    translateNow({ again: true });
  } else if (event.altKey && !event.ctrlKey && !event.metaKey && event.code === "KeyS") {
    event.preventDefault(); // by place of the key: Option+S types ß on a Mac
    swap();
  }
}

function wire() {
  el.source.addEventListener("input", () => {
    edited();
    translateSoon();
  });
  el.source.addEventListener("compositionstart", () => (state.composing = true));
  el.source.addEventListener("compositionend", () => {
    state.composing = false;
    translateSoon();
  });
  el.sourceLang.addEventListener("change", () => translateNow());
  el.targetLang.addEventListener("change", () => {
    setTarget(el.targetLang.value);
    state.targetChosen = true;
    translateNow();
  });
  for (const input of document.querySelectorAll(".choice input")) {
    input.addEventListener("change", () => translateNow());
  }
  el.keyRow.addEventListener("submit", (event) => {
    event.preventDefault();
    translateNow({ again: true });
  });
  el.alternativesToggle.addEventListener("click", () => {
    el.alternativesToggle.setAttribute("aria-pressed", String(!wantsAlternatives()));
    translateNow();
  });
  el.flip.addEventListener("click", () => {
    setTarget(otherTarget());
    el.source.focus();
    translateNow();
  });
  el.translate.addEventListener("click", () => translateNow({ again: true }));
  el.swap.addEventListener("click", swap);
  el.copy.addEventListener("click", () => copyText(state.answer.translation.text, el.copy));
  el.clear.addEventListener("click", () => {
    el.source.value = "";
    edited();
    translateNow();
    el.source.focus();
  });
  el.uiLanguage.addEventListener("click", () => {
    setLanguage(language() === "en" ? "zh" : "en", { remember: true });
    drawPage();
  });
  document.addEventListener("keydown", onKey);
  render.linkHover([el.output, el.mirror, el.tokens]);
}

/** Key names as they are printed on the reader's keyboard. */
function nameKeys() {
  if (!/Mac|iPhone|iPad/.test(navigator.platform)) return;
  byId("key-control").textContent = "⌘";
  byId("key-alt").textContent = "⌥";
}

async function start() {
  setLanguage(preferredLanguage());
  setTarget(language() === "zh" ? "zh-Hans" : "en"); // readers mostly want their own language
  wire();
  nameKeys();
  drawPage();
  try {
    state.server = await api.info();
  } catch (error) {
    showError(el.toast, error, () => window.location.reload());
    return;
  }
  el.keyRow.hidden = !state.server.keys_required;
  drawPage();
}

start();
