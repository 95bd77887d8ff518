/** The page's own words in English and Chinese. `{name}` stands for a value. */

const en = {
  title: "Magpie 鹊桥 · English and Chinese",
  skip: "Skip to the text box",
  tagline: "A bridge between English and Chinese, for the way people really post.",
  page_language: "中文 (language of this page)",
  dark_mode: "Dark mode",
  translator: "Translator",
  source_lang: "Translate from",
  target_lang: "Translate to",
  auto: "Detect",
  swap: "Swap languages",
  swap_hint: "Swap languages (Alt+S)",
  source_text: "Text to translate",
  placeholder: "Type or paste a post, a comment, a caption…",
  translation: "Translation",
  output_empty: "The translation appears here.",
  output_too_long: "This text is over the limit. Shorten it to translate.",
  clear: "Clear",
  translate: "Translate",
  copy: "Copy",
  copied: "Copied",
  copy_failed: "The browser refused to copy",
  use: "Use",
  alternatives: "Alternatives",
  alternatives_title: "Other ways to say it",
  alternative_number: "Copy alternative {number}",
  warnings: "Good to know",
  tokens: "Kept exactly as written",
  more: "and {count} more",
  format: "Input",
  format_text: "Text",
  format_html: "HTML",
  hashtags: "Hashtags",
  hashtags_keep: "Keep",
  hashtags_translate: "Translate",
  api_key: "API key",
  hint_translate: "translates now",
  hint_swap: "swaps",
  examples: "Try a post",
  example_slang: "slang",
  example_mention: "mentions",
  example_mixed: "two languages",
  example_numbers: "numbers, links",
  example_html: "HTML",
  example_traditional: "Traditional",
  privacy: "Your text goes to this server only. It is not logged.",
  about: "Magpie {version} · model {model} · {licence}",
  about_no_licence: "Magpie {version} · model {model}",
  counter: "{count} / {limit}",
  counter_plain: "{count}",
  detected: "{language} · {percent}%",
  detected_mixed: "{language} · {percent}% · mixed",
  detected_empty: "nothing to detect",
  detected_no_letters: "no words found",
  detected_unknown_script: "not English or Chinese",
  lang_en: "English",
  "lang_zh-Hans": "Simplified Chinese",
  "lang_zh-Hant": "Traditional Chinese",
  timing: "{total} ms · queue {queue} · model {inference}",
  timing_round_trip: "{total} ms",
  timing_title: "Time on the server: {stages}. With the network: {total} ms.",
  flip: "Translate into {language} instead",
  flipped: "The text is already in that language, so the target is now {language}.",
  retry: "Try again",
  dismiss: "Dismiss",
  retry_after: "Wait about {seconds} s, then try again.",
  request_id: "request {id}",
  error_status: "Translation failed",
  kept: "Kept as written: {kind}",
  kind_url: "link",
  kind_email: "e-mail",
  kind_mention: "mention",
  kind_hashtag: "hashtag",
  kind_emote: "sticker code",
  kind_shortcode: "shortcode",
  kind_emoji: "emoji",
  kind_template: "placeholder",
  kind_code: "code",
  kind_number: "number",
  kind_control: "control text",
  kind_tag: "HTML tag",
  kind_entity: "HTML character",
  kind_notranslate: "marked “do not translate”",
  warn_already_in_target: "The text is already in the language you asked for, so it is unchanged.",
  warn_not_translatable: "There is nothing here to translate, so the text is unchanged.",
  warn_not_translatable_empty: "There is no text to translate.",
  warn_not_translatable_no_letters: "Only emoji, numbers or symbols: there are no words to translate.",
  warn_not_translatable_unknown_script: "This is neither English nor Chinese, so it is unchanged.",
  warn_not_translatable_keyboard_mash: "This looks like random keys rather than words, so it is unchanged.",
  warn_placeholder_fallback: "Tags, links or codes were kept by translating the text around them.",
  warn_term_changed: "A word that needed no translation is missing from the translation. Please check it.",
  warn_number_changed: "A number in the source is missing from the translation. Please check it.",
  warn_repetition_repaired: "The model began to repeat itself; this part was translated again.",
  warn_copied_source: "This part could not be translated well, so the original was kept.",
  warn_untranslated: "Part of the translation may still be in the original language.",
  warn_length_ratio: "The translation is much shorter than the original; something may be missing.",
  warn_segment_wrapped: "A very long sentence was translated in pieces.",
  warn_alternatives_fewer: "There are fewer alternatives than asked for.",
  error_network: "The server cannot be reached",
  error_bad_answer: "The server's answer could not be read (status {status})",
  error_unauthorized: "This server wants an API key",
  error_rate_limited: "Too many requests",
  error_overloaded: "The server is busy",
  error_not_ready: "The server is still starting",
  error_deadline_exceeded: "The translation took too long",
  error_engine_failed: "The model failed on this text",
  error_internal: "Something went wrong on the server",
  error_text_too_long: "The text is too long",
  error_payload_too_large: "The text is too long",
  error_unsupported_direction: "This model does not translate in that direction",
  error_other: "The request was refused",
};

const zh = {
  title: "鹊桥 Magpie · 中英互译",
  skip: "跳到输入框",
  tagline: "中英之间的一座桥，专为社交媒体的真实文字而建。",
  page_language: "EN · English（页面语言）",
  dark_mode: "深色模式",
  translator: "翻译",
  source_lang: "源语言",
  target_lang: "目标语言",
  auto: "自动检测",
  swap: "交换语言",
  swap_hint: "交换语言（Alt+S）",
  source_text: "待翻译的文字",
  placeholder: "输入或粘贴帖子、评论、文案……",
  translation: "译文",
  output_empty: "译文会显示在这里。",
  output_too_long: "文字超过长度上限，请缩短后再翻译。",
  clear: "清空",
  translate: "翻译",
  copy: "复制",
  copied: "已复制",
  copy_failed: "浏览器拒绝了复制",
  use: "采用",
  alternatives: "其他译法",
  alternatives_title: "也可以这样说",
  alternative_number: "复制第 {number} 种译法",
  warnings: "请留意",
  tokens: "原样保留的内容",
  more: "另有 {count} 项",
  format: "输入格式",
  format_text: "文本",
  format_html: "HTML",
  hashtags: "话题标签",
  hashtags_keep: "保留",
  hashtags_translate: "翻译",
  api_key: "API 密钥",
  hint_translate: "立即翻译",
  hint_swap: "交换语言",
  examples: "试试这些帖子",
  example_slang: "流行语",
  example_mention: "@提及",
  example_mixed: "中英混用",
  example_numbers: "数字与链接",
  example_html: "HTML",
  example_traditional: "繁体",
  privacy: "文字只发送到这台服务器，不会写入日志。",
  about: "鹊桥 {version} · 模型 {model} · {licence}",
  about_no_licence: "鹊桥 {version} · 模型 {model}",
  counter: "{count} / {limit}",
  counter_plain: "{count}",
  detected: "{language} · {percent}%",
  detected_mixed: "{language} · {percent}% · 混合",
  detected_empty: "没有可检测的内容",
  detected_no_letters: "没有文字",
  detected_unknown_script: "不是中文或英文",
  lang_en: "英文",
  "lang_zh-Hans": "简体中文",
  "lang_zh-Hant": "繁体中文",
  timing: "{total} 毫秒 · 排队 {queue} · 模型 {inference}",
  timing_round_trip: "{total} 毫秒",
  timing_title: "服务器用时：{stages}。含网络：{total} 毫秒。",
  flip: "改为译成{language}",
  flipped: "原文已经是该语言，目标语言已改为{language}。",
  retry: "重试",
  dismiss: "关闭",
  retry_after: "请等待约 {seconds} 秒后再试。",
  request_id: "请求编号 {id}",
  error_status: "翻译失败",
  kept: "原样保留：{kind}",
  kind_url: "链接",
  kind_email: "邮箱",
  kind_mention: "提及",
  kind_hashtag: "话题",
  kind_emote: "表情代码",
  kind_shortcode: "短代码",
  kind_emoji: "表情符号",
  kind_template: "占位符",
  kind_code: "代码",
  kind_number: "数字",
  kind_control: "控制字符",
  kind_tag: "HTML 标签",
  kind_entity: "HTML 字符",
  kind_notranslate: "标注为“不翻译”",
  warn_already_in_target: "原文已经是目标语言，未作改动。",
  warn_not_translatable: "没有可翻译的内容，未作改动。",
  warn_not_translatable_empty: "没有可翻译的文字。",
  warn_not_translatable_no_letters: "只有表情、数字或符号，没有可翻译的文字。",
  warn_not_translatable_unknown_script: "原文既不是中文也不是英文，未作改动。",
  warn_not_translatable_keyboard_mash: "看起来像随意敲出的字符，未作改动。",
  warn_placeholder_fallback: "为了保留标签、链接或代码，只翻译了它们前后的文字。",
  warn_term_changed: "原文里一个无需翻译的词没有出现在译文中，请核对。",
  warn_number_changed: "译文里少了原文中的一个数字，请核对。",
  warn_repetition_repaired: "模型出现重复，这一部分已重新翻译。",
  warn_copied_source: "这一部分无法译好，保留了原文。",
  warn_untranslated: "译文中可能还有未翻译的内容。",
  warn_length_ratio: "译文比原文短很多，可能有遗漏。",
  warn_segment_wrapped: "有一个句子太长，分段翻译了。",
  warn_alternatives_fewer: "可用的其他译法比要求的少。",
  error_network: "无法连接服务器",
  error_bad_answer: "无法读取服务器的回应（状态 {status}）",
  error_unauthorized: "此服务器需要 API 密钥",
  error_rate_limited: "请求太频繁",
  error_overloaded: "服务器繁忙",
  error_not_ready: "服务器仍在启动",
  error_deadline_exceeded: "翻译超时",
  error_engine_failed: "模型处理这段文字时出错",
  error_internal: "服务器出错",
  error_text_too_long: "文字太长",
  error_payload_too_large: "文字太长",
  error_unsupported_direction: "此模型不支持这个翻译方向",
  error_other: "请求被拒绝",
};

export const MESSAGES = { en, zh };
const KEY = "magpie.language";
let current = "en";

/** The saved choice, else the browser's first language, as `en` or `zh`. */
export function preferredLanguage() {
  const browser = (navigator.language ?? "").toLowerCase().startsWith("zh") ? "zh" : "en";
  try {
    const saved = localStorage.getItem(KEY);
    return saved in MESSAGES ? saved : browser;
  } catch {
    return browser;
  }
}

/** Switch the page's words; `remember` keeps the choice for the next visit. */
export function setLanguage(language, { remember = false } = {}) {
  current = language;
  if (remember) {
    try {
      localStorage.setItem(KEY, language);
    } catch {
      // Storage may be blocked; the choice then lasts until the page is closed.
    }
  }
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  document.title = t("title");
  for (const [data, set] of Object.entries(PLACES)) {
    for (const node of document.querySelectorAll(`[data-${data}]`)) {
      set(node, t(node.getAttribute(`data-${data}`)));
    }
  }
}

export function language() {
  return current;
}

/** Where a translated word goes, by the attribute that names its key. */
const PLACES = {
  i18n: (node, text) => (node.textContent = text),
  "i18n-label": (node, text) => node.setAttribute("aria-label", text),
  "i18n-title": (node, text) => (node.title = text),
  "i18n-placeholder": (node, text) => (node.placeholder = text),
};

export function has(key) {
  return key in en;
}

/** The message for `key`, with `{name}` replaced from `values`. */
export function t(key, values = {}) {
  const template = MESSAGES[current][key] ?? en[key] ?? key;
  return template.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
