f"""not {documentation}"""
a = f"{x!r:{width}.{f'{precision}'}}"
b: f"{int}" = (f"""{f'{f"{1}"}'}"""
               f"é{{}}" "z")


def f(p=f"{p['k']:>{n}}", *, q: f'{q}' = f"""{
    (lambda: 1)}""", r="r") -> f"{'->'}":
    f"not {p}"
    raise E(f"{p=}")


class C(f("{}"), k=f"{1:{2}}"):
    x = f"{C}" "x"
    f"neither {x}"
    @d(f"{'@'}")
    def m(self):
        self.a = f"{self!s}"; self.b: f"{b}"
        "b"
