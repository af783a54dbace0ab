"""Reads numbers of any number of bits."""


class Bits:
    """Bits of *data*, the highest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def read(self, count: int) -> int:
        """Return the next *count* bits as a whole number.

        Raises:
            EOFError: there are fewer.

        """
        if count > self._left:
            raise EOFError
        self._left -= count
        return self._number >> self._left & ((1 << count) - 1)

    def read_exp_golomb(self) -> int:
        """Return the next number in Exp-Golomb code (H.265, 9.2).

        Raises:
            EOFError: it is cut off, or of more than 32 bits.

        """
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 32:
                raise EOFError
        return (1 << zeros) - 1 + self.read(zeros)
