"""What pyproject.toml cannot say: `grammar/` is shipped as the package `snaplang.grammar`."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["snaplang", "snaplang.*"]), "snaplang.grammar"],
    package_dir={"snaplang.grammar": "grammar"},
)
