"""Functions that call themselves: next to nothing but calls and conditions."""
import sys
import time


def fibonacci(number):
    if number < 2:
        return number
    return fibonacci(number - 1) + fibonacci(number - 2)


def takeuchi(x, y, z):
    if y >= x:
        return z
    return takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y))


def queens(size, row=0, columns=0, left=0, right=0):
    if row == size:
        return 1
    found = 0
    for column in range(size):
        bit = 1 << column
        if not (columns & bit or left & 1 << row + column or right & 1 << row - column + size):
            found += queens(size, row + 1, columns | bit, left | 1 << row + column,
                            right | 1 << row - column + size)
    return found


def main(rounds):
    for _ in range(rounds):
        fibonacci(13)
        takeuchi(7, 4, 1)
        queens(5)


if __name__ == "__main__":
    begun = time.process_time()
    main(int(sys.argv[1]))
    print(time.process_time() - begun)
