// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/command_model.h"

#include <algorithm>

#include "widgets/controls/fuzzy_match.h"
#include "widgets/style/icon.h"

namespace roundhouse::widgets {
namespace {
constexpr qsizetype kMostRecent = 10;

// Beside the title only whole pieces count: a subsequence is found in nearly every long text.
bool containsWords(const QString& query, const Command& command) {
  const QString text = command.title + QLatin1Char('\n') + command.keywords + QLatin1Char('\n') + command.detail;
  const QStringList words = query.split(QLatin1Char(' '), Qt::SkipEmptyParts);
  return std::all_of(words.begin(), words.end(),
                     [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
}

}

void CommandModel::addProvider(CommandProvider* provider) { providers_.append(provider); }

void CommandModel::removeProvider(CommandProvider* provider) {
  providers_.removeAll(provider);
  beginResetModel();
  entries_.removeIf([provider](const Entry& entry) { return entry.provider == provider; });
  endResetModel();
}

void CommandModel::setRecent(const QStringList& ids) { recent_ = ids.mid(0, kMostRecent); }

void CommandModel::setQuery(const QString& query) {
  QList<Entry> found;
  for (CommandProvider* provider : std::as_const(providers_))
    for (Command& command : provider->commands(query)) {
      if (!command.enabled) continue;
      int score = 0;
      QList<int> matches;
      if (const auto title = fuzzyMatch(query, command.title)) {
        score = title->score + 4;
        matches = title->positions;
      } else if (containsWords(query, command)) {
        score = 1;
      } else {
        continue;
      }
      const qsizetype age = recent_.indexOf(command.id);
      if (age >= 0) score += query.trimmed().isEmpty() ? int(1000 - age) : 6;
      found.append({std::move(command), provider, score, std::move(matches)});
    }
  std::stable_sort(found.begin(), found.end(), [](const Entry& a, const Entry& b) { return a.score > b.score; });
  if (found.size() > kMost) found.resize(kMost);
  beginResetModel();
  entries_ = std::move(found);
  endResetModel();
}

void CommandModel::run(int row) {
  if (row < 0 || row >= entries_.size()) return;
  const QString id = entries_[row].command.id;
  CommandProvider* provider = entries_[row].provider;
  recent_.removeAll(id);
  recent_.prepend(id);
  if (recent_.size() > kMostRecent) recent_.resize(kMostRecent);
  provider->run(id);
}

int CommandModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(entries_.size()); }

QVariant CommandModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const Entry& entry = entries_[index.row()];
  const Command& command = entry.command;
  switch (role) {
    case Qt::DisplayRole: return command.title;
    case Qt::DecorationRole: return icon(command.iconName, ColorToken::TextMuted);
    case Qt::AccessibleTextRole: {
      QStringList parts{command.title, command.detail, command.group,
                        command.shortcut.toString(QKeySequence::NativeText)};
      parts.removeAll(QString());
      return parts.join(QStringLiteral(", "));
    }
    case IdRole: return command.id;
    case GroupRole: return command.group;
    case DetailRole: return command.detail;
    case ShortcutRole: return command.shortcut.toString(QKeySequence::NativeText);
    case IconNameRole: return command.iconName;
    case MatchesRole: return QVariant::fromValue(entry.matches);
    default: return {};
  }
}

}  // namespace roundhouse::widgets
