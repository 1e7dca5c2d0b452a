"""Tasks of different kinds send each other packets: classes, methods, short branches."""
import sys
import time


class Packet:
    def __init__(self, kind, value):
        self.kind = kind
        self.value = value


class Task:
    def __init__(self, scheduler, name, priority):
        self.scheduler = scheduler
        self.name = name
        self.priority = priority
        self.queue = []
        self.held = False
        self.done = 0

    def put(self, packet):
        self.queue.append(packet)
        if self.held:
            self.held = False

    def ready(self):
        return not self.held and bool(self.queue)

    def run(self):
        packet = self.queue.pop(0)
        self.done += 1
        self.handle(packet)

    def handle(self, packet):
        raise NotImplementedError


class Worker(Task):
    def handle(self, packet):
        value = packet.value
        if value % 2 == 0:
            value = value // 2
        else:
            value = value * 3 + 1
        if value <= 1 or self.done % 50 == 0:
            self.scheduler.send("device", Packet("end", self.done))
        else:
            self.scheduler.send(self.other(), Packet("work", value))

    def other(self):
        return "second" if self.name == "first" else "first"


class Device(Task):
    def handle(self, packet):
        if packet.kind == "end":
            self.held = self.done % 7 == 0 and bool(self.queue)
            self.scheduler.send("idle", packet)
        elif packet.kind == "hold":
            self.held = True


class Idle(Task):
    def handle(self, packet):
        self.scheduler.finished += 1
        if self.scheduler.finished < self.scheduler.limit:
            kind = "first" if packet.value & 1 else "second"
            self.scheduler.send(kind, Packet("work", packet.value % 97 + 3))


class Scheduler:
    def __init__(self, limit):
        self.limit = limit
        self.finished = 0
        self.tasks = [Worker(self, "first", 3), Worker(self, "second", 2),
                      Device(self, "device", 5), Idle(self, "idle", 1)]
        self.by_name = {task.name: task for task in self.tasks}
        self.tasks.sort(key=lambda task: -task.priority)

    def send(self, name, packet):
        self.by_name[name].put(packet)

    def run(self):
        while True:
            for task in self.tasks:
                if task.ready():
                    task.run()
                    break
            else:
                return self.finished


def main(rounds):
    for number in range(rounds * 4):
        scheduler = Scheduler(20)
        scheduler.send("first", Packet("work", 27 + number % 5))
        scheduler.send("second", Packet("work", 31))
        scheduler.run()


if __name__ == "__main__":
    begun = time.process_time()
    main(int(sys.argv[1]))
    print(time.process_time() - begun)
