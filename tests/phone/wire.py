"""What telephones are sent, read off the wire: RTP (RFC 3550) as it arrives at this machine."""

from __future__ import annotations

import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from speech.audio import Samples, mulaw_decode, samples

RATE_HZ: Final = 8_000
PCMU: Final = 0
"""The payload type of mu-law (RFC 3551)."""

LONGEST_PAUSE_S: Final = 60.0
"""A jump of the time stamp beyond this is a new beginning, not a pause."""

SILENT: Final = 400
"""Samples below this, of 32,768, are no tone of a test's."""


@dataclass(frozen=True, slots=True)
class Packet:
    source: int
    """Sender's choice for a stream (SSRC)."""
    timestamp: int
    """Of its first sample."""
    coded: bytes


class Wire:
    """All the sound that arrives over UDP, by port."""

    def __init__(self) -> None:
        self._packets: dict[int, list[Packet]] = defaultdict(list)

    def took(self, datagram: bytes) -> None:
        """An IP packet with UDP in it."""
        udp = datagram[(datagram[0] & 0x0F) * 4 :]
        port: int = struct.unpack_from("!H", udp, 2)[0]
        rtp = udp[8:]
        if len(rtp) <= 12 or rtp[0] != 0x80 or rtp[1] & 0x7F != PCMU:
            return  # SIP, RTCP, keys
        timestamp, source = struct.unpack_from("!II", rtp, 4)
        self._packets[port].append(Packet(source, timestamp, rtp[12:]))

    def ports(self) -> set[int]:
        """Where sound arrived."""
        return set(self._packets)

    def sound(self, ports: Iterable[int]) -> Samples:
        """What was sent to (one of) these ports, at the places the time stamps say: sound that was
        left out is silence here."""
        packets = [packet for port in ports for packet in self._packets.get(port, [])]
        parts: list[Samples] = []
        due, source = 0, None
        for packet in packets:
            if packet.source == source:
                pause = (packet.timestamp - due) % 2**32
                if 0 < pause < LONGEST_PAUSE_S * RATE_HZ:
                    parts.append(np.zeros(pause, np.int16))
            source = packet.source
            due = packet.timestamp + len(packet.coded)
            parts.append(samples(mulaw_decode(packet.coded)))
        return np.concatenate(parts) if parts else np.empty(0, np.int16)


@contextmanager
def tapped_wire() -> Iterator[Wire]:
    """Needs root."""
    wire = Wire()
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as tap:
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        tap.settimeout(0.2)
        stopped = threading.Event()

        def listen() -> None:
            while not stopped.is_set():
                try:
                    wire.took(tap.recv(2048))
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield wire
        finally:
            stopped.set()
            thread.join()


def tone(hz: float, seconds: float, level: float = 0.3) -> bytes:
    """PCM at 8 kHz."""
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.rint(32767 * level * np.sin(2 * np.pi * hz * at)).astype("<i2").tobytes()


def loud_parts(sound: Samples) -> list[tuple[float, float]]:
    """Beginnings and ends, in seconds, of what isn't silence, looked at 5 ms at a time."""
    step = RATE_HZ // 200
    whole = len(sound) // step * step
    loud = np.abs(sound[:whole].reshape(-1, step).astype(np.int32)).max(axis=1) > SILENT
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(np.int8), [0]])))
    return [(float(a) * 0.005, float(b) * 0.005) for a, b in edges.reshape(-1, 2)]


def longest_gap_s(sound: Samples) -> float:
    """The longest silence between the first and the last sound."""
    parts = loud_parts(sound)
    return max((later[0] - earlier[1] for earlier, later in pairwise(parts)), default=0.0)


def loud_s(sound: Samples) -> float:
    """From the first to the last sound."""
    parts = loud_parts(sound)
    return parts[-1][1] - parts[0][0] if parts else 0.0


def pitch_hz(sound: Samples) -> float:
    """The strongest frequency."""
    if not sound.size:
        return 0.0
    spectrum = np.abs(np.fft.rfft(sound.astype(np.float64) * np.hanning(len(sound))))
    return float(np.argmax(spectrum)) * RATE_HZ / len(sound)
