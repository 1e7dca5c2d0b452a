"""Write the completions of bash, zsh and fish from the help of each command.

    /usr/bin/python3 -I -B completions.py KILN BASH ZSH FISH

The last three are the files to write. Help is made from the option tables, so the completions have
every option and nothing else.
"""
import re
import subprocess
import sys

# "  -o, --output IMAGE   The image ..." and "  -j WORKERS, --workers WORKERS"
OPTION = re.compile(
    r"^ {2,6}(-\w)?(?: [A-Z_]+)?(?:, )?(--[\w-]+)?(?: ([A-Z_=]+|\{[^}]*\}))?(?: {2,}(.*))?$")

# What a line with more of an option's text begins with.
CONTINUED = " " * 20


def run(kiln, *arguments):
    """What `kiln help ARGUMENTS` prints."""
    result = subprocess.run([kiln, "help", *arguments], check=True, capture_output=True, text=True,
                            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
    return result.stdout


def commands(kiln):
    """The commands and their summaries, in the order of the overview."""
    return re.findall(r"^  (\w+) +(\S.*)$", run(kiln).partition("\n\n")[2], re.MULTILINE)


def options(kiln, command):
    """Of each option: its letter and long name ("" if it has none), its value ("" likewise), its
    help."""
    found, lines = [], run(kiln, command).splitlines()
    for number, line in enumerate(lines):
        match = OPTION.match(line)
        if not match or not (match[1] or match[2]):
            continue
        text = [match[4] or ""]
        for line_below in lines[number + 1:]:
            if not line_below.startswith(CONTINUED):
                break
            text.append(line_below.strip())
        value = match[3] or (re.search(r"-\w ([A-Z_]+)", line) or ["", ""])[1]
        found.append((match[1] or "", match[2] or "", value, " ".join(filter(None, text))))
    return found


def quote(text):
    """The text as a word of a shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def bash(table):
    cases = "\n".join(
        f"\t{command}) "
        f"options={quote(' '.join(word for option in listed for word in option[:2] if word))} ;;"
        for command, _, listed in table)
    names = " ".join(command for command, _, _ in table)
    return f"""# bash completion for kiln
_kiln() {{
	local word=${{COMP_WORDS[COMP_CWORD]}} options
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W '{names} --help --version' -- "$word")
		return
	fi
	case ${{COMP_WORDS[1]}} in
{cases}
	esac
	if [[ ${{COMP_WORDS[1]}} == help ]]; then
		mapfile -t COMPREPLY < <(compgen -W '{names}' -- "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
	fi
}}
complete -o default -F _kiln kiln
"""


def zsh(table):
    def spec(letter, name, value, text):
        text = re.sub(r"([\[\]:\\])", r"\\\1", text)
        tail = f":{value}:_files" if value else ""
        if letter and name:
            plus = "+" if value else ""
            equals = "=" if value else ""
            return (f"'({letter} {name})'{{{letter}{plus},{name}{equals}}}"
                    + quote(f"[{text}]{tail}"))
        sign = ("=" if name else "+") if value else ""
        return quote(f"{letter}{name}{sign}[{text}]{tail}")

    names = " ".join(quote(f"{command}:{summary}") for command, summary, _ in table)
    cases = []
    for command, _, listed in table:
        words = " \\\n\t\t\t".join(spec(*option) for option in listed)
        cases.append(f"\t{command})\n\t\t_arguments -s {words} '*:argument:_files' ;;")
    return f"""#compdef kiln
local -a names
names=({names})
if ((CURRENT == 2)); then
	_describe command names
	return
fi
shift words
((CURRENT--))
case $words[1] in
help) _describe command names ;;
{chr(10).join(cases)}
esac
"""


def fish(table):
    lines = ["# fish completion for kiln"]
    for command, summary, listed in table:
        lines.append(f"complete -c kiln -n __fish_use_subcommand -a {command} -d {quote(summary)}")
        for letter, name, value, text in listed:
            words = [f"-s {letter[1:]}"] if letter else []
            words += [f"-l {name[2:]}"] if name else []
            words += ["-r"] if value else []
            lines.append(f"complete -c kiln -n '__fish_seen_subcommand_from {command}' "
                         f"{' '.join(words)} -d {quote(text)}")
    return "\n".join(lines) + "\n"


def main():
    kiln, *paths = sys.argv[1:]
    table = [(command, summary, options(kiln, command)) for command, summary in commands(kiln)]
    for path, write in zip(paths, (bash, zsh, fish), strict=True):
        with open(path, "w", encoding="utf-8") as file:
            file.write(write(table))


if __name__ == "__main__":
    main()
