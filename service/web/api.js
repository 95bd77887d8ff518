/** Calls to the service on the page's own origin. Every failure is an `ApiError` with a stable code. */

export class ApiError extends Error {
  /** `code` is the service's, or `network` / `bad_answer` when no answer of the service could be read. */
  constructor(code, message, { status = 0, requestId = "", retryAfter = null, field = null, limit = null, actual = null } = {}) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
    Object.assign(this, { field, limit, actual }); // what of the request was at fault, and which limit it passed
  }
}

/** `GET /info`: version, model, limits, whether keys are required. */
export async function info() {
  const { body } = await send("info", {});
  return body;
}

/**
 * `POST /v1/translate` for one text. Resolves to `{translation, timing, roundTrip}`, times in milliseconds.
 * An aborted call rejects with the browser's own `AbortError`.
 */
export async function translate(request, options) {
  const { body, response, ...times } = await post("v1/translate", request, options);
  const translation = body?.translations?.[0];
  if (!translation) throw badAnswer(response);
  return { translation, ...times };
}

/** `POST /v1/moderate` for one text. Resolves to `{verdict, timing, roundTrip}`, as `translate` does. */
export async function moderate(request, options) {
  const { body, response, ...times } = await post("v1/moderate", request, options);
  const verdict = body?.verdicts?.[0];
  if (!verdict) throw badAnswer(response);
  return { verdict, ...times };
}

/** `GET /v1/policies`: the loaded policies, the default one first. */
export async function policies({ key } = {}) {
  const { body, response } = await send("v1/policies", { headers: authorization(key) });
  if (!Array.isArray(body?.policies)) throw badAnswer(response);
  return body.policies;
}

async function post(path, request, { signal, key } = {}) {
  const headers = { "Content-Type": "application/json", ...authorization(key) };
  const started = performance.now();
  const { body, response } = await send(path, {
    method: "POST",
    headers,
    body: JSON.stringify(request),
    signal,
  });
  return {
    body,
    response,
    timing: serverTiming(response.headers.get("Server-Timing")),
    roundTrip: performance.now() - started,
  };
}

function authorization(key) {
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** `prepare;dur=0.2, queue;dur=1` as `{prepare: 0.2, queue: 1}`; unreadable parts are left out. */
export function serverTiming(header) {
  const stages = {};
  for (const part of (header ?? "").split(",")) {
    const [name, ...parameters] = part.split(";").map((piece) => piece.trim());
    const duration = parameters.find((parameter) => parameter.startsWith("dur="));
    const milliseconds = duration ? Number(duration.slice(4)) : NaN;
    if (name && Number.isFinite(milliseconds)) stages[name] = milliseconds;
  }
  return stages;
}

async function send(path, options) {
  let response;
  try {
    response = await fetch(path, { ...options, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("network", "");
  }
  const body = await readJson(response, options.signal);
  if (response.ok && body !== null) return { body, response };
  if (!body?.error?.code) throw badAnswer(response);
  throw new ApiError(body.error.code, body.error.message ?? "", {
    status: response.status,
    requestId: body.error.request_id ?? response.headers.get("X-Request-Id") ?? "",
    retryAfter: retryAfter(response),
    field: body.error.field,
    limit: body.error.limit,
    actual: body.error.actual,
  });
}

/** The body, or null when it is not JSON (a proxy's error page, a cut connection). */
async function readJson(response, signal) {
  try {
    return await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    return null;
  }
}

function badAnswer(response) {
  return new ApiError("bad_answer", "", {
    status: response.status,
    requestId: response.headers.get("X-Request-Id") ?? "",
    retryAfter: retryAfter(response),
  });
}

function retryAfter(response) {
  const seconds = Number(response.headers.get("Retry-After") ?? NaN);
  return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : null;
}
