"""The texts of the functional checks, one a line: invented posts, short and everyday."""

__all__ = ["EMOJI", "NUMBERS", "PLACEHOLDERS", "SHORT", "SWITCHED"]

Texts = dict[str, tuple[str, ...]]


def _lines(en: str, zh: str) -> Texts:
    return {"en": tuple(en.strip().splitlines()), "zh": tuple(zh.strip().splitlines())}


PLACEHOLDERS = _lines(
    """
Thanks ⟦0⟧ for the help!
⟦0⟧ I can't believe this happened ⟦1⟧
Have you seen the new video from ⟦0⟧?
I bought this at ⟦0⟧ yesterday and I love it ⟦1⟧
Please click ⟦0⟧here⟦1⟧ to read more.
⟦0⟧ and ⟦1⟧ are my favourite singers.
My dog ate my homework ⟦0⟧ what should I do?
Happy birthday ⟦3⟧! Wish you all the best ⟦4⟧⟦5⟧
The code ⟦0⟧ does not work on my phone.
We are going to ⟦0⟧ next week with ⟦1⟧.
⟦0⟧ good morning everyone ⟦1⟧ how are you today? ⟦2⟧
This song is so good ⟦0⟧ I listen to it every day ⟦1⟧ and every night ⟦2⟧
""",
    """
谢谢⟦0⟧的帮助！
⟦0⟧我真不敢相信⟦1⟧
你看过⟦0⟧的新视频吗？
我昨天在⟦0⟧买的，很喜欢⟦1⟧
请点击⟦0⟧这里⟦1⟧了解更多。
⟦0⟧和⟦1⟧是我最喜欢的歌手。
我的狗把作业吃了⟦0⟧我该怎么办？
生日快乐⟦3⟧！祝你一切顺利⟦4⟧
⟦0⟧这个代码在我的手机上不能用。
我们下周要和⟦1⟧一起去⟦0⟧。
⟦0⟧大家早上好⟦1⟧今天过得怎么样？⟦2⟧
这首歌太好听了⟦0⟧我每天都听⟦1⟧
""",
)
NUMBERS = _lines(
    """
I am 25 years old.
The meeting starts at 9:30.
It costs 199 dollars.
There are 12 students in the class.
He was born in 1998.
My room number is 408.
Only 3 days left!
We need 50 more people.
It is 100% free.
I ran 10 kilometers today.
She has 2 cats and 14 fish.
Call me at 555-0199.
The bus number is 36.
I have been waiting for 45 minutes.
It is 37.5 degrees outside.
He scored 28 points last night.
Chapter 11 is the best one.
I need 6 eggs for this cake.
It was 70% off.
We have 365 days in a year.
""",
    """
我今年25岁。
会议9:30开始。
这个要199元。
班里有12个学生。
他出生于1998年。
我的房间号是408。
只剩3天了！
我们还需要50个人。
这是100%免费的。
我今天跑了10公里。
她有2只猫和14条鱼。
打我电话555-0199。
坐36路公交车。
我已经等了45分钟了。
外面37.5度。
他昨晚得了28分。
第11章最好看。
做这个蛋糕要6个鸡蛋。
打了70%的折扣。
一年有365天。
""",
)
EMOJI = _lines(
    """
I love this song 😍
😂😂😂 that was so funny
Good night 🌙 sleep well
Happy birthday 🎂🎉 to my best friend
My cat 🐱 is sleeping on my keyboard
This is the best pizza 🍕 I have ever had!
See you tomorrow 👋
I can't believe it 😱 did that really happen?
Family dinner tonight 👨‍👩‍👧‍👦
She is a doctor 👩‍⚕️ and I am so proud of her
Go team 🇨🇳!
We are flying to Japan 🇯🇵 next week
From the USA 🇺🇸 to China 🇨🇳 with love ❤️
Well done 👍🏽
❤️ thank you all for the support
Stay strong 💪🏿 my friend
I am so tired 😴 today
Coffee ☕ first, then work
It's raining again 🌧️ in my city
Rainbow after the rain 🏳️‍🌈
My brother plays football ⚽ every Sunday
Number 1️⃣ in my heart
What a goal 🔥🔥
I'm crying 😭 this is so sweet 🥹
Merry Christmas 🎄 everyone 🎅
Go Scotland 🏴󠁧󠁢󠁳󠁣󠁴󠁿 go!
I miss you 🥺👉👈
The new phone 📱 is too expensive 💸
""",
    """
这首歌太好听了😍
😂😂😂笑死我了
晚安🌙做个好梦
祝我最好的朋友生日快乐🎂🎉
我的猫🐱睡在键盘上
这是我吃过最好吃的披萨🍕！
明天见👋
真不敢相信😱这是真的吗？
今晚一家人吃饭👨‍👩‍👧‍👦
她是医生👩‍⚕️我为她骄傲
中国队🇨🇳加油！
我们下周飞日本🇯🇵
从美国🇺🇸到中国🇨🇳❤️
干得好👍🏽
❤️谢谢大家的支持
朋友，坚强💪🏿
今天好累😴
先喝咖啡☕再工作
我的城市又下雨了🌧️
雨后的彩虹🏳️‍🌈
我弟弟每个星期天踢足球⚽
你是我心中的1️⃣
这个球太棒了🔥🔥
我哭了😭太甜了🥹
大家圣诞快乐🎄🎅
苏格兰🏴󠁧󠁢󠁳󠁣󠁴󠁿加油！
我想你了🥺👉👈
新手机📱太贵了💸
""",
)
# After the bar: the words of the target language that the answer must hold.
SWITCHED = _lines(
    """
I really love 火锅.|火锅
This is my favourite 奶茶 shop.|奶茶
My 妈妈 is a teacher.|妈妈
Have you ever been to 成都?|成都
She is wearing a beautiful 旗袍.|旗袍
We had 饺子 for dinner.|饺子
Happy 春节 everyone!|春节
I want to learn 太极 with you.|太极
He gave me a 红包 yesterday.|红包
Do you like 麻将?|麻将
My 奶奶 makes the best soup.|奶奶
Let's go to 长城 this weekend.|长城
I bought some 月饼 for my friends.|月饼
The 地铁 was full this morning.|地铁
He is my 老师.|老师
I miss 上海 so much.|上海
Can you teach me how to cook 宫保鸡丁?|宫保鸡丁
My 男朋友 forgot my birthday.|男朋友
I'm learning 书法 at school.|书法
This 火车站 is very big.|火车站
She sings 京剧 very well.|京剧
I drink 绿茶 every day.|绿茶
The 外卖 is late again.|外卖
Where can I buy 豆浆?|豆浆
My 同学 is from Canada.|同学
I saw a 熊猫 at the zoo.|熊猫
He is so 帅.|帅
We stayed at a small 民宿.|民宿
Please send it to my 微信.|微信
I'm going to the 超市 now.|超市
The 包子 here are cheap.|包子
My 爸爸 likes fishing.|爸爸
I want to visit 西安 next year.|西安
Is there a 医院 near here?|医院
She plays the 古筝 every evening.|古筝
That 电影 made me cry.|电影
I have no 时间 today.|时间
We watched the 烟花 together.|烟花
My 室友 never cleans the kitchen.|室友
It was my first 中秋节 away from home.|中秋节
""",
    """
这个feature很好用。|feature
我的 boss 今天很生气。|boss
你什么时候有 meeting？|meeting
我想买一个新的laptop。|laptop
今天的 party 很好玩。|party
他是我的 best friend。|best friend
这个 app 太慢了。|app
她的 style 我很喜欢。|style
我们去喝 coffee 吧。|coffee
我收到了你的email。|email
这个 project 快要结束了。|project
你的 idea 很不错。|idea
我今天没有 mood 工作。|mood
明天有一个 interview。|interview
请把 file 发给我。|file
我的 phone 没电了。|phone
他是一个 designer。|designer
这个 brand 很有名。|brand
我在学 Python。|Python
她昨天上传了一个 video。|video
我们的 team 赢了！|team
这件衣服的 size 太小了。|size
你有没有 wifi 密码？|wifi
周末去 shopping 吧。|shopping
他的 presentation 很无聊。|presentation
这个 update 让我的电脑变慢了。|update
我很喜欢这个 game。|game
你能帮我 check 一下吗？|check
我的 deadline 是星期五。|deadline
那家 restaurant 的菜很好吃。|restaurant
这个 concert 的票卖完了。|concert
他每天都去 gym。|gym
我需要一点 feedback。|feedback
她是我的 roommate。|roommate
今天的 lunch 是面条。|lunch
我忘了我的 password。|password
这个 bug 还没有修好。|bug
我喜欢他的 voice。|voice
下周我们去 camping。|camping
这个 price 太高了。|price
""",
)
SHORT = _lines(
    """
Hello
Test
J
ok
lol
no
I'm sorry
sitt
good
wow
hmm
why
SOPA DE ERVILHA
Come on
yes!
so cute
The
a
hahaha
???
ok ok ok
""",
    """
缓缓走来
否
好
哈哈哈哈
测试
啊
你好
嗯嗯
绝了
笑死
早
不
加油
冲冲冲
救命
好的好的
真的假的
呜呜呜
的
一
在吗
""",
)
