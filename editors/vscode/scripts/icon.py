"""Draw icon.png: a padlock, in flat colours, without any library."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

SIZE = 128
FINE = 4  # each pixel is the mean of FINE x FINE samples
GROUND, BODY, HOLE = (22, 45, 71), (255, 176, 59), (22, 45, 71)


def main() -> None:
    """Write the picture beside the extension's package.json."""
    rows = b"".join(b"\0" + b"".join(bytes(_pixel(x, y)) for x in range(SIZE)) for y in range(SIZE))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    picture = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)
    (Path(__file__).resolve().parents[1] / "icon.png").write_bytes(picture)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _pixel(x: int, y: int) -> tuple[int, int, int]:
    steps = [(step + 0.5) / FINE for step in range(FINE)]
    samples = [_colour((x + dx) / SIZE, (y + dy) / SIZE) for dx in steps for dy in steps]
    red, green, blue = (round(sum(channel) / len(samples)) for channel in zip(*samples, strict=True))
    return red, green, blue


def _colour(x: float, y: float) -> tuple[int, int, int]:
    """The colour at a place, in a square from 0 to 1: a shackle, a body with a keyhole, and the ground."""
    if _in_circle(x, y, 0.5, 0.62, 0.06) or (abs(x - 0.5) < 0.025 and 0.62 <= y < 0.76):
        return HOLE
    if 0.24 <= x < 0.76 and 0.44 <= y < 0.86:
        return BODY
    ring = _in_circle(x, y, 0.5, 0.36, 0.2) and not _in_circle(x, y, 0.5, 0.36, 0.12)
    legs = 0.36 <= y < 0.44 and 0.12 <= abs(x - 0.5) < 0.2
    return BODY if (ring and y < 0.36) or legs else GROUND


def _in_circle(x: float, y: float, middle: float, height: float, radius: float) -> bool:
    return (x - middle) ** 2 + (y - height) ** 2 < radius**2


if __name__ == "__main__":
    main()
