"""Packs the build, unpacks it elsewhere and runs it from /, with an environment that knows nothing of it."""
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path


def run(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
    if result.returncode != 0:
        raise AssertionError(f"{command}: exit code {result.returncode}\n{result.stdout}\n{result.stderr}")
    return result.stdout


class Package(unittest.TestCase):
    def setUp(self):
        if "-fsanitize" in os.environ["GEMMARK_FLAGS"]:
            self.skipTest("a build with sanitizers is not packed")
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def pack(self, generator):
        config = Path(os.environ["GEMMARK_BUILD"], "CPackConfig.cmake")
        run(os.environ["GEMMARK_CPACK"], "-G", generator, "--config", str(config), "-B", str(self.folder),
            cwd=os.environ["GEMMARK_BUILD"])

    def check_tree(self, top):
        """`top` holds bin and share; the program there must work and find its suites."""
        for file in ("copyright", "README.md", "CHANGELOG.md"):
            self.assertTrue((top / "share/doc/gemmark" / file).exists(), file)
        environment = {"PATH": "/usr/bin:/bin", "HOME": "/"}
        program = str(top / "bin/gemmark")
        self.assertIn("gemmark", run(program, "--version", cwd="/", env=environment))
        listed = run(program, "list", cwd="/", env=environment)
        self.assertIn("gemm/cpu_naive", listed)
        self.assertIn("quick", listed)
        suites = {file.stem for file in (top / "share/gemmark/suites").glob("*.suite")}
        self.assertLessEqual({"smoke", "quick"}, suites)

    def test_archive(self):
        self.pack("TGZ")
        [archive] = self.folder.glob("*.tar.gz")
        shutil.unpack_archive(archive, self.folder / "elsewhere")
        [top] = (self.folder / "elsewhere").iterdir()
        self.check_tree(top)
        brought = {file.name.split(".")[0] for file in top.glob("lib*/gemmark/*")}
        self.assertLessEqual({"libfmt", "libhwloc", "libgomp"}, brought)

    def test_debian_package(self):
        if not shutil.which("dpkg-shlibdeps"):
            self.skipTest("dpkg-shlibdeps not found (package dpkg-dev)")
        self.pack("DEB")
        [package] = self.folder.glob("*.deb")
        depends = run("dpkg-deb", "-f", str(package), "Depends")
        self.assertIn("libc6", depends)
        self.assertIn("libhwloc15", depends)
        run("dpkg-deb", "-x", str(package), str(self.folder / "elsewhere"))
        self.check_tree(self.folder / "elsewhere/usr")


if __name__ == "__main__":
    unittest.main()
