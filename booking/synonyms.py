"""What people call departments and illnesses, and what doctors' cards call them. Data only: a word not listed here means itself.

The list is short on purpose: a word stands here when lay speech and cards differ so far that no likeness of characters helps.
"""

from __future__ import annotations

DEPARTMENT_ALIASES: dict[str, tuple[str, ...]] = {
    "心脏科": ("心血管内科", "心内科"),
    "肠胃科": ("消化内科",),
    "胃肠科": ("消化内科",),
    "小儿科": ("儿科",),
    "牙科": ("口腔科",),
    "五官科": ("耳鼻喉科", "耳鼻咽喉科"),
    "耳鼻喉": ("耳鼻喉科", "耳鼻咽喉科"),
    "皮肤病科": ("皮肤科",),
    "糖尿病科": ("内分泌科",),
    "肾病科": ("肾内科",),
    "脑科": ("神经内科", "神经外科"),
    "脑外科": ("神经外科",),
    "妇科": ("妇产科",),
    "产科": ("妇产科",),
    "骨伤科": ("骨科",),
    "肺科": ("呼吸内科",),
    "肿瘤医学科": ("肿瘤科",),
}
"""A name by which patients ask, and the departments that it may mean, the likeliest first."""

ILLNESSES: dict[str, tuple[str, ...]] = {
    "心脏病": ("冠心病", "心律失常", "心力衰竭", "心肌病"),
    "心梗": ("心肌梗死", "冠心病"),
    "早搏": ("心律失常",),
    "血压高": ("高血压",),
    "血糖高": ("糖尿病",),
    "胃病": ("胃炎", "胃溃疡", "消化性溃疡"),
    "胃疼": ("胃炎", "胃溃疡"),
    "拉肚子": ("腹泻", "肠炎"),
    "中风": ("脑梗死", "脑卒中", "脑血管病"),
    "脑梗": ("脑梗死", "脑血管病"),
    "头疼": ("头痛",),
    "腰疼": ("腰椎间盘突出", "腰痛"),
    "颈椎病": ("颈椎",),
    "近视": ("屈光不正",),
    "感冒": ("上呼吸道感染",),
    "哮喘": ("支气管哮喘",),
    "青春痘": ("痤疮",),
    "甲亢": ("甲状腺功能亢进", "甲状腺"),
    "怀孕": ("产前检查", "孕期保健"),
    "不孕": ("不孕不育", "不孕症"),
    "肝炎": ("病毒性肝炎", "乙肝"),
    "痔疮": ("肛肠",),
}
"""A lay word and the words of specialities that it stands for."""
