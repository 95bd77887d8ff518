/** Positions in text: the service counts code points, JavaScript counts UTF-16 units. Pure functions. */

/** UTF-16 offset of every code point of `text`, and of its end: `offsets[i]` is where code point `i` starts. */
export function codePointOffsets(text) {
  const offsets = [];
  let position = 0;
  for (const character of text) {
    offsets.push(position);
    position += character.length;
  }
  offsets.push(position);
  return offsets;
}

/** Length of `text` in code points, without building an array. */
export function codePointLength(text) {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/** A `[start, end)` span in code points as one in UTF-16 units, held inside the text; null when it is empty. */
export function toUtf16(offsets, span) {
  const last = offsets.length - 1;
  const [start, end] = (span ?? [0, 0]).map((at) => offsets[Math.min(Math.max(at, 0), last)]);
  return start < end ? [start, end] : null;
}

/**
 * Cut `length` units into runs at the borders of two lists of spans (either may hold nulls).
 * Each run names the token and the segment it lies in by index, or -1. Joined, the runs cover everything once.
 */
export function runs(length, tokens, segments) {
  const inToken = cover(length, tokens);
  const inSegment = cover(length, segments);
  const result = [];
  for (let t = 0, s = 0, start = 0; start < length; ) {
    const end = Math.min(inToken[t].end, inSegment[s].end);
    result.push({ start, end, token: inToken[t].index, segment: inSegment[s].index });
    if (inToken[t].end === end) t += 1;
    if (inSegment[s].end === end) s += 1;
    start = end;
  }
  return result;
}

/**
 * Cut `length` units at the borders of `spans` (which may hold nulls). Each run names all spans that it lies in, by
 * index and in order: unlike in `runs`, spans that overlap all show. Joined, the runs cover everything once.
 */
export function layers(length, spans) {
  const events = new Map([[0, []], [length, []]]);
  spans.forEach((span, index) => {
    if (!span || span[0] >= Math.min(span[1], length)) return;
    for (const at of [span[0], Math.min(span[1], length)]) {
      if (!events.has(at)) events.set(at, []);
      events.get(at).push(index);
    }
  });
  const borders = [...events.keys()].sort((a, b) => a - b);
  const open = new Set();
  const result = [];
  for (let at = 0; at + 1 < borders.length; at += 1) {
    for (const index of events.get(borders[at])) {
      if (!open.delete(index)) open.add(index);
    }
    const spansHere = [...open].sort((a, b) => a - b);
    result.push({ start: borders[at], end: borders[at + 1], spans: spansHere });
  }
  return result;
}

/** Pieces that cover 0..length in order; an overlapping span gives way to the one before it. */
function cover(length, spans) {
  const order = spans
    .map((span, index) => ({ span, index }))
    .filter(({ span }) => span)
    .sort((a, b) => a.span[0] - b.span[0]);
  const pieces = [];
  let at = 0;
  for (const { span, index } of order) {
    const start = Math.max(span[0], at);
    const end = Math.min(span[1], length);
    if (start >= end) continue;
    if (start > at) pieces.push({ end: start, index: -1 });
    pieces.push({ end, index });
    at = end;
  }
  if (at < length) pieces.push({ end: length, index: -1 });
  return pieces;
}

/**
 * Where spans of `before` stand in `after`, once somebody has typed: those in front of the edit stay, those behind it
 * move, those it touches become null. Keeps highlights steady until the next answer.
 */
export function carry(spans, before, after) {
  if (before === after) return spans;
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (
    tail < shorter - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) {
    tail += 1;
  }
  const moved = after.length - before.length;
  return spans.map((span) => {
    if (!span) return null;
    if (span[1] <= head) return span;
    if (span[0] >= before.length - tail) return [span[0] + moved, span[1] + moved];
    return null;
  });
}
