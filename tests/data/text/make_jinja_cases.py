#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes jinja_cases.json: templates of our own with what Python's jinja2 makes of them, in the environment that
transformers uses for chat templates. Usage: python3 make_jinja_cases.py (needs jinja2 3.1; not part of the build)."""
import copy
import json
import os
import random
import re

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

VARIABLES = {
    "a": "  Hello w\u00f6rld <b>  ", "n": 5, "f": 2.5, "t": True, "z": None, "e": "", "em": [],
    "l": [3, 1, 2], "s": ["b", "A", "c", "a"],
    "d": {"k": 1, "B": "x", "items": [1], "a": 3},
    "users": [{"n": "x", "g": 1}, {"n": "y", "g": 2}, {"n": "z", "g": 1}],
    "m": [{"role": "user", "content": " Hello ", "n": 1}, {"role": "assistant", "content": "x\ny", "n": 2, "tool": {"a": [1, 2]}}],
}

# One template a line; line breaks are written as escapes inside.
HAND_WRITTEN = {
    "lexer": r"""
{{ 1 }}{# c #}{{ 2 }}
a\n  {% if t %}\n  b\n  {% endif %}\nc
a\n  {%- if t -%}  \n  b\n  {%+ endif +%}\nc
a  {{- 1 -}}  b\n {{ 2 }} \nc
  {# c #}\n  {#- d -#}\n  {#+ e +#}\nx
{% raw %}{{ x }} {% y %}{# z #}{% endraw %}|
 {%- raw -%}  {{ x }}  {%- endraw -%}  |
{% raw %}\n{{ a }}\n{% endraw %}\nx
x\n
x\n\n
{{ 'a\\n\\t\\x41\\u00e9\\101\\q\\'' }}{{ "q'" }}
{{ 'a' 'b' "c" }}
{{ 1_000 }} {{ 0x1F }} {{ 0b101 }} {{ 0o17 }} {{ 1.5e3 }} {{ 1e-3 }} {{ 00 }}
{{ {'a': {'b': 1}}['a']['b'] }}
{{ [[1, 2], [3]][0][1] }} {{ (1, 2)[1] }} {{ ((1)) }} {{ (1,) }} {{ () }}
{{ l.0 }} {{ d.k }} {{ m.1.tool.a.0 }}
{% if t %}{% endif %}\n\n{% if t %}\nx{% endif %}
\t{% set q = 1 %}\t\n\t{{ q }}
{{ "{{" }}{{ '}}' }}{{ '%}' }}
{#{{ x }}#}{{ '#}' }}
a{{ 1 }}\n{{ 2 }}\n
""",
    "expressions": r"""
{{ 1 + 2 * 3 - 4 / 2 }} {{ 2 ** 3 ** 2 }} {{ -2 ** 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 2 ** -1 }}
{{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 1 / 3 }} {{ 1e20 }} {{ 1e16 }} {{ 123456789012345680.0 }} {{ 1e-5 }} {{ 0.0001 }} {{ 5.0 }} {{ -0.0 }}
{{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }} {{ 1 != 2 }} {{ (1, 2) == [1, 2] }}
{{ 'l' in 'hello' }} {{ 3 in l }} {{ 'k' in d }} {{ 9 not in l }} {{ not 1 in l }} {{ u in [u] }} {{ 1 in u }}
{{ 1 and 0 or 'x' }} {{ '' or [] or none }} {{ not '' }} {{ t and f }}
{{ 'a' if n > 3 else 'b' }} {{ 'a' if n > 9 }} {{ 'x' if t else 'y' if n else 'z' }}
{{ 'a' ~ 1 ~ none ~ true ~ u ~ 2.5 ~ [1, 'b'] }}
{{ l[1:] }} {{ l[::-1] }} {{ l[-2:] }} {{ l[:1] }} {{ 'hello'[1:4:2] }} {{ 'w\u00f6rld'[1:3] }} {{ 'abc'[::-1] }} {{ l[5:] }} {{ l[-9:9] }}
{{ l[0] }} {{ l[-1] }} {{ l[9] }} {{ 'h\u00f6'[1] }} {{ d['k'] }} {{ d['zz'] }} {{ m[0]['role'] }} {{ l['x'] }} {{ n['x'] }}
{{ d.items }}{{ d['items'] }}
{{ {'b': 1, 'a': [true, none, 1.0, 'q\\'s', "d\\"q"]} }} {{ ['\\n\\t\\\\', 'caf\u00e9', '\u200b'] }} {{ (1, 'a') }}
{{ {1: 'a', 1.0: 'b', true: 'c'} }} {{ {'x': 1, 'x': 2} }} {{ {(1, 2): 3}[(1, 2)] }}
{{ [1] + [2] }} {{ (1,) + (2,) }} {{ 'ab' * 3 }} {{ 2 * [1] }} {{ [] * 5 }} {{ 'a' * -1 }}
{{ u }}|{{ u.x is defined }}
{{ d.zz.y }}
{{ d.zz is defined }} {{ d.k is defined }} {{ d.zz | default('D') }}
{{ u.x }}
{{ u + 1 }}
{{ none.x.y }}
{{ 'a' + 1 }}
{{ 1 + 'a' }}
{{ l + 'a' }}
{{ none + 'a' }}
{{ 'a' < 1 }}
{{ 1 / 0 }}
{{ 1 // 0 }}
{{ 1 % 0 }}
{{ l() }}
{{ u() }}
{{ 'a'.foo() }}
{{ d.zz() }}
{{ l[::0] }}
{{ z[1:2] }}
{{ l.append(1) }}
{{ l.append }}|{{ d.update }}|{{ d.pop('k') }}
{{ a.__class__ }}|{{ a.__class__.x }}
{{ {[]: 1} }}
{{ -'a' }}
{{ 'a' in 5 }}
{{ 5 in 'a' }}
{{ ('<' | safe) + '<' }} {{ '<' + ('<' | safe) }} {{ '<' ~ ('<' | safe) }} {{ '<' | e }} {{ ('<a>' | safe).upper() + '&' }}
""",
    "statements": r"""
{% for i in l %}{{ i }},{% endfor %}
{% for i in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}
{% for i in l %}{{ loop.previtem }}-{{ loop.nextitem }} {{ loop.cycle('a', 'b') }} {{ loop.changed(i > 1) }};{% endfor %}
{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{% for k in d %}{{ k }}{% endfor %}
{% for i in em %}x{% else %}none{% endfor %}{% for i in l if i > 1 %}{{ i }}{{ loop.length }}{% endfor %}{% for c in 'h\u00f6' %}{{ c }}.{% endfor %}
{% for i in l %}{% if i == 1 %}{% continue %}{% endif %}{{ i }}{% endfor %}{% for i in l %}{% if loop.index == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}
{% for i in l %}{% break %}{% else %}else{% endfor %}{% for i in l %}{% continue %}{% else %}else{% endfor %}
{% for i in [[1, [2, [3]]], 4] recursive %}{{ loop.depth }}{% if i is iterable %}({{ loop(i) }}){% else %}{{ i }}{% endif %} {% endfor %}
{% for i in u %}x{% endfor %}{% for i in d | dictsort %}{{ i }}{% endfor %}
{% for i in 5 %}{% endfor %}
{% for i in none %}{% endfor %}
{% for x, y in [1] %}{% endfor %}
{% for x, y in [[1]] %}{% endfor %}
{% for x, y in [[1, 2, 3]] %}{% endfor %}
{% for x, (y, z) in [(1, (2, 3))] %}{{ x }}{{ y }}{{ z }}{% endfor %}
{% set x = 1 %}{% for i in l %}{{ x }}{% set x = i %}{{ x }} {% endfor %}{{ x }}
{% set ns = namespace(x=0, y='a') %}{% for i in l %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}{{ ns.y }}{{ ns.zz }}|{{ ns.zz is defined }}
{% set ns = namespace({'q': 1}, r=2) %}{{ ns.q }}{{ ns.r }}
{% set d.x = 1 %}
{% set x, y = 1, 2 %}{{ x }}{{ y }}{% set z = 1, 2 %}{{ z }}{% set (p, q) = [3, 4] %}{{ p }}{{ q }}
{% set x %}a{{ n }} b {% endset %}[{{ x }}]{% set x | upper | trim %} abc {% endset %}[{{ x }}]
{% if n == 1 %}a{% elif n == 5 %}b{% elif t %}c{% else %}d{% endif %}{% if z %}a{% endif %}
{% macro m(x, y=2, z=x) %}{{ x }}{{ y }}{{ z }}{% endmacro %}{{ m(1) }} {{ m(1, 3) }} {{ m(x=5, z=6) }} {{ m() }}
{% macro m(x) %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, a=4) }}{{ m.name }}{{ m.arguments }}
{% macro m(x) %}{{ x }}{% endmacro %}{{ m(1, 2) }}
{% macro m(x) %}{{ x }}{% endmacro %}{{ m(y=2) }}
{% macro outer(x) %}{% macro inner() %}{{ x }}{{ n }}{% endmacro %}{{ inner() }}{% endmacro %}{{ outer(7) }}{{ inner is defined }}
{% macro m() %}{{ g }}{% endmacro %}{% set g = 4 %}{{ m() }}{% set g = 5 %}{{ m() }}
{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}
{% macro box(t) %}<{{ t }}|{{ caller() }}>{% endmacro %}{% call box('a') %}body {{ n }}{% endcall %}
{% macro each(l) %}{% for i in l %}{{ caller(i, loop.index) }}{% endfor %}{% endmacro %}{% call(i, k=0) each(l) %}[{{ i }}{{ k }}]{% endcall %}
{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}
{% filter upper %}abc {{ n }}{% endfilter %}{% filter replace('a', 'b') | trim %} aXa {% endfilter %}
{% with x = 1, y = n %}{{ x }}{{ y }}{% endwith %}{{ x is defined }}
{% block content %}in {{ n }}{% endblock %}{% block other %}x{% endblock other %}
{% autoescape false %}{{ '<' }}{% endautoescape %}{% print 1, 2 %}
{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.reset() }}{% set j = joiner('|') %}{{ j() }}{{ j() }}
{{ range(5) | list }} {{ range(1, 6, 2) | list }} {{ range(5, 0, -2) | list }} {{ range(3)[1] }} {{ range(10)[2:5] }} {{ range(0) }} {{ range(3) | length }}
{{ range(100001) }}
{{ dict(a=1, b=2) }} {{ dict([('a', 1)]) }} {{ dict({'x': 1}, y=2) }}
{{ raise_exception('told so') }}
{% set f = 'x' %}{{ f }}{% if true %}{% set f = 'y' %}{% endif %}{{ f }}
{{ [1, 2].index(2) }} {{ [1, 1].count(1) }} {{ l.index(9) }}
""",
    "methods": r"""
{{ a.strip() | length }} {{ 'xxaxx'.strip('x') }} {{ 'abc'.lstrip('ba') }} {{ 'abc'.rstrip('cb') }} {{ '\u00e9a\u00e9'.strip('\u00e9') }} {{ '\u3000 x\u00a0'.strip() }}
{{ 'a,b,,c'.split(',') }} {{ 'a b  c '.split() }} {{ 'a,b,c'.split(',', 1) }} {{ 'a,b,c'.rsplit(',', 1) }} {{ ''.split() }} {{ ''.split(',') }} {{ ' a b '.split(none, 1) }} {{ ' a b c '.rsplit(none, 1) }} {{ 'a, b'.split(sep=', ') }}
{{ 'abc'.split('') }}
{{ 'hello'.startswith('he') }} {{ 'hello'.startswith(('x', 'he')) }} {{ 'hello'.endswith('lo', 2) }} {{ 'hello'.startswith('l', 2, 4) }} {{ 'a'.startswith('') }}
{{ 'hello'.startswith(5) }}
{{ 'aaa'.replace('a', 'b', 2) }} {{ 'abc'.replace('', '-') }} {{ 'aXbX' | replace('X', '.') }} {{ 'aaa' | replace('a', 'b', 1) }}
{{ 'hello world'.title() }} {{ "it's a-b" | title }} {{ 'hello'.capitalize() }} {{ 'HELLO wORLD' | capitalize }} {{ 'aB'.swapcase() }} {{ '\u00df'.casefold() }} {{ '\u00df' | upper }}
{{ 'abcb'.find('b') }} {{ 'abcb'.rfind('b') }} {{ 'abcb'.index('c') }} {{ 'abcb'.count('b') }} {{ 'ab'.find('z') }} {{ 'aaa'.count('') }} {{ 'w\u00f6rld'.find('r') }} {{ 'abc'.find('c', -2) }}
{{ 'ab'.index('z') }}
{{ 'a=b=c'.partition('=') }} {{ 'a=b=c'.rpartition('=') }} {{ 'a'.partition('=') }} {{ 'a'.rpartition('=') }}
{{ 'a\\nb\\r\\nc'.splitlines() }} {{ 'a\\nb\\n'.splitlines(true) }}
{{ '-'.join(['a', 'b']) }} {{ '-'.join('abc') }} {{ ''.join({'a': 1}) }}
{{ ','.join([1]) }}
{{ ''.join(5) }}
{{ 'abc'.isalpha() }} {{ '12'.isdigit() }} {{ 'a1'.isalnum() }} {{ ' '.isspace() }} {{ 'A'.isupper() }} {{ 'a'.islower() }} {{ ''.isalpha() }} {{ '\u00bd'.isnumeric() }} {{ '\u00b2'.isdigit() }} {{ '\u00b2'.isdecimal() }} {{ 'Ab Cd'.istitle() }} {{ '\u00e9'.isascii() }}
{{ 'ab'.center(6, '*') }}|{{ 'abc'.center(6) }}|{{ 'ab'.ljust(5) }}|{{ 'ab'.rjust(5, '-') }}|{{ '42'.zfill(5) }}|{{ '-42'.zfill(5) }}|{{ 'abc' | center(8) }}|
{{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('c') }} {{ 'a\\tb'.expandtabs(4) }}
{{ d.items() }} {{ d.keys() }} {{ d.values() }} {{ d.get('k') }} {{ d.get('z') }} {{ d.get('z', 5) }} {{ d | items | list }} {{ d.copy() == d }}
{{ d.get() }}
{{ 'x'.upper(1) }}
{{ '{0} {1} {0}'.format('a', 'b') }} {{ '{a} {b!r}'.format(a=1, b='x') }} {{ '{:>5}|{:<5}|{:^5}|{:*^7}'.format('a', 'b', 'c', 'd') }}
{{ '{:05d} {:+d} {:,} {:_} {:x} {:#x} {:b} {:o} {:X} {:e} {:.3f} {:%} {:g} {:c}'.format(42, 5, 1234567, 1234567, 255, 255, 5, 8, 255, 12345.6, 3.14159, 0.25, 1e10, 65) }}
{{ '{0[a]} {1[0]}'.format({'a': 1}, [5]) }} {{ '{{}} {}'.format(1) }} {{ '{!s:>4}'.format(5) }} {{ '{:>{}}'.format('a', 5) }} {{ '{:}'.format(none) }} {{ '{} {}'.format(true, [1]) }} {{ '{:d} {:5}'.format(true, true) }}
{{ '{:.2f} {:.0f} {:10.3e}'.format(2.5, 2.5, 1234.5) }} {{ '{:,.2f} {:010.2f} {:+.1f} {:=+8d}'.format(12345.678, 3.14159, 2.0, 42) }} {{ '{:g} {:g} {:g} {:.3g}'.format(100000.0, 1000000.0, 0.0001, 1234.5) }}
{{ '{'.format(1) }}
{{ '}'.format(1) }}
{{ '{} {}'.format(1) }}
{{ '{a}'.format() }}
{{ '{:d}'.format('a') }}
{{ '%s|%d|%5.2f|%x|%r|%%|%c|%e|%g|%i|%o|%X|%-5s|%05d|%+d|% d|%#x' % ('a', 3, 2.345, 255, 'q', 'c', 12345.678, 0.0001, 7, 8, 255, 'z', 42, 5, 6, 255) }}
{{ '%s' % [1, 'a'] }} {{ '%(a)s-%(b)d' % {'a': 'x', 'b': 2} }} {{ '%s' % none }} {{ '%5s|%-5s|%.2s' % ('ab', 'cd', 'efg') }} {{ '%*d' % (5, 3) }} {{ '%s%s' | format('a', 1) }} {{ '%(a)s' | format(a=1) }} {{ '%.3d|%5.1e|%G' % (5, 1.5, 1e-10) }}
{{ '%s %s' % ('a',) }}
{{ '%s' % ('a', 'b') }}
{{ '%d' % 'a' }}
{{ '%y' % 1 }}
{{ 'a%' % 1 }}
""",
    "filters": r"""
{{ d | dictsort }} {{ d | dictsort(true) }} {{ {'a': 2, 'b': 1} | dictsort(by='value') }} {{ d | dictsort(reverse=true) }}
{{ s | sort }} {{ s | sort(case_sensitive=true) }} {{ s | sort(true) }} {{ users | sort(attribute='g') | map(attribute='n') | list }} {{ users | sort(attribute='g,n') | map(attribute='n') | join }} {{ [[2, 1], [1, 2]] | sort(attribute=0) }} {{ [{'a': {'b': 2}}, {'a': {'b': 1}}] | sort(attribute='a.b') }}
{{ [1, 'a'] | sort }}
{{ s | first }} {{ s | last }} {{ [] | first }} {{ s | join('-') }} {{ users | join(',', attribute='n') }} {{ l | length }} {{ l | count }} {{ l | reverse | list }} {{ 'abc' | reverse }} {{ d | length }} {{ u | length }}
{{ 5 | length }}
{{ users | groupby('g') }} {% for g, i in users | groupby('g') %}{{ g }}:{{ i | map(attribute='n') | join }} {% endfor %}
{{ users | selectattr('g', 'equalto', 1) | map(attribute='n') | list }} {{ users | rejectattr('g', 'eq', 1) | list }} {{ [1, 2, 3, 4] | select('odd') | list }} {{ [1, 2] | reject('odd') | list }} {{ [0, 1, ''] | select | list }} {{ users | selectattr('q') | list }} {{ users | map(attribute='q', default='D') | list }}
{{ none | selectattr('x') | list }} {{ none | map('upper') | list }} {{ l | map('string') | join('+') }} {% set g = l | map('string') %}{{ g | list }}{{ g | list }}{{ 'y' if [] | map('upper') else 'n' }}
{{ l | map | list }}
{{ l | map('nofilter') | list }}
{{ l | select('notest') | list }}
{{ [3, 1, 2] | max }} {{ [3, 1, 2] | min }} {{ [] | max }} {{ [1, 2, 3] | sum }} {{ users | sum(attribute='g') }} {{ ['b', 'A'] | min }} {{ ['b', 'A'] | min(case_sensitive=true) }} {{ [1.5, 2] | sum }} {{ [[1], [2]] | sum(start=[]) }}
{{ s | sum }}
{{ [1, 1, 2, 'a', 'A'] | unique | list }} {{ [1, 2, 3, 4, 5] | batch(2) | list }} {{ [1, 2, 3, 4, 5] | batch(2, 'x') | list }} {{ [1, 2, 3, 4, 5] | slice(2) | list }} {{ [1, 2, 3, 4, 5] | slice(3, 'x') | list }}
{{ 3.7 | int }} {{ '42' | int }} {{ 'x' | int }} {{ 'x' | int(7) }} {{ '0x1f' | int(base=16) }} {{ '3.9' | int }} {{ '1.5' | float }} {{ 'x' | float }} {{ -3 | abs }} {{ none | int }} {{ true | int }} {{ ' 5 ' | int }} {{ '1e3' | float }} {{ 'inf' | float }}
{{ 3.456 | round(2) }} {{ 2.5 | round }} {{ 3.1 | round(method='ceil') }} {{ 3.9 | round(method='floor') }} {{ 5 | round }} {{ 1234 | round(-2) }} {{ 2.675 | round(2) }} {{ 1e300 | round(3) }}
{{ u | default('x') }} {{ '' | default('x') }} {{ '' | default('x', true) }} {{ none | d('x') }} {{ u | d }}|{{ false | default('y', boolean=true) }}
{{ 'a\\nb\\n\\nc' | indent }}|{{ 'a\\nb' | indent(2, true) }}|{{ 'a\\n\\nb' | indent(2, blank=true) }}|{{ 'a\\nb' | indent('--') }}|{{ 'a\\n' | indent }}|{{ '' | indent(2, true) }}|
{{ 'hello big world foo' | truncate(10) }} {{ 'hello big world foo' | truncate(10, true) }} {{ 'hello big world foo' | truncate(11, false, '\u2026') }} {{ 'hello' | truncate(4, leeway=0) }} {{ 'hello' | truncate(4) }}
{{ '<a&"\\'>' | e }} {{ '<a>' | escape | escape }} {{ '<a>' | forceescape }} {{ '<a>' | e + '<b>' }} {{ '<p>x</p> y  z<!-- c > d -->' | striptags }}
{{ 'a b/\u00e9?' | urlencode }} {{ {'a': 'b c', 'd': 1} | urlencode }} {{ 'one two_2 three' | wordcount }} {{ 1000000 | filesizeformat }} {{ 1 | filesizeformat }} {{ 2048 | filesizeformat(true) }} {{ 999 | filesizeformat }}
{{ l | list }} {{ 'abc' | list }} {{ d | list }} {{ 5 | string ~ 'x' }} {{ users[0] | attr('n') }}|{{ 'x' | attr('upper') is defined }} {{ 'Abc' | lower }} {{ true | lower }} {{ none | upper }} {{ [1] | upper }} {{ 'xax' | trim('x') }} {{ 5 | trim }}
{{ {'a': [1, 2.5, none, true, '\u00e9"\\n'], 'b': {}} | tojson }} {{ {'b': 1, 'a': []} | tojson(indent=2) }} {{ {'b': 1, 'a': 2} | tojson(sort_keys=true) }} {{ [1, 2] | tojson(separators=(',', ':')) }} {{ '\u00e9' | tojson(ensure_ascii=true) }} {{ '\U0001f680' | tojson(ensure_ascii=true) }} {{ [[], {}, [1]] | tojson(indent=1) }} {{ 1.0 | tojson }} {{ {1: 2, none: 3, 1.5: 6} | tojson }} {{ (1, 2) | tojson }} {{ '</a>\\x7f\\x01\\\\' | tojson }} {{ d | tojson(indent=4, sort_keys=true) }}
{{ d.items() | tojson }}
{{ u | tojson }}
{{ 5 | list }}
{{ 5 | join }}
{{ 5 | first }}
{{ d | tojson | length }} {{ d | join(',') }} {{ d | max }} {{ d | sort }}
""",
    "tests": r"""
{{ 5 is odd }} {{ 4 is even }} {{ 6 is divisibleby 3 }} {{ 'a' is lower }} {{ 'A' is upper }} {{ 1 is number }} {{ true is number }} {{ true is integer }} {{ 1 is integer }} {{ 1.0 is float }} {{ 'a' is string }}
{{ [] is sequence }} {{ {} is mapping }} {{ 'a' is iterable }} {{ u is sequence }} {{ u is iterable }} {{ none is none }} {{ 1 is sameas 1 }} {{ true is sameas true }} {{ 1 is eq 1 }} {{ 2 is gt 1 }} {{ 1 is in [1] }}
{{ range is callable }} {{ 'a' is callable }} {{ u is callable }} {{ 'upper' is filter }} {{ 'odd' is test }} {{ 'zz' is filter }} {{ true is boolean }} {{ true is true }} {{ 1 is true }} {{ false is false }} {{ 'a' is escaped }}
{{ d.items() is sequence }} {{ d.items() is iterable }} {{ l | map('upper') is iterable }} {{ l | map('upper') is sequence }} {{ range(3) is sequence }} {{ 5 is undefined }} {{ u is undefined }} {{ u is not defined }} {{ 1 is not none }} {{ 2 is lessthan 3 }} {{ 2 is ge 2 }} {{ 2 is ne 2 }}
{{ not u is defined }} {{ 1 + 2 is odd }} {{ 'a' is string and 1 is number }} {{ n is divisibleby(5) }}
{{ 'a' is odd }}
{{ 1 is foo }}
""",
}


def environment():
    result = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols])

    def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    result.filters["tojson"] = tojson
    result.globals["raise_exception"] = raise_exception
    return result


ENVIRONMENT = environment()


def render(template):
    try:
        text = ENVIRONMENT.from_string(template).render(**copy.deepcopy(VARIABLES), bos_token="<s>", eos_token="</s>")
    except Exception as error:  # what templates raise is Python's whole variety
        return "ERR " + str(error)
    return re.sub(r"<built-in method (\w+) of (\w+) object at 0x[0-9a-f]+>", r"<built-in method \1 of \2 object>", text)


class Generator:
    """Random templates: white space control, scopes and well-typed expressions in all nestings."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, *options):
        return self.random.choice(options)

    def space(self):
        return self.pick("", "", " ", "\n", "\n  ", "  ", "\t", "x", "x\n", " y ", "\n\n")

    def tag(self, inside):
        return "{%" + self.pick("", "", "-", "+") + " " + inside + " " + self.pick("", "", "-", "+") + "%}"

    def output(self, inside):
        return "{{" + self.pick("", "-", " ") + " " + inside + " " + self.pick("", " ", "-") + "}}"

    def expression(self, depth=0):
        if depth > 2 or self.random.random() < 0.3:
            return self.pick("a", "n", "f", "t", "z", "l", "s", "d", "m", "e", "u", "1", "'q'", "none", "[1, 2]", "{'k': 2}", "m[0].role", "d.k", "q", "w")
        inner = lambda: self.expression(depth + 1)
        return self.pick(
            lambda: f"({inner()} ~ {inner()})", lambda: f"({inner()} == {inner()})", lambda: f"({inner()} and {inner()})",
            lambda: f"({inner()} or {inner()})", lambda: f"(not {inner()})", lambda: f"({inner()} if {inner()} else {inner()})",
            lambda: f"({inner()} | string | {self.pick('upper', 'lower', 'trim', 'length', 'title', 'e', 'safe', 'list', 'reverse')})",
            lambda: f"({inner()} | default('D', true))", lambda: f"({inner()} | tojson)" if depth < 2 else "'j'",
            lambda: f"(s | {self.pick('sort', 'first', 'join', 'length', 'unique | list', 'reverse | list')})",
            lambda: f"l[{self.pick('0', '-1', '1:', ':2', '::-1')}]", lambda: f"({inner()} is {self.pick('', 'not ')}{self.pick('defined', 'none', 'string', 'mapping', 'sequence', 'number')})",
            lambda: f"(m | selectattr('role', 'equalto', 'user') | list)", lambda: f"({inner()} in [1, 'q', none])", lambda: f"(n {self.pick('+', '-', '*', '//', '%')} 2)")()

    def body(self, depth=0, in_loop=False):
        out = ""
        for _ in range(self.random.randrange(1, 4)):
            out += self.space()
            kind = self.random.randrange(14) if depth < 3 else self.random.randrange(5)
            if kind <= 3:
                out += self.output(self.expression())
            elif kind == 4:
                out += self.pick("{#", "{#-", "{#+") + " c " + self.pick("#}", "-#}", "+#}")
            elif kind <= 6:
                out += self.tag("if " + self.expression(1)) + self.body(depth + 1, in_loop)
                out += (self.tag("else") + self.body(depth + 1, in_loop) if self.random.random() < 0.5 else "") + self.tag("endif")
            elif kind <= 8:
                target = self.pick("i in l", "i in s", "k, v in d.items()", "i in m", "i in em", "i in range(3)", "i in l if i > 1")
                out += self.tag("for " + target) + self.body(depth + 1, True)
                out += self.pick("", self.output("loop." + self.pick("index", "last", "length", "revindex", "previtem", "depth")))
                out += (self.tag("else") + self.body(depth + 1, in_loop) if self.random.random() < 0.2 else "") + self.tag("endfor")
            elif kind == 9:
                out += self.tag(f"set {self.pick('q', 'w', 'ns.x')} = {self.expression()}")
            elif kind == 10:
                out += self.tag("set q" + self.pick("", " | upper")) + self.body(depth + 1) + self.tag("endset")
            elif kind == 11:
                out += self.tag("macro mac(p, r=p)") + self.body(depth + 1) + self.output("p") + self.tag("endmacro") + self.output("mac(" + self.expression(1) + ")")
            elif kind == 12:
                out += self.tag("filter " + self.pick("upper", "trim", "indent(2)")) + self.body(depth + 1) + self.tag("endfilter")
            elif in_loop:
                out += self.tag("if " + self.expression(1)) + self.tag(self.pick("break", "continue")) + self.tag("endif")
            out += self.space()
        return out


def main():
    cases = {}
    for section, text in HAND_WRITTEN.items():
        lines = [line for line in text.split("\n") if line.strip()]
        templates = [re.sub(r"\\(\\|n|t|u[0-9a-f]{4}|U[0-9a-f]{8})", lambda m: json.loads('"' + m[0] + '"') if m[1][0] != "U" else chr(int(m[1][1:], 16)), line)
                     for line in lines]
        cases[section] = [[template, render(template)] for template in templates]
    generator = Generator(20261124)
    generated = []
    while len(generated) < 150:
        template = "{% set ns = namespace(x=1) %}" + generator.body()
        result = render(template)
        # Wordings of errors are checked above; generators print their address.
        if not result.startswith("ERR") and "generator object" not in result and len(template) < 1200:
            generated.append([template, result])
    cases["generated"] = generated
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "jinja_cases.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"variables": VARIABLES, "cases": cases}, file, ensure_ascii=True, indent=0)
        file.write("\n")


if __name__ == "__main__":
    main()
