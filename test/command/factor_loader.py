"""Import modules from the images of products, by their factor paths.

    /usr/bin/python3 -I -S -B factor_loader.py PRODUCT[:PRODUCT]... MODULE [ARGUMENT]...

runs a module as the main program. An image of a Python module is a code object, marshalled, without
a header; one of an extension module is a shared library.
"""
import importlib.abc
import importlib.machinery
import importlib.util
import marshal
import os
import platform
import runpy
import sys

PYTHON = f"linux-cpython{sys.version_info[0]}{sys.version_info[1]}"
HOST = f"linux-{platform.machine()}"


class ImageLoader(importlib.abc.InspectLoader):
    """Loads the module that an image has the code of."""

    def __init__(self, path, package):
        self.path = path
        self.package = package

    def is_package(self, fullname):
        return self.package

    def get_source(self, fullname):
        return None

    def get_code(self, fullname):
        with open(self.path, "rb") as file:
            return marshal.load(file)


class ImageFinder(importlib.abc.MetaPathFinder):
    """Finds images below the products' .images."""

    def __init__(self, products):
        self.products = products

    def image(self, variant, names, *more):
        """The path of the first image there is, or None."""
        for product in self.products:
            path = os.path.join(product, ".images", variant, *names, *more) + ".i"
            if os.path.isfile(path):
                return path
        return None

    def find_spec(self, fullname, path=None, target=None):
        names = fullname.split(".")
        package = self.image(PYTHON, names, "__init__")
        module = package or self.image(PYTHON, names)
        if module:
            return importlib.util.spec_from_loader(
                fullname, ImageLoader(module, bool(package)), origin=module)
        extension = self.image(HOST, names)
        if extension:
            return importlib.util.spec_from_file_location(
                fullname, extension,
                loader=importlib.machinery.ExtensionFileLoader(fullname, extension))
        return self.find_index(fullname, names)

    def find_index(self, fullname, names):
        """A package that only holds others."""
        places = [os.path.join(product, ".images", variant, *names)
                  for product in self.products for variant in (PYTHON, HOST)]
        places = [place for place in places if os.path.isdir(place)]
        if not places:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
        spec.submodule_search_locations = places
        return spec


def install(products):
    """Let imports find images of these products before anything else."""
    sys.meta_path.insert(0, ImageFinder(products))


if __name__ == "__main__":
    install(sys.argv[1].split(":"))
    sys.argv[:] = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
