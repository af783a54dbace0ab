"""Reads numbers whose length is not a whole number of bytes."""


class Bits:
    """Reads bits from *data*, the highest bit of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def read(self, count: int) -> int:
        """Return the next *count* bits as a whole number.

        Raises:
            EOFError: fewer bits are left.

        """
        if count > self._left:
            raise EOFError
        self._left -= count
        return self._number >> self._left & ((1 << count) - 1)

    def read_exp_golomb(self) -> int:
        """Return the next number in Exp-Golomb code (H.265, 9.2).

        Raises:
            EOFError: the number is cut off, or longer than 32 bits.

        """
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 32:
                raise EOFError
        return (1 << zeros) - 1 + self.read(zeros)
