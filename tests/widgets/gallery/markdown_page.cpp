// SPDX-License-Identifier: GPL-3.0-or-later
#include <QHBoxLayout>
#include <QScrollArea>

#include "tests/widgets/gallery/pages.h"
#include "widgets/markdown/markdown_view.h"
#include "widgets/markdown/split_compare.h"

using namespace roundhouse::widgets;

namespace {

const char* const kLeft = R"(# Which experts answered?

A router **scores** every expert and keeps the *top two*; `softmax` turns scores into weights. See
[the paper](https://example.org/moe "A title") or https://example.org. ~~Not~~ all experts are equal &amp; some
are \*rarely\* used.

## Steps

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
| 0     | 3      | 0.38   |
| 12    | `44`   | 0.91   |

---

中文段落：路由器为每个词元选择专家，**权重**由 `softmax` 得出。这里有一行很长的中文文字，用来检查换行与行距是否合适。
)";

const char* const kRight = R"(### Code

```python
import torch

class Router(torch.nn.Module):
    """Scores experts."""
    def forward(self, x, k=2):
        scores = self.gate(x)          # [tokens, experts]
        weights, ids = scores.topk(k)
        return weights.softmax(-1), ids, "done"
```

Then build it:

```sh
cmake --preset release && cmake --build build/release -j2  # a rather long line of shell that has to wrap somewhere
```

```
no language
```

- A list with code:

  ```cpp
  int main() { return 42; }  // answer
  ```

Raw HTML is text: <b>bold</b> <script>alert(1)</script>

<div>
  block html
</div>

![a picture](https://example.org/p.png)
)";

}  // namespace

QWidget* markdownPage() {
  auto* page = new QWidget;
  auto* row = new QHBoxLayout(page);
  row->setContentsMargins(16, 16, 16, 16);
  row->setSpacing(16);
  for (const char* text : {kLeft, kRight}) {
    auto* area = new QScrollArea;
    area->setWidgetResizable(true);
    auto* inner = new QWidget;
    auto* column = new QVBoxLayout(inner);
    column->setContentsMargins(0, 0, 12, 0);
    auto* view = new MarkdownView;
    const QByteArray source(text);
    view->setMarkdownSource(source);
    const int word = int(source.indexOf("scores"));
    view->setMarkedRange(word, word + 6);
    column->addWidget(view);
    column->addStretch();
    area->setWidget(inner);
    row->addWidget(area);
  }
  return page;
}

QWidget* comparePage() {
  auto* page = new QWidget;
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(16, 16, 16, 16);
  auto* compare = new SplitCompare;
  CompareSide left{QStringLiteral("Before"), QStringLiteral("no edits"),
                   "The router sends *most* tokens to **expert 17**.\n\n- it is the strongest\n- it is seldom wrong\n", {}};
  CompareSide right{QStringLiteral("With this edit"), QStringLiteral("expert 17 disabled in layer 3"),
                    "The router sends *most* tokens to **expert 4** instead, which answers differently.\n\n```py\nx = 4\n```\n", {}};
  compare->setSides(left, right);
  column->addWidget(compare);
  return page;
}
