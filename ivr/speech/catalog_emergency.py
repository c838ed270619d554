"""What ``scripts/emergency-agi`` says while no server answers."""

from __future__ import annotations

from ivr.speech.words import Entry

EMERGENCY_PROMPTS: dict[str, Entry] = {
    "emergency-sorry": Entry(
        zh="您好，预约系统正在检修，给您添麻烦了。请留下预约内容，恢复后马上为您办理，并用短信告诉您结果。",
        en="Hello. The booking system is being repaired; we are sorry. Leave your request: we will handle it as soon as we "
        "are back and text you the result.",
    ),
    "emergency-phone": Entry(
        zh="请输入您的十一位手机号码。需要人工服务，请按零，再按井号键。",
        en="Please key your eleven digit mobile number. For an operator, press zero, then the hash key.",
    ),
    "emergency-doctor": Entry(
        zh="请输入五位医生工号。需要人工服务，请按零，再按井号键。",
        en="Please key the five digits of the doctor's number. For an operator, press zero, then the hash key.",
    ),
    "emergency-when": Entry(
        zh="请输入八位就诊时间，月、日、时、分各两位。例如七月十五日八点三十分，请按零七幺五零八三零。",
        en="Please key the time in eight digits: month, day, hour and minute, two digits each. For example, for July fifteenth, "
        "eight thirty, key zero seven one five, zero eight three zero.",
    ),
    "emergency-again": Entry(
        zh="位数不对，请再输入一次。", en="That was not the right number of digits. Please try again."
    ),
    "emergency-good": Entry(zh="好的。", en="Thank you."),
    "emergency-noted": Entry(
        zh="已经记下您的预约，这还不是预约成功。系统恢复后会用短信告诉您结果。再见。",
        en="Your request is noted. It is not a booking yet: we will text you the result when the system is back. Goodbye.",
    ),
    "emergency-agent": Entry(
        zh="正在为您转接人工服务，请稍候。", en="We are connecting you to an operator. Please hold."
    ),
}
