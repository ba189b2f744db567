# SPDX-License-Identifier: PostgreSQL
"""conf.py: the documentation as a site, by Sphinx: scripts/docs. To know first: docs/README.md is the index that people
keep; the menu of the site is read from its table, so that a page which is not in that table is a warning, and a warning
ends the build.
"""
import re
import shutil
from pathlib import Path

from pygments.lexers.javascript import JavascriptLexer
from pygments.lexers.special import TextLexer

root = Path(__file__).resolve().parents[2]
project = "bookonce"
author = copyright = "the bookonce authors"
release = re.search(r"default_version = '(.*)'", (root / "extension/bookonce.control").read_text()).group(1)

extensions = ["myst_parser"]
myst_heading_anchors = 6
root_doc = "README"
# Where a page is, is where it is in the repository: the links that work there work here.
include_patterns = ["*.md", "docs/*.md", "docs/decisions/*.md", "examples/desk/README.md"]
exclude_patterns = ["build"]
suppress_warnings = ["myst.header", "misc.highlighting_failure"]
highlight_language = "text"

html_theme = "furo"
html_title = f"bookonce {release}"
html_copy_source = False
html_show_sphinx = False
html_use_index = False  # docs/README.md is the index
templates_path = ["templates"]
html_sidebars = {"**": ["sidebar/brand.html", "sidebar/search.html", "sidebar/scroll-start.html",
                        "sidebar/navigation.html", "sdk.html", "sidebar/scroll-end.html"]}


def menu():
    """Sphinx's menu of the table in docs/README.md: a heading for each group, then its pages in their order."""
    groups = []
    for group, target in re.findall(r"^\| ([a-z]*) *\| \[.*?\]\((.*?)\)", (root / "docs/README.md").read_text(), re.M):
        if group:
            groups.append((group, []))
        if target != "../README.md":
            groups[-1][1].append(f"docs/{target.removesuffix('.md')}")
    groups[0][1].insert(0, "docs/README")
    groups.append(("project", ["CONTRIBUTING", "CHANGELOG", "SECURITY", "examples/desk/README"]))
    return "".join(f"\n```{{toctree}}\n:hidden:\n:caption: {name.capitalize()}\n{chr(10).join(pages)}\n```\n"
                   for name, pages in groups)


def add_menus(_, page, source):
    if page == "README":
        source[0] += menu()
    elif page == "docs/decisions/README":
        source[0] += "\n```{toctree}\n:hidden:\n:glob:\n0*\n```\n"


def finish(app, failure):
    """Pictures of HTML tags, which Sphinx does not see, and the name by which a browser asks for the first page."""
    if failure:
        return
    out = Path(app.outdir)
    for picture in (root / "docs/pictures").glob("*.png"):
        (out / "docs/pictures").mkdir(parents=True, exist_ok=True)
        shutil.copy(picture, out / "docs/pictures")
    shutil.copy(out / "README.html", out / "index.html")


def setup(app):
    app.add_lexer("mermaid", TextLexer)  # drawn where a browser may load a script from elsewhere, as on GitHub
    app.add_lexer("node", JavascriptLexer)
    app.connect("source-read", add_menus)
    app.connect("build-finished", finish)
