"""The words that seeded houses and people are described with."""

from __future__ import annotations

from server.seed.model import HouseKind

MOODS = (
    "阳光",
    "安静",
    "温馨",
    "宽敞",
    "复古",
    "原木风",
    "侘寂风",
    "极简",
    "文艺",
    "日式",
    "全新装修",
    "亲子",
    "可做饭",
    "干净",
)
KIND_MOODS = {
    HouseKind.HUTONG: ("老北京", "中式", "青砖", "有天井的", "带院子的"),
    HouseKind.APARTMENT: ("朝南", "近地铁", "北欧风", "轻奢", "法式", "拎包入住", "高楼层"),
    HouseKind.LOFT: ("工业风", "北欧风", "轻奢", "挑高", "创意"),
    HouseKind.VILLA: ("轻奢", "法式", "美式", "带花园的", "大院子"),
    HouseKind.CABIN: ("山野", "田园", "临溪", "有火炕的", "带果园的"),
}
NOUNS = {
    HouseKind.HUTONG: (
        "四合院",
        "小院",
        "胡同小院",
        "独门独院",
        "老宅",
        "庭院套间",
        "影壁小院",
        "海棠小院",
        "平房小院",
    ),
    HouseKind.APARTMENT: ("公寓", "家庭房", "高层公寓", "落地窗公寓", "精装公寓", "观景房", "民宿"),
    HouseKind.LOFT: ("LOFT", "复式LOFT", "跃层LOFT", "厂房改造LOFT", "艺术家工作室", "跃层公寓"),
    HouseKind.VILLA: ("独栋别墅", "联排别墅", "花园别墅", "聚会别墅", "湖景别墅", "度假别墅"),
    HouseKind.CABIN: (
        "山居",
        "民宿小院",
        "木屋",
        "石头房子",
        "农家院",
        "山脚下的家",
        "星空小屋",
        "溪边小院",
        "果园小院",
    ),
}
ENDINGS = {
    HouseKind.HUTONG: ("闹中取静", "有枣树和猫", "可在院里喝茶", "出门逛胡同", "老北京味道", "夏夜可乘凉"),
    HouseKind.APARTMENT: ("楼下有早餐", "夜景很好", "智能门锁", "出差首选", "带投影", "有大书桌"),
    HouseKind.LOFT: ("五米挑高", "适合拍照", "超大投影", "有唱片机", "可办小聚会", "有吧台"),
    HouseKind.VILLA: ("可烧烤", "带草坪", "团建聚会", "有桌游和KTV", "三代同住", "免费停车"),
    HouseKind.CABIN: ("推窗见山", "可看星空", "有火炕", "院里烤全羊", "周末放空", "早上听鸟叫"),
}
DIGITS = "零一二三四五六七八九十"
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔"
    "谭陆范汪廖石金贾夏韦付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤"
)
GIVEN = (
    "静怡佳慧雨桐子涵梓萱思远浩然宇航晨曦欣悦雅琪婉清若兰书瑶明哲志强建国晓东海峰立新文博俊杰嘉懿煜城语嫣诗雯梦琪"
    "天佑一鸣安然乐天星辰慕白望舒知夏初晴忆南念北云帆景行"
)
NICKNAMES = (
    "胡同里的猫", "爱旅行的", "房东", "小院主人", "山里人", "老北京", "摄影师", "咖啡店的", "民宿主理人", "住在国贸的",
    "五道口的", "后海边的", "爱做饭的", "晒太阳的", "读书的",
)  # fmt: skip


def layout(rooms: int, halls: int, baths: int) -> str:
    """Rooms, halls and bathrooms in words: 两室一厅一卫."""
    words = [("两" if rooms == 2 else number_word(rooms)) + "室"]
    words += [
        ("两" if count == 2 else number_word(count)) + unit
        for count, unit in ((halls, "厅"), (baths, "卫"))
        if count
    ]
    return "".join(words)


def number_word(number: int) -> str:
    """1 to 19 in Chinese."""
    return DIGITS[number] if number <= 10 else "十" + DIGITS[number - 10]
