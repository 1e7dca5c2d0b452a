"""Planets move: floating point numbers, loops over pairs, attributes of small lists."""
import sys
import time

SUN = 39.47841760435743
DAYS = 365.24


def system():
    return [
        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], SUN],
        [[4.841431, -1.160320, -0.103622],
         [0.001660 * DAYS, 0.007699 * DAYS, -0.000069 * DAYS], 0.000955 * SUN],
        [[8.343367, 4.124799, -0.403523],
         [-0.002767 * DAYS, 0.004999 * DAYS, 0.000023 * DAYS], 0.000286 * SUN],
        [[12.894370, -15.111151, -0.223308],
         [0.002965 * DAYS, 0.002378 * DAYS, -0.000030 * DAYS], 0.000044 * SUN],
        [[15.379697, -25.919315, 0.179259],
         [0.002681 * DAYS, 0.001628 * DAYS, -0.000095 * DAYS], 0.000052 * SUN],
    ]


def pairs(bodies):
    result = []
    for number, body in enumerate(bodies):
        for other in bodies[number + 1:]:
            result.append((body, other))
    return result


def advance(bodies, couples, step):
    for (place, speed, mass), (other_place, other_speed, other_mass) in couples:
        x = place[0] - other_place[0]
        y = place[1] - other_place[1]
        z = place[2] - other_place[2]
        distance = x * x + y * y + z * z
        pull = step / (distance * distance ** 0.5)
        speed[0] -= x * other_mass * pull
        speed[1] -= y * other_mass * pull
        speed[2] -= z * other_mass * pull
        other_speed[0] += x * mass * pull
        other_speed[1] += y * mass * pull
        other_speed[2] += z * mass * pull
    for place, speed, _ in bodies:
        place[0] += step * speed[0]
        place[1] += step * speed[1]
        place[2] += step * speed[2]


def main(rounds):
    bodies = system()
    couples = pairs(bodies)
    for _ in range(rounds * 40):
        advance(bodies, couples, 0.01)
    return bodies[0][0]


if __name__ == "__main__":
    begun = time.process_time()
    main(int(sys.argv[1]))
    print(time.process_time() - begun)
