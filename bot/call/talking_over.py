"""What becomes of our words when the caller speaks over them."""

from __future__ import annotations

from bot.call.barge_in import BargeIn
from bot.call.speaking import Speaking


class TalkingOver:
    """```
     we       "Your order is on its |way. It ..."       it was "mhm", or nothing: from "Your order" on
     caller                     "wait, ..."─────┤       it was a sentence: what was heard ends at "its"
                                    pause      the turn ends
    ```"""

    def __init__(self, speaking: Speaking, barge_in: BargeIn) -> None:
        self._speaking = speaking
        self.barge_in = barge_in
        """May change between two turns: the caller goes on in another language."""

    async def goes_on(self, partial: str, voice_s: float) -> None:
        """The caller's turn so far."""
        if self._speaking.playing and self.barge_in.interrupts(voice_s, partial.split()):
            await self._speaking.pause()

    async def ended(self, text: str) -> bool:
        """The turn's whole text, empty where there was none. Whether it is one to be answered."""
        if self._speaking.saying is None:
            return bool(text)
        if self.barge_in.only_listening(text):
            self._speaking.resume()
            return False
        await self._speaking.stop()
        return True
