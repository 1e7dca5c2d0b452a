"""A parser of expressions, character by character: conditions with several operands."""
import sys
import time


class Parser:
    def __init__(self, text, names):
        self.text = text
        self.names = names
        self.at = 0

    def peek(self):
        while self.at < len(self.text) and self.text[self.at] in " \t\n":
            self.at += 1
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, expected):
        if self.peek() != expected:
            return False
        self.at += 1
        return True

    def sum(self):
        value = self.product()
        while True:
            if self.take("+"):
                value += self.product()
            elif self.take("-"):
                value -= self.product()
            else:
                return value

    def product(self):
        value = self.factor()
        while True:
            if self.take("*"):
                value *= self.factor()
            elif self.take("/"):
                divisor = self.factor()
                value = value // divisor if divisor else 0
            elif self.take("%"):
                value %= self.factor() or 1
            else:
                return value

    def factor(self):
        if self.take("-"):
            return -self.factor()
        if self.take("("):
            value = self.sum()
            if not self.take(")"):
                raise SyntaxError("a bracket is missing")
            return value
        character = self.peek()
        if "0" <= character <= "9":
            return self.number()
        if character.isalpha() or character == "_":
            return self.name()
        raise SyntaxError("nothing at %d" % self.at)

    def number(self):
        value = 0
        while self.at < len(self.text) and "0" <= self.text[self.at] <= "9":
            value = value * 10 + ord(self.text[self.at]) - 48
            self.at += 1
        return value

    def name(self):
        begin = self.at
        while self.at < len(self.text) and (
                self.text[self.at].isalnum() or self.text[self.at] == "_"):
            self.at += 1
        return self.names.get(self.text[begin:self.at], 0)


def main(rounds):
    text = "(12 + width*3 - (height % 7)) * 2 / (depth - -1) + 100 * (a_b + 1) - 7 % 3 " * 1
    names = {"width": 20, "height": 33, "depth": 4, "a_b": 1}
    for _ in range(rounds * 25):
        Parser(text, names).sum()


if __name__ == "__main__":
    begun = time.process_time()
    main(int(sys.argv[1]))
    print(time.process_time() - begun)
