// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tokens/token_sequence.h"

namespace roundhouse::widgets {

QString visibleToken(const QString& text) {
  QString shown;
  shown.reserve(text.size());
  for (qsizetype i = 0; i < text.size(); ++i) {
    const QChar c = text[i];
    if (c == QLatin1Char(' '))
      shown += QChar(0x00B7);
    else if (c == QLatin1Char('\n') || c == QChar::LineSeparator || c == QChar::ParagraphSeparator)
      shown += QChar(0x21B5);
    else if (c == QLatin1Char('\r'))
      shown += QChar(0x240D);
    else if (c == QLatin1Char('\t'))
      shown += QChar(0x2192);
    else if (c == QChar::Nbsp || c == QChar(0x3000))
      shown += QChar(0x2423);
    else if (c.isSurrogate())
      shown += c;
    else if (c.category() == QChar::Other_Control || c.category() == QChar::Other_Format)
      shown += QChar(QChar::ReplacementCharacter);
    else
      shown += c;
  }
  return shown;
}

}  // namespace roundhouse::widgets
