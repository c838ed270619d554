"""What the dialplan itself says when no server is there to speak: ``dialplans/extensions.conf`` plays these by their ids."""

from __future__ import annotations

from ivr.speech.words import Entry

DIALPLAN_PROMPTS: dict[str, Entry] = {
    "dialplan-sorry": Entry(
        zh="对不起，让您久等了。正在为您转接人工服务，请稍候。",
        en="We are sorry to keep you waiting. We are connecting you to an operator. Please hold.",
    ),
    "dialplan-nobody": Entry(
        zh="对不起，现在没有人工座席。请稍后再拨，或发短信预约。再见。",
        en="We are sorry, no operator is free now. Please call again later, or book by text message. Goodbye.",
    ),
}
