"""The sentences of the call flows: short, one step at a time, the key last, nobody scolded."""

from __future__ import annotations

from ivr.speech.words import Entry

_MENUS: dict[str, Entry] = {
    "welcome": Entry(zh="您好，欢迎使用预约挂号热线。", en="Hello. Welcome to the appointment hotline."),
    "main-menu": Entry(
        zh="预约挂号请按一，查询我的预约请按二，取消或者改期请按三，按科室找医生请按四，投诉请按五，重听请按九，人工服务请按零。",
        en="To book, press one. To hear your bookings, press two. To cancel or move one, press three. Doctors and departments, press four. "
        "Complaints, press five. To repeat, press nine. For an operator, press zero.",
    ),
    "book-menu": Entry(
        zh="知道医生工号请按一，按科室选择请按二，预约您上次的医生请按三，返回请按星号键。",
        en="If you know the doctor's number, press one. By department, press two. The same doctor as last time, press three. "
        "To go back, press star.",
    ),
    "main-or-end": Entry(
        zh="返回主菜单请按九，结束请挂机。", en="For the main menu, press nine. Otherwise you may hang up."
    ),
    "confirm-book": Entry(
        zh="确认预约请按一，重新选择请按二，返回请按星号键。",
        en="To confirm, press one. To choose again, press two. To go back, press star.",
    ),
    "confirm-cancel": Entry(
        zh="确认取消请按一，保留预约请按二，改到其他时间请按三。",
        en="To cancel this booking, press one. To keep it, press two. To move it to another time, press three.",
    ),
    "confirm-give-back": Entry(
        zh="确认取消请按一，保留预约请按二。", en="To give this booking back, press one. To keep it, press two."
    ),
    "confirm-move": Entry(
        zh="确认改期请按一，保留原来的时间请按二，返回请按星号键。",
        en="To move the booking, press one. To keep the old time, press two. To go back, press star.",
    ),
    "confirm-rebook": Entry(
        zh="确认预约请按一，不改约请按二。", en="To book this time, press one. To leave it, press two."
    ),
    "wait-or-other": Entry(
        zh="候补请按一，选其他时间请按二。",
        en="To join the waiting list, press one. To choose another time, press two.",
    ),
    "confirm-wait": Entry(
        zh="确认候补请按一，选其他时间请按二。",
        en="To join the waiting list, press one. To choose another time, press two.",
    ),
    "confirm-leave": Entry(
        zh="确认退出候补请按一，保留请按二。", en="To leave the waiting list, press one. To stay on it, press two."
    ),
    "offer-choices": Entry(
        zh="要这个号请按一，不要请按二，稍后再说请按九。",
        en="To take it, press one. To decline it, press two. To decide later, press nine.",
    ),
    "release-choices": Entry(
        zh="改约请按一，不再改约请按二，稍后再说请按九。",
        en="To book another time, press one. To leave it at that, press two. To decide later, press nine.",
    ),
    "notice-choices": Entry(
        zh="保留请按一，退号请按二，改约请按三，稍后再说请按九。",
        en="To keep it, press one. To give it back, press two. For another time, press three. To decide later, press nine.",
    ),
    "from-start": Entry(zh="从头再听", en="To hear them again,"),
    "more": Entry(zh="听更多", en="To hear more,"),
    **{
        f"press-{key}": Entry(zh=f"请按{word}。", en=f"press {english}.")
        for key, word, english in (
            ("1", "一", "one"),
            ("2", "二", "two"),
            ("3", "三", "three"),
            ("4", "四", "four"),
            ("8", "八", "eight"),
            ("9", "九", "nine"),
        )
    },
}

_FIELDS: dict[str, Entry] = {
    "key-doctor": Entry(
        zh="请输入五位医生工号，返回请按星号键。",
        en="Please key the five digits of the doctor's number. To go back, press star.",
    ),
    "key-doctor-again": Entry(zh="请输入五位医生工号。", en="Please key the doctor's number, five digits."),
    "bad-doctor": Entry(
        zh="工号是五位数字，例如零零八六八。",
        en="A doctor's number has five digits, for example zero zero eight six eight.",
    ),
    "no-such-doctor": Entry(zh="没有这个工号的医生。", en="There is no doctor of that number."),
    "key-when": Entry(
        zh="请输入就诊时间：月、日、时、分各两位，例如七月十五日八点半，请按零七幺五零八三零。只输入月和日四位，可以听当天的空余时间。",
        en="Please key the time: month, day, hour, minute, two digits each. July fifteenth, half past eight, is zero seven one "
        "five, zero eight three zero. Key only month and day to hear the free times of that day.",
    ),
    "key-when-again": Entry(
        zh="请输入八位就诊时间，或者四位日期。", en="Please key the time in eight digits, or the date in four."
    ),
    "bad-when": Entry(
        zh="没有这个时间，请按月、日、时、分各两位输入。",
        en="There is no such time. Month, day, hour, minute, two digits each.",
    ),
    "key-identity": Entry(
        zh="请输入就诊人的十八位身份证号，字母X请按星号键。",
        en="Please key the patient's eighteen digit identity number; for the letter X, press star.",
    ),
    "bad-identity-length": Entry(zh="身份证号应为十八位。", en="An identity number has eighteen places."),
    "bad-identity-date": Entry(zh="身份证号中的出生日期不对。", en="The date of birth in that number is not possible."),
    "bad-identity-check": Entry(
        zh="身份证号核对不上，请检查后再输入。",
        en="That identity number does not add up. Please check it and key it again.",
    ),
    "key-code": Entry(
        zh="请输入八位预约号，返回请按星号键。",
        en="Please key the eight digits of the booking code. To go back, press star.",
    ),
    "key-code-again": Entry(zh="请输入八位预约号。", en="Please key the booking code, eight digits."),
    "bad-code": Entry(
        zh="预约号是八位数字，您输入的核对不上。", en="A booking code has eight digits; that one does not add up."
    ),
    "not-heard": Entry(zh="没有听到您的按键。", en="We did not hear a key."),
    "no-such-key": Entry(zh="没有这个选项。", en="That is not one of the choices."),
}

_ANSWERS: dict[str, Entry] = {
    "please-wait": Entry(zh="请稍候。", en="One moment, please."),
    "to-agent": Entry(zh="正在为您转接人工服务，请稍候。", en="We are connecting you to an operator. Please hold."),
    "goodbye": Entry(zh="感谢您的来电，再见。", en="Thank you for calling. Goodbye."),
    "doctor-is": Entry(zh="您选择的是", en="You have chosen"),
    "free-times": Entry(zh="空余时间：", en="Free times:"),
    "left": Entry(zh="余", en="free:"),
    "numbers": Entry(zh="个号，", en="places,"),
    "none-that-day": Entry(zh="当天没有空余的号。", en="There is nothing free on that day."),
    "not-that-time": Entry(zh="这个时间没有号。", en="There is no place at that time."),
    "nothing-free": Entry(zh="这位医生近期没有空余的号。", en="This doctor has nothing free in the coming days."),
    "other-time": Entry(zh="自己输入其他时间", en="To key another time,"),
    "which-department": Entry(zh="请选择科室。", en="Please choose a department."),
    "which-doctor": Entry(zh="请选择医生。", en="Please choose a doctor."),
    "no-doctor-open": Entry(zh="这个科室近期没有空余的号。", en="This department has nothing free in the coming days."),
    "no-department": Entry(zh="目前没有可以预约的科室。", en="There is no department to book at present."),
    "no-last-doctor": Entry(zh="没有查到您上次的医生。", en="We found no earlier doctor of yours."),
    "who": Entry(zh="请选择就诊人。", en="Who is the patient?"),
    "for-tail": Entry(zh="身份证尾号", en="Identity number ending in"),
    "someone-else": Entry(zh="为其他人预约", en="For someone else,"),
    "you-book": Entry(zh="您要预约的是", en="You are booking"),
    "patient-tail": Entry(zh="就诊人身份证尾号", en="for the patient whose identity number ends in"),
    "booked": Entry(zh="预约成功。", en="You are booked."),
    "code-is": Entry(zh="预约号是", en="The booking code is"),
    "once-more": Entry(zh="再说一遍，", en="Once more:"),
    "place-is": Entry(zh="就诊地点", en="Place:"),
    "fee-is": Entry(zh="挂号费", en="Fee:"),
    "bring-identity": Entry(zh="就诊时请带身份证。", en="Please bring the identity card."),
    "text-follows": Entry(zh="预约信息会用短信发给您。", en="You will receive a text with the details."),
    "full": Entry(zh="这个时间的号刚刚约满。", en="That time has just been taken."),
    "cutoff": Entry(zh="这个时间已经不能预约了。", en="That time can no longer be booked."),
    "clinic-stopped": Entry(zh="这位医生当天停诊。", en="The doctor has no clinic on that day."),
    "already-booked": Entry(zh="就诊人在这个时段已经有预约：", en="The patient already has a booking in that session:"),
    "patient-has-booking": Entry(
        zh="就诊人在这个时段已经有预约，不能再约。",
        en="The patient already has a booking in that session and cannot have another.",
    ),
    "limit-day": Entry(
        zh="就诊人当天的预约已达上限，共", en="The patient has reached the limit for that day, which is"
    ),
    "limit-phone": Entry(
        zh="这个电话登记的就诊人已达上限，共", en="This telephone has reached its limit of patients, which is"
    ),
    "limit-rule": Entry(
        zh="按本院规定，此类预约已达上限，共", en="By the hospital's rules the limit is reached, which is"
    ),
    "not-open-yet": Entry(zh="这一天的号还没有放出。", en="That day's numbers are not released yet."),
    "closed-now": Entry(zh="现在不办理预约。", en="Booking is closed now."),
    "bookable-from": Entry(zh="可以预约的时间是", en="Booking is possible from"),
    "wrong-channel": Entry(
        zh="这个时间的号不在电话预约，请到窗口办理。",
        en="That time's numbers are not sold by telephone, but at the window.",
    ),
    "blacklisted": Entry(
        zh="按本院规定，就诊人暂停预约，如有疑问请到窗口办理。",
        en="By the hospital's rules the patient may not book now. Please ask at the window.",
    ),
    "not-admitted": Entry(
        zh="就诊人不能用电话预约，请带证件到窗口办理。",
        en="The patient cannot be booked by telephone. Please come to the window with an identity document.",
    ),
    "held-until": Entry(zh="号已经为您保留到", en="The number is kept for you until"),
    "not-registered": Entry(zh="没有查到这位就诊人的登记。", en="We found no record of this patient."),
    "you-have": Entry(zh="您有", en="You have"),
    "bookings": Entry(zh="个预约。", en="bookings."),
    "no-bookings": Entry(zh="没有查到您的预约。", en="We found no booking of yours."),
    "number-hidden": Entry(
        zh="您的来电没有显示号码，查不到您的预约。",
        en="Your telephone does not show its number, so we cannot find your bookings.",
    ),
    "cancel-it": Entry(zh="取消或者改期", en="To cancel or move it,"),
    "leave-it": Entry(zh="退出候补", en="To leave this waiting list,"),
    "by-code": Entry(zh="输入预约号", en="To key a booking code,"),
    "you-cancel": Entry(zh="您要取消的是", en="You are cancelling"),
    "cancelled": Entry(zh="预约已取消。", en="The booking is cancelled."),
    "kept": Entry(zh="预约已保留。", en="The booking is kept."),
    "not-yours": Entry(
        zh="没有查到这个预约号，或者不是用这个电话预约的。",
        en="We found no such booking, or it was not made from this telephone.",
    ),
    "never-cancelled": Entry(zh="按本院规定，这个预约不能取消。", en="This hospital does not take this booking back."),
    "too-late": Entry(zh="已经过了取消的时限。", en="It is too late to cancel this booking."),
    "at-latest": Entry(zh="最晚时间是", en="The latest time was"),
    "you-move": Entry(zh="您要改期的是", en="You are moving"),
    "move-to": Entry(zh="改到", en="to"),
    "moved": Entry(
        zh="改期成功，预约号不变。新的时间是", en="The booking is moved and keeps its code. The new time is"
    ),
    "already-there": Entry(zh="这个预约就在这个时间，不用改期。", en="The booking is at that time already."),
    "too-late-move": Entry(zh="已经过了改期的时限。", en="It is too late to move this booking."),
    "never-moved": Entry(zh="按本院规定，这个预约不能改期。", en="This hospital does not move this booking."),
    "sold-out": Entry(zh="这个时间的号已经约满。", en="That time is sold out."),
    "you-wait": Entry(zh="您要候补的是", en="You are joining the waiting list of"),
    "you-wait-for": Entry(zh="您候补的是", en="You are on the waiting list of"),
    "waits": Entry(zh="已经加入候补，您排在", en="You are on the waiting list, at place"),
    "waits-then": Entry(
        zh="有空号时会发短信给您，用短信或者这个电话答复都可以。",
        en="When a number is free you will receive a text; answer it by text or by calling this number.",
    ),
    "answer-by-text": Entry(
        zh="请按短信答复，或者重新拨打这个电话。", en="Please answer the text, or call this number again."
    ),
    "still-open": Entry(zh="现在有空余的号，不用候补。", en="There are free places now; you need not wait."),
    "no-waiting-list": Entry(zh="这个时间不能候补。", en="There is no waiting list for that time."),
    "place-left": Entry(zh="已经退出候补。", en="You have left the waiting list."),
    "place-kept": Entry(zh="候补已保留。", en="You stay on the waiting list."),
    "place-over": Entry(zh="这个候补已经结束。", en="That waiting list is over for you."),
    "offer-is": Entry(zh="您候补的号有了：", en="A number that you wait for is free:"),
    "offer-left": Entry(zh="这个号让给下一位，候补已取消。", en="The number goes to the next; you wait no more."),
    "offer-over": Entry(zh="这个号已过时限，没有约成。", en="The time for that number is over; it was not booked."),
    "notice-release": Entry(
        zh="停诊通知：医生不能出诊，您的这个预约已经退号：",
        en="The doctor cannot come. This booking of yours is cancelled:",
    ),
    "notice-substitute": Entry(zh="替诊通知：您的预约改由这位医生接诊：", en="Another doctor takes your booking:"),
    "notice-move": Entry(zh="出诊变更：您的预约现在是：", en="Your booking has changed. It is now:"),
    "notice-noted": Entry(
        zh="已经记录，不再改约，不计违约。", en="Noted. Nothing more is booked, and nothing counts against you."
    ),
    "notice-over": Entry(zh="这个通知已经不能再选择。", en="That notice can no longer be answered."),
    "not-counted": Entry(zh="不计违约。", en="It does not count against you."),
    "no-near": Entry(
        zh="科室近期没有空余的号，请稍后再打电话。", en="The department has nothing free now. Please call again later."
    ),
    "which-time": Entry(zh="请选择新的时间。", en="Please choose the new time."),
    "complaint-to-agent": Entry(zh="您的投诉由人工受理。", en="An operator will take your complaint."),
}

FLOW_PROMPTS: dict[str, Entry] = {**_MENUS, **_FIELDS, **_ANSWERS}
