// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/markdown/code_highlighter.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QHash>

#include <srchilite/formatter.h>
#include <srchilite/formattermanager.h>
#include <srchilite/formatterparams.h>
#include <srchilite/langdefmanager.h>
#include <srchilite/regexrulefactory.h>
#include <srchilite/settings.h>
#include <srchilite/sourcehighlighter.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <string>

namespace roundhouse::widgets {
namespace {

constexpr int kLongestLine = 2000;

std::mutex& libraryLock() {
  static std::mutex lock;
  return lock;
}

// Fence words to files of the library. Only names listed here are ever opened.
const QHash<QString, const char*>& languageFiles() {
  static const QHash<QString, const char*> files = [] {
    QHash<QString, const char*> table;
    const auto add = [&](const char* file, std::initializer_list<const char*> names) {
      for (const char* name : names) table.insert(QString::fromLatin1(name), file);
    };
    add("python.lang", {"python", "py", "python3"});
    add("cpp.lang", {"cpp", "c++", "cxx", "cc", "hpp", "cuda", "cu"});
    add("c.lang", {"c", "h"});
    add("csharp.lang", {"csharp", "cs", "c#"});
    add("java.lang", {"java"});
    add("javascript.lang", {"javascript", "js", "jsx", "typescript", "ts", "tsx", "node"});
    add("json.lang", {"json", "jsonc", "json5"});
    add("html.lang", {"html", "xhtml"});
    add("xml.lang", {"xml", "svg"});
    add("css.lang", {"css", "scss", "less"});
    add("sh.lang", {"bash", "sh", "shell", "console"});
    add("zsh.lang", {"zsh"});
    add("sql.lang", {"sql", "sqlite", "postgresql", "mysql"});
    add("go.lang", {"go", "golang"});
    add("rust.lang", {"rust", "rs"});
    add("ruby.lang", {"ruby", "rb"});
    add("perl.lang", {"perl", "pl"});
    add("php.lang", {"php"});
    add("lua.lang", {"lua"});
    add("r.lang", {"r"});
    add("scala.lang", {"scala"});
    add("haskell.lang", {"haskell", "hs"});
    add("caml.lang", {"ocaml", "ml"});
    add("makefile.lang", {"makefile", "make"});
    add("diff.lang", {"diff", "patch"});
    add("latex.lang", {"latex", "tex"});
    add("properties.lang", {"ini", "properties"});
    add("conf.lang", {"conf", "cfg"});
    add("glsl.lang", {"glsl"});
    add("vala.lang", {"vala"});
    add("d.lang", {"d"});
    add("erlang.lang", {"erlang", "erl"});
    add("lisp.lang", {"lisp", "elisp", "commonlisp"});
    add("scheme.lang", {"scheme"});
    add("prolog.lang", {"prolog"});
    add("pascal.lang", {"pascal", "delphi"});
    add("fortran.lang", {"fortran", "f90"});
    add("ada.lang", {"ada"});
    add("asm.lang", {"asm", "assembly", "nasm"});
    add("awk.lang", {"awk"});
    add("tcl.lang", {"tcl"});
    add("proto.lang", {"proto", "protobuf"});
    add("vim.lang", {"vim"});
    add("bat.lang", {"bat", "batch", "cmd"});
    return table;
  }();
  return files;
}

std::string dataFolder() {
  QStringList folders;
  if (const QString set = qEnvironmentVariable("SOURCE_HIGHLIGHT_DATADIR"); !set.isEmpty()) folders.append(set);
  if (QCoreApplication::instance())
    folders.append(QCoreApplication::applicationDirPath() + QStringLiteral("/../share/source-highlight"));
  folders.append(QString::fromStdString(srchilite::Settings::getDefaultDataDir()));
  for (const QString& folder : folders)
    if (QFileInfo::exists(folder + QStringLiteral("/lang.map"))) return folder.toStdString();
  return {};
}

struct ByteSpan {
  int begin;
  int length;
  CodeClass code_class;
};

class SpanFormatter : public srchilite::Formatter {
 public:
  SpanFormatter(CodeClass code_class, std::vector<ByteSpan>* spans) : code_class_(code_class), spans_(spans) {}
  void format(const std::string& text, const srchilite::FormatterParams* params) override {
    if (params && params->start >= 0 && !text.empty() && code_class_ != CodeClass::Plain)
      spans_->push_back({params->start, int(text.size()), code_class_});
  }

 private:
  CodeClass code_class_;
  std::vector<ByteSpan>* spans_;
};

}  // namespace

class CodeHighlighter::Library {
 public:
  Library() : folder(dataFolder()), definitions(&rules), formatters(make(CodeClass::Plain)) {
    const auto add = [&](CodeClass code_class, std::initializer_list<const char*> elements) {
      for (const char* element : elements) formatters.addFormatter(element, make(code_class));
    };
    add(CodeClass::Keyword, {"keyword", "selector", "difflines"});
    add(CodeClass::Type, {"type", "usertype", "classname"});
    add(CodeClass::String, {"string", "specialchar", "regexp", "value", "url", "newfile"});
    add(CodeClass::Number, {"number", "date", "time"});
    add(CodeClass::Comment, {"comment", "todo"});
    add(CodeClass::Function, {"function", "predef_func", "name", "property"});
    add(CodeClass::Preprocessor, {"preproc", "predef_var", "variable", "label", "oldfile"});
  }

  std::vector<CodeSpan> spansOf(srchilite::SourceHighlighter& highlighter, srchilite::FormatterParams& params,
                                const QString& line) {
    const std::string utf8 = line.toStdString();
    spans.clear();
    params.start = 0;
    highlighter.highlightParagraph(utf8);
    // Byte offsets to UTF-16, in one pass: the spans come in order.
    std::vector<CodeSpan> result;
    int bytes = 0, units = 0;
    const auto advance = [&](int to) {
      to = std::clamp(to, bytes, int(utf8.size()));
      // The library's expressions know bytes only: an edge within a character belongs behind it.
      while (to < int(utf8.size()) && (uchar(utf8[size_t(to)]) & 0xC0) == 0x80) ++to;
      units += int(QString::fromUtf8(utf8.data() + bytes, to - bytes).size());
      bytes = to;
      return units;
    };
    for (const ByteSpan& span : spans) {
      if (span.begin < bytes) continue;
      const int begin = advance(span.begin);
      const int end = advance(span.begin + span.length);
      if (end > begin) result.push_back({begin, end - begin, span.code_class});
    }
    return result;
  }

  srchilite::FormatterPtr make(CodeClass code_class) {
    return srchilite::FormatterPtr(new SpanFormatter(code_class, &spans));
  }

  std::string folder;
  std::vector<ByteSpan> spans;  // of the current line
  srchilite::RegexRuleFactory rules;
  srchilite::LangDefManager definitions;
  srchilite::FormatterManager formatters;
};

// Where the last text stood before its last line.
struct CodeHighlighter::Resume {
  QString language;
  QStringList lines;
  CodeSpans spans;
  srchilite::HighlightStatePtr state;
  srchilite::HighlightStateStack stack;
};

CodeHighlighter::CodeHighlighter() = default;
CodeHighlighter::~CodeHighlighter() = default;

bool CodeHighlighter::available() const { return !dataFolder().empty(); }

bool CodeHighlighter::knows(const QString& language) { return languageFiles().contains(language.toLower()); }

CodeSpans CodeHighlighter::highlight(const QString& language, const QStringList& lines,
                                     std::chrono::steady_clock::time_point deadline) {
  CodeSpans result(size_t(lines.size()));
  const char* file = languageFiles().value(language.toLower(), nullptr);
  if (!file) return result;
  const std::lock_guard guard(libraryLock());
  try {
    if (!library_) library_ = std::make_unique<Library>();
    if (library_->folder.empty()) return result;
    srchilite::SourceHighlighter highlighter(library_->definitions.getHighlightState(library_->folder, file));
    srchilite::FormatterParams params;
    highlighter.setFormatterManager(&library_->formatters);
    highlighter.setFormatterParams(&params);
    highlighter.setOptimize(false);
    qsizetype line = 0;
    if (resume_ && resume_->language == language && resume_->lines.size() < lines.size() &&
        std::equal(resume_->lines.cbegin(), resume_->lines.cend(), lines.cbegin())) {
      line = resume_->lines.size();
      std::copy(resume_->spans.begin(), resume_->spans.end(), result.begin());
      highlighter.setCurrentState(resume_->state);
      *highlighter.getStateStack() = resume_->stack;
    }
    resume_.reset();
    for (; line < lines.size(); ++line) {
      if (std::chrono::steady_clock::now() > deadline) return result;
      if (line + 1 == lines.size()) {
        // The last line may still grow.
        resume_ = std::make_unique<Resume>(Resume{language, lines.first(line), {result.begin(), result.begin() + line},
                                                  highlighter.getCurrentState(), *highlighter.getStateStack()});
      }
      if (lines[line].size() <= kLongestLine) result[size_t(line)] = library_->spansOf(highlighter, params, lines[line]);
    }
  } catch (const std::exception&) {
    // A definition that is missing or broken, or an expression beyond the library's complexity bound: the rest is plain.
  }
  return result;
}

}  // namespace roundhouse::widgets
