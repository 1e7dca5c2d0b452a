"""Write a text as an array of C: `embed.py INPUT OUTPUT NAME`."""
import sys

with open(sys.argv[1], "rb") as file:
    data = file.read() + b"\0"
with open(sys.argv[2], "w", encoding="ascii") as file:
    file.write(f"extern const char {sys.argv[3]}[];\nconst char {sys.argv[3]}[] = {{\n")
    for at in range(0, len(data), 16):
        file.write("".join(f"{byte}," for byte in data[at:at + 16]) + "\n")
    file.write("};\n")
