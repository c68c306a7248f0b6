// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QString>
#include <QStringList>

class QFormLayout;
class QLabel;
class QWidget;

namespace roundhouse::widgets {
class FoldSection;
class WrappedLabel;
}

namespace roundhouse::app {

// The rows of a form: name, field, and below the field what is wrong with it. A row is known by its key in the job file
// ("adapter.rank").
class FormRows : public QObject {
  Q_OBJECT
 public:
  using QObject::QObject;

  // `field` gets its names and its place in `layout`. `section`: what has to open for it to be seen.
  void add(QFormLayout* layout, const QString& key, const QString& name, QWidget* field, const QString& tip = {},
           widgets::FoldSection* section = nullptr);
  // Another message for the same field is added. False: there is no such field.
  bool showError(const QString& key, const QString& text);
  void clearErrors();
  bool has(const QString& key) const { return rows_.contains(key); }
  // The message that stands at a field; empty: none.
  QString error(const QString& key) const;
  // The first field with a message, in the order of the form; null: none has.
  QWidget* firstWrong() const;
  // The key that a message is about: the longest that stands in it as a word. Empty: none does.
  QString keyIn(const QString& text) const;
  // The first field of a group ("steps"). Empty: there is no such group.
  QString firstOf(const QString& group) const;
  // The row as a whole.
  void setRowVisible(const QString& key, bool visible);

 private:
  struct Row {
    QWidget* field = nullptr;
    QWidget* frame = nullptr;
    QFormLayout* layout = nullptr;
    widgets::WrappedLabel* error = nullptr;
    widgets::FoldSection* section = nullptr;
  };
  QHash<QString, Row> rows_;
  QStringList order_;
};

}  // namespace roundhouse::app
