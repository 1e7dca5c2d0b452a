a = f"{"a" + f'{"é"}ü'}", 1
b = [f'{"#: not a comment"}']; c = f"{x!r:>{w["n"]}}"  #: of c, not of b
d = f"""{
#: nor this
a  # }"""
}"""
#: documentation of e
e = f'{'\n'.join(d)}', (f"{{{e}}}" "f", f"{lambda_:=5}")


@f("{", f"""
@{"@"}
""")
# @
@(
f"""{"""
@ x
"""}""".f
)
def g(h=f'{'"'}', *, i: f"{"->"}" = 1) -> f"{":"}": f"{"no docstring"}"
