/** How good a translation is likely to be, in a word, a number and a bar. */

import { meter, scoreText } from "./bars.js";
import { t } from "./i18n.js";
import { make } from "./render.js";

// Of the expected chrF. The worst quarter of the development sentences lies around the first, the best above the second.
const LEVELS = [
  [0.25, "low"],
  [0.45, "medium"],
  [Infinity, "high"],
];

/** Mean of the segments' estimates by their length in the source; null where nothing was translated. */
export function overallQuality(segments) {
  let sum = 0;
  let length = 0;
  for (const { source, quality } of segments) {
    if (quality === null || quality === undefined) continue;
    sum += quality * (source[1] - source[0]);
    length += source[1] - source[0];
  }
  return length ? sum / length : null;
}

export function qualityLevel(quality) {
  return LEVELS.find(([limit]) => quality < limit)[1];
}

/** Show the estimate in `box`, or hide it where there is none. */
export function drawQuality(box, segments) {
  const quality = overallQuality(segments);
  box.hidden = quality === null;
  if (box.hidden) {
    box.replaceChildren();
    return;
  }
  const level = qualityLevel(quality);
  box.dataset.level = level;
  const words = `${t(`quality_${level}`)} · ${scoreText(quality)}`;
  const said = make("span", { className: "quality-level" }, words);
  said.setAttribute("aria-hidden", "true"); // the bar is read out with the same words
  const bar = meter(t("quality"), quality, undefined, words);
  box.replaceChildren(make("span", {}, t("quality")), bar, said);
}
