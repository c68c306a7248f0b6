// SPDX-License-Identifier: GPL-3.0-or-later
// Shows every widget in both themes; with --screenshots DIR it writes one picture a page, theme and size, and ends.
#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QHBoxLayout>
#include <QMenu>
#include <QStackedWidget>
#include <QTimer>

#include <cstdio>

#include "tests/widgets/gallery/pages.h"
#include "widgets/controls/navigation_rail.h"
#include "widgets/style/theme.h"

using namespace roundhouse::widgets;

namespace {

void settle(int milliseconds) {
  QEventLoop loop;
  QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
  loop.exec();
}

}  // namespace

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  QCommandLineParser parser;
  parser.addHelpOption();
  parser.addOption({QStringLiteral("screenshots"), QStringLiteral("Write pictures into DIR and end."), QStringLiteral("DIR")});
  parser.addOption({QStringLiteral("size"), QStringLiteral("Window size, e.g. 1280x720."), QStringLiteral("WxH"), QStringLiteral("1280x720")});
  parser.addOption({QStringLiteral("page"), QStringLiteral("Only this page."), QStringLiteral("NAME")});
  parser.addOption({QStringLiteral("text-scale"), QStringLiteral("Factor on the text size."), QStringLiteral("F"), QStringLiteral("1")});
  parser.process(app);

  Theme theme(app);
  theme.setTextScale(parser.value(QStringLiteral("text-scale")).toDouble());
  QWidget window;
  window.setWindowTitle(QStringLiteral("Widgets"));
  const QStringList size = parser.value(QStringLiteral("size")).split(QLatin1Char('x'));
  window.resize(size.value(0).toInt(), size.value(1).toInt());
  auto* row = new QHBoxLayout(&window);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  auto* rail = new NavigationRail;
  auto* stack = new QStackedWidget;
  row->addWidget(rail);
  row->addWidget(stack, 1);
  QStringList names;
  for (const GalleryPage& page : galleryPages()) {
    if (parser.isSet(QStringLiteral("page")) && parser.value(QStringLiteral("page")) != page.name) continue;
    rail->addItem(page.name, page.icon, page.name);
    stack->addWidget(page.make());
    names.append(page.name);
  }
  rail->addFootItem(QStringLiteral("theme"), QStringLiteral("theme"), QStringLiteral("Theme"));
  QObject::connect(rail, &NavigationRail::activated, stack, [&](const QString& id) {
    if (id == QLatin1String("theme")) {
      theme.setMode(theme.scheme() == Scheme::Dark ? Theme::Mode::Light : Theme::Mode::Dark);
      rail->setCurrent(names.value(stack->currentIndex()));
    } else {
      stack->setCurrentIndex(int(names.indexOf(id)));
    }
  });
  window.show();
  if (!parser.isSet(QStringLiteral("screenshots"))) return app.exec();

  const QDir folder(parser.value(QStringLiteral("screenshots")));
  QDir().mkpath(folder.path());
  for (Theme::Mode mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
    theme.setMode(mode);
    for (int page = 0; page < names.size(); ++page) {
      rail->setCurrent(names[page]);
      stack->setCurrentIndex(page);
      settle(250);
      const QString file = folder.filePath(
          names[page] + (mode == Theme::Mode::Dark ? QStringLiteral("-dark.png") : QStringLiteral("-light.png")));
      if (!window.grab().save(file)) return 1;
      std::printf("%s\n", qPrintable(file));
    }
  }
  return 0;
}
