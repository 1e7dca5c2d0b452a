type A[T = int, *Ts = *tuple[int, ...], **P = [int, str]] = x

def f[
    T: (int) = (bool),  # a comment
    U
      = # why
      T,
](x: T = 1, y: U | None = None) -> U: ...

class C[T = """
#: no documentation of x"""]:
    x = 1
