"""Small programs that use packages. Some lines are wrong, and mypy must say so of the same lines by
stubs as by sources."""

PROGRAMS = {
    "requests": '''\
import requests
from requests import Session, exceptions
from requests.auth import HTTPBasicAuth
from requests.structures import CaseInsensitiveDict

response = requests.get("http://localhost/", params={"a": "b"}, timeout=3)
if response.status_code == requests.codes.ok:
    print(response.text.upper(), response.json())
response.raise_for_status()
with Session() as session:
    session.headers.update({"a": "b"})
    session.auth = HTTPBasicAuth("name", "word")
    session.post("http://localhost/", data=b"")
try:
    requests.request("GET", "http://localhost/")
except (exceptions.ConnectionError, requests.Timeout) as error:
    print(error.response)
names: CaseInsensitiveDict = CaseInsensitiveDict()
requests.got("http://localhost/")
requests.get()
requests.request("GET")
requests.post("http://localhost/", None, None, None)
HTTPBasicAuth("name")
Session(1)
session.fetch("http://localhost/")
requests.Response().status
exceptions.Wrong
requests.structures.LookupDict(1, 2)
class Own(requests.adapters.HTTPAdapter):
    def send(self): ...
''',
    "jinja2": '''\
import jinja2
from jinja2 import Environment, FileSystemLoader, TemplateNotFound, select_autoescape
from jinja2.sandbox import SandboxedEnvironment

environment = Environment(loader=FileSystemLoader("."), autoescape=select_autoescape(["html"]))
environment.filters["up"] = str.upper
try:
    template = environment.get_template("a.html")
except TemplateNotFound as error:
    print(error.name)
text: str = template.render(a=1)
for part in template.stream(a=1):
    print(part)
@jinja2.pass_context
def own(context, value): return value
print(jinja2.Template("{{ a }}").render({"a": 1}), SandboxedEnvironment().from_string(""))
count: int = template.render()
environment.get_template(1)
environment.get_template()
environment.from_file("a.html")
Environment(loaders=None)
FileSystemLoader(1)
jinja2.DictLoader()
jinja2.pass_all
number: int = environment.block_start_string
template.render(1).missing
jinja2.Undefined(1)
class Own(jinja2.BaseLoader):
    def get_source(self, environment: str, template: str) -> int: ...
''',
    "attr": '''\
import attr
from attr import asdict, attrib, attrs, define, evolve, field, validators

@attr.s
class Old:
    x = attr.ib(default=1)
    y = attr.ib(validator=validators.instance_of(int), default=2)

@define
class New:
    x: int
    y: str = "a"
    z: list = field(factory=list)

@attr.s(auto_attribs=True, frozen=True)
class Frozen:
    x: int = attr.ib()

print(Old(), Old(1, y=2), New(1), New(x=1, y="b"), Frozen(1), asdict(New(1)))
evolve(New(1), x=2)
print(attr.fields(New), attr.has(New))
New()
New("a")
Frozen(1).x = 2
New(1).missing
Old(1, 2, 3)
attr.nothing
attr.ib(defaults=1)
asdict()
validators.instance_is(int)
attr.converters.optional()
''',
    "pygments": '''\
import pygments
from pygments import highlight, lex
from pygments.formatters import HtmlFormatter
from pygments.lexer import RegexLexer, bygroups, include
from pygments.lexers import PythonLexer, get_lexer_by_name
from pygments.style import Style
from pygments.token import Comment, Keyword, Token
from pygments.util import ClassNotFound

print(highlight("a", PythonLexer(), HtmlFormatter(linenos=True)))
for kind, text in lex("a", PythonLexer()):
    print(kind, text)
class Own(RegexLexer):
    tokens = {"root": [("a", Keyword), include("b")], "b": [("(c)", bygroups(Comment))]}
try:
    get_lexer_by_name("own", stripall=True)
except ClassNotFound: pass
print(Token.Name.Class, PythonLexer().get_tokens("a"), pygments.__version__.upper())
highlight("a")
highlight("a", 1, 2, 3, 4)
pygments.paint("a")
pygments.__version__ + 1
PythonLexer().get_words("a")
PythonLexer().name + 1
PythonLexer(1)
get_lexer_by_name()
lex()
HtmlFormatter().get_style_defs(1, 2)
from pygments.lexer import RegularLexer
''',
    "yaml": '''\
import yaml
from yaml import SafeLoader, YAMLError, dump, safe_load

print(safe_load("a: 1")["a"], dump({"a": 1}, sort_keys=False), yaml.load("a", Loader=SafeLoader))
class Point(yaml.YAMLObject):
    def __init__(self, x): self.x = x
def own(loader, node): return loader.construct_scalar(node)
yaml.add_constructor("!own", own, Loader=SafeLoader)
try:
    yaml.compose("a: [")
except yaml.scanner.ScannerError as error:
    print(error.problem_mark, YAMLError)
except yaml.MarkedYAMLError as error:
    print(error.context)
for token in yaml.scan("a"): print(token.start_mark)
safe_load()
yaml.load("a")
yaml.safe_read("a")
dump()
yaml.ScalarNode("a")
yaml.nodes.Node("a")
yaml.add_constructor("!own")
yaml.dump({}, None, None, None)
yaml.resolver.Wrong
yaml.__version__ + 1
class Wrong(yaml.Missing): ...
''',
}
