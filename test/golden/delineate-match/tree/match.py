match = case = 1
match x, y:
    case 1 | 2:
        a = "a"
        "documented"
    case {"k": v, **rest}:
        b = "b"
    case Point(x=0, y=[_, *c]) as point if point:
        def f(match, case=case): ...
        import os
    case _:
        class C(match):
            d = 1

            def m(self):
                match self:
                    case C(e=1):
                        self.e = 1
                    case str(self_f):
                        raise E
                    case _: yield

            match d:
                case 1: g: int = 2
match: int = 3; case, _ = match, 4
