// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/program/program_options.h"

#include <QRegularExpression>

namespace roundhouse::app {

QString programHelp() {
  return QStringLiteral(
      "Usage: roundhouse [options] [MODEL]\n"
      "Opens the workbench, with MODEL (a GGUF file or a folder of safetensors) or the model of the last run.\n"
      "\n"
      "  --tour              ask one question, print the answer and the experts of its last token, write a\n"
      "                      screenshot of every panel and print their paths\n"
      "  --question TEXT     the question of the tour\n"
      "  --screenshots DIR   where the screenshots go; without --tour, writes them and ends\n"
      "  --size WxH          size of the window, for example 1280x720\n"
      "  --theme NAME        dark, light or system; for this run\n"
      "  --language NAME     en or zh_CN; for this run\n"
      "  --version, --help\n"
      "\n"
      "Conversations and the audit log lie in $ROUNDHOUSE_DATA, else in the XDG data folder; settings in\n"
      "$ROUNDHOUSE_DATA, else in the XDG configuration folder. --tour and --screenshots need no display.\n");
}

Result<ProgramOptions> parseProgramOptions(const QStringList& arguments) {
  ProgramOptions options;
  auto bad = [](const QString& option, const std::string& expected, const QString& received) {
    return Error{ErrorCode::invalid_argument, "read command line", option.toStdString(), expected, received.toStdString()};
  };
  for (qsizetype i = 0; i < arguments.size(); ++i) {
    QString name = arguments[i];
    std::optional<QString> inlineValue;
    if (name.startsWith(QLatin1String("--")) && name.contains(QLatin1Char('='))) {
      inlineValue = name.section(QLatin1Char('='), 1);
      name = name.section(QLatin1Char('='), 0, 0);
    }
    auto value = [&]() -> Result<QString> {
      if (inlineValue) return *inlineValue;
      if (i + 1 >= arguments.size()) return bad(name, "a value after it", QStringLiteral("the end of the line"));
      return arguments[++i];
    };
    if (name == QLatin1String("--tour")) {
      options.tour = true;
    } else if (name == QLatin1String("--help") || name == QLatin1String("-h")) {
      options.help = true;
    } else if (name == QLatin1String("--version")) {
      options.version = true;
    } else if (name == QLatin1String("--screenshots")) {
      RH_ASSIGN(options.screenshots, value());
      if (options.screenshots.isEmpty()) return bad(name, "a folder", QStringLiteral("an empty name"));
    } else if (name == QLatin1String("--question")) {
      RH_ASSIGN(options.question, value());
    } else if (name == QLatin1String("--size")) {
      RH_ASSIGN(const QString text, value());
      static const QRegularExpression form(QStringLiteral("^(\\d{2,5})x(\\d{2,5})$"));
      const QRegularExpressionMatch match = form.match(text);
      if (!match.hasMatch()) return bad(name, "WIDTHxHEIGHT in pixels", text);
      options.size = QSize(match.captured(1).toInt(), match.captured(2).toInt());
    } else if (name == QLatin1String("--theme")) {
      RH_ASSIGN(const QString text, value());
      if (!QStringList{"dark", "light", "system"}.contains(text)) return bad(name, "dark, light or system", text);
      options.theme = text;
    } else if (name == QLatin1String("--language")) {
      RH_ASSIGN(const QString text, value());
      if (!QStringList{"en", "zh_CN"}.contains(text)) return bad(name, "en or zh_CN", text);
      options.language = text;
    } else if (name.startsWith(QLatin1Char('-'))) {
      return bad(name, "an option of --help", name);
    } else if (options.model.isEmpty()) {
      options.model = name;
    } else {
      return bad(name, "one model", QStringLiteral("%1 and %2").arg(options.model, name));
    }
  }
  return options;
}

}  // namespace roundhouse::app
