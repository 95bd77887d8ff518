/** The translation tab: reads its controls, asks the service as one types, shows the newest answer. */

import * as api from "./api.js";
import { writeClipboard } from "./clipboard.js";
import { Editor } from "./editor.js";
import { EXAMPLES } from "./examples.js";
import { Glossary } from "./glossary.js";
import { language, t } from "./i18n.js";
import { LiveRequest } from "./live.js";
import { drawNotes, drawReferences, footnotes, linkNotes } from "./notes.js";
import { apiKey, clearError, page, reportError, say } from "./page.js";
import { drawQuality } from "./quality.js";
import * as render from "./render.js";
import { carry } from "./spans.js";

const ALTERNATIVES = 3;
const COPIED_MS = 1600;
const NOTHING = { tokens: [], segments: [] };

const byId = (id) => document.getElementById(id);
const el = {
  output: byId("output"), sourceLang: byId("source-lang"), targetLang: byId("target-lang"), swap: byId("swap"),
  detected: byId("detected"), translate: byId("translate"), timing: byId("timing"), copy: byId("copy"),
  alternativesToggle: byId("show-alternatives"), flip: byId("flip"), notes: byId("notes"), warnings: byId("warnings"),
  alternatives: byId("alternatives"), tokens: byId("tokens"), progress: byId("progress"), card: byId("translator"),
  references: byId("references"), footnotes: byId("footnotes"), quality: byId("quality"), decode: byId("decode"),
};
const editor = new Editor({
  box: byId("editor"), source: byId("source"), mirror: byId("mirror"), counter: byId("counter"), clear: byId("clear"),
});

const state = {
  answer: null, // {source, translation, timing, roundTrip, located, footnotes}: what is on the screen
  targetChosen: false, // the reader picked the target, so it is never changed for them
  chinese: "zh-Hans", // the script used when the target turns back to Chinese
};

const live = new LiveRequest({
  read: readRequest,
  empty: () => editor.unfit(),
  ask: (request, signal) => api.translate(request, { signal, key: apiKey() }),
  show,
  clear: showNothing,
  fail,
  busy: setBusy,
});
const glossary = new Glossary(
  {
    list: byId("glossary-rows"), add: byId("glossary-add"), count: byId("glossary-count"),
    problem: byId("glossary-problem"),
  },
  live,
);

// --- asking -----------------------------------------------------------------------------------

const radio = (name) => document.querySelector(`input[name="${name}"]:checked`).value;
const wantsAlternatives = () => el.alternativesToggle.getAttribute("aria-pressed") === "true";

function readRequest() {
  const most = page.server?.limits?.max_alternatives ?? ALTERNATIVES;
  return {
    text: editor.text,
    source_lang: el.sourceLang.value,
    target_lang: el.targetLang.value,
    format: radio("format"),
    hashtags: radio("hashtags"),
    alternatives: wantsAlternatives() ? Math.min(ALTERNATIVES, most) : 0,
    decode: el.decode.checked,
    glossary: glossary.terms,
  };
}

/** Ask again, for instance because the API key has changed. */
export function again() {
  live.now({ again: true });
}

/** The tab is on the screen again; what it shows still holds. */
export function open() {}

function setBusy(busy) {
  el.output.setAttribute("aria-busy", String(busy));
  el.progress.classList.toggle("on", busy);
}

function fail(error) {
  if (editor.text !== state.answer?.source) showNothing(); // an old answer beside a new text would mislead
  if (glossary.reject(error)) {
    clearError();
    return;
  }
  reportError(error, () => {
    editor.source.focus();
    again();
  });
}

// --- showing ----------------------------------------------------------------------------------

/** Put an answer on the screen; if the text was in the target language already, ask for the other one, once. */
function show(request, answer, turned) {
  clearError();
  glossary.accept();
  if (alreadyInTarget(answer) && !state.targetChosen && !turned) {
    const other = otherTarget();
    setTarget(other);
    say(t("flipped", { language: t(`lang_${other}`) }));
    live.now({ extra: "turned" });
    return;
  }
  const located = render.locate(request.text, answer.translation);
  state.answer = { source: request.text, located, footnotes: footnotes(request.text, answer.translation), ...answer };
  drawAnswer();
}

/** Draw everything again, for instance in the other page language. */
export function draw() {
  drawExamples();
  glossary.draw();
  drawAnswer();
}

function drawAnswer() {
  drawCounter();
  drawMirror();
  const { answer } = state;
  if (!answer) return;
  const { translation, located, source } = answer;
  el.output.lang = translation.target_lang;
  el.output.classList.toggle("stale", source !== editor.text);
  render.drawText(el.output, translation.text, located.target, located.kinds, { titles: true });
  el.copy.disabled = !translation.text;

  const badge = render.detectionText(translation.detection);
  el.detected.textContent = badge;
  el.detected.hidden = !badge;
  const times = render.timingTexts(answer.timing, answer.roundTrip);
  el.timing.textContent = times.text;
  el.timing.title = times.title;

  drawQuality(el.quality, translation.segments ?? []);

  const list = (section) => section.querySelector("ul, ol");
  const counts = [
    [el.warnings, render.drawWarnings(list(el.warnings), source, translation.warnings ?? [])],
    [
      el.alternatives,
      render.drawAlternatives(
        list(el.alternatives), translation.alternatives ?? [], translation.target_lang, copyText,
      ),
    ],
    [el.footnotes, drawNotes(list(el.footnotes), answer.footnotes)],
    [el.tokens, render.drawTokens(list(el.tokens), source, translation.text, located)],
  ];
  for (const [section, count] of counts) section.hidden = count === 0;
  el.notes.hidden = counts.every(([, count]) => count === 0);
  el.flip.hidden = !alreadyInTarget(answer);
  el.flip.textContent = t("flip", { language: t(`lang_${otherTarget()}`) });
}

function showNothing() {
  state.answer = null;
  setBusy(false);
  clearError();
  el.output.replaceChildren();
  el.output.classList.remove("stale");
  el.timing.textContent = "";
  el.copy.disabled = true;
  el.quality.hidden = true;
  el.notes.hidden = true;
  el.detected.hidden = true;
  drawCounter();
  drawMirror();
}

/** The highlights behind the text box and the numbers over it; they follow the typing until the next answer comes. */
function drawMirror() {
  const { source = "", located, footnotes: notes = [] } = state.answer ?? {};
  drawReferences(el.references, notes, source, editor.text);
  editor.drawMirror((mirror, text) => {
    const spans = located
      ? {
          tokens: carry(located.source.tokens, source, text),
          segments: carry(located.source.segments, source, text),
        }
      : NOTHING;
    render.drawText(mirror, text, spans, located?.kinds ?? []);
  });
  const detected = state.answer?.translation.source_lang;
  editor.box.lang = el.sourceLang.value === "auto" ? (detected ?? "") : el.sourceLang.value;
}

function drawCounter() {
  editor.drawCounter();
  const over = editor.tooLong();
  el.output.dataset.empty = t(over ? "output_too_long" : "output_empty");
  if (over) say(t("output_too_long"));
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
export function swap() {
  const { answer } = state;
  const oldTarget = el.targetLang.value;
  const oldSource = el.sourceLang.value === "auto" ? answer?.translation.source_lang : el.sourceLang.value;
  setTarget(oldSource && oldSource !== oldTarget ? oldSource : otherTarget());
  if (el.sourceLang.value !== "auto") el.sourceLang.value = oldTarget;
  state.targetChosen = true;
  if (answer?.translation.text) editor.text = answer.translation.text;
  el.swap.classList.toggle("turned");
  edited();
  live.now();
}

function showExample({ text, format = "text" }, from) {
  editor.text = text;
  el.sourceLang.value = "auto";
  setTarget(from === "zh" ? "en" : state.chinese);
  document.querySelector(`input[name="format"][value="${format}"]`).checked = true;
  if (el.card.getBoundingClientRect().top < 0) el.card.scrollIntoView(); // on a phone the examples are far below
  edited();
  again();
}

function drawExamples() {
  for (const [from, examples] of Object.entries(EXAMPLES)) {
    render.drawExamples(byId(`examples-from-${from}`), examples, (example) => showExample(example, from));
  }
}

// --- wiring -----------------------------------------------------------------------------------

/** After any change of the source text: highlights, counter and size follow at once. */
function edited() {
  el.output.classList.toggle("stale", Boolean(state.answer) && editor.text !== state.answer.source);
  drawMirror();
  drawCounter();
}

/** Connect the controls. Readers mostly want their own language, so that is the target. */
export function start() {
  setTarget(language() === "zh" ? "zh-Hans" : "en");
  editor.wire(live, edited);
  el.sourceLang.addEventListener("change", () => live.now());
  el.targetLang.addEventListener("change", () => {
    setTarget(el.targetLang.value);
    state.targetChosen = true;
    live.now();
  });
  for (const input of el.card.querySelectorAll(".choice input")) {
    input.addEventListener("change", () => live.now());
  }
  el.decode.addEventListener("change", () => live.now());
  el.alternativesToggle.addEventListener("click", () => {
    el.alternativesToggle.setAttribute("aria-pressed", String(!wantsAlternatives()));
    live.now();
  });
  el.flip.addEventListener("click", () => {
    setTarget(otherTarget());
    editor.source.focus();
    live.now();
  });
  el.translate.addEventListener("click", again);
  el.swap.addEventListener("click", swap);
  el.copy.addEventListener("click", () => copyText(state.answer.translation.text, el.copy));
  render.linkHover([el.output, editor.mirror, el.tokens]);
  linkNotes([el.references, el.footnotes], editor.source);
}
