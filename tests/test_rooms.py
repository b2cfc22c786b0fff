"""The rooms hold: domain knowledge is Turtle, commands are documented, start-up loads little.

The relation that is added below exists nowhere in the program: it is three statements of Turtle.
"""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kg.cli import main
from kg.ontology import Ontology, load_ontology

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "kg").rglob("*.py"))
README = (ROOT / "README.md").read_text("utf8")

# Words of the lexicon that are terms of the formats and libraries that the code speaks of, too.
TECHNICAL = frozenset(
    {
        "Entity",
        "assistant",
        "circle",  # a shape; in the lexicon, what a buyer does
        "double",
        "import",
        "no",
        "not",
        "present",
        "program",
        "prospective",
        "publisher",
        "sequel",  # where a cue stands; in the lexicon, a product
    }
    | {"rumoured", "whether"}
)


def _strings(tree: ast.Module) -> Iterator[ast.Constant]:
    """String constants that are no docstrings."""
    nodes = list(ast.walk(tree))
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = [n.body[0] for n in nodes if isinstance(n, owners) and n.body]
    docs = {id(s.value) for s in first if isinstance(s, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node


def _identifiers() -> frozenset[str]:
    """Names of functions, arguments, attributes and variables in the code."""
    found: set[str] = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf8"))):
            for field in ("id", "attr", "arg", "name"):
                value = getattr(node, field, None)
                if isinstance(value, str):
                    found.add(value)
    return frozenset(found)


def _domain_words(ontology: Ontology) -> frozenset[str]:
    lemmas = {lemma for _, lemma in ontology.lexicon.frames}
    cues = {lemma for _, lemma in ontology.lexicon.cues}
    labels = {w for c in ontology.classes.values() for ws in c.words.values() for w in ws}
    return frozenset(lemmas | cues | labels)


def test_no_relation_class_or_lemma_stands_in_the_code() -> None:
    ontology = load_ontology()
    names = frozenset(ontology.classes) | frozenset(ontology.properties)
    words = _domain_words(ontology) - _identifiers()
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.value!r}"
        for path in MODULES
        for node in _strings(ast.parse(path.read_text("utf8")))
        if node.value not in TECHNICAL and (node.value in names or node.value in words)
    ]
    assert not found, "\n".join(found)


def test_a_relation_in_the_code_would_be_found() -> None:
    tree = ast.parse('"""investorOf"""\nRELATION = "investorOf"\n')
    assert [node.value for node in _strings(tree)] == ["investorOf"]


def _commands(command: click.Command, name: str = "kg") -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for sub in command.list_commands(ctx):
            found = command.get_command(ctx, sub)
            assert found is not None
            yield from _commands(found, f"{name} {sub}")


COMMANDS = dict(_commands(main))


@pytest.mark.parametrize("name", COMMANDS)
def test_command_is_documented_with_an_example(name: str) -> None:
    result = CliRunner().invoke(main, [*name.split()[1:], "--help"])
    assert result.exit_code == 0
    lines = result.output.rstrip().splitlines()
    assert any(line.strip() in {"Example:", "Examples:"} for line in lines)
    assert lines[-1].strip().startswith("kg "), "help ends with an example"
    assert all(len(line) <= 80 for line in lines)
    assert f"`{name}" in README or name == "kg"


@pytest.mark.parametrize("name", COMMANDS)
def test_option_has_help(name: str) -> None:
    for parameter in COMMANDS[name].params:
        assert not isinstance(parameter, click.Option) or parameter.help, parameter.name


def test_summary_in_the_list_is_the_command_s_own() -> None:
    listed = " ".join(CliRunner().invoke(main, ["--help"]).output.split())
    for name, command in COMMANDS.items():
        if name.count(" ") == 1:
            first = (command.help or "").split("\n")[0]
            assert f" {name[3:]} {first}" in listed, name


HEAVY = ("spacy", "rdflib", "networkx", "trafilatura", "pyshacl", "pyoxigraph", "pandas")
LOADS = """
import json, sys
from kg.cli import main
try:
    main({arguments!r})
except SystemExit:
    pass
print(json.dumps(sorted(name for name in {heavy!r} if name in sys.modules)))
"""


def _loaded(*arguments: str) -> list[str]:
    code = LOADS.format(arguments=list(arguments), heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    loaded: list[str] = json.loads(done.stdout.splitlines()[-1])
    return loaded


def test_help_loads_no_library() -> None:
    assert _loaded("--help") == []


def test_a_question_loads_what_it_needs(demo_graph: Path) -> None:
    loaded = _loaded("ask", "--graph", str(demo_graph), "Who invests in OpenAI?")
    assert set(loaded) <= {"networkx", "pyoxigraph"}


# -- a class, a relation and a frame in Turtle ------------------------------------------------

ADDED = """
@prefix kg: <https://kg.example/ns#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

kg:RacingTeam a owl:Class ; rdfs:subClassOf kg:Organization ;
    rdfs:label "racing team"@en , "equipa de corridas"@pt ; kg:color "#123abc" ; kg:shape "star" .

kg:sponsorOf a owl:ObjectProperty ; kg:extracted true ; kg:qualifiedBy kg:amount ;
    rdfs:label "sponsors"@en , "patrocina"@pt ; skos:altLabel "sponsor"@en , "patrocinar"@pt ;
    rdfs:domain kg:Organization ; rdfs:range kg:RacingTeam ; kg:color "#fed456" ;
    skos:definition "The subject pays to be seen with the object."@en .

kg:sponsoredBy a owl:ObjectProperty ; owl:inverseOf kg:sponsorOf ;
    rdfs:label "is sponsored by"@en , "é patrocinada por"@pt .

[] a kg:Frame ; kg:evokes kg:sponsorOf ; kg:lemma "sponsor"@en ; kg:pos "VERB" ;
   kg:subjectArg "subj" ; kg:objectArg "obj" .
[] a kg:Frame ; kg:evokes kg:sponsorOf ; kg:lemma "patrocinar"@pt ; kg:pos "VERB" ;
   kg:subjectArg "subj" ; kg:objectArg "obj" .
"""
TEAM = """
@prefix kg: <https://kg.example/ns#> .
@prefix kgd: <https://kg.example/entity/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
kgd:Velocita a kg:RacingTeam ; skos:prefLabel "Velocita"@en .
"""
NEWS = "Last year Nvidia sponsored Velocita, the racing team, for $90 million.\n"


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("added")
    (folder / "racing.ttl").write_text(ADDED, "utf8")
    (folder / "team.ttl").write_text(TEAM, "utf8")
    (folder / "news.txt").write_text(f"---\nlanguage: en\ndate: 2025-03-03\n---\n\n{NEWS}", "utf8")
    return folder


def _kg(*arguments: str | Path) -> str:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_relation_added_in_turtle_is_extracted(added: Path) -> None:
    known = ("--ontology", added / "racing.ttl", "--catalogue", added / "team.ttl")
    lines = _kg("extract", added / "news.txt", "--format", "jsonl", *known).splitlines()
    claims = [json.loads(line) for line in lines]
    assert [(c["subject"]["name"], c["relation"], c["object"]["name"]) for c in claims] == [
        ("Nvidia", "sponsorOf", "Velocita")
    ]
    assert (claims[0]["amount"], claims[0]["currency"]) == (90_000_000, "USD")


def test_relation_added_in_turtle_is_stored_asked_about_and_drawn(added: Path) -> None:
    graph, ontology = ("--graph", added / "graph"), ("--ontology", added / "racing.ttl")
    _kg("build", added / "news.txt", *graph, *ontology, "--catalogue", added / "team.ttl")
    rows = _kg(
        "sparql", *graph, "SELECT ?who { ?who kg:sponsorOf kgd:Velocita }", "--format", "csv"
    )
    assert rows.split() == ["who", "https://kg.example/entity/Nvidia"]
    for question in ("Who sponsors Velocita?", "Quem patrocina a Velocita?"):
        answer = json.loads(_kg("ask", *graph, *ontology, question, "--format", "json"))
        assert [row["bindings"] for row in answer["rows"]], question
        assert "Nvidia" in json.dumps(answer["rows"][0]["bindings"])
    _kg("validate", *graph, *ontology)
    _kg("export", added / "page.html", *graph, *ontology)
    page = (added / "page.html").read_text("utf8")
    for drawn in ("#123abc", "#fed456", "sponsors", "Velocita"):
        assert drawn in page


def test_contracts_between_the_rooms_hold() -> None:
    """import-linter reads them from pyproject.toml; here so that `make test` sees them as well."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
