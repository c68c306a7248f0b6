// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QTextBrowser>
#include <QTimer>

#include <memory>
#include <vector>

#include "widgets/markdown/markdown_document.h"
#include "widgets/markdown/markdown_renderer.h"

namespace roundhouse::widgets {

class CodeBar;
class MarkdownWorker;

// Shows one Markdown text: read only, selectable, links reported and never opened, nothing ever loaded.
//
// Streaming: call setMarkdownSource() with the whole text so far as often as you like. Texts are parsed on the
// MarkdownWorker's thread, at most one at a time and at most 30 a second; only the changed end is drawn anew, in slices
// of a few milliseconds.
//
// Tokens: sourceOffsetClicked() tells the UTF-8 offset in the source of the clicked character; setMarkedRange() marks
// the text that a source range produced.
//
// The view is as high as its text (it takes the width it is given) and leaves wheel events to the scroll area around
// it; setScrolling(true) makes it an ordinary scrolling view instead.
class MarkdownView : public QTextBrowser {
  Q_OBJECT
 public:
  explicit MarkdownView(QWidget* parent = nullptr);
  ~MarkdownView() override;

  void setMarkdownSource(const QByteArray& utf8);
  void setMarkdownSource(const QString& text) { setMarkdownSource(text.toUtf8()); }
  const QByteArray& markdownSource() const { return source_; }
  // True when everything that was set is on the screen.
  bool settled() const;
  // Why the text is shown unformatted, or empty.
  QString plainReason() const;

  void setScrolling(bool scrolling);

  // UTF-8 offset in the source at a point of the viewport, or -1.
  int sourceOffsetAt(const QPoint& viewportPoint) const;
  // Marks [begin, end) of the source; an empty range marks nothing.
  void setMarkedRange(int begin, int end);
  // The bounding rectangle of a source range in this widget's coordinates; empty when it shows nothing.
  QRect rectOfSourceRange(int begin, int end) const;
  // Shown text of a selection: list markers kept, table cells separated by tabs.
  QString selectedPlainText() const;

  const MarkdownRenderer& renderer() const { return renderer_; }

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void rendered();                           // settled() became true
  void linkActivated(const QString& href);   // by mouse or Enter; decide what to do with it
  void sourceOffsetClicked(int utf8Offset);  // a plain click, no selection
  void heightChanged(int height);

 protected:
  QVariant loadResource(int type, const QUrl& name) override;
  QMimeData* createMimeDataFromSelection() const override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool viewportEvent(QEvent* event) override;

 private:
  void submit();
  void takeDocument(MarkdownDocumentPtr document);
  void renderSlice();
  void restyle();
  void finishIfSettled();
  void placeBars();
  void updateHeight();
  void updateMarks();
  QRectF blockRect(int position) const;  // document coordinates
  QPoint scrollOffset() const;

  MarkdownWorker* worker_;
  MarkdownRenderer renderer_;
  QByteArray source_;
  bool parsing_ = false;
  bool announced_ = true;
  bool scrolling_ = false;
  bool restyle_due_ = false;
  QTimer parse_timer_;
  QTimer slice_timer_;
  QElapsedTimer since_parse_;
  std::vector<CodeBar*> bars_;
  int marked_begin_ = 0;
  int marked_end_ = 0;
  QPoint press_;
  bool shift_click_ = false;
  int height_ = 0;
};

}  // namespace roundhouse::widgets
