// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/engine_text.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <vector>

#include "app/shell/format.h"
#include "roundhouse/result.h"

namespace roundhouse::app {
namespace {

// As the engine says them; %1 to %5 are numbers, names and paths. Those without gaps are sought first, the others in
// this order.
const char* const kPhrases[] = {
    // what was done
    QT_TRANSLATE_NOOP("EngineText", "open file"),
    QT_TRANSLATE_NOOP("EngineText", "read GGUF file"),
    QT_TRANSLATE_NOOP("EngineText", "read GGUF metadata"),
    QT_TRANSLATE_NOOP("EngineText", "open split GGUF model"),
    QT_TRANSLATE_NOOP("EngineText", "read split GGUF model"),
    QT_TRANSLATE_NOOP("EngineText", "open safetensors model"),
    QT_TRANSLATE_NOOP("EngineText", "read safetensors file"),
    QT_TRANSLATE_NOOP("EngineText", "find tensor"),
    QT_TRANSLATE_NOOP("EngineText", "read tensor"),
    QT_TRANSLATE_NOOP("EngineText", "read model"),
    QT_TRANSLATE_NOOP("EngineText", "load model"),
    QT_TRANSLATE_NOOP("EngineText", "read tokenizer"),
    QT_TRANSLATE_NOOP("EngineText", "read trace"),
    QT_TRANSLATE_NOOP("EngineText", "compare traces"),
    QT_TRANSLATE_NOOP("EngineText", "load routing edits"),
    QT_TRANSLATE_NOOP("EngineText", "check routing edits"),
    QT_TRANSLATE_NOOP("EngineText", "check sampling settings"),
    QT_TRANSLATE_NOOP("EngineText", "build prompt"),
    QT_TRANSLATE_NOOP("EngineText", "log the answer"),
    QT_TRANSLATE_NOOP("EngineText", "write file"),
    QT_TRANSLATE_NOOP("EngineText", "create folder"),
    QT_TRANSLATE_NOOP("EngineText", "open folder"),
    QT_TRANSLATE_NOOP("EngineText", "attach file"),
    QT_TRANSLATE_NOOP("EngineText", "open conversation"),
    QT_TRANSLATE_NOOP("EngineText", "read conversation"),
    QT_TRANSLATE_NOOP("EngineText", "import conversation"),
    QT_TRANSLATE_NOOP("EngineText", "export conversation"),
    QT_TRANSLATE_NOOP("EngineText", "save message"),
    QT_TRANSLATE_NOOP("EngineText", "delete kept answers"),
    QT_TRANSLATE_NOOP("EngineText", "set damaged conversations aside"),
    QT_TRANSLATE_NOOP("EngineText", "open the audit log"),
    QT_TRANSLATE_NOOP("EngineText", "verify the audit log"),
    QT_TRANSLATE_NOOP("EngineText", "lock the audit log"),
    QT_TRANSLATE_NOOP("EngineText", "append to the audit log"),
    QT_TRANSLATE_NOOP("EngineText", "search the audit log"),
    QT_TRANSLATE_NOOP("EngineText", "read from the audit log"),
    QT_TRANSLATE_NOOP("EngineText", "read the head of the audit log"),
    QT_TRANSLATE_NOOP("EngineText", "redact"),
    QT_TRANSLATE_NOOP("EngineText", "read file"),
    QT_TRANSLATE_NOOP("EngineText", "create file"),
    QT_TRANSLATE_NOOP("EngineText", "verify file"),
    QT_TRANSLATE_NOOP("EngineText", "digest file"),
    QT_TRANSLATE_NOOP("EngineText", "compute SHA-256"),
    QT_TRANSLATE_NOOP("EngineText", "read JSON"),
    QT_TRANSLATE_NOOP("EngineText", "read tokenizer.json"),
    QT_TRANSLATE_NOOP("EngineText", "read tensor as f32"),
    QT_TRANSLATE_NOOP("EngineText", "read tensor as integers"),
    QT_TRANSLATE_NOOP("EngineText", "read routing edits"),
    QT_TRANSLATE_NOOP("EngineText", "write trace"),
    QT_TRANSLATE_NOOP("EngineText", "write GGUF file"),
    QT_TRANSLATE_NOOP("EngineText", "write safetensors file"),
    QT_TRANSLATE_NOOP("EngineText", "choose adapter"),
    QT_TRANSLATE_NOOP("EngineText", "choose instruction set"),
    QT_TRANSLATE_NOOP("EngineText", "create engine"),
    QT_TRANSLATE_NOOP("EngineText", "create backend"),
    QT_TRANSLATE_NOOP("EngineText", "create CPU backend"),
    QT_TRANSLATE_NOOP("EngineText", "create session"),
    QT_TRANSLATE_NOOP("EngineText", "create KV cache"),
    QT_TRANSLATE_NOOP("EngineText", "create tokenizer"),
    QT_TRANSLATE_NOOP("EngineText", "compile pre-tokenizer expression"),
    QT_TRANSLATE_NOOP("EngineText", "split text"),
    QT_TRANSLATE_NOOP("EngineText", "decode tokens"),
    QT_TRANSLATE_NOOP("EngineText", "stack experts"),
    QT_TRANSLATE_NOOP("EngineText", "prepare weight"),
    QT_TRANSLATE_NOOP("EngineText", "run model"),
    QT_TRANSLATE_NOOP("EngineText", "allocate"),
    QT_TRANSLATE_NOOP("EngineText", "allocate memory"),
    QT_TRANSLATE_NOOP("EngineText", "quantize"),
    QT_TRANSLATE_NOOP("EngineText", "dequantize"),
    QT_TRANSLATE_NOOP("EngineText", "start generation"),
    QT_TRANSLATE_NOOP("EngineText", "reset session"),
    QT_TRANSLATE_NOOP("EngineText", "score continuations"),
    QT_TRANSLATE_NOOP("EngineText", "open the database"),
    QT_TRANSLATE_NOOP("EngineText", "read from the database"),
    QT_TRANSLATE_NOOP("EngineText", "open the search index"),
    QT_TRANSLATE_NOOP("EngineText", "index the audit log"),
    QT_TRANSLATE_NOOP("EngineText", "read audit entry"),
    QT_TRANSLATE_NOOP("EngineText", "export the audit log"),
    QT_TRANSLATE_NOOP("EngineText", "sign the export"),
    QT_TRANSLATE_NOOP("EngineText", "set the audit log aside"),
    QT_TRANSLATE_NOOP("EngineText", "write the head of the audit log"),
    // files
    QT_TRANSLATE_NOOP("EngineText", "a readable file"),
    QT_TRANSLATE_NOOP("EngineText", "a symbolic link"),
    QT_TRANSLATE_NOOP("EngineText", "a disk that can be read and written"),
    QT_TRANSLATE_NOOP("EngineText", "no space left on the disk"),
    QT_TRANSLATE_NOOP("EngineText", "permission denied"),
    QT_TRANSLATE_NOOP("EngineText", "the log was tampered with (%1 findings), and the export says so: %2"),
    QT_TRANSLATE_NOOP("EngineText", "a regular file"),
    QT_TRANSLATE_NOOP("EngineText", "a folder"),
    QT_TRANSLATE_NOOP("EngineText", "a special file"),
    QT_TRANSLATE_NOOP("EngineText", "a file with content"),
    QT_TRANSLATE_NOOP("EngineText", "an empty file"),
    QT_TRANSLATE_NOOP("EngineText", "no data"),
    QT_TRANSLATE_NOOP("EngineText", "zeros"),
    QT_TRANSLATE_NOOP("EngineText", "nothing"),
    QT_TRANSLATE_NOOP("EngineText", "none"),
    QT_TRANSLATE_NOOP("EngineText", "neither"),
    QT_TRANSLATE_NOOP("EngineText", "fewer"),
    QT_TRANSLATE_NOOP("EngineText", "more data"),
    QT_TRANSLATE_NOOP("EngineText", "a longer one"),
    QT_TRANSLATE_NOOP("EngineText", "the end of the file at %1 bytes"),
    QT_TRANSLATE_NOOP("EngineText", "only %1 bytes until the end of the file"),
    QT_TRANSLATE_NOOP("EngineText", "%1 bytes as when it was opened"),
    QT_TRANSLATE_NOOP("EngineText", "%1 bytes: another program changed it"),
    QT_TRANSLATE_NOOP("EngineText", "the content of when it was opened"),
    QT_TRANSLATE_NOOP("EngineText", "a later modification by another program"),
    QT_TRANSLATE_NOOP("EngineText", "readable content"),
    QT_TRANSLATE_NOOP("EngineText", "a page that the disk could not deliver"),
    QT_TRANSLATE_NOOP("EngineText", "no file manager took it"),
    QT_TRANSLATE_NOOP("EngineText", "No such file or directory"),
    QT_TRANSLATE_NOOP("EngineText", "Permission denied"),
    QT_TRANSLATE_NOOP("EngineText", "No space left on device"),
    QT_TRANSLATE_NOOP("EngineText", "Read-only file system"),
    QT_TRANSLATE_NOOP("EngineText", "Is a directory"),
    // kinds of model files
    QT_TRANSLATE_NOOP("EngineText", "a GGUF file (it starts with 'GGUF')"),
    QT_TRANSLATE_NOOP("EngineText", "a GGUF file"),
    QT_TRANSLATE_NOOP("EngineText", "a safetensors file (8 bytes of header length, then JSON)"),
    QT_TRANSLATE_NOOP("EngineText", "a safetensors file (JSON after 8 bytes of header length)"),
    QT_TRANSLATE_NOOP("EngineText", "a safetensors file"),
    QT_TRANSLATE_NOOP("EngineText", "a Git LFS pointer (the file itself was not downloaded)"),
    QT_TRANSLATE_NOOP("EngineText", "a ZIP archive (perhaps a PyTorch checkpoint)"),
    QT_TRANSLATE_NOOP("EngineText", "a GGML file from before GGUF"),
    QT_TRANSLATE_NOOP("EngineText", "a web page (perhaps a failed download)"),
    QT_TRANSLATE_NOOP("EngineText", "GGUF version 2 or 3"),
    QT_TRANSLATE_NOOP("EngineText", "a big-endian file"),
    QT_TRANSLATE_NOOP("EngineText", "model.safetensors or model.safetensors.index.json in the folder"),
    QT_TRANSLATE_NOOP("EngineText", "a file beside the weights"),
    QT_TRANSLATE_NOOP("EngineText", "another name"),
    QT_TRANSLATE_NOOP("EngineText", "a file name that ends with %1, as its metadata say"),
    QT_TRANSLATE_NOOP("EngineText", "part %1 of %2"),
    // what stands in them
    QT_TRANSLATE_NOOP("EngineText", "no such key"),
    QT_TRANSLATE_NOOP("EngineText", "no such tensor"),
    QT_TRANSLATE_NOOP("EngineText", "another kind of value"),
    QT_TRANSLATE_NOOP("EngineText", "a known tensor type"),
    QT_TRANSLATE_NOOP("EngineText", "a known type"),
    QT_TRANSLATE_NOOP("EngineText", "a token embedding"),
    QT_TRANSLATE_NOOP("EngineText", "no rotary scaling"),
    QT_TRANSLATE_NOOP("EngineText", "each tensor once"),
    QT_TRANSLATE_NOOP("EngineText", "its name a second time"),
    QT_TRANSLATE_NOOP("EngineText", "each key once"),
    QT_TRANSLATE_NOOP("EngineText", "the key a second time"),
    QT_TRANSLATE_NOOP("EngineText", "at most %1, for which the file has room"),
    QT_TRANSLATE_NOOP("EngineText", "an architecture among %1"),
    QT_TRANSLATE_NOOP("EngineText", "a tensor of shape %1"),
    QT_TRANSLATE_NOOP("EngineText", "shape %1 (experts, rows, columns)"),
    QT_TRANSLATE_NOOP("EngineText", "a gating function from 1 to 4"),
    QT_TRANSLATE_NOOP("EngineText", "a header of at most %1 bytes"),
    QT_TRANSLATE_NOOP("EngineText", "at most %1 tokens in its vocabulary"),
    // memory and context
    QT_TRANSLATE_NOOP("EngineText", "%1 bytes of free memory for its weights"),
    QT_TRANSLATE_NOOP("EngineText", "%1 bytes of memory for its weights"),
    QT_TRANSLATE_NOOP("EngineText", "%1 in all"),
    QT_TRANSLATE_NOOP("EngineText", "none free"),
    QT_TRANSLATE_NOOP("EngineText", "a context of at most %1 tokens"),
    QT_TRANSLATE_NOOP("EngineText", "up to %1 tokens"),
    QT_TRANSLATE_NOOP("EngineText", "fewer tokens than the context of %1"),
    // databases
    QT_TRANSLATE_NOOP("EngineText", "an audit log"),
    QT_TRANSLATE_NOOP("EngineText", "an empty database"),
    QT_TRANSLATE_NOOP("EngineText", "an undamaged SQLite database"),
    QT_TRANSLATE_NOOP("EngineText", "room on the disk"),
    QT_TRANSLATE_NOOP("EngineText", "a database that can be read and written here"),
    QT_TRANSLATE_NOOP("EngineText", "to get the database's lock in time"),
    QT_TRANSLATE_NOOP("EngineText", "the log of %1 entries that %2 tells of"),
    QT_TRANSLATE_NOOP("EngineText", "the log that %1 belongs to"),
    QT_TRANSLATE_NOOP("EngineText", "the log does not end where its head outside says: it was cut, replaced or restored"),
    QT_TRANSLATE_NOOP("EngineText", "its words may still stand in the search index (%1)"),
    QT_TRANSLATE_NOOP("EngineText", "it may still stand in %1 until other programs close the log"),
    QT_TRANSLATE_NOOP("EngineText", "%1. The damaged file is kept as %2; %3 conversations with %4 messages could be taken over from it, %5 rows could not"),
    QT_TRANSLATE_NOOP("EngineText", "%1. The damaged file is kept as %2; %3 conversations with %4 messages could be taken over from it"),
    // sessions, threads and what the system refuses
    QT_TRANSLATE_NOOP("EngineText", "no such file or folder"),
    QT_TRANSLATE_NOOP("EngineText", "a model file or folder"),
    QT_TRANSLATE_NOOP("EngineText", "a folder or nothing there"),
    QT_TRANSLATE_NOOP("EngineText", "a file"),
    QT_TRANSLATE_NOOP("EngineText", "a regular file to replace"),
    QT_TRANSLATE_NOOP("EngineText", "a free temporary name"),
    QT_TRANSLATE_NOOP("EngineText", "none in 100 attempts"),
    QT_TRANSLATE_NOOP("EngineText", "a second one"),
    QT_TRANSLATE_NOOP("EngineText", "one commit"),
    QT_TRANSLATE_NOOP("EngineText", "%1 bytes from %2 bytes after byte %3 on"),
    QT_TRANSLATE_NOOP("EngineText", "%1 tensors in %2 files"),
    QT_TRANSLATE_NOOP("EngineText", "each tensor in one file"),
    QT_TRANSLATE_NOOP("EngineText", "it in an earlier file too"),
    QT_TRANSLATE_NOOP("EngineText", "it there, as the index says"),
    QT_TRANSLATE_NOOP("EngineText", "the name of a file beside the index"),
    QT_TRANSLATE_NOOP("EngineText", "split.no below split.count, at most %1"),
    QT_TRANSLATE_NOOP("EngineText", "a multiple of %1 values"),
    QT_TRANSLATE_NOOP("EngineText", "a text \"model_type\""),
    QT_TRANSLATE_NOOP("EngineText", "a token id"),
    QT_TRANSLATE_NOOP("EngineText", "an array"),
    QT_TRANSLATE_NOOP("EngineText", "an object"),
    QT_TRANSLATE_NOOP("EngineText", "an integer from -1"),
    QT_TRANSLATE_NOOP("EngineText", "disable, boost or force"),
    QT_TRANSLATE_NOOP("EngineText", "at least one token"),
    QT_TRANSLATE_NOOP("EngineText", "a match within its limits"),
    QT_TRANSLATE_NOOP("EngineText", "bytes that match their SHA-256"),
    QT_TRANSLATE_NOOP("EngineText", "a working OpenSSL context"),
    QT_TRANSLATE_NOOP("EngineText", "failure"),
    QT_TRANSLATE_NOOP("EngineText", "enough free memory"),
    QT_TRANSLATE_NOOP("EngineText", "memory for activations"),
    QT_TRANSLATE_NOOP("EngineText", "host memory"),
    QT_TRANSLATE_NOOP("EngineText", "positive sizes"),
    QT_TRANSLATE_NOOP("EngineText", "finite logits"),
    QT_TRANSLATE_NOOP("EngineText", "no adapter (none are read yet)"),
    QT_TRANSLATE_NOOP("EngineText", "one that was loaded with the model"),
    QT_TRANSLATE_NOOP("EngineText", "none of that name"),
    QT_TRANSLATE_NOOP("EngineText", "an idle session"),
    QT_TRANSLATE_NOOP("EngineText", "one that is generating"),
    QT_TRANSLATE_NOOP("EngineText", "as many messages as before"),
    QT_TRANSLATE_NOOP("EngineText", "the answer to be continued as the last message"),
    QT_TRANSLATE_NOOP("EngineText", "another one"),
    QT_TRANSLATE_NOOP("EngineText", "bytes that are none"),
    QT_TRANSLATE_NOOP("EngineText", "a log opened for writing"),
    QT_TRANSLATE_NOOP("EngineText", "one opened read-only"),
    QT_TRANSLATE_NOOP("EngineText", "held by another program"),
    QT_TRANSLATE_NOOP("EngineText", "an entry of the log"),
    QT_TRANSLATE_NOOP("EngineText", "a text that is there"),
    QT_TRANSLATE_NOOP("EngineText", "none (already redacted?)"),
    QT_TRANSLATE_NOOP("EngineText", "the list of its texts' salted hashes"),
    QT_TRANSLATE_NOOP("EngineText", "the last entry's sequence and hash"),
    QT_TRANSLATE_NOOP("EngineText", "the database's path"),
    QT_TRANSLATE_NOOP("EngineText", "the name of one"),
    QT_TRANSLATE_NOOP("EngineText", "an empty name"),
    QT_TRANSLATE_NOOP("EngineText", "a row"),
    QT_TRANSLATE_NOOP("EngineText", "cancelled"),
    QT_TRANSLATE_NOOP("EngineText", "stopped on request"),
    QT_TRANSLATE_NOOP("EngineText", "a cancel"),
    QT_TRANSLATE_NOOP("EngineText", "chat template"),
    QT_TRANSLATE_NOOP("EngineText", "continuation"),
    QT_TRANSLATE_NOOP("EngineText", "conversation"),
    QT_TRANSLATE_NOOP("EngineText", "context"),
    QT_TRANSLATE_NOOP("EngineText", "prompt"),
    QT_TRANSLATE_NOOP("EngineText", "prompt hooks"),
    QT_TRANSLATE_NOOP("EngineText", "session"),
    QT_TRANSLATE_NOOP("EngineText", "threads"),
    QT_TRANSLATE_NOOP("EngineText", "digest"),
    QT_TRANSLATE_NOOP("EngineText", "page limit"),
    QT_TRANSLATE_NOOP("EngineText", "search index"),
    QT_TRANSLATE_NOOP("EngineText", "pre-tokenizer"),
    QT_TRANSLATE_NOOP("EngineText", "no head file"),
    QT_TRANSLATE_NOOP("EngineText", "an unreadable head file"),
    // last, because they fit much
    QT_TRANSLATE_NOOP("EngineText", "version in %1"),
    QT_TRANSLATE_NOOP("EngineText", "counts in %1"),
    QT_TRANSLATE_NOOP("EngineText", "number of tensors in %1"),
    QT_TRANSLATE_NOOP("EngineText", "number of metadata entries in %1"),
    QT_TRANSLATE_NOOP("EngineText", "metadata key %1 of %2 in %3"),
    QT_TRANSLATE_NOOP("EngineText", "metadata %1 in %2"),
    QT_TRANSLATE_NOOP("EngineText", "name of tensor %1 of %2 in %3"),
    QT_TRANSLATE_NOOP("EngineText", "header in %1"),
    QT_TRANSLATE_NOOP("EngineText", "data in %1"),
    QT_TRANSLATE_NOOP("EngineText", "tensor %1 in %2"),
    QT_TRANSLATE_NOOP("EngineText", "weight_map '%1' in %2"),
    QT_TRANSLATE_NOOP("EngineText", "'%1' in %2"),
    QT_TRANSLATE_NOOP("EngineText", "trigger %1"),
    QT_TRANSLATE_NOOP("EngineText", "table %1"),
    QT_TRANSLATE_NOOP("EngineText", "index %1"),
    QT_TRANSLATE_NOOP("EngineText", "0 to 6"),
    QT_TRANSLATE_NOOP("EngineText", "1 to 10000"),
    QT_TRANSLATE_NOOP("EngineText", "1 to 1024"),
    QT_TRANSLATE_NOOP("EngineText", "a number within ±%1"),
    QT_TRANSLATE_NOOP("EngineText", "an integer beyond 64 bits"),
    QT_TRANSLATE_NOOP("EngineText", "characters by name (\\N)"),
    QT_TRANSLATE_NOOP("EngineText", "column texts"),
    QT_TRANSLATE_NOOP("EngineText", "layouts"),
    QT_TRANSLATE_NOOP("EngineText", "options"),
    QT_TRANSLATE_NOOP("EngineText", "parse"),
    QT_TRANSLATE_NOOP("EngineText", "loss"),
    QT_TRANSLATE_NOOP("EngineText", "differentiate"),
    QT_TRANSLATE_NOOP("EngineText", "value %1 of %2 as %3"),
    QT_TRANSLATE_NOOP("EngineText", "F32, F16, BF16, F64, I32 or I64"),
    QT_TRANSLATE_NOOP("EngineText", "I8, I16, I32, I64, U8, U16, U32 or BOOL"),
    QT_TRANSLATE_NOOP("EngineText", "f32, f16 or bf16"),
    QT_TRANSLATE_NOOP("EngineText", "f32, f16, bf16, q8_0, q4_0, q4_k or q6_k"),
    QT_TRANSLATE_NOOP("EngineText", "at most %1"),
    QT_TRANSLATE_NOOP("EngineText", "version %1"),
    QT_TRANSLATE_NOOP("EngineText", "type %1"),
    QT_TRANSLATE_NOOP("EngineText", "%1 bytes"),
};

struct Pattern {
  const char* phrase;
  QRegularExpression gaps;
};

const std::vector<Pattern>& patterns() {
  static const std::vector<Pattern> made = [] {
    std::vector<Pattern> all;
    for (const char* phrase : kPhrases) {
      static const QRegularExpression number(QStringLiteral("%\\d"));
      const QString text = QString::fromUtf8(phrase);
      if (!text.contains(number)) continue;
      QStringList fixed = text.split(number);
      for (QString& each : fixed) each = QRegularExpression::escape(each);
      all.push_back({phrase, QRegularExpression(QRegularExpression::anchoredPattern(fixed.join(QStringLiteral("(.+?)"))))});
    }
    return all;
  }();
  return made;
}

QString translated(const char* phrase) { return QCoreApplication::translate("EngineText", phrase); }

}  // namespace

QString engineText(const std::string& said) {
  for (const char* phrase : kPhrases) {
    if (said == phrase) return translated(phrase);
  }
  const QString text = QString::fromStdString(said);
  for (const Pattern& each : patterns()) {
    const QRegularExpressionMatch found = each.gaps.match(text);
    if (!found.hasMatch()) continue;
    const QString form = translated(each.phrase);
    QString out;
    for (qsizetype at = 0; at < form.size(); ++at) {  // not arg(): what was captured may hold a %
      const int gap = form[at] == QLatin1Char('%') && at + 1 < form.size() ? form[at + 1].digitValue() : -1;
      if (gap < 1 || gap > found.lastCapturedIndex()) out += form[at];
      else out += found.captured(gap), ++at;
    }
    return out;
  }
  return text;
}

QString engineMessage(const std::string& message) {
  static const QRegularExpression parts(QStringLiteral("^(.+?): (.+): expected (.+), found (.+)$"));
  const QRegularExpressionMatch found = parts.match(QString::fromStdString(message));
  if (!found.hasMatch()) return engineText(message);
  const auto part = [&](int i) { return found.captured(i).toStdString(); };
  return errorDetails({ErrorCode::internal, part(1), part(2), part(3), part(4)});
}

}  // namespace roundhouse::app
