"""One caller being asked: questions repeated, strikes counted, waits covered, the way to the agent always open.

Law: every ``ask`` ends: with an answer, with ``BACK``, or with one of ``ToAgent``, ``CallEnded``, ``CommandFailed``. What is said
with ``say`` is heard with the next question as one play list, so that a caller who knows the way can key through it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import cycle
from typing import Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from booking.outcomes import Busy
from ivr.agi.call import Call, Read, ReadStatus
from ivr.agi.ends import CommandFailed, GivenBack
from ivr.dialog.question import BACK, Back, Items, More, Question, Sign, Strikes, Wrong, heard, menu, pages
from ivr.speech.words import Fixed, Prompt
from ivr.variables import FIRST_KEY_SECONDS, NEXT_KEY_SECONDS

log = Logger()
T = TypeVar("T")

FIRST_KEY = "5"  # seconds
NEXT_KEY = "3"
NEXT_KEY_UNHURRIED = "5"  # eighteen places read off a card
WAIT_IN_SILENCE = 0.8  # seconds before a caller is told to wait
ATTEMPTS = 3


class Speaker(Protocol):
    """``ivr.speech.voice.Voice``, as a conversation needs it."""

    def files(self, prompt: Prompt) -> list[str]: ...


class ToAgent(Exception):
    """The caller wants a person, or needs one; ``why``: asked, silence, wrong-keys, busy, prompt-missing or the flow's own word."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Conversation:
    """``clock`` is the reactor's."""

    def __init__(self, call: Call, speaker: Speaker, clock: IReactorTime) -> None:
        self.call = call
        self._speaker = speaker
        self._clock = clock
        self._said: Prompt = ()
        self._pace = ""
        self._brimful = False  # the last answer ended by its last place: a # may still come

    async def open(self) -> None:
        await self.call.answer()
        await self.call.set_variable(FIRST_KEY_SECONDS, FIRST_KEY)

    def say(self, prompt: Prompt) -> None:
        """To be heard before the next question."""
        self._said += prompt

    async def speak(self, prompt: Prompt) -> None:
        """Plays what was said and this, now and to the end."""
        said, self._said = (*self._said, *prompt), ()
        await self.call.play(self._speaker.files(said))

    async def ask(self, question: Question[T]) -> T | Back:
        strikes = Strikes()
        await self._keep_pace(NEXT_KEY_UNHURRIED if question.unhurried else NEXT_KEY)
        prompt = question.prompt
        while True:
            keys = await self._keys(prompt, question)
            prompt = question.prompt if question.again is None else question.again
            match heard(keys, identity=question.identity):
                case Sign.AGENT:
                    raise ToAgent("asked")
                case Sign.BACK:
                    return BACK
                case Sign.SILENCE:
                    if question.silent is not None:
                        return question.silent
                    if strikes.silence():
                        raise ToAgent("silence")
                    self.say((Fixed("not-heard"),))
                case answer:
                    meaning = question.read(answer)
                    if not isinstance(meaning, Wrong):
                        return meaning
                    if strikes.wrong():
                        raise ToAgent("wrong-keys")
                    self.say(meaning.why)

    async def choose(self, items: Items[T], *, silent: T | None = None) -> T | Back:
        """One of the items, read out page by page."""
        turning = cycle(pages(items))
        answer: T | More | Back = More.MORE
        while isinstance(answer, More):
            prompt, keys = next(turning)
            answer = await self.ask(menu(prompt, keys, silent=silent))
        return answer

    async def _keys(self, prompt: Prompt, question: Question[T]) -> str:
        """The keys of one turn. A ``#`` left over from the answer before is no turn."""
        read = await self._turn((*self._said, *prompt), question.digits)
        if self._brimful and read == Read(ReadStatus.OK, ""):
            self._brimful = False
            read = await self._turn((*self._said, *prompt), question.digits)
        self._said = ()
        self._brimful = read.status is ReadStatus.OK and len(read.keys) == question.digits
        return read.keys

    async def _turn(self, prompt: Prompt, digits: int) -> Read:
        if self.call.draining:
            raise GivenBack("drained")
        read = await self.call.read(self._speaker.files(prompt), digits)
        if read.status is ReadStatus.ERROR:
            raise ToAgent("prompt-missing")
        return read

    async def _keep_pace(self, seconds: str) -> None:
        if seconds != self._pace:
            await self.call.set_variable(NEXT_KEY_SECONDS, seconds)
            self._pace = seconds

    async def patiently(self, request: Callable[[], Awaitable[T]]) -> T:
        """What the store answers. The same request again when it is busy, ``请稍候`` in between and whenever it takes long; then an agent."""
        for _ in range(ATTEMPTS):
            try:
                return await self._covered(request)
            except Busy:
                await self.speak((Fixed("please-wait"),))
        raise ToAgent("busy")

    async def if_it_can(self, request: Callable[[], Awaitable[T]]) -> T | None:
        """What the store answers at once or after ``请稍候``; None when it is busy and the caller can do without."""
        try:
            return await self._covered(request)
        except Busy:
            return None

    async def _covered(self, request: Callable[[], Awaitable[T]]) -> T:
        async def run() -> T:
            return await request()

        job: Deferred[T] = Deferred.fromCoroutine(run())
        try:
            if not job.called and await self._is_slow(job):
                await self.speak((Fixed("please-wait"),))
        except CommandFailed:
            pass  # a prompt that cannot be played must not lose the answer
        except BaseException:
            job.addErrback(_outlived)  # nobody is left to hear the answer, but the request goes its way
            raise
        return await _result_of(job)

    async def _is_slow(self, job: Deferred[T]) -> bool:
        slow: Deferred[bool] = Deferred()
        timer = self._clock.callLater(WAIT_IN_SILENCE, slow.callback, True)

        def in_time(result: object) -> object:
            if timer.active():
                timer.cancel()
                slow.callback(False)
            return result

        job.addBoth(in_time)
        return await slow


async def _result_of(job: Deferred[T]) -> T:
    """What came of it. We may be woken from within the job's own callbacks, where a failed Deferred cannot be awaited yet."""
    mine: Deferred[T] = Deferred()
    job.addCallbacks(mine.callback, mine.errback)
    return await mine


def _outlived(failure: Failure) -> None:
    log.info("A request outlived its call: {error}", error=failure.type.__name__ if failure.type else "")
