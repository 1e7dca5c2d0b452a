"""A copy of kiln's source, in which tests may build."""
import shutil
import subprocess
import tempfile

import tap


def left_out(directory, names):
    """What is no source: what was built, and the history."""
    if directory != tap.ROOT:
        return [name for name in names if name == "__pycache__"]
    return [name for name in names if name in ("build", ".git") or name.startswith("build-")]


def copy(path):
    """Copy the source."""
    shutil.copytree(tap.ROOT, path, symlinks=True, ignore=left_out)


def for_class(case, prefix):
    """A directory that goes with a class of cases, with a copy in `kiln`; its path."""
    directory = tempfile.mkdtemp(prefix=prefix)
    case.addClassCleanup(shutil.rmtree, directory)
    copy(f"{directory}/kiln")
    return directory


def run_quietly(case, arguments, directory, **variables):
    """Run a program that builds; its output is shown only if it fails."""
    result = subprocess.run(
        arguments, check=False, cwd=directory, env=tap.environment(**variables), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=1500)
    case.assertEqual(result.returncode, 0, result.stdout[-5000:])
    return result.stdout
