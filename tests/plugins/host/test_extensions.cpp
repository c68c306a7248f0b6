// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/extensions.h"

#include <QTest>

#include <stdexcept>

using namespace roundhouse;
using namespace roundhouse::plugins;

namespace {

struct Import : plugin::DataImport {
  explicit Import(std::string n) : name_(std::move(n)) {}
  std::string name() const override {
    if (name_ == "throws") throw std::runtime_error("no name");
    return name_;
  }
  int version() const override { return 1; }
  Status run(const std::string&, plugin::ImportSink&, const CancelToken&) override { return Ok{}; }
  const std::string name_;
};

Manifest manifest() {
  Manifest result;
  result.imports = {{"one", {}}, {"two", {}}};
  return result;
}

Status add(ExtensionRegistry& registry, const char* name) { return registry.add_import(std::make_unique<Import>(name)); }

}  // namespace

class TestExtensions : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void exactlyTheDeclaredOnes() {
    const Manifest declared = manifest();
    Extensions extensions;
    ExtensionRegistry registry(declared, extensions);
    QVERIFY(add(registry, "one").ok());
    QVERIFY(registry.difference()->find("two") != std::string::npos);
    QVERIFY(add(registry, "two").ok());
    QVERIFY(!registry.difference());
    QCOMPARE(extensions.imports.size(), std::size_t{2});
  }
  void anUndeclaredOneIsRefusedAndRemembered() {
    const Manifest declared = manifest();
    Extensions extensions;
    ExtensionRegistry registry(declared, extensions);
    QVERIFY(add(registry, "one").ok() && add(registry, "two").ok());
    QCOMPARE(add(registry, "three").error().code, ErrorCode::invalid_argument);
    QCOMPARE(*registry.difference(), std::string("import three was registered and is not declared"));
    QCOMPARE(extensions.imports.size(), std::size_t{2});
  }
  void twiceNullAndThrowing() {
    const Manifest declared = manifest();
    Extensions extensions;
    ExtensionRegistry registry(declared, extensions);
    QVERIFY(add(registry, "one").ok());
    QVERIFY(!add(registry, "one").ok());
    QCOMPARE(*registry.difference(), std::string("import one was registered twice"));
    QCOMPARE(registry.add_import(nullptr).error().code, ErrorCode::invalid_argument);
    QCOMPARE(registry.add_command(nullptr).error().code, ErrorCode::invalid_argument);
    QCOMPARE(add(registry, "throws").error().received, std::string("no name"));
    QCOMPARE(extensions.imports.size(), std::size_t{1});
  }
};

QTEST_APPLESS_MAIN(TestExtensions)
#include "test_extensions.moc"
