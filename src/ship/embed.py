"""Write texts, one after the other, as an array of C: `embed.py INPUT... OUTPUT NAME`."""
import sys

*inputs, output, name = sys.argv[1:]
data = b""
for path in inputs:
    with open(path, "rb") as file:
        data += file.read()
data += b"\0"
with open(output, "w", encoding="ascii") as file:
    file.write(f"extern const char {name}[];\nconst char {name}[] = {{\n")
    for at in range(0, len(data), 16):
        file.write("".join(f"{byte}," for byte in data[at:at + 16]) + "\n")
    file.write("};\n")
