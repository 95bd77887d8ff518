/** The moderation tab: reads its controls, asks for a verdict as one types, shows the newest one and what it is about. */

import * as api from "./api.js";
import { drawScores } from "./bars.js";
import { Editor } from "./editor.js";
import { drawEvidence, drawMarked, drawTip, explain, indicesOf, places } from "./evidence.js";
import { POSTS } from "./examples.js";
import { language, said, t } from "./i18n.js";
import { LiveRequest } from "./live.js";
import { apiKey, clearError, page, reportError, say } from "./page.js";
import { drawExamples, drawWarnings } from "./render.js";
import { carry } from "./spans.js";
import { Tip } from "./tip.js";
import * as show from "./verdict.js";

const byId = (id) => document.getElementById(id);
const el = {
  card: byId("moderator"), policy: byId("policy"), policyAbout: byId("policy-about"), readingLang: byId("reading-lang"),
  opinion: byId("second-opinion"), check: byId("check"), strip: byId("verdict"), progress: byId("verdict-progress"),
  panes: byId("post-panes"), readingPane: byId("reading-pane"), reading: byId("reading"),
  readingNotes: byId("reading-notes"), findings: byId("findings"), reasons: byId("reasons"), evidence: byId("evidence"),
  scores: byId("scores"), failures: byId("failures"), facts: byId("facts"),
};
const editor = new Editor({
  box: byId("post-editor"), source: byId("post"), mirror: byId("post-mirror"), counter: byId("post-counter"),
  clear: byId("post-clear"),
});
const tip = new Tip(byId("tip"), (mark) => drawTip(indicesOf(mark), evidenceBeside(mark)));

const state = {
  answer: null, // {text, verdict, timing, roundTrip}: what is on the screen
  policies: null, // what the server has loaded; null until it was asked
  opinionChosen: false, // until then the server decides, and the switch shows what it decided
  readingChosen: false, // until then the translation is in the page's language
  said: "", // what was read out last, so that typing does not repeat it
};

const live = new LiveRequest({
  read: readRequest,
  empty: () => editor.unfit(),
  ask: (request, signal) => api.moderate(request, { signal, key: apiKey() }),
  show: showAnswer,
  clear: showNothing,
  fail,
  busy: setBusy,
});

// --- asking -----------------------------------------------------------------------------------

function readRequest() {
  return {
    text: editor.text,
    policy: el.policy.value,
    second_opinion: state.opinionChosen ? el.opinion.checked : null,
    translate_to: el.readingLang.value || null,
  };
}

/** Ask again, for instance because the API key has changed. */
export function again() {
  if (!state.policies) loadPolicies();
  live.now({ again: true });
}

/** The tab has come on the screen. */
export function open() {
  if (!state.policies) loadPolicies();
  live.now();
}

async function loadPolicies() {
  try {
    state.policies = await api.policies({ key: apiKey() });
  } catch (error) {
    reportError(error, loadPolicies);
    return;
  }
  drawPolicies();
}

function setBusy(busy) {
  el.strip.setAttribute("aria-busy", String(busy));
  el.progress.classList.toggle("on", busy);
}

function fail(error) {
  if (editor.text !== state.answer?.text) showNothing(); // an old verdict beside a new text would mislead
  reportError(error, () => {
    editor.source.focus();
    again();
  });
}

// --- showing ----------------------------------------------------------------------------------

function showAnswer(request, answer) {
  clearError();
  state.answer = { text: request.text, ...answer };
  if (!state.opinionChosen) el.opinion.checked = answer.verdict.opinion !== null;
  drawAnswer();
  const { verdict } = answer;
  const words = `${t(`action_${verdict.action}`)}. ${show.summary(verdict)}`;
  if (words !== state.said) say(words);
  state.said = words;
}

/** Draw everything again, for instance in the other page language. */
export function draw() {
  if (!state.readingChosen) el.readingLang.value = language() === "zh" ? "zh-Hans" : "en";
  for (const [lang, posts] of Object.entries(POSTS)) drawExamples(byId(`posts-${lang}`), posts, showPost);
  drawPolicies();
  drawAnswer();
}

function drawAnswer() {
  tip.hide();
  drawText();
  drawStrip();
  drawReading();
  const { answer } = state;
  el.findings.hidden = !answer;
  if (!answer) return;
  const { verdict, text } = answer;
  show.drawReasons(el.reasons, verdict.reasons);
  drawEvidence(el.evidence, text, verdict.evidence, select);
  drawScores(el.scores, verdict);
  el.failures.hidden = show.drawFailures(el.failures, verdict.warnings) === 0;
  show.drawFacts(el.facts, answer);
}

function showNothing() {
  state.answer = null;
  state.said = "";
  clearError();
  drawAnswer();
}

/** The text's highlights and counter; they follow the typing until the next verdict comes. */
function drawText() {
  const { text: judged = "", verdict } = state.answer ?? {};
  const evidence = verdict?.evidence ?? [];
  editor.drawMirror((mirror, text) => drawMarked(mirror, text, carry(places(evidence), judged, text), evidence));
  editor.drawCounter();
  editor.box.lang = verdict?.detection.lang ?? "";
}

function drawStrip() {
  const over = editor.tooLong();
  show.drawStrip(el.strip, over ? null : state.answer?.verdict, t(over ? "summary_too_long" : "summary_none"));
  if (over) say(t("summary_too_long"));
  const stale = Boolean(state.answer) && editor.text !== state.answer.text;
  for (const node of [el.strip, el.findings, el.reading]) node.classList.toggle("stale", stale);
}

function drawReading() {
  const wanted = el.readingLang.value;
  el.readingPane.hidden = !wanted;
  el.panes.classList.toggle("single", !wanted);
  const { answer } = state;
  const reading = answer?.verdict.translation;
  el.reading.lang = reading?.target_lang ?? wanted;
  el.reading.dataset.empty = t(answer && wanted && !reading ? "reading_failed" : "reading_empty");
  const evidence = reading?.evidence ?? [];
  drawMarked(el.reading, reading?.text ?? "", places(evidence), evidence, { focusable: true });
  drawWarnings(el.readingNotes, answer?.text ?? "", reading?.warnings ?? []);
}

function drawPolicies() {
  const policies = state.policies ?? [];
  if (!policies.length) return;
  const chosen = el.policy.value || policies.find((policy) => policy.default)?.name;
  const options = policies.map((policy) => {
    const key = policy.mode === "shadow" ? "policy_shadow" : policy.default && policy.name !== "default" ? "policy_default" : "";
    return new Option(key ? t(key, { name: policy.name }) : policy.name, policy.name);
  });
  el.policy.replaceChildren(...options);
  el.policy.value = chosen;
  drawPolicy();
}

function drawPolicy() {
  const policy = state.policies.find(({ name }) => name === el.policy.value);
  const description = said(policy.description);
  const space = language() === "zh" || !description ? "" : " ";
  el.policyAbout.textContent = `${description}${space}${t("policy_rules", { count: policy.rules.length })}`;
}

// --- evidence ---------------------------------------------------------------------------------

/** The evidence that the indices of a node are about: that of the text, or that of its translation. */
function evidenceBeside(node) {
  const { verdict } = state.answer;
  return (el.reading.contains(node) ? verdict.translation : verdict).evidence;
}

/** Select a stretch in the text box, so that it is seen, read out and can be overwritten. */
function select(index) {
  const [place] = carry([state.answer.verdict.evidence[index].utf16], state.answer.text, editor.text);
  if (!place) return;
  editor.source.focus();
  editor.source.setSelectionRange(...place);
}

/** The pointer or the keyboard on one piece of evidence lights up all that is there by the same rule. */
function linkEvidence() {
  const areas = [editor.mirror, el.reading, el.evidence];
  const light = (event) => {
    const left = event.type === "focusout" || event.type === "pointerleave";
    const node = left ? null : event.target.closest("[data-evidence]");
    const rules = node && state.answer ? indicesOf(node).map((index) => evidenceBeside(node)[index].rule) : [];
    for (const area of areas) {
      for (const other of area.querySelectorAll("[data-evidence]")) {
        const same = rules.length && indicesOf(other).some((index) => rules.includes(evidenceBeside(other)[index].rule));
        other.classList.toggle("linked", Boolean(same));
      }
    }
  };
  for (const area of [el.reading, el.evidence]) {
    for (const event of ["pointerover", "focusin", "pointerleave", "focusout"]) area.addEventListener(event, light);
  }
}

// --- wiring -----------------------------------------------------------------------------------

function showPost({ text }) {
  editor.text = text;
  if (el.card.getBoundingClientRect().top < 0) el.card.scrollIntoView(); // on a phone the posts are far below
  edited();
  again();
}

/** After any change of the text. */
function edited() {
  drawText();
  drawStrip();
}

/** Connect the controls. */
export function start() {
  editor.wire(live, edited);
  el.policy.addEventListener("change", () => {
    if (state.policies) drawPolicy();
    live.now();
  });
  el.readingLang.addEventListener("change", () => {
    state.readingChosen = true;
    drawReading();
    live.now();
  });
  el.opinion.addEventListener("change", () => {
    state.opinionChosen = true;
    live.now();
  });
  el.check.addEventListener("click", again);
  tip.followBehind(editor.source, editor.mirror, (mark) => {
    const { evidence } = state.answer.verdict;
    const reasons = indicesOf(mark).map((index) => explain(evidence[index]).map(({ text }) => text).join(", "));
    say(reasons.join("; "));
  });
  tip.follow(el.reading);
  linkEvidence();
}
