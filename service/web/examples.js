/** Posts to try in both tabs, written the way people write them: emoji, tags, codes, slang, two languages in one line. */

export const EXAMPLES = {
  en: [
    {
      label: "example_slang",
      lang: "en",
      text: "ngl everyone here is so wholesome 😭 day 3 on RedNote and I already pay my cat tax 🐱\n#tiktokrefugee #cattax",
    },
    {
      label: "example_mention",
      lang: "en",
      text: "@小红薯Mia omg your dumplings look SO good 🥟 recipe pls?? [doge] I promise I won't burn the kitchen down",
    },
    {
      label: "example_mixed",
      lang: "en",
      text: "My grandma only says 吃饱了没 to everyone at the party and honestly that's love ❤️",
    },
    {
      label: "example_numbers",
      lang: "en",
      text: "High-speed rail from Beijing to Shanghai: 1,318 km in 4.5 hours for ¥662 🚄\nWhole trip here → https://example.org/trip?id=42",
    },
    {
      label: "example_html",
      lang: "en",
      text: '<p>Just landed in <strong>Chengdu</strong>! <a href="https://example.org/tags/panda" class="mention hashtag">#panda</a><br>Who wants to get hot pot? 🌶️</p>',
      format: "html",
    },
  ],
  zh: [
    {
      label: "example_slang",
      lang: "zh-Hans",
      text: "姐妹们谁懂啊😭这家店的生煎真的绝绝子，yyds！排队一小时也值得\n#上海美食[话题]# #周末去哪儿[话题]#",
    },
    {
      label: "example_mention",
      lang: "zh-Hans",
      text: "@Mochi_the_cat 欢迎来到小红书！先交一下猫税🐱[doge][赞R] 你们那边几点吃晚饭？",
    },
    {
      label: "example_mixed",
      lang: "zh-Hans",
      text: "u1s1，这个 app 的 UI 我真的 respect，就是 loading 有点久[捂脸R] 求 update 🙏",
    },
    {
      label: "example_numbers",
      lang: "zh-Hans",
      text: "明早8:30集合，门票85元/人，全程约12公里🥾 别迟到哈～\n路线：https://example.com/map/7",
    },
    {
      label: "example_traditional",
      lang: "zh-Hant",
      text: "今天在台北喝了一杯珍珠奶茶🧋，真的超好喝！推薦大家來試試看～",
    },
  ],
};

/** Posts to judge: harmless ones, some of which only look bad, and advertising. None holds a word that hurts. */
export const POSTS = {
  en: [
    {
      label: "post_kind",
      lang: "en",
      text: "First week here and everyone is so kind 😭 thank you for all the cat pictures 🐱",
    },
    {
      label: "post_advert",
      lang: "en",
      text: "💸💸 Work from home and earn $500 a week! DM me for details, WhatsApp: +1 212 555 0147",
    },
    {
      label: "post_cloaked",
      lang: "en",
      text: "DM me for ｆｒｅｅ ｒｏｂｕｘ 🎁 e.a.s.y m0ney, WhatsApp: +1 212 555 0147",
    },
    {
      label: "post_rivals",
      lang: "en",
      text: "I am going to destroy you at chess tomorrow, see you at the board 😄",
    },
    {
      label: "post_harmless",
      lang: "en",
      text: "The assassin in the film hides in a cockpit near Scunthorpe, what a classic",
    },
    {
      label: "post_other",
      lang: "fr",
      text: "Bonjour à tous, quelqu’un connaît un bon restaurant près de la gare ?",
    },
  ],
  zh: [
    {
      label: "post_kind",
      lang: "zh-Hans",
      text: "今天第一次发帖，大家都好热情，谢谢你们的猫猫照片🐱",
    },
    {
      label: "post_advert",
      lang: "zh-Hans",
      text: "💰在家做兼职，日结，加我薇信：abc_12345，领优惠券",
    },
    {
      label: "post_cloaked",
      lang: "zh-Hant",
      text: "🧾代·開·發·票、無抵押貸款，私信领优惠，微信：magpie_2025",
    },
    {
      label: "post_contact",
      lang: "zh-Hans",
      text: "宝子们，完整教程放群里啦，扣扣 ①②③④⑤⑥⑦",
    },
    {
      label: "post_harmless",
      lang: "zh-Hans",
      text: "这个操作很简单：鸡肉和草莓洗干净，再配日本料理🍓",
    },
    {
      label: "post_mixed",
      lang: "zh-Hans",
      text: "刷 单 part-time 日结，DM me for details，WhatsApp: +86 138 0000 0000",
    },
  ],
};
