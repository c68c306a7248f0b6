// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QStringList>

#include <random>

namespace roundhouse::widgets {

// Everything that an answer may hold, in one text.
inline const QByteArray kEveryKind = QStringLiteral(R"(# Which *experts* answered?

A router **scores** every expert and keeps the *top two*; `softmax` turns scores into weights. See
[the paper](https://example.org/moe "A title") or https://example.org. ~~Not~~ all are equal &amp; some
are \*rarely\* used. 路由器为每个词元选择专家，**权重**由此得出 😀👩‍🔬.

1. Read the prompt
2. Choose experts
   - by score
   - by *bias*
     - nested once more
3. Mix their answers

- [x] trained
- [ ] merged

> A quoted thought
> over two lines
>
> > and a deeper one

| Layer | Expert | Weight |
|:------|:------:|-------:|
| 0     | 17     | 0.62   |
| 12    | `44`   | **专家** |

---

```python
def forward(self, x, k=2):
    return "完成 😀"  # done
```

- A list with code:

  ```cpp
  int main() { return 42; }
  ```

Raw <b>bold</b>:

<div>
  block
</div>

![a picture](https://example.org/p.png)
)").toUtf8();

// Markdown at random: words, marks of every kind, line ends, characters of one to four bytes.
inline QByteArray randomMarkdown(std::mt19937& random, int pieces) {
  static const QStringList parts{
      QStringLiteral("word"), QStringLiteral("expert "), QStringLiteral("专家"), QStringLiteral("路由。"), QStringLiteral("😀"), QStringLiteral("👩‍🔬"), QStringLiteral("é"), QStringLiteral(" "), QStringLiteral("\n"), QStringLiteral("\n\n"),
      QStringLiteral("*"), QStringLiteral("**"), QStringLiteral("_"), QStringLiteral("~~"), QStringLiteral("`"), QStringLiteral("``"), QStringLiteral("```\n"), QStringLiteral("```py\n"), QStringLiteral("\\"), QStringLiteral("\\*"), QStringLiteral("&amp;"), QStringLiteral("&copy;"), QStringLiteral("&#x4E2D;"), QStringLiteral("&"),
      QStringLiteral("["), QStringLiteral("]"), QStringLiteral("](u)"), QStringLiteral("](u \"t\")"), QStringLiteral("!["), QStringLiteral("<b>"), QStringLiteral("<div>\n"), QStringLiteral("<http://a.b>"), QStringLiteral("https://a.b/c"), QStringLiteral("\n- "), QStringLiteral("\n1. "), QStringLiteral("\n  - "), QStringLiteral("\n> "),
      QStringLiteral("\n# "), QStringLiteral("\n---\n"), QStringLiteral("\n| a | b |\n|---|:-:|\n| c | d |\n"), QStringLiteral("|"), QStringLiteral("\t"), QStringLiteral("    "), QStringLiteral("\r\n"), QStringLiteral("- [ ] "), QStringLiteral("\n[x]: /y\n"), QStringLiteral("  \n")};
  QByteArray text;
  for (int i = 0; i < pieces; ++i) text += parts[qsizetype(random() % unsigned(parts.size()))].toUtf8();
  return text;
}

}  // namespace roundhouse::widgets
