/** Posts to try, written the way people write them: emoji, tags, codes, slang, two languages in one line. */

export const EXAMPLES = {
  en: [
    {
      label: "example_slang",
      text: "ngl everyone here is so wholesome 😭 day 3 on RedNote and I already pay my cat tax 🐱\n#tiktokrefugee #cattax",
    },
    {
      label: "example_mention",
      text: "@小红薯Mia omg your dumplings look SO good 🥟 recipe pls?? [doge] I promise I won't burn the kitchen down",
    },
    {
      label: "example_mixed",
      text: "My grandma only says 吃饱了没 to everyone at the party and honestly that's love ❤️",
    },
    {
      label: "example_numbers",
      text: "High-speed rail from Beijing to Shanghai: 1,318 km in 4.5 hours for ¥662 🚄\nWhole trip here → https://example.org/trip?id=42",
    },
    {
      label: "example_html",
      text: '<p>Just landed in <strong>Chengdu</strong>! <a href="https://example.org/tags/panda" class="mention hashtag">#panda</a><br>Who wants to get hot pot? 🌶️</p>',
      format: "html",
    },
  ],
  zh: [
    {
      label: "example_slang",
      text: "姐妹们谁懂啊😭这家店的生煎真的绝绝子，yyds！排队一小时也值得\n#上海美食[话题]# #周末去哪儿[话题]#",
    },
    {
      label: "example_mention",
      text: "@Mochi_the_cat 欢迎来到小红书！先交一下猫税🐱[doge][赞R] 你们那边几点吃晚饭？",
    },
    {
      label: "example_mixed",
      text: "u1s1，这个 app 的 UI 我真的 respect，就是 loading 有点久[捂脸R] 求 update 🙏",
    },
    {
      label: "example_numbers",
      text: "明早8:30集合，门票85元/人，全程约12公里🥾 别迟到哈～\n路线：https://example.com/map/7",
    },
    {
      label: "example_traditional",
      text: "今天在台北喝了一杯珍珠奶茶🧋，真的超好喝！推薦大家來試試看～",
    },
  ],
};
