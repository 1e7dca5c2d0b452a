"""Every Python source that Debian installs here, translated to a unit and reduced, gives the bytes
that a build gives."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import corpus
import program
import tap


class CorpusUnits(program.Case):
    def test_units_of_all_installed_sources_reduce_to_what_a_build_makes(self):
        for number, root in enumerate(corpus.ROOTS):
            image, scratch = self.path(f"image-{number}"), self.path(f"scratch-{number}")
            os.mkdir(scratch)
            self.kiln("build", "--optimize", "0", "--optimize", "1", "--optimize", "2",
                      "--allow-external-links", root, "-o", image, status=None)
            # A level each: the levels differ in the compiler only, which test_corpus.py compares.
            tasks = [(root, image, scratch, path, corpus.LEVELS[index % 3:index % 3 + 1])
                     for index, path in enumerate(corpus.sources(root))]
            for (_, _, _, path, _), wrong in corpus.each(corpus.check_unit, tasks, scratch):
                with self.subTest(root=root, path=path):
                    self.assertIsNone(wrong)


if __name__ == "__main__":
    tap.main()
